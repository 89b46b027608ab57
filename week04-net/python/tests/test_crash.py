"""A server that is killed, and answers that are lost on the way."""

import threading
import unittest

from strata import Client
from tests.proxy import Proxy
from tests.server import PATIENCE, Server, temporary_folder


class Crash(unittest.TestCase):
    def setUp(self):
        folder = temporary_folder(self)
        self.server = Server("--store", "week01", "--data", str(folder))
        self.addCleanup(lambda: self.server.kill())

    def crash_and_start_again(self):
        self.server.kill()
        self.server = self.server.started_again()

    def test_no_acknowledged_write_is_lost_and_none_is_done_twice(self):
        writer = Writer(self.server.port)
        writer.start()
        for count in (30, 60, 90):
            writer.wait_for(count)
            self.crash_and_start_again()
        writer.wait_for(120)
        writer.finish()
        with self.server.client() as client:
            found = dict(client.scan(prefix="key"))
            self.assertEqual(found, {b"key%d" % number: b"%d" % number
                                     for number in range(1, writer.acknowledged + 1)})
            self.assertEqual(client.get("counter"), b"%d" % writer.acknowledged)

    def test_a_write_whose_answer_is_lost_is_done_once(self):
        with Proxy(self.server.port) as proxy, Client("127.0.0.1", proxy.port) as client:
            proxy.lose_next_answer()
            self.assertTrue(client.put_if_absent("key", "1"))
            self.assertEqual(client.stats()["served_repeated_writes"], 1)

    def test_even_if_the_server_crashes_before_it_is_asked_again(self):
        with Proxy(self.server.port) as proxy, Client("127.0.0.1", proxy.port) as client:
            proxy.lose_next_answer(then=self.crash_and_start_again)
            self.assertTrue(client.put_if_absent("key", "1"))
            self.assertEqual(client.stats()["served_repeated_writes"], 1)


class Writer:
    """Counts up in the store: each batch puts a key, and a counter if that has the number before.
    If a batch was done twice, or lost, the counter is wrong, and the Conflict ends the writer."""

    def __init__(self, port):
        self._port = port
        self._changed = threading.Condition()
        self._finished = False
        self._failure = None
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self.acknowledged = 0

    def start(self):
        self._thread.start()

    def wait_for(self, count):
        """Until so many are acknowledged."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._failure or self.acknowledged >= count,
                                          PATIENCE)
        if self._failure:
            raise self._failure
        assert done, f"{self.acknowledged} writes, and no more come"

    def finish(self):
        with self._changed:
            self._finished = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "a write takes too long"
        if self._failure:
            raise self._failure

    def _guarded(self):
        try:
            with Client("127.0.0.1", self._port, timeout=PATIENCE) as client:
                self._write(client)
        except BaseException as failure:
            with self._changed:
                self._failure = failure
                self._changed.notify_all()

    def _write(self, client):
        while not self._finished:
            number = self.acknowledged + 1
            with client.batch() as batch:
                batch.expect("counter", str(number - 1) if number > 1 else None)
                batch.put("counter", str(number)).put(f"key{number}", str(number))
            with self._changed:
                self.acknowledged = number
                self._changed.notify_all()
