"""Where the client looks for its settings, and in which order."""

import unittest
from pathlib import Path

from strata import InvalidArgument, settings
from strata.endpoint import TcpEndpoint, UnixEndpoint, parse_endpoint
from tests.server import secret_file, temporary_folder


class Settings(unittest.TestCase):
    def find(self, arguments=(), environment=(), dotenv=""):
        file = temporary_folder(self) / ".env"
        file.write_text(dotenv, encoding="utf-8")
        return settings.find(dict(arguments), dict(environment), file)

    def test_without_any_there_is_a_default(self):
        found = settings.find({}, {}, Path("no such file"))
        self.assertEqual(found, settings.Settings(TcpEndpoint("127.0.0.1", 4400), None))

    def test_arguments_count_before_the_environment_and_that_before_the_file(self):
        argument, variable, line = {"port": 1}, {"STRATA_PORT": "2"}, "STRATA_PORT=3"
        self.assertEqual(self.find(argument, variable, line).endpoint.port, 1)
        self.assertEqual(self.find((), variable, line).endpoint.port, 2)
        self.assertEqual(self.find((), (), line).endpoint.port, 3)

    def test_each_setting_is_looked_for_by_itself(self):
        found = self.find({"port": "1"}, {"STRATA_HOST": "there"}, "STRATA_SECRET_FILE=/its/place")
        self.assertEqual(found, settings.Settings(TcpEndpoint("there", 1), "/its/place"))

    def test_a_variable_that_is_empty_is_none(self):
        self.assertEqual(self.find((), {"STRATA_PORT": ""}, "STRATA_PORT=3").endpoint.port, 3)

    def test_a_socket_and_a_host_exclude_each_other(self):
        path = UnixEndpoint("/its/place")
        socket, host = {"STRATA_SOCKET": "unix:/its/place"}, {"STRATA_HOST": "there"}
        self.assertEqual(self.find((), socket, "STRATA_HOST=there").endpoint, path)
        self.assertEqual(self.find({"port": 1}, socket).endpoint, TcpEndpoint("127.0.0.1", 1))
        self.assertEqual(self.find({"socket": "/its/place"}, host).endpoint, path)
        with self.assertRaisesRegex(InvalidArgument, "STRATA_SOCKET and STRATA_HOST exclude"):
            self.find((), socket | host)

    def test_the_file_may_hold_other_things(self):
        text = ('# STRATA_PORT=1\n\nOTHER="x"\nnonsense\n  export STRATA_HOST = "there"  \n'
                "STRATA_PORT='5'\nSTRATA_SECRET_FILE=a=b\n")
        found = self.find((), (), text)
        self.assertEqual(found, settings.Settings(TcpEndpoint("there", 5), "a=b"))

    def test_the_file_may_begin_with_a_byte_order_mark(self):
        self.assertEqual(self.find((), (), "\ufeffSTRATA_PORT=5").endpoint.port, 5)
        self.assertEqual(self.find((), (), "export\tSTRATA_PORT=5").endpoint.port, 5)

    def test_a_socket_may_be_a_path(self):
        self.assertEqual(self.find({"socket": Path("/its/place")}).endpoint,
                         UnixEndpoint("/its/place"))

    def test_an_error_says_where_it_stands(self):
        for found, where in ((({"port": "x"},), "the argument port: x is no port"),
                             (((), {"STRATA_PORT": "0"}), "^STRATA_PORT: 0 is no port"),
                             (((), (), "STRATA_PORT=65536"), r"STRATA_PORT in \.env: 65536"),
                             (({"host": ""},), "the argument host"),
                             (({"socket": "unix:"},), "the argument socket")):
            with self.assertRaisesRegex(InvalidArgument, where):
                self.find(*found)

    def test_knows_the_endpoints_that_servers_print(self):
        for text in ("127.0.0.1:4400", "[::1]:1", "localhost:65535", "unix:/its/place"):
            self.assertEqual(str(parse_endpoint(text)), text)
        for text in ("", "localhost", ":1", "::1:1", "a:", "a:b", "a:+1", "a:٣", "unix:", "[]:1"):
            with self.assertRaises(InvalidArgument, msg=text):
                parse_endpoint(text)


class Secret(unittest.TestCase):
    def test_is_the_first_line_of_its_file(self):
        self.assertEqual(settings.read_secret(None), b"")
        file = secret_file(temporary_folder(self), "0123456789abcdef\nmore")
        self.assertEqual(settings.read_secret(file), b"0123456789abcdef")

    def test_is_refused_where_it_is_none(self):
        folder = temporary_folder(self)
        with self.assertRaisesRegex(InvalidArgument, "No such file"):
            settings.read_secret(folder / "secret")
        with self.assertRaisesRegex(InvalidArgument, "Is a directory"):
            settings.read_secret(folder)
        file = secret_file(folder, "0123456789abcde")
        with self.assertRaisesRegex(InvalidArgument, "shorter than 16 bytes"):
            settings.read_secret(file)
        Path(file).chmod(0o640)
        with self.assertRaisesRegex(InvalidArgument, "read by others; run: chmod 600"):
            settings.read_secret(file)
