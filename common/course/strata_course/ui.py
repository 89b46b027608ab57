"""Talking to a person: progress, questions, failures.

Everything here goes to standard error, so that standard output stays what the
command (or the shell that it opens) has to say.
"""

import os
import sys
import threading
import time


class Failure(Exception):
    """The command cannot go on; the message says why and what to do. Exit status 1."""

    status = 1


class Usage(Failure):
    """The words on the command line are wrong. One line, exit status 2."""

    status = 2


def say(text=""):
    """Prints one remark on standard error."""
    print(text, file=sys.stderr, flush=True)


def plural(count, noun, several=None):
    """`1 test`, `3 tests`."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def elapsed(seconds):
    """A duration for people: `8 s`, `2 min 05 s`."""
    seconds = int(seconds)
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min {seconds % 60:02} s"


class Progress:
    """One live line on a terminal; elsewhere a plain line now and then.

    Use as a context manager; call `update(text)` as often as you like, also with
    no text merely to let the clock move. Quick work prints nothing off a terminal.
    """

    QUIET_SECONDS = 10  # between two plain lines
    several = False  # more than one at a time: then none of them has a line to itself
    stopped = threading.Event()  # whoever reports progress from here on is told to end

    def __init__(self, what):
        self.what = what
        self.text = ""
        self.started = time.monotonic()
        self.live = sys.stderr.isatty() and not Progress.several
        self.last_plain = self.started
        self.last_live = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    def seconds(self):
        return time.monotonic() - self.started

    def update(self, text=None):
        if Progress.stopped.is_set():
            raise Failure("stopped")
        if text is not None:
            self.text = text
        now = time.monotonic()
        if self.live:
            if now - self.last_live > 0.1:
                self.last_live = now
                self._draw()
        elif now - self.last_plain >= self.QUIET_SECONDS:
            self.last_plain = now
            say(self._line())

    def clear(self):
        """Takes the live line away, so that something else can be printed."""
        if self.live and self.last_live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _line(self):
        middle = f" {self.text}" if self.text else ""
        return f"{self.what}{middle} · {elapsed(self.seconds())}"

    def _draw(self):
        try:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        except OSError:
            width = 80
        sys.stderr.write("\r\x1b[K" + self._line()[: max(10, width - 1)])
        sys.stderr.flush()


class Unseen:
    """The progress of work beside other work: not shown, but it can be told to end."""

    def __init__(self):
        self.started = time.monotonic()
        self.stopped = threading.Event()

    def stop(self):
        self.stopped.set()

    def seconds(self):
        return time.monotonic() - self.started

    def update(self, _=None):
        if self.stopped.is_set():
            raise Failure("stopped")


def agrees(question, yes):
    """True if the person says yes, or said so beforehand (`yes`, or CI is set).

    Asks on the terminal itself, never on standard input. With no terminal there is
    nobody to ask, and the answer is no.
    """
    if yes or os.environ.get("CI"):
        return True
    try:
        terminal = open("/dev/tty", "r+b", buffering=0)
    except OSError:
        say("no terminal to ask on; ./strata up --yes installs unasked")
        return False
    with terminal:
        terminal.write(f"{question} [Y/n] ".encode())
        answer = terminal.readline().decode(errors="replace")
    return answer.strip().lower() in ("", "y", "yes") and answer != ""
