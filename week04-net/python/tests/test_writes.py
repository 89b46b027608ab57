"""Writes of several keys, and writes with conditions."""

import threading

from strata import Conflict, InvalidArgument
from tests.server import PATIENCE, ServerCase


class Writes(ServerCase):
    def everything(self):
        return dict(self.client.scan())

    def test_a_batch_is_written_at_the_end_of_its_block(self):
        self.client.put("old", "1")
        with self.client.batch() as batch:
            batch.put("a", "1").put("b", "2").delete("old").put("a", "3")
            self.assertEqual(len(batch), 4)
            self.assertEqual(self.everything(), {b"old": b"1"})
        self.assertEqual(self.everything(), {b"a": b"3", b"b": b"2"})

    def test_of_a_batch_whose_block_raises_nothing_is_written(self):
        with self.assertRaises(ZeroDivisionError), self.client.batch() as batch:
            batch.put("a", "1")
            1 / 0
        with self.assertRaises(InvalidArgument), self.client.batch() as batch:
            batch.put("a", "1").put("", "1")
        self.assertEqual(self.everything(), {})

    def test_an_empty_batch_is_nothing(self):
        before = self.client.stats()["served_writes"]
        with self.client.batch():
            pass
        self.assertEqual(self.client.stats()["served_writes"], before)

    def test_a_batch_is_refused_as_it_grows_too_large(self):
        with self.assertRaisesRegex(InvalidArgument, "the batch would have"):
            with self.client.batch() as batch:
                for number in range(5):
                    batch.put(f"key{number}", b"x" * (16 << 20))
        self.assertEqual(self.everything(), {})

    def test_of_a_batch_whose_condition_does_not_hold_nothing_is_written(self):
        self.client.put("a", "1")
        for key, value in (("a", "0"), ("a", None), ("b", "")):
            with self.assertRaises(Conflict), self.client.batch() as batch:
                batch.put("c", "1").expect(key, value)
        self.assertEqual(self.everything(), {b"a": b"1"})
        with self.client.batch() as batch:
            batch.expect("a", "1").expect("b", None).delete("a").put("b", "")
        self.assertEqual(self.everything(), {b"b": b""})

    def test_nobody_sees_a_part_of_a_batch(self):
        done = threading.Event()
        torn = []

        def read():
            with self.server.client() as client:
                while not done.is_set():
                    values = {value for _, value in client.scan()}
                    if len(values) > 1:
                        torn.append(values)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for number in range(200):
                with self.client.batch() as batch:
                    for key in "abc":
                        batch.put(key, str(number))
        finally:
            done.set()
            reader.join(PATIENCE)
        self.assertFalse(reader.is_alive())
        self.assertEqual(torn, [])

    def test_compare_and_set_says_whether_it_did(self):
        self.assertFalse(self.client.cas("key", "0", "1"))
        self.assertTrue(self.client.cas("key", None, "1"))
        self.assertFalse(self.client.cas("key", None, "2"))
        self.assertTrue(self.client.cas("key", "1", ""))
        self.assertTrue(self.client.cas("key", b"", "3"))
        self.assertEqual(self.client.get("key"), b"3")
        self.assertFalse(self.client.cas("key", "1", None))
        self.assertTrue(self.client.cas("key", "3", None))
        self.assertIsNone(self.client.get("key"))

    def test_put_if_absent_puts_once(self):
        self.assertTrue(self.client.put_if_absent("key", "1"))
        self.assertFalse(self.client.put_if_absent("key", "2"))
        self.assertEqual(self.client.get("key"), b"1")

    def test_compare_and_set_loses_no_increment_of_many_clients(self):
        self.client.put("counter", "0")
        failures = []

        def increment(times):
            try:
                with self.server.client() as client:
                    while times > 0:
                        before = client.get("counter")
                        times -= client.cas("counter", before, str(int(before) + 1))
            except Exception as failure:
                failures.append(failure)

        threads = [threading.Thread(target=increment, args=(25,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
            self.assertFalse(thread.is_alive())
        self.assertEqual(failures, [])
        self.assertEqual(self.client.get("counter"), b"100")
