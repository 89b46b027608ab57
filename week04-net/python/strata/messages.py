"""The messages of net/strata.proto as Python classes, made when they are first needed.

protoc compiles the file to descriptors, and protobuf makes classes of those; no generated code is
kept. The descriptors are, in the user's cache, under the hash of the file they were made of, and
behind a hash of their own.
"""

import contextlib
import functools
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

from . import dependencies
from .errors import ProtocolError, StrataError

_PACKAGE = "strata.net.proto"
_NAMES = ("ClientHello", "ServerHello", "ClientProof", "Request", "Scan", "Response", "Error")
_PROTOC_SECONDS = 60


@functools.cache
def load():
    """The classes that a client names itself: load().Request and so on.

    MissingDependency where protobuf or protoc is not installed.
    """
    proto = find_proto()
    kept = cache_folder() / (hashlib.sha256(proto.read_bytes()).hexdigest() + ".desc")
    try:
        descriptors = _unsealed(kept.read_bytes())
    except (OSError, ValueError):  # not there, or damaged
        descriptors = _compile(proto, kept)
    return _classes(descriptors)


def decode(message_class, payload):
    """The message in `payload`. ProtocolError if it holds no such message."""
    try:
        return message_class.FromString(payload)
    except _decode_error():
        raise ProtocolError("a frame holds something else than was expected") from None


def _decode_error():
    return dependencies.module("google.protobuf.message", dependencies.PROTOBUF).DecodeError


def find_proto():
    """Beside this package where it is installed, else in the checkout that it is a part of."""
    here = Path(__file__).resolve().parent
    places = [here / "strata.proto", here.parents[1] / "net" / "strata.proto"]
    for place in places:
        if place.is_file():
            return place
    raise StrataError(f"there is no strata.proto at {places[0]} or {places[1]}")


def cache_folder():
    given = os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(given if os.path.isabs(given) else os.path.expanduser("~/.cache"))
    return caches / "strata"


def _sealed(descriptors):
    return hashlib.sha256(descriptors).digest() + descriptors


def _unsealed(content):
    """ValueError if these are not the bytes that _sealed() returned."""
    descriptors = content[hashlib.sha256().digest_size:]
    if content != _sealed(descriptors):
        raise ValueError("the descriptors are damaged")
    return descriptors


def _compile(proto, kept):
    """The descriptors of `proto`, also put at `kept` where that is possible."""
    with _work_folder(kept.parent) as folder:
        made = Path(folder) / "made.desc"
        _run_protoc(proto, made)
        descriptors = made.read_bytes()
        with contextlib.suppress(OSError):
            made.write_bytes(_sealed(descriptors))
            made.replace(kept)  # at once, and as a whole
    return descriptors


def _work_folder(beside):
    """A folder for one run of protoc: in `beside`, or where the system has temporary files."""
    try:
        beside.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=beside)
    except OSError:
        return tempfile.TemporaryDirectory()


def _run_protoc(proto, made):
    command = ["protoc", f"--proto_path={proto.parent}", f"--descriptor_set_out={made}", proto.name]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=_PROTOC_SECONDS)
    except FileNotFoundError:
        raise dependencies.missing("protoc", dependencies.PROTOC) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StrataError(f"protoc does not run: {error}") from None
    if done.returncode != 0:
        raise StrataError(b"protoc refuses strata.proto: " + done.stderr.strip())


def _classes(descriptors):
    need = functools.partial(dependencies.module, package=dependencies.PROTOBUF)
    files = need("google.protobuf.descriptor_pb2").FileDescriptorSet.FromString(descriptors)
    pool = need("google.protobuf.descriptor_pool").DescriptorPool()
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    make = _class_maker(need("google.protobuf.message_factory"), pool)
    return SimpleNamespace(
        **{name: make(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _NAMES})


def _class_maker(factory, pool):
    """From a descriptor to its class. In Debian 12, protobuf 4.21, it has another name."""
    if hasattr(factory, "GetMessageClass"):
        return factory.GetMessageClass
    return factory.MessageFactory(pool).GetPrototype
