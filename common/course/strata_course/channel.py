"""What a test program reports of itself, apart from what it prints (common/testing/test_main.cc).

The program gets a socket and, in it, a secret word for each thing that can happen. It answers
with the words of what did happen. Code under test that prints a summary, exits, or writes to
every open file says nothing, since it does not know the words.
"""

import os
import secrets
import socket
from dataclasses import dataclass, field

VARIABLE = "STRATA_TEST_CHANNEL"
WORD_BYTES = 16  # twice as many letters; test_main.cc knows how many
EVENTS = ("listed", "begun", "passed", "failed", "skipped", "ended")
LIST, RUN = b"L", b"R"
LONGEST = 4 * 1024 * 1024  # of a report: more is nonsense


@dataclass
class Report:
    """What was said, in order, as (event, name); lines with other words are left out."""

    said: list = field(default_factory=list)

    def verdict(self, test):
        """passed, failed or skipped; None unless exactly that test began and came to an end."""
        if len(self.said) < 2 or self.said[0] != ("begun", test):
            return None
        event, name = self.said[1]
        return event if name == test and event in ("passed", "failed", "skipped") else None

    def ended(self, count):
        """True if the program came to its end after `count` other events."""
        return len(self.said) == count + 1 and self.said[-1] == ("ended", "")

    def listed(self):
        """The tests of a program that was asked for them; None if the list has no end."""
        names = [name for event, name in self.said[:-1] if event == "listed"]
        return names if self.ended(len(names)) else None


class Channel:
    """One program's channel. Start the program with `environment` and `descriptors`, then call
    started(); read() when it is over. A context manager."""

    def __init__(self, wish=RUN):
        self.words = {secrets.token_hex(WORD_BYTES): event for event in EVENTS}
        self.ours, self.theirs = socket.socketpair()
        self.ours.sendall(wish + "".join(self.words).encode())
        self.ours.shutdown(socket.SHUT_WR)
        self._text = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ours.close()
        self.theirs.close()

    @property
    def environment(self):
        return {VARIABLE: str(self.theirs.fileno())}

    @property
    def descriptors(self):
        return (self.theirs.fileno(),)

    def started(self):
        """The program has its end now."""
        self.theirs.close()

    def read(self, seconds=0.0):
        """All that is said until the program closes its end, or for so many seconds of silence.

        With 0 it takes what is there: of a program that has ended.
        """
        self.ours.settimeout(seconds)
        try:
            while len(self._text) < LONGEST and (piece := self.ours.recv(1 << 16)):
                self._text += piece
        except (BlockingIOError, TimeoutError, ConnectionError):
            pass
        return self.report(self._text.decode(errors="replace"))

    def report(self, text):
        said = []
        for line in text.split("\n"):
            word, _, name = line.partition(" ")
            if word in self.words:
                said.append((self.words[word], name))
        return Report(said)


def clean_environment():
    """Our environment, without a channel of our own to somebody."""
    return {name: value for name, value in os.environ.items() if name != VARIABLE}
