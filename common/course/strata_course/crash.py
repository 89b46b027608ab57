"""Where the learner's code crashed: out of a sanitizer's report, or with gdb."""

import re
import shlex
import shutil
from dataclasses import dataclass, field

BEGIN = re.compile(r":\d+:\d+: runtime error: |ERROR: (?:Address|Leak)Sanitizer: ")
FRAME = re.compile(r"\s*#\d+ 0x[0-9a-f]+ in (.*) (\S+:\d+)$")
SHOWN = 3        # frames of the first stack


@dataclass
class Stack:
    """One stack of a report: the line above it, and its frames as (place, function)."""

    heading: str
    frames: list = field(default_factory=list)

    def under(self, own):
        """Its frames in files under `own`, each place once."""
        found = {place: function for place, function in self.frames if place.startswith(own)}
        return [f"{place}, in {function}" for place, function in found.items()]


def report(text, own):
    """A sanitizer's report in a few lines, or []. `text`: output whose paths are relative;
    `own`: how the paths of the learner's files begin."""
    found = BEGIN.search(text)
    if not found:
        return []
    lines = text[found.end():].splitlines()
    stacks = _stacks(lines)
    said = [_headline(lines)]
    first, rest = (stacks[0], stacks[1:]) if stacks else (Stack(""), [])
    mine = first.under(own)[:SHOWN]
    said += [f"  in yours: {frame}" for frame in mine]
    if not mine:
        near = [f"{place}, in {function}" for place, function in first.frames
                if re.match(r"(common|week\d\d)", place)]
        said += [f"  not in yours; nearest: {frame}" for frame in near[:1]]
    for stack in rest:
        said += [f"  {stack.heading} {frame}" for frame in stack.under(own)[:1]]
    return said


# Of ours (base/assert.cc), of the C library, of the standard library's _GLIBCXX_ASSERTIONS.
ASSERTION = re.compile(r"^.*(?:assertion failed: |Assertion [`'].*' failed).*$", re.MULTILINE)


def assertion(text):
    """The line of a failed assertion in a program's output, or None."""
    found = ASSERTION.search(text)
    return found[0].strip() if found else None


def before_report(text):
    """What was printed before a sanitizer's report, or all if there is none."""
    return re.split(r"^(?:.*: runtime error: |=====+$|AddressSanitizer:DEADLY|==\d+==ERROR)", text,
                    maxsplit=1, flags=re.MULTILINE)[0]


def _headline(lines):
    words = re.split(r" on (?:unknown )?address |:? \(pc ", lines[0])[0]
    if words == "ABRT":
        return "aborted: a failed assertion, or an exception that nobody catches"
    if words == "SEGV":
        null = any("Hint: address points to the zero page" in line for line in lines[:5])
        return "SEGV: " + ("through a null pointer" if null else "outside its memory")
    access = next((line for line in lines[:3] if re.match(r"(READ|WRITE) of size", line)), "")
    return words + (", " + access.split(" at 0x")[0] if access else "")


def _stacks(lines):
    stacks, before = [], ""
    for line in lines:
        if re.match(r"\s*#0 ", line):
            stacks.append(Stack(re.sub(r"( by | from|\(s\)| here).*|:$", "", before) + ":"))
        if frame := FRAME.match(line):
            if stacks:
                stacks[-1].frames.append((frame[2], _name(frame[1])))
        elif line.strip() and not re.match(r"\s*#", line):
            before = line.strip()
    return stacks


def _name(function):
    """A function's name without its parameters."""
    return function.replace("(anonymous namespace)::", "").split("(")[0]


def gdb_line(project, outcome):
    """What runs a test in gdb and shows where it stops; None without gdb."""
    if not shutil.which("gdb"):
        return None
    line = shlex.join(["gdb", "-q", "-ex", "run", "-ex", "bt", "--args",
                       project.shown(outcome.program), f"--gtest_filter={outcome.test}"])
    return line + ("   (Ctrl-C when it hangs)" if outcome.status == "hung" else "")
