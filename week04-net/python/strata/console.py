"""Where the shell's lines come from, a terminal or a pipe, and where its replies go."""

import contextlib
import os
import sys
from pathlib import Path

# The largest PUT there can be, every byte of it written as \xNN, fits.
MAX_LINE = 65 << 20
_HISTORY_LINES = 1000


class Output:
    """Replies, as UTF-8, to a binary stream. That the reader has left (`| head`) is no error."""

    def __init__(self, stream):
        self._stream = stream
        self._reader_gone = False

    def line(self, text):
        self._guarded(self._stream.write, text.encode("utf-8", "surrogateescape") + b"\n")

    def flush(self):
        self._guarded(self._stream.flush)

    @property
    def reader_gone(self):
        return self._reader_gone

    def _guarded(self, action, *arguments):
        if self._reader_gone:
            return
        try:
            action(*arguments)
        except OSError as error:
            # What is still in the buffer goes nowhere when Python flushes it at its end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._reader_gone = isinstance(error, BrokenPipeError)
            if not self._reader_gone:
                raise


def piped_lines(stream):
    """The lines of a binary stream, without their newlines (\\n or \\r\\n); None for one that is too
    long."""
    while line := stream.readline(MAX_LINE + 1):
        if line.endswith(b"\n"):
            yield line[:-1].removesuffix(b"\r")
        elif len(line) <= MAX_LINE:  # the last one needs no newline
            yield line
        else:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield None


def typed_lines(verb_names):
    """The lines that a person types, with a prompt, history and completion of verbs."""
    readline = _prepare_readline(verb_names)
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    while True:
        try:
            line = input("> ")
        except EOFError:
            print()  # Ctrl-D leaves the cursor behind the prompt
            return
        finally:
            _save_history(readline)
        yield line.encode("utf-8", "surrogateescape")


def history_file():
    """Beside the history of the other shells, whose form is another."""
    given = os.environ.get("XDG_STATE_HOME", "")
    state = Path(given if os.path.isabs(given) else os.path.expanduser("~/.local/state"))
    return state / "strata" / "python-history"


def _prepare_readline(verb_names):
    """The module, or None where Python was built without it: then there is just no editing."""
    try:
        import readline
    except ImportError:
        return None
    readline.set_history_length(_HISTORY_LINES)
    with contextlib.suppress(OSError):
        readline.read_history_file(history_file())
    readline.set_completer_delims(" \t")
    readline.set_completer(lambda typed, number: _completion(readline, verb_names, typed, number))
    readline.parse_and_bind("tab: complete")
    return readline


def _completion(readline, verb_names, typed, number):
    """The name of a verb: as the first word, or behind HELP."""
    before = readline.get_line_buffer()[:readline.get_begidx()].upper().split()
    if before not in ([], ["HELP"]):
        return None
    fitting = [name + " " for name in verb_names if name.startswith(typed.upper())]
    return fitting[number] if number < len(fitting) else None


def _save_history(readline):
    """A history that cannot be saved is not worth an error."""
    if readline is None:
        return
    with contextlib.suppress(OSError):
        history_file().parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(history_file())
