"""How long a proof may take, what it does first, and what it left out.

Without minutes everything is proved. With minutes the pieces of each week are taken in an order
that a seed decides, until the week's share of the time is over; so each seed proves another
sample. Pieces that were begun are finished: a machine that is slow proves less, not worse.
"""

import hashlib
import threading
import time

TOUCHED_WEIGHT = 4     # a week that a change touches gets so many times the share of another
LESSONS = 1 / 3        # of the minutes


class Budget:
    """`minutes`: about how long the whole may take; None: as long as it takes. `first`: the numbers
    of the weeks that a change touches. `seed`: decides what is in the sample."""

    def __init__(self, minutes=None, first=(), seed=""):
        self.seconds = None if minutes is None else 60 * minutes
        self.first = frozenset(first)
        self.seed = seed
        self.left_out = []
        self._lock = threading.Lock()

    def of_week(self, week, weeks, lanes):
        """The share of one of `weeks`, of which as many are proved at a time as there are lanes."""
        if self.seconds is None:
            return Share(self, f"week {week.number}", None)
        weights = {other.number: TOUCHED_WEIGHT if other.number in self.first else 1
                   for other in weeks}
        lanes = min(lanes, len(weeks))
        part = weights[week.number] / sum(weights.values()) * lanes
        return Share(self, f"week {week.number}", self.seconds * (1 - LESSONS) * min(part, 1))

    def of_lessons(self):
        return Share(self, "lessons", self.seconds and self.seconds * LESSONS)

    def leave_out(self, text):
        with self._lock:
            self.left_out.append(text)


class Share:
    """The time of one part, which begins when the first piece is asked for. Without `seconds` the
    part has all the time that it needs."""

    def __init__(self, budget, part, seconds):
        self.budget, self.part, self.seconds = budget, part, seconds
        self.started = None

    def allows(self, piece):
        """True if `piece` may begin; otherwise it is remembered as left out."""
        if self.started is None:
            self.started = time.monotonic()
        if self.seconds is None or time.monotonic() - self.started < self.seconds:
            return True
        self.budget.leave_out(f"{self.part}: {piece}")
        return False

    def ordered(self, items, name):
        """`items` in the order in which to take them; `name(item)`: what the seed is mixed with."""
        if self.seconds is None:
            return list(items)
        return sorted(items, key=lambda item: hashlib.sha256(
            f"{self.budget.seed} {self.part} {name(item)}".encode()).digest())


def noted(text, left_out):
    """`text`, with how many pieces were left out."""
    return f"{text}, {left_out} left out" if left_out else text
