"""Where a server listens: a TCP port of some host, or a socket in the file system."""

import os
import socket
from dataclasses import dataclass

from .errors import InvalidArgument
from .text import printable

_UNIX = "unix:"


@dataclass(frozen=True)
class TcpEndpoint:
    host: str  # a name or an address; "::1" without its brackets
    port: int

    def __str__(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self, seconds):
        """A socket that is connected. OSError if that fails, or takes longer than `seconds`."""
        made = socket.create_connection((self.host, self.port), timeout=seconds)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


@dataclass(frozen=True)
class UnixEndpoint:
    path: str

    def __str__(self):
        return _UNIX + self.path

    def connect(self, seconds):
        """A socket that is connected. OSError if that fails, or takes longer than `seconds`."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(seconds)
            made.connect(self.path)
        except BaseException:
            made.close()
            raise
        return made


def parse_endpoint(text):
    """What "HOST:PORT", "[ADDRESS]:PORT" or "unix:PATH" means. InvalidArgument for all else."""
    if text.startswith(_UNIX):
        return parse_socket(text)
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not colon or not host:
        raise InvalidArgument(f"{printable(text)} is neither HOST:PORT nor unix:PATH")
    if ":" in host and not bracketed:
        raise InvalidArgument(f"{printable(text)}: an address with colons wants brackets, [::1]:80")
    return TcpEndpoint(host, parse_port(port))


def parse_socket(text):
    """The endpoint of a socket's path, with "unix:" in front of it or without. `text` may be a
    Path."""
    text = os.fspath(text)
    path = text.removeprefix(_UNIX)
    if not path or "\0" in path:
        raise InvalidArgument(f"{printable(text)} is not the path of a socket")
    return UnixEndpoint(path)


def parse_port(text):
    """The number. `text` may be one already."""
    text = str(text)
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise InvalidArgument(f"{printable(text)} is no port: it takes a number from 1 to 65535")
