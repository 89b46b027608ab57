"""Configuring and building one tree under build/, quietly and only when needed."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
from pathlib import Path

from . import compile_errors, process
from .ui import Failure, Progress, elapsed, say

# A body that is not written yet leaves parameters, helpers and constants unused.
UNFINISHED = ("-Wno-unused-parameter -Wno-unused-variable -Wno-unused-function "
              "-Wno-unused-but-set-variable -Wno-unused-const-variable "
              "-Wno-unused-but-set-parameter")
# What the optimiser suspects may be a false alarm: said, but no error.
SUSPECTED = ("maybe-uninitialized", "uninitialized", "array-bounds", "stringop-overflow",
             "stringop-overread", "dangling-pointer", "use-after-free", "free-nonheap-object",
             "nonnull")
# In the learner's files (learner.cmake) none of these is an error; everything else stays one.
LENIENT = ";".join([*UNFINISHED.split(), *(f"-Wno-error={name}" for name in SUSPECTED)])
LEARNER = Path(__file__).with_name("learner.cmake")
# With the undefined-behaviour sanitizer, GCC 12 says of `byte |= 1 << bit` that the conversion may
# change the value. Without it GCC says nothing, and that build stops at conversions that are wrong.
SANITIZED = {"STRATA_SANITIZE": "address,undefined", "CMAKE_CXX_FLAGS_RELWITHDEBINFO": "-O1 -g1",
             "STRATA_LENIENT": f"{LENIENT};-Wno-conversion"}
STAMP = ".strata-configured"
NO_WEEKS = "none"  # an overlay list that names no week (the empty list means all)


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


def with_ccache(project):
    """The environment of a build: trees whose flags are equal share objects.

    Paths are relative to the repository, and the tree's own folder counts for nothing. The
    namespace keeps another checkout's objects away: their debug information leads there.
    """
    return {"CCACHE_BASEDIR": str(project.root), "CCACHE_NOHASHDIR": "1",
            "CCACHE_ABSSTDERR": "1", "CCACHE_NAMESPACE": str(project.root), **os.environ}


class BuildError(Failure):
    """A build failed; the message is its first errors and the log's path."""


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
        laid_over = {"STRATA_WORKSHOP": str(folder), "STRATA_OVERLAY_WEEKS": listed,
                     "CMAKE_PROJECT_INCLUDE": str(LEARNER), "STRATA_LENIENT": LENIENT}
        return cls(project, name, "workshop", **(laid_over | definitions))

    @classmethod
    def for_learner(cls, project, folder, weeks, sanitize=False, hunts=False):
        """The tree in which a learner's checks are built. Sanitized builds have another, since they
        share no object; hunts have another, since whoever tries the programs of the first tree
        wants their own, and no planted bug. strata-dump and strata-load know the weeks up to
        the newest one that was built here: nobody waits for weeks that nobody has begun."""
        name = project.workshop_tree() + "-sanitized" * sanitize + "-hunts" * hunts
        tree = cls.overlay(project, name, folder, weeks, **(SANITIZED if sanitize else {}))
        newest = max(week.number for week in weeks)
        tree.definitions["STRATA_THROUGH"] = str(max(newest, tree._through_before()))
        return tree

    def _through_before(self):
        stamp = self.folder / STAMP
        if not stamp.exists():
            return 0
        return int(json.loads(stamp.read_text())["definitions"].get("STRATA_THROUGH", 0))

    @property
    def mine(self):
        """The folder whose files are laid over the reference, or None."""
        folder = self.definitions.get("STRATA_WORKSHOP")
        return Path(folder) if folder else None

    @property
    def sanitized(self):
        return "STRATA_SANITIZE" in self.definitions

    def build(self, targets=("all",), what=None):
        """Builds `targets`. Raises BuildError with the first errors. Quick if nothing changed."""
        log_name = f"build-{self.name}"
        with one_at_a_time(self.project, self.name), \
                process.open_log(self.project, log_name) as log:
            title = what or f"building {self.name}"
            if not (self.folder / "build.ninja").exists():
                say(f"{title}: the first time takes some minutes, later ones take seconds")
            with Progress(title) as progress:
                self._configure(log, progress)
                self._ninja(log, progress, targets)
                seconds = progress.seconds()
        if seconds > 5:
            say(f"{title}: done in {elapsed(seconds)}")
        if self.mine:
            for line in compile_errors.warnings(self._log(), self._own())[:3]:
                say(line)

    def program(self, name):
        """The path of a built program."""
        return self.bin / name

    # How it is done.

    def _configure(self, log, progress):
        stamp = self.folder / STAMP
        wanted = self._fingerprint()
        old = stamp.read_text() if stamp.exists() else None
        if old == wanted and (self.folder / "build.ninja").exists():
            return
        command = [process.need("cmake"), "--preset", self.preset, "-B", str(self.folder)]
        command += [f"-D{key}={value}" for key, value in self.definitions.items()]
        if old is None or not self._same_kind(json.loads(old)):
            command.append("--fresh")
        progress.update("(configuring)")
        stamp.unlink(missing_ok=True)
        if process.stream(command, log, progress, cwd=self.project.root) != 0:
            self._fail("CMake could not configure the build")
        stamp.write_text(wanted)

    def _same_kind(self, old):
        """False if CMake's cache would keep a definition that is gone, or another root."""
        return old["root"] == str(self.project.root) and \
            old["definitions"].keys() == self.definitions.keys()

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
        if process.stream(command, log, progress, on_line, env=with_ccache(self.project)) != 0:
            self._fail("the build failed")

    def _fail(self, sentence):
        errors = compile_errors.summary(self._log(), self.mine and self._own(), self._line_of)
        path = self.project.logs / f"build-{self.name}.log"
        raise BuildError(f"{sentence}\n{errors}\nwhole log: {self.project.shown(path)}")

    def _log(self):
        path = self.project.logs / f"build-{self.name}.log"
        return self.project.shorten(path.read_text(errors="replace"))

    def _own(self):
        """How a path begins that leads to the learner's files, as it is shown."""
        return self.project.shown(self.mine) + "/"

    def _line_of(self, path, number):
        try:
            lines = (self.project.home / path).read_text(errors="replace").splitlines()
            return lines[number - 1]
        except (OSError, IndexError):
            return None
