"""Whether a request that failed may be sent again, and when. Pure, but for a random number.

Sending again is safe where the attempt was certainly not done, or where doing it twice is the same
as once: a read, or a write with a token. Every write of this client has one.
"""

import random

from .errors import Unavailable, UnknownOutcome

_FIRST_BACKOFF = 0.010  # seconds
_LONGEST_BACKOFF = 1.0
_DOUBLINGS = 7  # then it is longer than the longest


class Attempts:
    """What is known of a request after some attempts."""

    def __init__(self):
        self._count = 0
        self._maybe_done = False

    def may_retry(self, error):
        """`error` ended an attempt. True: another may be made."""
        # A decision of the server is about this attempt. One before it may still be on its way: a
        # conflict now does not keep that from being done later.
        self._maybe_done |= isinstance(error, UnknownOutcome)
        return isinstance(error, (UnknownOutcome, Unavailable))

    def last(self, error):
        """What to raise where no other attempt is made. If one before may have been done, that is
        what the caller has to know, whatever the last one came to."""
        if not self._maybe_done:
            return error
        return UnknownOutcome(f"the write may have been done, or not: {error}")

    def backoff(self):
        """Seconds to wait before the next attempt: twice as long each time, up to a second, and a
        random part of that, so that clients who failed together do not come back together."""
        longest = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** min(self._count, _DOUBLINGS))
        self._count += 1
        return random.uniform(0.001, longest)
