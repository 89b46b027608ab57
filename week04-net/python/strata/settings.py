"""Where the server is. For each setting the first that has it counts:

    1. an argument: host=, port=, socket=, secret_file= of Client; --host ... of the shell
    2. the environment: STRATA_HOST, STRATA_PORT, STRATA_SOCKET, STRATA_SECRET_FILE
    3. a file .env in the working directory: the same names, a line NAME=VALUE each
    4. 127.0.0.1, port 4400, no secret

A socket and a host (or port) exclude each other: what stands higher in this list counts.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from . import endpoint as endpoints
from .errors import InvalidArgument

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4400
_NAMES = ("host", "port", "socket", "secret_file")
_SHORTEST_SECRET = 16


@dataclass(frozen=True)
class Settings:
    endpoint: endpoints.TcpEndpoint | endpoints.UnixEndpoint
    secret_file: str | None


@dataclass(frozen=True)
class _Found:
    value: object
    rank: int    # of its source, in the list above; the lower counts
    source: str  # for messages: "STRATA_PORT in .env"


_NOWHERE = _Found(None, 4, "")


def find(arguments, environment=os.environ, dotenv=Path(".env")):
    """The Settings. `arguments`: values by the names of Client's; None: not given.

    InvalidArgument for a value that makes no sense; it says where that stands.
    """
    in_file = read_dotenv(dotenv)
    host, port, path, secret_file = (_first(name, arguments, environment, in_file)
                                     for name in _NAMES)
    tcp = min(host, port, key=lambda found: found.rank)
    if path.rank == tcp.rank != _NOWHERE.rank:
        raise InvalidArgument(f"{path.source} and {tcp.source} exclude each other")
    if path.rank < tcp.rank:
        place = _checked(path, endpoints.parse_socket)
    else:
        place = endpoints.TcpEndpoint(_checked(host, _host) or DEFAULT_HOST,
                                      _checked(port, endpoints.parse_port) or DEFAULT_PORT)
    return Settings(place, secret_file.value)


def _first(name, arguments, environment, in_file):
    if arguments.get(name) is not None:
        return _Found(arguments[name], 1, f"the argument {name}")
    variable = "STRATA_" + name.upper()
    if environment.get(variable):
        return _Found(environment[variable], 2, variable)
    if in_file.get(variable):
        return _Found(in_file[variable], 3, f"{variable} in .env")
    return _NOWHERE


def _checked(found, parse):
    """What `parse` makes of the value; None if there is none."""
    if found is _NOWHERE:
        return None
    try:
        return parse(found.value)
    except InvalidArgument as error:
        raise InvalidArgument(f"{found.source}: {error}") from None


def _host(text):
    if not text:
        raise InvalidArgument("a host has a name")
    return text


def read_dotenv(file):
    """The variables in a file of lines NAME=VALUE; none if it is not there.

    A value may stand in quotes, "export" before the name, a byte order mark before all. Other
    lines are other programs' own.
    """
    try:
        text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except (FileNotFoundError, IsADirectoryError):  # some keep a Python environment there
        return {}
    except OSError as error:
        raise InvalidArgument(f"cannot read {file}: {os.strerror(error.errno)}") from None
    found = {}
    for line in text.splitlines():
        name, equals, value = re.sub(r"^export\s+", "", line.strip()).partition("=")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        if equals and not name.startswith("#"):
            found[name.strip()] = value
    return found


def read_secret(file):
    """The first line of `file`, as bytes; empty if `file` is None.

    InvalidArgument if it cannot be read, is too short, or is no secret: others may read it.
    """
    if file is None:
        return b""
    try:
        with open(file, "rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
                raise InvalidArgument(f"{file} can be read by others; run: chmod 600 {file}")
            secret = opened.readline().removesuffix(b"\n")
    except OSError as error:
        raise InvalidArgument(f"cannot read {file}: {os.strerror(error.errno)}") from None
    if len(secret) < _SHORTEST_SECRET:
        raise InvalidArgument(f"the secret in {file} is shorter than {_SHORTEST_SECRET} bytes")
    return secret
