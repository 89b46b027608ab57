"""A server that does what a test tells it to: breaks connections, damages frames, lies."""

import contextlib
import socket
import threading

from strata import handshake, messages, wire
from tests.server import PATIENCE

_LIMITS = {"frame_bytes": 65 << 20, "key_bytes": 65536, "value_bytes": 16 << 20,
           "batch_bytes": 64 << 20}


class Peer:
    """One connection of a client."""

    def __init__(self, connected):
        self._socket = connected
        self._frames = wire.FrameReader(1 << 30)
        self.messages = messages.load()

    def welcome(self, **fields):
        """Takes the hello and answers it."""
        hello = self.receive(self.messages.ClientHello)
        welcome = {"version": handshake.VERSION, "limits": _LIMITS, "nonce": bytes(16)} | fields
        self.send(self.messages.ServerHello(welcome=welcome))
        return hello

    def request(self):
        return self.receive(self.messages.Request)

    def answer(self, request, **result):
        """`result`: the one field of the response beside its id."""
        self.send(self.messages.Response(id=request.id, **result))

    def welcome_and_pong(self):
        """What every new Client wants first."""
        self.welcome()
        self.answer(self.request(), pong={})

    def send(self, message):
        self.send_bytes(wire.frame(message.SerializeToString()))

    def send_bytes(self, data):
        self._socket.sendall(data)

    def receive(self, message_class):
        """EOFError if the client has gone."""
        while (payload := self._frames.next()) is None:
            piece = self._socket.recv(65536)
            if not piece:
                raise EOFError
            self._frames.feed(piece)
        return message_class.FromString(payload)


class FakeServer:
    """Calls the next of `scripts` with a Peer for each connection, the last one again and again.
    The connection is closed when the script returns, or the client has gone.

        with FakeServer(first, then) as server: ... server.port ...

    What a script raises, an assertion for one, is raised at the end of the block.
    """

    def __init__(self, *scripts):
        self._scripts = list(scripts)
        self._failure = None
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def stop_listening(self):
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._listening.close()

    def __exit__(self, kind, *_):
        self.stop_listening()
        self._thread.join(PATIENCE)
        if kind is None:
            assert not self._thread.is_alive(), "the fake server still waits for something"
            if self._failure:
                raise self._failure

    def _serve(self):
        try:
            while True:
                with self._listening.accept()[0] as connected:
                    connected.settimeout(PATIENCE)
                    self.connections += 1
                    self._run(self._next_script(), connected)
        except OSError:  # nobody listens any more
            pass
        except BaseException as failure:
            self._failure = failure

    def _next_script(self):
        return self._scripts[min(self.connections, len(self._scripts)) - 1]

    def _run(self, script, connected):
        with contextlib.suppress(EOFError, ConnectionError):
            script(Peer(connected))
