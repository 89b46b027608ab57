"""Tokens: names for writes, so that a server does one only once however often it is sent.

A client numbers its writes 1, 2, 3 ... and says with each below which number it has all outcomes;
so a server remembers of a client a number and the few done since. It takes up to 1024 that are
unsettled. Here there is never more than one: a Client has one write on its way at a time, and once
that is over nobody asks for it again. So each token settles all before it, and a copy of an older
write that arrives late is refused.
"""

import secrets
from typing import NamedTuple


class Token(NamedTuple):
    client: int
    sequence: int
    settled_below: int  # the client has the outcome of every sequence below


class TokenSource:
    """The tokens of one client, which has a random number and is not zero."""

    def __init__(self):
        self._client = secrets.randbelow(2**64 - 1) + 1
        self._last = 0

    def next(self):
        """A token that no other write has. Requires: the write before is over."""
        self._last += 1
        return Token(self._client, self._last, settled_below=self._last)
