"""Passes bytes on between clients and a server, and loses an answer where a test wants that."""

import contextlib
import socket
import threading

from tests.server import PATIENCE


class Proxy:
    """with Proxy(port of the server) as proxy: ... proxy.port ..."""

    def __init__(self, to):
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._losing = None
        self._threads = []

    def lose_next_answer(self, then=lambda: None):
        """What the server sends next does not arrive: `then` is called, and the connection ends."""
        self._losing = then

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listening.close()

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._start(self._serve, self._listening.accept()[0])

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self._to), PATIENCE) as server:
                answers = self._start(self._pass_on, server, client, True)
                self._pass_on(client, server, False)
                answers.join(PATIENCE)

    def _pass_on(self, source, sink, answers):
        """Until one of the two ends; then both do."""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if answers and self._losing:
                    then, self._losing = self._losing, None
                    then()
                    break
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
