"""Configuring and building one tree under build/, quietly and only when needed."""

import contextlib
import fcntl
import hashlib
import json
import re

from . import process
from .ui import Failure, Progress, elapsed, say

# A body that is not written yet leaves parameters, helpers and constants unused.
# The learner's trees do not call that an error; everything else stays one.
UNFINISHED = ("-Wno-unused-parameter -Wno-unused-variable -Wno-unused-function "
              "-Wno-unused-but-set-variable -Wno-unused-const-variable "
              "-Wno-unused-but-set-parameter")
NO_WEEKS = "none"  # an overlay list that names no week (the empty list means all)
ERROR = re.compile(r"(error:|undefined reference|multiple definition|CMake Error)")


@contextlib.contextmanager
def one_at_a_time(project, name):
    """Holds the lock build/.lock-NAME; a second ./strata waits for the first."""
    project.build.mkdir(exist_ok=True)
    with open(project.build / f".lock-{name}", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"another ./strata is at work in build/{name}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class BuildError(Failure):
    """A build failed; the message is the first error and the log's path."""


class Tree:
    """One build tree: build/NAME, made from a preset with some definitions on top."""

    def __init__(self, project, name, preset=None, **definitions):
        self.project = project
        self.name = name
        self.preset = preset or name
        self.definitions = definitions
        self.folder = project.build / name
        self.bin = self.folder / "bin"

    @classmethod
    def overlay(cls, project, name, folder, weeks, **definitions):
        """The reference with `folder`/weekNN-topic laid over it, for the weeks named."""
        listed = ";".join(week.name for week in weeks) or NO_WEEKS
        return cls(project, name, "workshop", STRATA_WORKSHOP=str(folder),
                   STRATA_OVERLAY_WEEKS=listed, CMAKE_CXX_FLAGS=UNFINISHED, **definitions)

    def build(self, targets=("all",), what=None):
        """Builds `targets`. Raises BuildError with the first error. Quick if nothing changed."""
        log_name = f"build-{self.name}"
        with one_at_a_time(self.project, self.name), \
                process.open_log(self.project, log_name) as log:
            title = what or f"building {self.name}"
            with Progress(title) as progress:
                self._configure(log, progress)
                self._ninja(log, progress, targets)
                seconds = progress.seconds()
        if seconds > 5:
            say(f"{title}: done in {elapsed(seconds)}")

    def program(self, name):
        """The path of a built program."""
        return self.bin / name

    # How it is done.

    def _configure(self, log, progress):
        stamp = self.folder / ".strata-configured"
        wanted = self._fingerprint()
        old = stamp.read_text() if stamp.exists() else None
        if old == wanted and (self.folder / "build.ninja").exists():
            return
        command = [process.need("cmake"), "--preset", self.preset, "-B", str(self.folder)]
        command += [f"-D{key}={value}" for key, value in self.definitions.items()]
        if old is None or json.loads(old)["root"] != str(self.project.root):
            command.append("--fresh")
        progress.update("(configuring)")
        stamp.unlink(missing_ok=True)
        if process.stream(command, log, progress, cwd=self.project.root) != 0:
            self._fail("CMake could not configure the build")
        stamp.write_text(wanted)

    def _fingerprint(self):
        """Everything that makes a new run of CMake necessary, beyond what Ninja sees."""
        laid_over = []
        if workshop := self.definitions.get("STRATA_WORKSHOP"):
            for week in self.project.weeks():
                folder = self.project.root / workshop / week.name
                laid_over += sorted(str(path) for path in folder.rglob("*.cc"))
        names = hashlib.sha256("\n".join(laid_over).encode()).hexdigest()
        presets = hashlib.sha256((self.project.root / "CMakePresets.json").read_bytes())
        return json.dumps({"root": str(self.project.root), "preset": self.preset,
                           "definitions": self.definitions, "laid over": names,
                           "presets": presets.hexdigest()})

    def _ninja(self, log, progress, targets):
        def on_line(line):
            step = re.match(r"\[(\d+)/(\d+)\]", line)
            return f"{step[1]} of {step[2]}" if step else None

        command = [process.need("ninja"), "-C", str(self.folder), *targets]
        if process.stream(command, log, progress, on_line) != 0:
            self._fail("the build failed")

    def _fail(self, sentence):
        path = self.project.logs / f"build-{self.name}.log"
        error = first_error(path.read_text(errors="replace"))
        raise BuildError(f"{sentence}\n{self.project.shorten(error)}\n"
                         f"whole log: {self.project.shown(path)}")


def first_error(log, limit=24):
    """The first error block of a build's log: where, what, and the line it points at."""
    lines = [line for line in log.splitlines() if not _is_command(line)]
    start = next((i for i, line in enumerate(lines) if ERROR.search(line)), None)
    if start is None:
        return "\n".join(lines[-limit:])
    begin = start
    while begin > 0 and start - begin < 3 and re.search(
            r"In (member )?function|In file included|instantiation of|In lambda", lines[begin - 1]):
        begin -= 1
    end = start + 1
    while end < len(lines) and end - begin < limit and not _ends_block(lines[end]):
        end += 1
    return "\n".join(lines[begin:end]).rstrip()


def _is_command(line):
    return bool(re.match(r"(/\S*ccache |/\S*c\+\+ |/\S*g\+\+ |: && |FAILED: )", line))


def _ends_block(line):
    return bool(re.match(r"\[\d+/\d+\]|ninja: |collect2: |cc1plus: ", line)
                or re.search(r"\b(error|warning): ", line) or ": In " in line
                or line.startswith("In file included"))
