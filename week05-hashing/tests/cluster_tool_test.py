"""./strata cluster, with real processes: killed, paused, cut off and healed."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "common" / "course"))

from strata_course import cluster, relay  # noqa: E402
from strata_course.ui import Failure, Usage  # noqa: E402


BIN = Path(os.environ["STRATA_BIN"]).resolve()


class Project:
    """As much of a project as a cluster needs."""

    def __init__(self, home):
        self.home = Path(home)

    def shown(self, path):
        return str(path)


def field(number, text):
    return bytes([number << 3 | 2, len(text)]) + text.encode()


class RelayTest(unittest.TestCase):
    def test_finds_the_name_in_a_hello(self):
        hello = b"\x08\x01\x10\x01" + field(4, "nonce") + field(5, "n2")
        self.assertEqual(relay.name_in(hello), "n2")

    def test_what_is_no_hello_has_no_name(self):
        for nonsense in (b"", b"\xff", field(5, "n2")[:3], b"\x0d1234", b"GET / HTTP"):
            self.assertEqual(relay.name_in(nonsense), "")


class ClusterTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = cluster.Cluster(Project(folder.name), 5)
        self.addCleanup(self.end)
        with contextlib.redirect_stderr(io.StringIO()):
            cluster.begin(self.cluster, BIN, 3, "memory")

    def end(self):
        with contextlib.redirect_stderr(io.StringIO()):
            cluster.stop(self.cluster)

    def status(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            cluster.status(self.cluster)
        return out.getvalue().splitlines()

    def shell(self, *commands, through="n1"):
        """The shell of week 4 knows one server, so that one must ask the others."""
        done = subprocess.run(
            [str(BIN / "week04-repl"), "--timeout-ms=2000",
             "--connect", self.cluster.address(through)],
            input="\n".join(commands) + "\n", capture_output=True, text=True, check=False,
            timeout=60)
        return done.stdout.splitlines()[:-1]

    def test_its_servers_can_be_killed_cut_off_and_brought_back(self):
        keys = [f"key{i}" for i in range(30)]
        self.assertEqual(self.shell(*(f"PUT {key} 1" for key in keys)), ["OK"] * 30)
        owners = {line.split()[0]: line for line in
                  self.cluster.ask(*(f"OWNER {key}" for key in keys))}
        lost = next(key for key in keys if "to n3 " in owners[key])
        kept = next(key for key in keys if "to n1 " in owners[key])

        cluster.partition(self.cluster, ["n3"])
        self.assertRegex(self.shell(f"GET {lost}")[0], "^Error: .*did not answer in time")
        self.assertEqual(self.shell(f"GET {kept}"), ["1"])
        self.assertEqual(self.shell(f"GET {lost}", through="n3"), ["1"], "clients reach it")
        self.assertIn("cut off", self.status()[2])
        cluster.heal(self.cluster)
        self.assertEqual(self.shell(f"GET {lost}"), ["1"])

        cluster.pause(self.cluster, "n3")
        self.assertRegex(self.shell(f"GET {lost}")[0], "^Error: .*did not answer in time")
        cluster.resume(self.cluster, "n3")
        self.assertEqual(self.shell(f"GET {lost}"), ["1"])

        cluster.kill(self.cluster, "n2")
        self.assertIn("no process", self.status()[1])
        with self.assertRaises(Failure):
            cluster.pause(self.cluster, "n2")

    def test_a_server_joins_and_leaves(self):
        self.assertEqual(self.shell("PUT a 1", "PUT b 2"), ["OK", "OK"])
        with contextlib.redirect_stderr(io.StringIO()):
            cluster.add(self.cluster)
        self.assertTrue(cluster.wait_until(
            lambda: len([line for line in self.status() if "no member" not in line]) == 4, 60))
        self.assertTrue(cluster.wait_until(lambda: self.cluster.ask("MOVES")[0].startswith("(no"), 60))
        cluster.remove(self.cluster, "n4")
        self.assertEqual(len(self.status()), 3)
        self.assertEqual(self.shell("GET a", "GET b"), ["1", "2"])
        with self.assertRaises(Usage):
            cluster.kill(self.cluster, "n4")


if __name__ == "__main__":
    unittest.main()
