"""One connection, from its handshake to its end. It sends one request at a time.

What is known of a request when a connection breaks: a frame that has not left as a whole cannot
have been understood, so it was not done. Of a read it does not matter. Else it may have been done,
unless the server's last word says that nothing was: a response with the id 0 is about the
connection, and any code but UNKNOWN in it means that what is not answered was not done.

Thread-safety: none. Any exception but of connect() leaves the connection closed.
"""

import contextlib
import os
import socket

from . import errors, handshake, messages, wire
from .errors import ConnectionFailed, ProtocolError, Unavailable, UnknownOutcome

# The largest answer: a page of a scan ends with an entry as large as a key and a value can be.
_MAX_ANSWER = 32 << 20
_PIECE = 64 << 10
_SHORTEST_WAIT = 0.001  # 0 would mean: do not wait at all


class Connection:
    """Made by connect()."""

    def __init__(self, endpoint, connected):
        self._endpoint = endpoint
        self._socket = connected
        self._messages = messages.load()
        self._frames = wire.FrameReader(_MAX_ANSWER)
        self._last_id = 0
        self.limits = None  # the server's, once it has welcomed us

    @classmethod
    def connect(cls, endpoint, identity, deadline):
        """A connection whose handshake is over.

        ConnectionFailed if there is none to be had; what else accept() raises if the server will
        not have us.
        """
        try:
            connected = endpoint.connect(max(deadline.left(), _SHORTEST_WAIT))
        except (OSError, ValueError) as error:  # ValueError: no host can have such a name
            raise ConnectionFailed(f"cannot connect to {endpoint}: {_reason(error)}") from None
        self = cls(endpoint, connected)
        with self._closing_on_failure():
            self._shake_hands(identity, deadline)
        return self

    def close(self):
        self._socket.close()

    # ---- Requests

    def ask(self, request, deadline):
        """Sends `request`, under an id of the connection's own, and returns what answers it.

        That may be an error. If the connection breaks instead: Unavailable where the request was
        certainly not done, or was a read; UnknownOutcome where a write may have been.
        """
        self._last_id += 1
        request.id = self._last_id
        with self._closing_on_failure():
            self._send(request, deadline)
            is_write = request.WhichOneof("body") == "write"
            return self._answer(request.id, is_write, deadline)

    def tell(self, request, deadline):
        """Sends `request` and does not wait; its answer will be skipped."""
        self._last_id += 1
        request.id = self._last_id
        with self._closing_on_failure():
            self._send(request, deadline)

    def _send(self, message, deadline):
        """Unavailable if the frame has not left as a whole."""
        left = memoryview(wire.frame(message.SerializeToString()))
        try:
            while left:
                deadline.limit(self._socket)
                left = left[self._socket.send(left):]
        except OSError as error:
            raise Unavailable(f"cannot send to {self._endpoint}: {_reason(error)}") from None

    def _answer(self, request_id, is_write, deadline):
        try:
            while True:
                response = self._receive(self._messages.Response, deadline)
                if response.id == request_id:
                    return response
                if response.id == 0:
                    raise self._last_word(response.error, is_write)
        except _Lost as lost:
            failure = UnknownOutcome if is_write else Unavailable
            raise failure(f"no answer from {self._endpoint}: {lost}") from None
        except ProtocolError as damage:
            failure = UnknownOutcome if is_write else ProtocolError
            raise failure(f"no answer from {self._endpoint}: {damage}") from None

    def _last_word(self, error, is_write):
        code = handshake.code_name(self._messages, error.code)
        return errors.answered(code, error.message, is_write)

    # ---- Handshake

    def _shake_hands(self, identity, deadline):
        nonce = os.urandom(handshake.NONCE_SIZE)
        try:
            self._send(handshake.hello(self._messages, identity, nonce), deadline)
            answer = self._receive(self._messages.ServerHello, deadline)
        except _Lost as lost:
            raise ConnectionFailed(f"no hello from {self._endpoint}: {lost}") from None
        except ProtocolError as damage:
            raise ProtocolError(f"no hello from {self._endpoint}: {damage}") from None
        proof = handshake.accept(self._messages, answer, identity, nonce)
        if proof:
            self._send(proof, deadline)
        self.limits = answer.welcome.limits

    # ---- Bytes

    def _receive(self, message_class, deadline):
        """The next message. _Lost if the connection ends first, ProtocolError if it is damaged."""
        while True:
            payload = self._frames.next()
            if payload is not None:
                return messages.decode(message_class, payload)
            self._frames.feed(self._piece(deadline))

    def _piece(self, deadline):
        try:
            deadline.limit(self._socket)
            piece = self._socket.recv(_PIECE)
        except OSError as error:
            raise _Lost(_reason(error)) from None
        if not piece:
            raise _Lost("the connection was ended")
        return piece

    @contextlib.contextmanager
    def _closing_on_failure(self):
        """Nobody knows how much of an answer is still to come, so nothing else may be asked."""
        try:
            yield
        except BaseException:
            self.close()
            raise


class _Lost(Exception):
    """Nothing more can be received. The message says why."""


def _reason(error):
    """Why the system refused, in its words."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return "the time is over"
    if isinstance(error, socket.gaierror):
        return error.strerror
    if getattr(error, "errno", None):
        return os.strerror(error.errno)
    return str(error)
