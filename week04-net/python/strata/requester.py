"""Asks a server over one connection. It is made again when it breaks, and requests are sent again
where that is safe (retry.py).

Thread-safety: none.
"""

import os
import time

from . import errors, handshake, messages
from .connection import Connection
from .deadline import Deadline
from .errors import InvalidArgument, ProtocolError, StrataError, Unavailable, UnknownOutcome
from .retry import Attempts

_CONNECT_SECONDS = 5.0  # with the handshake
# What answers which request.
_RESULTS = {"get": "get", "write": "write", "scan": "page", "scan_next": "page", "stats": "stats",
            "ping": "pong"}


class Requester:
    def __init__(self, endpoint, identity, timeout, retries):
        """`timeout`: seconds for a request, with everything that is tried for it."""
        self.endpoint = endpoint
        self._identity = identity
        self._timeout = timeout
        self._retries = retries
        self._messages = messages.load()
        self._process = os.getpid()
        self._closed = False
        self._connection = None
        self.limits = None  # the server's, once it has been connected to

    def close(self):
        """Every later request raises Unavailable."""
        self._closed = True
        self._disconnect()

    def ask(self, request):
        """The answer to `request`, with as many attempts as may be made and there is time for.

        Requires: a write has a token.
        """
        attempts = Attempts()
        deadline = Deadline(self._timeout)
        while True:
            try:
                return self._attempt(request, deadline)
            except StrataError as error:
                again = attempts.may_retry(error) and self._retries and not self._closed
                pause = attempts.backoff()
                if not again or pause >= deadline.left():
                    raise attempts.last(error) from None
            time.sleep(pause)

    def ask_once(self, request):
        """The answer to `request`, which is not sent again: for what is not a write."""
        return self._attempt(request, Deadline(self._timeout))

    def tell(self, request):
        """Sends `request` if there is a connection, and does not care what becomes of it."""
        if not self._connection or self._is_forked():
            return
        try:
            self._connection.tell(request, Deadline(self._timeout))
        except StrataError:
            self._disconnect()

    def _attempt(self, request, deadline):
        connection = self._connected(deadline)
        request.timeout_ms = deadline.left_ms()
        if request.ByteSize() > self.limits.frame_bytes:
            raise InvalidArgument(f"a request of {request.ByteSize()} bytes; "
                                  f"{self.limits.frame_bytes} are allowed")
        try:
            answer = connection.ask(request, deadline)
        except BaseException:
            self._disconnect()
            raise
        return self._checked(request.WhichOneof("body"), answer)

    def _checked(self, asked, answer):
        """`answer`, unless it is an error, or answers something else."""
        result = answer.WhichOneof("result")
        if result == _RESULTS[asked]:
            return answer
        if result == "error":
            code = handshake.code_name(self._messages, answer.error.code)
            raise errors.answered(code, answer.error.message, asked == "write")
        wrong = UnknownOutcome if asked == "write" else ProtocolError
        raise wrong(f"{self.endpoint} answers a {asked} with {result}")

    def _connected(self, deadline):
        if self._closed:
            raise Unavailable("the client is closed")
        if self._is_forked():  # two processes would give the same token to two writes
            raise InvalidArgument("a client cannot be used in a forked process; make one there")
        if not self._connection:
            soon = Deadline(min(_CONNECT_SECONDS, deadline.left()))
            self._connection = Connection.connect(self.endpoint, self._identity, soon)
            self.limits = self._connection.limits
        return self._connection

    def _is_forked(self):
        return os.getpid() != self._process

    def _disconnect(self):
        if self._connection:
            self._connection.close()
            self._connection = None
