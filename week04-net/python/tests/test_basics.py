"""One key at a time, over TCP and over a Unix socket."""

import unittest
from unittest import mock

from strata import Client, InvalidArgument, Unavailable
from tests.server import Server, ServerCase, secret_file, temporary_folder


class Basics(ServerCase):
    def test_reads_what_was_put_and_nothing_behind_a_delete(self):
        self.assertIsNone(self.client.get("key"))
        self.client.put("key", "1")
        self.client.put("key", "2")
        self.assertEqual(self.client.get("key"), b"2")
        self.client.delete("key")
        self.assertIsNone(self.client.get("key"))
        self.client.delete("key")

    def test_any_bytes_come_back_as_they_were(self):
        every = bytes(range(256))
        for value in (b"", b"\0", b"\n", every, every * 1000, "Käse".encode()):
            self.client.put(every, value)
            self.assertEqual(self.client.get(every), value)

    def test_a_text_is_its_utf8(self):
        self.client.put("Käse", "Brötchen")
        self.assertEqual(self.client.get("Käse".encode()), "Brötchen".encode())

    def test_takes_values_as_large_as_the_server_says(self):
        largest = b"x" * (16 << 20)
        self.client.put("key", largest)
        self.assertEqual(self.client.get("key"), largest)
        self.assertEqual(list(self.client.scan()), [(b"key", largest)])

    def test_refuses_what_no_server_takes(self):
        for refused in (lambda: self.client.put("", "1"),
                        lambda: self.client.put("k" * 65537, "1"),
                        lambda: self.client.put("key", b"x" * ((16 << 20) + 1)),
                        lambda: self.client.put(b"\0strata\0x", "1"),
                        lambda: self.client.put("\ud800", "1"),
                        lambda: self.client.get("")):
            with self.assertRaises(InvalidArgument):
                refused()
        with self.assertRaises(TypeError):
            self.client.put("key", 1)
        self.assertEqual(list(self.client.scan()), [])

    def test_tells_figures_and_how_long_an_answer_takes(self):
        self.client.put("key", "1")
        figures = self.client.stats()
        self.assertEqual(figures["num_keys"], 1)
        self.assertEqual(next(iter(figures)), "num_keys")
        self.assertGreater(self.client.ping(), 0)

    def test_a_client_that_is_closed_does_nothing(self):
        with self.connect() as client:
            client.put("key", "1")
        with self.assertRaisesRegex(Unavailable, "closed"):
            client.get("key")
        client.close()

    def test_a_client_is_not_used_by_two_processes(self):
        with mock.patch("os.getpid", return_value=0):  # as in a process that was forked off
            with self.assertRaisesRegex(InvalidArgument, "forked"):
                self.client.put("key", "1")
        self.client.put("key", "1")


class OtherWays(unittest.TestCase):
    def test_a_unix_socket(self):
        path = temporary_folder(self) / "socket"
        server = Server("--store", "memory", at=f"unix:{path}")
        self.addCleanup(server.kill)
        for socket in (str(path), f"unix:{path}"):
            with Client(socket=socket) as client:
                client.put("key", "1")
                self.assertEqual(client.get("key"), b"1")

    def test_a_server_with_a_secret(self):
        file = secret_file(temporary_folder(self))
        server = Server("--store", "memory", "--secret-file", file)
        self.addCleanup(server.kill)
        with server.client(secret_file=file) as client:
            client.put("key", "1")
            self.assertEqual(client.get("key"), b"1")

    def test_the_cluster_that_was_meant_and_no_other(self):
        server = Server("--store", "memory", "--cluster", "mine")
        self.addCleanup(server.kill)
        server.client(cluster="mine").close()
        with self.assertRaisesRegex(InvalidArgument, "cluster mine, not other"):
            server.client(cluster="other")
