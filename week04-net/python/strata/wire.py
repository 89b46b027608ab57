"""Frames: how messages are told apart in a stream of bytes. Pure. Format: FORMAT.md, "Frame".

    [size: 4] [checksum: 4] [payload: size bytes]      little-endian

The checksum is the low half of XXH3-64 of the payload, seeded with the payload's size.
"""

import struct

from . import dependencies
from .errors import ProtocolError

_HEADER = struct.Struct("<II")


def checksum(payload):
    xxhash = dependencies.module("xxhash", dependencies.XXHASH)
    return xxhash.xxh3_64_intdigest(payload, seed=len(payload)) & 0xFFFFFFFF


def frame(payload):
    """The frame around `payload`, which is below 4 GiB."""
    return _HEADER.pack(len(payload), checksum(payload)) + payload


class FrameReader:
    """Cuts a stream back into payloads. Bytes come in whatever pieces the network makes of them.

    Memory: what has been fed and not been taken, never what a header promises.
    """

    def __init__(self, max_payload):
        self._max_payload = max_payload
        self._bytes = bytearray()

    def feed(self, data):
        self._bytes += data

    def next(self):
        """The next payload, or None while there is no whole one.

        ProtocolError for a frame that is too large or damaged; the stream is lost from there on.
        """
        if len(self._bytes) < _HEADER.size:
            return None
        size, expected = _HEADER.unpack_from(self._bytes)
        if size > self._max_payload:
            raise ProtocolError(f"a frame of {size} bytes, where {self._max_payload} are allowed: "
                                "is this a Strata server?")
        end = _HEADER.size + size
        if len(self._bytes) < end:
            return None
        payload = bytes(self._bytes[_HEADER.size:end])
        if checksum(payload) != expected:
            raise ProtocolError(f"the checksum of a frame of {size} bytes does not match: "
                                "it was damaged on the way")
        del self._bytes[:end]
        return payload
