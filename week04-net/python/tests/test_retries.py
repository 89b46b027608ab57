"""What becomes of a request when its connection breaks: a fake server breaks it."""

import unittest

from strata import (Client, InvalidArgument, ProtocolError, ServerError, Unavailable,
                    UnknownOutcome, wire)
from tests.fake_server import FakeServer


def reads_and_goes(peer):
    """Takes a request and closes the connection instead of answering."""
    peer.welcome()
    peer.request()


def pong_then_goes(peer):
    peer.welcome_and_pong()
    peer.request()


class Retries(unittest.TestCase):
    def connect(self, server, **options):
        client = Client("127.0.0.1", server.port, **options)
        self.addCleanup(client.close)
        return client

    def test_a_write_is_sent_again_with_the_same_token(self):
        writes = []

        def first(peer):
            peer.welcome_and_pong()
            writes.append(peer.request().write)

        def second(peer):
            peer.welcome()
            writes.append(peer.request().write)

        def third(peer):
            peer.welcome()
            for _ in range(2):
                request = peer.request()
                writes.append(request.write)
                peer.answer(request, write={"repeated": True})

        with FakeServer(first, second, third) as server:
            client = self.connect(server)
            client.put("key", "1")
            client.put("key", "2")
        one, again, once_more, other = writes
        self.assertEqual(one, again)
        self.assertEqual(one, once_more)
        self.assertEqual((one.token.sequence, one.token.settled_below), (1, 1))
        self.assertEqual(other.token.client, one.token.client)
        self.assertEqual((other.token.sequence, other.token.settled_below), (2, 2))

    def test_when_the_retries_run_out_the_outcome_of_a_write_is_unknown(self):
        tokens = set()

        def takes_the_write(peer):
            peer.welcome()
            tokens.add(peer.request().write.token.sequence)

        with FakeServer(pong_then_goes, takes_the_write) as server:
            client = self.connect(server, timeout=0.5)
            with self.assertRaises(UnknownOutcome):
                client.put("key", "1")
            self.assertGreater(server.connections, 2)
        self.assertEqual(tokens, {1})

    def test_and_it_still_is_when_nobody_is_there_any_more(self):
        def is_the_last(peer):
            pong_then_goes(peer)
            server.stop_listening()

        with FakeServer(is_the_last) as server:
            client = self.connect(server, timeout=0.5)
            with self.assertRaisesRegex(UnknownOutcome, "Connection refused"):
                client.put("key", "1")

    def test_a_request_that_no_server_takes_is_not_sent(self):
        def takes_little(peer):
            peer.welcome(limits={"frame_bytes": 100, "key_bytes": 1000, "value_bytes": 1000,
                                 "batch_bytes": 1000})
            peer.answer(peer.request(), pong={})
            peer.answer(peer.request(), get={})

        with FakeServer(takes_little) as server:
            client = self.connect(server)
            with self.assertRaisesRegex(InvalidArgument, "100 are allowed"):
                client.put("key", "x" * 200)
            self.assertIsNone(client.get("key"))

    def test_a_batch_has_no_more_operations_than_the_server_takes(self):
        def takes_two(peer):
            peer.welcome(limits={"frame_bytes": 1000, "key_bytes": 1000, "value_bytes": 1000,
                                 "batch_bytes": 1000, "batch_operations": 2})
            peer.answer(peer.request(), pong={})

        with FakeServer(takes_two) as server:
            batch = self.connect(server).new_batch().put("a", "1").expect("b", None)
            for one_more in (lambda: batch.delete("c"), lambda: batch.expect("c", "1")):
                with self.assertRaisesRegex(InvalidArgument, "more than 2 operations"):
                    one_more()

    def test_a_client_without_retries_sends_once(self):
        with FakeServer(pong_then_goes, reads_and_goes) as server:
            client = self.connect(server, retries=False)
            with self.assertRaises(UnknownOutcome):
                client.put("key", "1")
            with self.assertRaises(Unavailable):
                client.get("key")
            self.assertEqual(server.connections, 2)

    def test_a_read_is_asked_for_again(self):
        def answers(peer):
            peer.welcome()
            peer.answer(peer.request(), get={"value": b"1"})

        with FakeServer(pong_then_goes, reads_and_goes, answers) as server:
            self.assertEqual(self.connect(server).get("key"), b"1")

    def test_a_refusal_because_there_is_no_room_is_tried_again(self):
        def refuses_once(peer):
            peer.welcome_and_pong()
            peer.answer(peer.request(), error={"code": "UNAVAILABLE", "message": "no room"})
            peer.answer(peer.request(), get={})

        with FakeServer(refuses_once) as server:
            self.assertIsNone(self.connect(server).get("key"))

    def test_a_page_is_never_asked_for_twice(self):
        asked = []

        def loses_a_page(peer):
            peer.welcome_and_pong()
            page = {"entries": [{"key": b"a"}], "cursor": 7}
            peer.answer(peer.request(), page=page)
            asked.append(peer.request().scan_next.cursor)

        def would_answer(peer):
            peer.welcome()
            asked.append(peer.request().WhichOneof("body"))

        with FakeServer(loses_a_page, would_answer) as server:
            scan = self.connect(server).scan()
            self.assertEqual(next(scan), (b"a", b""))
            with self.assertRaises(Unavailable):
                next(scan)
        self.assertEqual(asked, [7])

    def test_a_server_that_says_nothing_is_not_waited_for_longer_than_asked(self):
        def is_silent(peer):
            peer.welcome_and_pong()
            peer.request()
            peer.request()  # none comes: the client goes

        with FakeServer(is_silent) as server:
            with self.assertRaisesRegex(UnknownOutcome, "the time is over"):
                self.connect(server, timeout=0.3).put("key", "1")


class LastWords(unittest.TestCase):
    """A response with the id 0 is about the whole connection."""

    def outcome_of_a_write(self, code):
        def says(peer):
            peer.welcome_and_pong()
            peer.request()
            peer.send(peer.messages.Response(error={"code": code, "message": "last\nword"}))

        with FakeServer(says) as server, \
                Client("127.0.0.1", server.port, retries=False) as client:
            with self.assertRaises(Exception) as raised:
                client.put("key", "1")
        self.assertIn(r"last\x0aword", str(raised.exception))
        return type(raised.exception)

    def test_tell_that_nothing_was_done(self):
        self.assertEqual(self.outcome_of_a_write("UNAVAILABLE"), Unavailable)
        self.assertEqual(self.outcome_of_a_write("CORRUPTION"), ServerError)

    def test_or_that_it_is_not_known(self):
        self.assertEqual(self.outcome_of_a_write("UNKNOWN"), UnknownOutcome)


class Damage(unittest.TestCase):
    def client_of(self, script):
        """Of a server that does as `script` says after the first pong."""
        def welcomes_first(peer):
            peer.welcome_and_pong()
            script(peer, peer.request())

        server = FakeServer(welcomes_first)
        server.__enter__()
        self.addCleanup(server.__exit__, None)
        client = Client("127.0.0.1", server.port, retries=False)
        self.addCleanup(client.close)
        return client

    def test_a_damaged_answer_is_refused(self):
        def damages(peer, request):
            response = peer.messages.Response(id=request.id, get={"value": b"right"})
            frame = wire.frame(response.SerializeToString())
            peer.send_bytes(frame.replace(b"right", b"wrong"))

        with self.assertRaisesRegex(ProtocolError, "checksum"):
            self.client_of(damages).get("key")

    def test_of_a_write_with_a_damaged_answer_the_outcome_is_unknown(self):
        def damages(peer, request):
            peer.send_bytes(wire.frame(b"1")[:-1] + b"2")

        with self.assertRaisesRegex(UnknownOutcome, "checksum"):
            self.client_of(damages).put("key", "1")

    def test_an_answer_that_is_too_large_is_refused_by_its_header(self):
        def promises(peer, request):
            peer.send_bytes(b"\xff" * 8)

        with self.assertRaisesRegex(ProtocolError, "a frame of 4294967295 bytes"):
            self.client_of(promises).get("key")

    def test_a_frame_that_holds_no_response_is_refused(self):
        with self.assertRaisesRegex(ProtocolError, "something else"):
            self.client_of(lambda peer, request: peer.send_bytes(wire.frame(b"\xff"))).get("key")

    def test_an_answer_of_another_kind_is_refused(self):
        with self.assertRaisesRegex(ProtocolError, "answers a get with pong"):
            self.client_of(lambda peer, request: peer.answer(request, pong={})).get("key")
        with self.assertRaisesRegex(UnknownOutcome, "answers a write with pong"):
            self.client_of(lambda peer, request: peer.answer(request, pong={})).put("key", "1")

    def test_an_answer_that_nobody_waits_for_is_skipped(self):
        def answers_twice(peer, request):
            peer.send(peer.messages.Response(id=request.id + 1000, get={"value": b"another's"}))
            peer.answer(request, get={"value": b"1"})

        self.assertEqual(self.client_of(answers_twice).get("key"), b"1")

    def test_after_damage_the_next_request_takes_another_connection(self):
        def damages(peer):
            peer.welcome_and_pong()
            peer.request()
            peer.send_bytes(b"\xff" * 8)

        def answers(peer):
            peer.welcome()
            peer.answer(peer.request(), get={"value": b"1"})

        with FakeServer(damages, answers) as server, Client("127.0.0.1", server.port) as client:
            with self.assertRaises(ProtocolError):
                client.get("key")
            self.assertEqual(client.get("key"), b"1")
