"""The message classes: made of strata.proto, kept in the cache; what is said if that fails."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from strata import messages
from tests.server import PATIENCE, temporary_folder

PACKAGE = Path(messages.__file__).resolve().parents[1]  # the folder that holds it
LOAD = "from strata import messages; print(messages.load().Request(id=7).id)"
MAIN = "import sys; from strata.__main__ import main; sys.exit(main(['--port', '1']))"


class MessagesCase(unittest.TestCase):
    def setUp(self):
        self.cache = temporary_folder(self)

    def run_python(self, code, **variables):
        variables = {"XDG_CACHE_HOME": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"} | variables
        return subprocess.run([sys.executable, "-c", code], cwd=PACKAGE, capture_output=True,
                              text=True, env=os.environ | variables, timeout=PATIENCE)


class Messages(MessagesCase):
    def assert_loads(self, **variables):
        done = self.run_python(LOAD, **variables)
        self.assertEqual((done.stdout, done.stderr), ("7\n", ""))

    def kept(self):
        """The files in the cache."""
        return [path for path in self.cache.rglob("*") if path.is_file()]

    def test_are_made_once(self):
        self.assert_loads()
        self.assertEqual(len(self.kept()), 1)
        self.assert_loads(PATH="")  # no protoc there
        self.assertEqual(len(self.kept()), 1)

    def test_are_made_again_where_what_was_kept_is_not_whole(self):
        self.assert_loads()
        [kept] = self.kept()
        whole = kept.read_bytes()
        one_bit = bytearray(whole)
        one_bit[whole.index(b".strata.net.proto.Limits") + 3] ^= 1
        for damaged in (b"", whole[:100], b"\xff" * 100, bytes(one_bit)):
            kept.write_bytes(damaged)
            self.assert_loads()
            self.assertEqual(kept.read_bytes(), whole)

    def test_need_no_cache(self):
        no_folder = self.cache / "file"
        no_folder.touch()
        self.assert_loads(XDG_CACHE_HOME=str(no_folder))
        self.assertEqual(self.kept(), [no_folder])

    def test_are_those_of_the_checkout(self):
        self.assertEqual(messages.find_proto(), PACKAGE.parent / "net" / "strata.proto")


class Missing(MessagesCase):
    """Told in one line, which names the Debian package."""

    def complaint(self, code, **variables):
        done = self.run_python(code, **variables)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_protoc(self):
        self.assertEqual(self.complaint(MAIN, PATH=""),
                         "strata: protoc is missing; install it with: "
                         "apt-get install protobuf-compiler\n")

    def test_a_module(self):
        for module, package in (("xxhash", "python3-xxhash"),
                                ("google.protobuf.descriptor_pb2", "python3-protobuf")):
            self.assertEqual(self.complaint(f"import sys; sys.modules[{module!r}] = None; {MAIN}"),
                             f"strata: the Python module {module} of {sys.executable} is missing; "
                             "install it with: "
                             f"apt-get install {package}\n")
