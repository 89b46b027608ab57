"""A moment until which somebody waits."""

import math
import time


class Deadline:
    """`seconds` from now."""

    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def left(self):
        """Seconds, 0.0 once it is over."""
        return max(0.0, self._end - time.monotonic())

    def left_ms(self):
        """Whole milliseconds, at least 1: on the wire 0 means for ever."""
        return max(1, min(math.ceil(self.left() * 1000), 2**32 - 1))

    def limit(self, socket):
        """Lets the next call on `socket` block no longer than this. TimeoutError if it is over."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        socket.settimeout(left)
