"""What is missing, and a machine without Python: asking, installing, standard input kept."""

import io
import os
import subprocess
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from strata_course import packages, ui
from tests.mini import REAL_ROOT

STATUS = """\
Package: g++
Status: install ok installed
Version: 4:12.2.0-3

Package: cmake
Status: deinstall ok config-files
Version: 3.25.1-1
"""


class Missing(unittest.TestCase):
    def test_only_what_is_fully_installed_counts(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(STATUS)
            file.flush()
            with mock.patch.object(packages, "STATUS", Path(file.name)):
                self.assertEqual(packages.installed(), {"g++": "4:12.2.0-3"})
                self.assertEqual(packages.missing(["g++", "cmake"]), ["cmake"])

    def test_the_command_is_for_whoever_reads_it(self):
        with mock.patch("os.geteuid", return_value=1000):
            self.assertEqual(packages.install_command(["a", "b"]), "sudo apt-get install -y a b")
        with mock.patch("os.geteuid", return_value=0):
            self.assertEqual(packages.install_command(["a"]), "apt-get install -y a")


class Installing(unittest.TestCase):
    """packages.ensure, with a stand-in for apt-get that completes the status file."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.addCleanup(self.holder.cleanup)
        folder = Path(self.holder.name)
        self.status = folder / "status"
        self.status.write_text(STATUS)
        apt = folder / "bin" / "apt-get"
        apt.parent.mkdir()
        apt.write_text("#!/bin/sh\n[ \"$1\" = update ] || printf "
                       "'\\nPackage: cmake\\nStatus: install ok installed\\nVersion: 3\\n' "
                       f">>'{self.status}'\n")
        apt.chmod(0o755)
        self.project = SimpleNamespace(logs=folder / "logs", weeks=lambda: [], shown=str)
        for patch in (mock.patch.object(packages, "STATUS", self.status),
                      mock.patch.object(packages, "NEEDED", ("g++", "cmake")),
                      mock.patch.object(ui, "open", side_effect=OSError, create=True),
                      mock.patch.dict(os.environ, {"PATH": f"{apt.parent}:{os.environ['PATH']}"}),
                      redirect_stderr(io.StringIO())):
            self.said = patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)
        for name in ("CI", "STRATA_SKIP_PACKAGES"):
            os.environ.pop(name, None)

    def test_root_installs_what_it_may_and_says_so(self):
        with mock.patch("os.geteuid", return_value=0):
            packages.ensure(self.project, yes=True)
        self.assertEqual(packages.missing(["cmake"]), [])
        self.assertIn("missing packages: cmake", self.said.getvalue())

    def test_root_without_a_terminal_is_told_the_command(self):
        with mock.patch("os.geteuid", return_value=0), \
                self.assertRaisesRegex(ui.Failure, "nothing installed.*: apt-get install -y cmake$"):
            packages.ensure(self.project)
        self.assertEqual(packages.missing(["cmake"]), ["cmake"])
        self.assertIn("no terminal", self.said.getvalue())

    def test_others_are_told_the_command(self):
        with mock.patch("os.geteuid", return_value=1000), \
                self.assertRaisesRegex(ui.Failure, "please run: sudo apt-get install -y cmake"):
            packages.ensure(self.project, yes=True)


class WithoutPython(unittest.TestCase):
    """Runs ./strata with a PATH on which python3 is missing and apt-get is a stand-in."""

    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.addCleanup(self.holder.cleanup)
        self.bin = Path(self.holder.name)
        for tool in ("readlink", "dirname", "cat"):
            (self.bin / tool).symlink_to(f"/usr/bin/{tool}")
        # "Installing" makes a python3 that shows what it was given.
        self.script("python3.new", 'echo "python3 ran: $2"; cat')
        self.script("apt-get", f'echo "apt-get $*"; [ "$1" = update ] || '
                               f'/bin/cp "{self.bin}/python3.new" "{self.bin}/python3"')

    def script(self, name, text):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def strata(self, *words, root, **env):
        self.script("id", "echo 0" if root else "echo 1000")
        return subprocess.run([str(REAL_ROOT / "strata"), *words], input="PUT a 1\n",
                              capture_output=True, text=True, check=False,
                              start_new_session=True,  # no terminal to ask on
                              env={"PATH": str(self.bin), **env})

    def test_root_installs_it_and_standard_input_is_untouched(self):
        for words, env in ((["up", "--yes"], {}), (["up"], {"CI": "1"})):
            with self.subTest(words=words, env=env):
                (self.bin / "python3").unlink(missing_ok=True)
                done = self.strata(*words, root=True, **env)
                self.assertEqual(done.stdout, "python3 ran: up\nPUT a 1\n")
                self.assertIn("apt-get install -y --no-install-recommends python3", done.stderr)

    def test_root_without_a_terminal_is_told_the_command(self):
        done = self.strata("up", root=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("apt-get update && apt-get install -y --no-install-recommends python3\n",
                      done.stderr)
        self.assertFalse(os.path.exists(self.bin / "python3"))

    def test_others_are_told_the_command(self):
        done = self.strata("up", root=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("sudo apt-get install -y python3", done.stderr)
        self.assertFalse(os.path.exists(self.bin / "python3"))


if __name__ == "__main__":
    unittest.main()
