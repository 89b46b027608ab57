"""What a failed build has to say: a few errors out of its log, the learner's own file first."""

import re
from dataclasses import dataclass, field

LIMIT = 3
LINES = 8        # of one error
WIDTH = 240      # of one line; the types of templates are longer
ERROR = re.compile(r"\berror: |undefined reference|multiple definition|CMake Error")
# What GCC prints before an error, to say how it came there.
CONTEXT = re.compile(r"In file included from | +from |.*: In |.*: At global scope|/\S*/ld: |"
                     r".*: +(required|recursively required) (from|by) ")
SNIPPET = re.compile(r" *\d* \|")
COMMAND = re.compile(r"(/\S*ccache |/\S*c\+\+ |/\S*g\+\+ |: && |FAILED: )")
END = re.compile(r"\[\d+/\d+\]|ninja: |collect2: |cc1plus: ")


@dataclass
class Error:
    """One error: how the compiler came to it, its line, and what belongs to that."""

    context: list
    lines: list = field(default_factory=list)

    def place_in(self, own):
        """The first file:line:column in a file under `own` that it names, or None."""
        required = [line for line in self.context if "required from here" in line]
        for line in [*self.lines[:1], *required, *self.lines[1:], *self.context[::-1]]:
            if found := re.search(rf"(?:^|\s){re.escape(own)}\S.*?:\d+(:\d+)?(?=[:,]|\s|$)", line):
                return found[0].strip()
        return None

    def is_at(self, place):
        return place in self.lines[0]


def summary(log, own=None, line_of=None):
    """The first errors of a log whose paths are relative.

    With `own`, the folder of the learner's files: those that lead there, each with the place
    there in front. `line_of(path, number)` reads a line of a source.
    """
    errors = parse(log)
    placed = [(error, own and error.place_in(own)) for error in errors]
    shown = [entry for entry in placed if entry[1]] or placed
    if not shown:
        return "\n".join(log.splitlines()[-3 * LINES:])
    texts = ["\n".join(_form(error, place, line_of)) for error, place in shown[:LIMIT]]
    if len(errors) > len(texts):
        texts.append(f"and {len(errors) - len(texts)} more")
    return "\n".join(texts)


def _form(error, place, line_of):
    lines = [line if len(line) <= WIDTH else line[:WIDTH] + "…" for line in error.lines]
    if not place or error.is_at(place):
        return lines
    path, number = re.match(r"(.*?):(\d+)", place).groups()
    source = line_of(path, int(number)) if line_of else None
    return [f"{place}: required from here:", *([f"{number:>5} | {source}"] if source else []), *lines]


def parse(log):
    """The errors of a build's log, in order, each once."""
    errors, context, keeping = [], [], False
    of_error = False  # whether notes are of the last error, not of a warning behind it
    for line in log.splitlines():
        if COMMAND.match(line):
            continue
        if END.match(line):
            context, keeping = [], False
        elif SNIPPET.match(line):
            if keeping:
                _add(errors[-1], line)
        elif ERROR.search(line):
            errors.append(Error(context, [re.sub(r"^/\S*/ld: ", "", line)]))
            context, keeping, of_error = [], True, True
        elif CONTEXT.match(line):
            context, keeping = [*context, line], False
        elif re.search(r"\b(note|warning): ", line):
            # Of an error's notes, those on the course's files: a declaration that was meant, for
            # instance; and the last macro, which is where it was used.
            of_error = of_error and "note: " in line
            keeping = of_error and not line.startswith("/")
            context = []
            if of_error and "in expansion of macro" in line:
                errors[-1].context.append(line)
            if keeping:
                _add(errors[-1], line)
        elif keeping and line.strip():
            _add(errors[-1], line)
    once = {}
    for error in errors:
        once.setdefault(error.lines[0], error)
    return list(once.values())


def _add(error, line):
    if len(error.lines) < LINES:
        error.lines.append(line)


def warnings(log, own):
    """The warnings on files under `own`, one line each."""
    return list(dict.fromkeys(line for line in log.splitlines()
                              if line.startswith(own) and ": warning: " in line))
