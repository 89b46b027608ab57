"""Frames, the handshake, tokens and retries: what is decided without a socket."""

import unittest

from strata import (Conflict, InvalidArgument, NotAuthenticated, ProtocolError, ServerError,
                    Unavailable, UnknownOutcome, errors, handshake, messages, wire)
from strata.retry import Attempts
from strata.tokens import TokenSource


def payloads(reader, stream, piece):
    """All that come out of `stream`, fed in pieces of `piece` bytes."""
    found = []
    for at in range(0, len(stream), piece):
        reader.feed(stream[at:at + piece])
        while (payload := reader.next()) is not None:
            found.append(payload)
    return found


class Frames(unittest.TestCase):
    def test_is_a_header_of_eight_bytes_and_the_payload(self):
        self.assertEqual(wire.frame(b"payload").hex(), "07000000" "e211236f" + b"payload".hex())
        self.assertEqual(wire.frame(b"").hex(), "00000000" "c294d338")

    def test_are_found_whatever_pieces_they_come_in(self):
        wanted = [b"one", b"", b"x" * 300, b"four"]
        stream = b"".join(map(wire.frame, wanted))
        for piece in range(1, len(stream) + 1):
            self.assertEqual(payloads(wire.FrameReader(1000), stream, piece), wanted)

    def test_any_damaged_byte_is_seen(self):
        frame = wire.frame(b"payload")
        for at in range(len(frame)):
            damaged = bytearray(frame)
            damaged[at] ^= 1
            reader = wire.FrameReader(7)
            reader.feed(bytes(damaged) + frame)
            with self.assertRaises(ProtocolError):
                while reader.next() is not None:
                    pass

    def test_one_that_is_too_large_is_refused_by_its_header(self):
        reader = wire.FrameReader(1000)
        reader.feed(wire.frame(b"x" * 1001)[:8])
        with self.assertRaisesRegex(ProtocolError, "1001 bytes, where 1000 are allowed"):
            reader.next()


class Handshake(unittest.TestCase):
    NONCE = bytes(range(16))
    SERVER_NONCE = bytes(range(16, 32))
    SECRET = b"a secret of many bytes"

    def setUp(self):
        self.messages = messages.load()

    def accept(self, secret, **welcome):
        welcome = {"version": 1, "nonce": self.SERVER_NONCE} | welcome
        answer = self.messages.ServerHello(welcome=welcome)
        return handshake.accept(self.messages, answer, handshake.Identity(secret), self.NONCE)

    def proof(self, role, secret=SECRET):
        return handshake.proof(role, self.NONCE, self.SERVER_NONCE, secret)

    def test_without_a_secret_there_is_no_proof(self):
        self.assertIsNone(self.accept(b""))

    def test_each_proves_that_it_knows_the_secret(self):
        answer = self.accept(self.SECRET, wants_proof=True, proof=self.proof(b"strata server"))
        self.assertEqual(answer.proof, self.proof(b"strata client"))

    def test_a_server_without_the_proof_is_not_talked_to(self):
        for welcome in ({}, {"proof": self.proof(b"strata client")},
                        {"proof": self.proof(b"strata server", b"another secret")},
                        {"proof": self.proof(b"strata server"), "nonce": self.SERVER_NONCE[:15]}):
            with self.assertRaises(NotAuthenticated):
                self.accept(self.SECRET, wants_proof=True, **welcome)

    def test_a_server_that_wants_a_proof_needs_a_secret(self):
        with self.assertRaises(NotAuthenticated):
            self.accept(b"", wants_proof=True, proof=self.proof(b"strata server"))

    def test_another_version_is_refused(self):
        with self.assertRaisesRegex(ServerError, "version 2"):
            self.accept(b"", version=2)

    def test_a_hello_that_says_nothing_is_refused(self):
        with self.assertRaises(ProtocolError):
            handshake.accept(self.messages, self.messages.ServerHello(), handshake.Identity(), b"")


class Tokens(unittest.TestCase):
    def test_count_up_and_settle_all_before(self):
        source = TokenSource()
        tokens = [source.next() for _ in range(3)]
        self.assertEqual([(token.sequence, token.settled_below) for token in tokens],
                         [(1, 1), (2, 2), (3, 3)])
        self.assertEqual(len({token.client for token in tokens}), 1)

    def test_are_another_clients_own(self):
        clients = {TokenSource().next().client for _ in range(100)}
        self.assertEqual(len(clients), 100)
        self.assertTrue(all(0 < client < 2**64 for client in clients))


class Errors(unittest.TestCase):
    def kind(self, code, is_write):
        return type(errors.answered(code, "why", is_write))

    def test_only_unknown_says_that_a_write_may_have_been_done(self):
        self.assertEqual(self.kind("UNKNOWN", True), UnknownOutcome)
        for code, kind in (("UNAVAILABLE", Unavailable), ("DEADLINE", Unavailable),
                           ("CONFLICT", Conflict), ("INVALID_ARGUMENT", InvalidArgument),
                           ("UNAUTHENTICATED", NotAuthenticated), ("IO", ServerError),
                           ("CORRUPTION", ServerError)):
            self.assertEqual(self.kind(code, True), kind)
            self.assertEqual(self.kind(code, False), kind)

    def test_from_a_code_that_is_not_known_nothing_is_concluded(self):
        self.assertEqual(self.kind(None, True), UnknownOutcome)
        self.assertEqual(self.kind("CODE_UNSPECIFIED", True), UnknownOutcome)
        self.assertEqual(self.kind(None, False), ServerError)

    def test_a_read_has_no_outcome(self):
        self.assertEqual(self.kind("UNKNOWN", False), Unavailable)

    def test_each_code_of_the_protocol_is_told_from_a_newer_one(self):
        loaded = messages.load()
        for value in loaded.Error.DESCRIPTOR.enum_types_by_name["Code"].values:
            self.assertEqual(handshake.code_name(loaded, value.number), value.name)
            if value.number and value.name != "UNKNOWN":
                self.assertNotEqual(self.kind(value.name, True), UnknownOutcome, value.name)
        self.assertIsNone(handshake.code_name(loaded, 1000))


class Retries(unittest.TestCase):
    def test_what_was_certainly_not_done_may_be_tried_again(self):
        attempts = Attempts()
        error = Unavailable("why")
        self.assertTrue(attempts.may_retry(error))
        self.assertIs(attempts.last(error), error)

    def test_a_decision_of_the_server_is_not_asked_for_again(self):
        for error in (Conflict("why"), InvalidArgument("why"), NotAuthenticated("why"),
                      ProtocolError("why"), ServerError("why", "IO")):
            attempts = Attempts()
            self.assertFalse(attempts.may_retry(error))
            self.assertIs(attempts.last(error), error)

    def test_once_an_attempt_may_have_been_done_the_end_says_so(self):
        attempts = Attempts()
        self.assertTrue(attempts.may_retry(UnknownOutcome("lost")))
        for error in (Unavailable("gone"), InvalidArgument("gone")):
            attempts.may_retry(error)
            self.assertIsInstance(attempts.last(error), UnknownOutcome)
            self.assertIn("gone", str(attempts.last(error)))

    def test_a_conflict_says_nothing_of_an_attempt_that_may_still_arrive(self):
        attempts = Attempts()
        attempts.may_retry(UnknownOutcome("lost"))
        conflict = Conflict("why")
        self.assertFalse(attempts.may_retry(conflict))
        self.assertIsInstance(attempts.last(conflict), UnknownOutcome)

    def test_waits_longer_each_time_up_to_a_second_and_never_all_the_same(self):
        seventh = set()
        for _ in range(50):
            attempts = Attempts()
            waits = [attempts.backoff() for _ in range(12)]
            for number, wait in enumerate(waits):
                self.assertGreaterEqual(wait, 0.001)
                self.assertLessEqual(wait, min(1.0, 0.01 * 2 ** min(number, 10)))
            seventh.add(waits[6])
        self.assertGreater(len(seventh), 20)
