"""`./strata test`: builds a preset, runs CTest and the course's own Python tests.

A test program that passed and has not changed since is not run again (stamps.py).
Output: a line for each test program, what matters of each failure, and in the end the
line `N passed, N failed`, counting single test cases.
"""

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field

from . import gtest, packages, process
from .build import Tree
from .stamps import Stamps
from .ui import Failure, Progress, Unseen, plural, say

RESULT = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(, where .*)? \(\d+ ms\)$")
RUNNING = re.compile(r"^\[ RUN +\] (\S+)")
COUNTED = re.compile(r"^\[=+\] (Running|\d+) .*")
ENDED = re.compile(r"^ *\d+/\d+ Test +#(\d+): (\S+) \.*(.*?)\s+([\d.]+) sec")
PYTHON_RESULT = re.compile(r"^(.*?) ?\.\.\. (.*)$")
SHOWN_LINES = 30
COURSE_TESTS = "course (Python)"


@dataclass
class Test:
    """One CTest entry."""

    name: str
    command: list
    labels: list
    required: list


@dataclass
class Run:
    """What became of one entry so far. `failures`: case name to its output."""

    passed: int = 0
    skipped: int = 0
    failures: dict = field(default_factory=dict)
    current: str | None = None
    lines: list = field(default_factory=list)
    seconds: float = 0
    status: str = ""
    under_way: bool = False   # GoogleTest began and has not said how many tests ran


class Total:
    def __init__(self):
        self.passed = self.failed = 0

    def line(self):
        return f"{self.passed} passed, {self.failed} failed"


def test(project, words, preset="dev", pattern=None, again=False, yes=False):
    """Runs everything, or the labels that `words` name. Returns 1 if anything failed."""
    labels = [_label(project, word) for word in words] or _all_labels(project)
    packages.ensure(project, yes)
    tree = Tree(project, preset)
    tree.build(_targets(project, labels))
    stamps, total = Stamps(project, tree.folder), Total()
    entries = [entry for entry in _entries(tree)
               if not labels or set(labels) & set(entry.labels)]
    with_python = preset == "dev" and (not labels or "common" in labels)
    with CourseTests(project, stamps, pattern, again) if with_python else nullcontext() as course:
        _run_ctest(project, tree, entries, stamps, total, pattern, again)
        if course:
            course.report(total)
    if pattern and not total.passed + total.failed:
        say(f"no case matches {pattern}")
        return 1
    print(total.line())
    return 1 if total.failed else 0


def _label(project, word):
    if word == "common":
        return word
    week = project.week(int(word))
    if not project.whole(week):
        raise Failure(f"week {week.number} is yours to write in this repository; its tests run by: "
                      f"./strata check {week.number}")
    return week.label


def _all_labels(project):
    """In an export, what is whole; elsewhere [], which means all."""
    if not project.is_export():
        return []
    for week in project.weeks():
        if not project.whole(week):
            say(f"week {week.number} is yours to write; its tests run by: ./strata check {week.number}")
    return ["common", *(week.label for week in project.whole_weeks())]


def _targets(project, labels):
    """Ninja builds one folder's worth of targets as FOLDER/all."""
    if not labels:
        return ("all",)
    folders = {week.label: week.name for week in project.weeks()}
    return tuple(f"{folders.get(label, label)}/all" for label in labels)


def _entries(tree):
    done = subprocess.run([process.need("ctest"), "--test-dir", str(tree.folder),
                           "--show-only=json-v1"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"ctest: {done.stderr.strip()}")
    entries = []
    for test_entry in json.loads(done.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in test_entry.get("properties", [])}
        entries.append(Test(test_entry["name"], test_entry.get("command", []),
                            properties.get("LABELS", []), properties.get("REQUIRED_FILES", [])))
    return entries


def _run_ctest(project, tree, entries, stamps, total, pattern, again):
    keys = {entry.name: stamps.key(entry) for entry in entries}
    todo = []
    for entry in entries:
        before = None if again or pattern else stamps.cases(entry.name, keys[entry.name])
        if before is None:
            todo.append(entry.name)
        else:
            total.passed += before
            print(f"  same  {entry.name:<28} {before} passed before (unchanged)")
    if todo:
        runs = _ctest(project, tree, todo, pattern)
        for name in todo:
            run = runs.get(name, Run(status="was not run"))
            if not pattern or run.passed or run.skipped or run.failures:
                _report(project, name, run, total)
            if not pattern:
                stamps.put(name, keys[name], None if run.failures else run.passed)
    stamps.save()


def _ctest(project, tree, names, pattern):
    """Runs the named entries; name to Run."""
    runs, by_number = {}, {}
    env = dict(os.environ, GTEST_COLOR="no")
    if pattern:
        env["GTEST_FILTER"] = f"*{pattern}*" if gtest.is_part(pattern) else pattern
    wanted = "^(" + "|".join(re.escape(name) for name in names) + ")$"
    command = [process.need("ctest"), "--test-dir", str(tree.folder), "-V",
               "-j", str(os.cpu_count() or 2), "-R", wanted]
    cases = 0

    def on_line(line):
        nonlocal cases
        if own := re.match(r"^(\d+): ?(.*)$", line):
            cases += _take(by_number.setdefault(own[1], Run()), own[2])
        elif ended := ENDED.match(line):
            run = by_number.setdefault(ended[1], Run())
            _end(run, ended[2], ended[3], float(ended[4]))
            runs[ended[2]] = run
        return f"{plural(cases, 'case')}, {len(runs)} of {len(names)} programs"

    log_name = f"test-{tree.name}"
    with process.open_log(project, log_name) as log, Progress("testing") as progress:
        process.stream(command, log, progress, on_line, env=env)
    if any(run.failures for run in runs.values()) or len(runs) < len(names):
        print(f"whole log: {project.shown(project.logs / log_name)}.log")
    return runs


def _take(run, line):
    """Adds one line of a test program's output; 1 if it ends a case."""
    if counted := COUNTED.match(line):
        run.under_way = counted[1] == "Running"
    if started := RUNNING.match(line):
        run.current, run.lines = started[1], []
    elif ended := RESULT.match(line):
        if ended[1] == "OK":
            run.passed += 1
        elif ended[1] == "SKIPPED":
            run.skipped += 1
        else:
            run.failures[ended[2]] = run.lines
        run.current, run.lines = None, []
        return 1
    else:
        run.lines.append(line)
    return 0


def _end(run, name, status, seconds):
    """Closes an entry: one that failed without a failed case failed as a whole."""
    run.seconds = seconds
    run.status = re.sub(r"\*+(Exception:)?", " ", status).strip() or "Passed"
    good = run.status in ("Passed", "Skipped")
    if good and not run.passed and not run.skipped and not run.failures:
        if not any("from 0 test" in line or "Running 0 tests" in line for line in run.lines):
            run.passed = 1  # not a GoogleTest program: one case
    if run.under_way and good:
        run.status = "ended before its last test did"
    if run.under_way or (not good and not run.failures):
        case = run.current or name
        run.failures[case] = [f"({run.status})", *run.lines]


def _report(project, name, run, total):
    total.passed += run.passed
    total.failed += len(run.failures) or (run.status == "was not run")
    skipped = f", {run.skipped} skipped" if run.skipped else ""
    if run.status == "was not run":
        print(f"  FAIL  {name:<28} was not run")
    elif not run.failures:
        print(f"  ok    {name:<28} {run.passed} passed{skipped}, {run.seconds:.1f} s")
    else:
        print(f"  FAIL  {name:<28} {len(run.failures)} failed, {run.passed} passed{skipped}")
        for case, lines in run.failures.items():
            print(f"        {case}")
            shown = [line for line in lines if line.strip()]
            for line in shown[:SHOWN_LINES]:
                print(f"          {project.shorten(line)}")
            if len(shown) > SHOWN_LINES:
                print(f"          ({len(shown) - SHOWN_LINES} more lines in the log)")


class CourseTests:
    """The unit tests of the course's own Python, beside those of CTest: begun when it is
    entered, ended when it is left."""

    def __init__(self, project, stamps, pattern, again):
        self.project, self.stamps, self.pattern = project, stamps, pattern
        self.folder = project.root / "common" / "course"
        parts = [self.folder, project.root / "strata", project.root / "common" / "cmake",
                 project.root / "common" / "base" / "not_written.h",
                 project.root / "common" / "testing" / "test_main.cc",
                 *sorted(project.root.glob("week*/*.md")),
                 *sorted(project.root.glob("week*/tests/program_test.cc"))]
        self.key = stamps.tree(parts)
        self.before = None if again or pattern else stamps.cases(COURSE_TESTS, self.key)
        self.run = None
        self.progress = Unseen()
        self.thread = threading.Thread(target=self._work)

    def __enter__(self):
        if self.before is None and (self.folder / "tests").is_dir():
            self.thread.start()
            return self
        return self if self.before is not None else None

    def __exit__(self, *_):
        self.progress.stop()
        if self.thread.ident:
            self.thread.join()

    def _work(self):
        try:
            self.run = _python_run(self.project, self.folder, self.pattern, self.progress)
        except Exception as error:  # carried to whoever waits
            self.run = Run(failures={"course": [str(error)]})

    def report(self, total):
        """Waits for their end."""
        if self.before is not None:
            total.passed += self.before
            print(f"  same  {COURSE_TESTS:<28} {self.before} passed before (unchanged)")
            return
        with Progress("testing the course's Python") as progress:
            while self.thread.is_alive():
                self.thread.join(0.2)
                progress.update()
        if self.pattern and not self.run.passed and not self.run.failures:
            return
        _report(self.project, COURSE_TESTS, self.run, total)
        if not self.pattern:
            self.stamps.put(COURSE_TESTS, self.key,
                            None if self.run.failures else self.run.passed)
            self.stamps.save()


def _python_run(project, folder, pattern, progress):
    run = Run()
    command = [sys.executable, "-m", "unittest", "discover", "-v", "-s", str(folder / "tests"),
               "-t", str(folder)]
    if pattern:
        command += ["-k", pattern]

    def on_line(line):
        if ended := PYTHON_RESULT.match(line.rstrip()):
            word = ended[2].split()[0] if ended[2] else ""
            run.passed += word in ("ok", "expected")
            run.skipped += word == "skipped"
        elif failed := re.match(r"^(?:FAIL|ERROR): (.*)$", line):
            run.current = failed[1]
            run.failures[run.current] = []
        elif re.match(r"^Ran \d+ tests? in ", line):
            run.current = None
        elif run.current and not re.match(r"^(=+|-+)$", line.strip()):
            run.failures[run.current].append(line.rstrip())
        return f"{run.passed} cases"

    with process.open_log(project, "test-course") as log:
        status = process.stream(command, log, progress, on_line, cwd=folder)
        run.seconds = progress.seconds()
    if status != 0 and not run.failures and (run.passed or not pattern):
        run.failures["course"] = [f"unittest ended with status {status}; see the log"]
    return run
