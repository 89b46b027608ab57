"""Modules that are not part of Python. They are loaded when they are needed, so that a missing one
is told in one line, and --help works without any."""

import functools
import importlib
import sys

from .errors import MissingDependency

PROTOBUF = "python3-protobuf"
XXHASH = "python3-xxhash"
PROTOC = "protobuf-compiler"


def missing(what, package):
    return MissingDependency(f"{what} is missing; install it with: apt-get install {package}")


@functools.cache
def module(name, package):
    """The module `name`. MissingDependency names the Debian package that holds it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise missing(f"the Python module {name} of {sys.executable}", package) from None
