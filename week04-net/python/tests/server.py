"""A real server, started by a test, and what the tests of it have in common.

STRATA_BIN names the folder of the built programs. Without it these tests are skipped, but under CI
they fail.
"""

import os
import select
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from strata import Client

PATIENCE = 60  # seconds; nothing takes so long, whatever else the machine does


def program(name):
    """The path of a built program."""
    folder = os.environ.get("STRATA_BIN")
    if folder:
        return Path(folder).resolve() / name
    if os.environ.get("CI"):
        raise AssertionError("under CI, STRATA_BIN has to name the folder of the built programs")
    raise unittest.SkipTest(f"STRATA_BIN does not name the folder of a built {name}")


def wait_until(holds, what):
    """Asks `holds` again and again. It has to take some time itself, as a request does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"still not: {what}")


class Server:
    """A week04-server. `options` are its own; `at`: where it listens."""

    def __init__(self, *options, at="127.0.0.1:0"):
        command = [program("week04-server"), "--listen", at, "--log", "error", *options]
        self._options = options
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            self.at = _first_line(self._process).removeprefix("listening on ")
        except BaseException:
            self.kill()
            raise

    @property
    def port(self):
        return int(self.at.rpartition(":")[2])

    def client(self, **options):
        return Client("127.0.0.1", self.port, **options)

    def kill(self):
        """As a crash: it gets no chance to do anything."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def started_again(self):
        """Another one, with the same options, where this one was."""
        return Server(*self._options, at=self.at)


def _first_line(process):
    line = b""
    end = time.monotonic() + PATIENCE
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError("the server does not say where it listens")
        byte = os.read(process.stdout.fileno(), 1)
        if not byte:
            raise AssertionError(f"the server ended with the status {process.wait(PATIENCE)}")
        line += byte
    return line.decode().strip()


class ServerCase(unittest.TestCase):
    """Tests of one server in memory, which is empty at the start of each."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--store", "memory")
        cls.addClassCleanup(cls.server.kill)

    def setUp(self):
        self.client = self.connect()
        with self.client.batch() as batch:
            for key, _ in self.client.scan():
                batch.delete(key)

    def connect(self, **options):
        client = self.server.client(**options)
        self.addCleanup(client.close)
        return client


def temporary_folder(case):
    """A folder that goes with the test."""
    folder = tempfile.TemporaryDirectory(prefix="strata-")
    case.addCleanup(folder.cleanup)
    return Path(folder.name)


def secret_file(folder, secret="a secret of many bytes"):
    file = folder / "secret"
    file.touch(mode=0o600)
    file.write_text(secret + "\n")
    return str(file)
