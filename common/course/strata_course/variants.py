"""A week with some of its files changed, built and tested: what the proof is made of.

A lane has a build tree, build/proof-N, over an overlay folder whose files are rewritten for each
variant; Ninja and ccache rebuild only what that changes. What came of a variant is
remembered under a digest of everything that it depends on.
"""

import fnmatch
import hashlib
import json
import threading

from . import check, gtest, mutants, tasks
from .build import UNFINISHED, BuildError, Tree
from .project import write_whole
from .ui import Progress


class Memo:
    """What steps found, under a digest of what they depend on. build/proof/results.json."""

    def __init__(self, project, again):
        self.path = project.build / "proof" / "results.json"
        there = self.path.exists() and not again
        self.known = json.loads(self.path.read_text()) if there else {}
        self._lock = threading.Lock()

    def get(self, key):
        return self.known.get(key)

    def put(self, key, value):
        with self._lock:
            self.known[key] = value
            write_whole(self.path, json.dumps(self.known))


class Lane:
    """A build tree, and the folder laid over the reference: every file that any step may change.

    One variant at a time; with another lane another can be tried beside it.
    """

    def __init__(self, project, number):
        self.project = project
        self.folder = project.build / f"proof-overlay-{number}"
        self.names = set()
        for week in project.weeks():
            library = {f"{week.name}/{path}" for path in tasks.library_files(week)}
            wanted = {f"{week.name}/{path}" for path in tasks.marked_files(week)}
            for bug in mutants.of_week(week):
                wanted.update(bug.files())
            self.names |= wanted & library
        # Flags as in build/dev, so that both find the same objects in ccache.
        self.tree = Tree.overlay(project, f"proof-{number}", self.folder, project.weeks(),
                                 STRATA_LENIENT=";".join(UNFINISHED.split()))
        for old in self.folder.rglob("*.cc"):
            if str(old.relative_to(self.folder)) not in self.names:
                old.unlink()

    def lay(self, changes):
        """Ensures that each file holds its text in `changes`, or else the reference's."""
        for name in self.names:
            target = self.folder / name
            text = changes.get(name)
            if text is None:
                text = (self.project.root / name).read_text()
            if not target.exists() or target.read_text() != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)


class Bench:
    """Builds one week with some of its files changed, and runs its tests."""

    def __init__(self, project, week, lane, memo):
        self.project, self.week, self.lane, self.memo = project, week, lane, memo
        self.sources = digest_of_sources(project, week)

    def list_tests(self):
        """(an error or None, the names of the reference's tests)."""
        self.lane.lay({})
        try:
            self.lane.tree.build(self.week.programs, f"week {self.week.number}: building")
            return None, [job[1] for job in check.jobs(self.week, self.lane.tree)]
        except (BuildError, gtest.CannotList) as error:
            return str(error), []

    def try_out(self, what, changes, only=None, enough=None, first=""):
        """(the build's error or None, the outcomes). `only`: which tests; see `enough` in gtest.

        Tests that match the pattern `first` are run first.
        """
        wanted = sorted(only) if only is not None else None
        key = digest([self.sources, sorted(changes.items()), wanted, self.week.programs,
                       str(self.week.timeouts), self.week.timeout, bool(enough), first])
        if (known := self.memo.get(key)) is None:
            known = self._really(what, changes, only, enough, first)
            # The disk may have been full, or the machine too busy.
            if known["error"] is None and all(entry["status"] != "hung" for entry in known["outcomes"]):
                self.memo.put(key, known)
        return known["error"], [gtest.Outcome(**entry) for entry in known["outcomes"]]

    def _really(self, what, changes, only, enough, first):
        title = f"week {self.week.number}: {what}"
        self.lane.lay(changes)
        try:
            self.lane.tree.build(self.week.programs, f"{title}, building")
            jobs = check.jobs(self.week, self.lane.tree)
        except (BuildError, gtest.CannotList) as error:
            return {"error": str(error), "outcomes": []}
        jobs = [job for job in jobs if only is None or job[1] in only]
        jobs.sort(key=lambda job: not (first and fnmatch.fnmatchcase(job[1], first)))
        with Progress(f"{title}, testing") as progress:
            outcomes = gtest.run_all(jobs, progress, enough)
            if not enough:
                outcomes = gtest.settle(jobs, outcomes, progress)
        return {"error": None, "outcomes": [_slim(outcome) for outcome in outcomes]}


def _slim(outcome):
    return {"test": outcome.test, "status": outcome.status, "detail": outcome.detail[:2000],
            "output": "" if outcome.passed else outcome.output[-2000:]}


def digest(value):
    """A digest of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def digest_of_sources(project, week):
    """A digest of everything that week's tests are built from and read."""
    whole = hashlib.sha256()
    folders = [project.root / "common"] + [
        other.folder for other in project.weeks() if other.number <= week.number]
    skipped = {"course", "viewer", "mutants", "bench", "fuzz", "__pycache__"}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.is_file() and parts[0] not in skipped and path.name not in (
                    "README.md", "TEACHING.md", "course.toml"):
                whole.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    for name in ("CMakeLists.txt", "CMakePresets.json"):
        whole.update((project.root / name).read_bytes())
    return whole.hexdigest()


def digest_of_files(*folders):
    """A digest of the names and contents of all files in the folders."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
