"""The transcripts of a lesson: run them, and compare with what the lesson shows.

The conventions are in common/course/README.md, "Transcripts". In short: a fenced block
that starts with `$ ` is a bash session, one that starts with `> ` a session of the
week's shell; `...` on a line of its own stands for any lines, `…` within a line for any
text; `no-run` after the fence skips the block.
"""

import difflib
import os
import re
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import process

COMMAND_SECONDS = 600
REPL_SECONDS = 60
FENCE = re.compile(r"^(\s*)(```+|~~~+)(.*)$")
DIRECTIVE = re.compile(r"^\s*<!--\s*lesson:\s*(repl|fresh)\b\s*(.*?)\s*-->\s*$")


@dataclass
class Command:
    """One command of a transcript, its line in the document, and the output shown."""

    line: int
    text: str
    expected: list = field(default_factory=list)


@dataclass
class Block:
    """`kind`: "$", ">", "skipped", or a directive, "repl" or "fresh", with its `words`."""

    kind: str
    line: int
    commands: list = field(default_factory=list)
    words: str = ""


@dataclass
class Report:
    """What came of a document."""

    run: int = 0
    skipped: int = 0
    problems: list = field(default_factory=list)


def parse(text):
    """The transcripts and directives of a document, in order."""
    blocks, fence, content, info, start = [], None, [], "", 0
    for number, line in enumerate(text.splitlines(), 1):
        found = FENCE.match(line)
        if fence is None:
            if found:
                fence, info, start, content = found, found[3], number, []
            elif directive := DIRECTIVE.match(line):
                blocks.append(Block(directive[1], number, words=directive[2]))
        elif found and found[2].startswith(fence[2]) and not found[3].strip():
            blocks += _block(content, info, start)
            fence = None
        else:
            content.append(line.removeprefix(fence[1]))
    return blocks


def _block(lines, info, start):
    kind = lines[0][:2] if lines else ""
    if kind not in ("$ ", "> "):
        return []
    if "no-run" in info.split():
        return [Block("skipped", start)]
    block = Block(kind[0], start)
    continued = False
    for number, line in enumerate(lines, start + 1):
        if continued:
            block.commands[-1].text += "\n" + line
            continued = line.endswith("\\")
        elif line.startswith(kind) or line == kind[0]:
            block.commands.append(Command(number, line[2:]))
            continued = kind == "$ " and line.endswith("\\")
        else:
            block.commands[-1].expected.append(line)
    return [block]


def matches(expected, actual):
    """True if the lines agree; see the module's comment for the two wildcards."""
    reach = {0}  # how many actual lines may be used up so far
    for line in expected:
        if line.strip() == "...":
            reach = set(range(min(reach), len(actual) + 1)) if reach else set()
            continue
        pattern = _pattern(line)
        reach = {n + 1 for n in reach if n < len(actual) and pattern.fullmatch(actual[n])}
    return len(actual) in reach


def _pattern(line):
    return re.compile(".*".join(re.escape(part) for part in line.split("…")))


def tidy(text):
    """Output as lines for comparing: no trailing blanks, tabs as a terminal shows them."""
    lines = [line.expandtabs(8).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Session:
    """A document's folder and its bash, which live as long as the document is run.

    The folder is fresh and looks like the top of the repository: everything there is
    linked into it except data/ and workshop/, so nothing is left behind.
    """

    def __init__(self, project, repl):
        self.holder = tempfile.TemporaryDirectory(prefix="strata-lesson-",
                                                  ignore_cleanup_errors=True)
        self.folder = Path(self.holder.name) / "strata"
        self.folder.mkdir()
        self.repl = repl
        self.repl_args = []
        for entry in sorted(project.root.iterdir()):
            if entry.name not in ("data", "workshop", ".git", "__pycache__"):
                (self.folder / entry.name).symlink_to(entry)
        programs = project.build / "release" / "bin"
        self.env = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}",
                        STRATA=str(project.root / "strata"), LC_ALL="C.UTF-8", TERM="dumb",
                        STRATA_WORKSHOP=str(self.folder / "workshop"), NO_COLOR="1")
        self.programs = programs
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=self.folder, env=self.env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        os.set_blocking(self.bash.stdout.fileno(), False)

    def close(self):
        process.kill_group(self.bash)
        self.bash.stdin.close()
        self.bash.stdout.close()
        self.bash.wait()
        self.holder.cleanup()

    def use_repl(self, words):
        """The directive `repl`: a program and arguments, or arguments alone."""
        parts = words.split()
        if parts and not parts[0].startswith("-"):
            self.repl = parts.pop(0)
        self.repl_args = parts

    def run_bash(self, command):
        """The output of one command, or None if it does not end or ends bash."""
        script = Path(self.holder.name) / "command"
        script.write_text(command + "\n")
        mark = f"--strata-{time.monotonic_ns()}--"
        self.bash.stdin.write(f"source '{script}' </dev/null\nprintf '\\n%s\\n' {mark}\n".encode())
        self.bash.stdin.flush()
        return self._read_until(f"\n{mark}\n".encode())

    def _read_until(self, mark):
        seen, end = b"", time.monotonic() + COMMAND_SECONDS
        while mark not in seen:
            if time.monotonic() > end:
                return None
            if not select.select([self.bash.stdout], [], [], 0.2)[0]:
                continue
            piece = self.bash.stdout.read()
            if piece == b"":
                return None
            seen += piece or b""
        return seen.split(mark)[0].decode(errors="replace")

    def run_repl(self, commands):
        """What the week's shell answers to the commands, or None if it does not end."""
        try:
            done = subprocess.run([str(self.programs / self.repl), *self.repl_args],
                                  cwd=self.folder, env=self.env, text=True, errors="replace",
                                  input="".join(line + "\n" for line in commands),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  timeout=REPL_SECONDS, check=False)
            return done.stdout
        except subprocess.TimeoutExpired:
            return None


def run(project, path, repl, progress):
    """Runs the transcripts of one document. `repl`: the shell that `> ` blocks speak to."""
    report, name = Report(), project.shown(path)
    blocks = parse(path.read_text())
    report.skipped = sum(block.kind == "skipped" for block in blocks)
    if not any(block.kind in "$>" for block in blocks):
        return report
    session = Session(project, repl)
    try:
        for block in blocks:
            progress.update(f"{name}:{block.line}")
            if block.kind == "repl":
                session.use_repl(block.words)
            elif block.kind == "fresh":
                args, shell = session.repl_args, session.repl
                session.close()
                session = Session(project, shell)
                session.repl_args = args
            elif block.kind == "$":
                report.run += 1
                if not _run_bash_block(session, block, name, report):
                    break
            elif block.kind == ">":
                report.run += 1
                _run_repl_block(session, block, name, report)
    finally:
        session.close()
    return report


def _run_bash_block(session, block, name, report):
    """False if bash is gone and the document cannot go on."""
    for command in block.commands:
        output = session.run_bash(command.text)
        if output is None:
            report.problems.append(f"{name}:{command.line}: `{command.text}` "
                                   "does not end, or ended bash")
            return False
        _compare(command.expected, output, f"{name}:{command.line}: `{command.text}`", report)
    return True


def _run_repl_block(session, block, name, report):
    first = block.commands[0]
    if not (session.programs / session.repl).exists():
        report.problems.append(f"{name}:{block.line}: there is no program {session.repl}")
        return
    output = session.run_repl([command.text for command in block.commands])
    place = f"{name}:{first.line}: session of {session.repl}"
    if output is None:
        report.problems.append(f"{place} does not end")
        return
    expected = [line for command in block.commands for line in command.expected]
    last_words = tidy("\n".join(expected))[-1:]
    lines = tidy(output)
    if lines[-1:] == ["Shutting down..."] and last_words != lines[-1:]:
        lines.pop()  # the end of the block is not the end of the reader's session
    _compare(expected, "\n".join(lines), place, report)


def _compare(expected, output, place, report):
    wanted, actual = tidy("\n".join(expected)), tidy(output)
    if matches(wanted, actual):
        return
    shown = list(difflib.unified_diff(wanted, actual, "the lesson", "now", lineterm="", n=2))
    more = [f"({len(shown) - 30} more lines)"] if len(shown) > 30 else []
    report.problems.append("\n    ".join(
        [f"{place} prints something else now", *shown[:30], *more]))
