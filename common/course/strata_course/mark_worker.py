"""The worker of `./strata mark` (mark.py): builds and tests one week of one folder.

A process of its own, with limits on memory, so that a folder that hangs or crashes costs itself
only. It tells each outcome as soon as there is one, over a socket that no test inherits: so what
ran counts even if the worker is ended, and nobody else can tell outcomes in its name.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import check, gtest, process, score
from .build import BuildError, Tree
from .ui import Progress, elapsed


class TimeIsOver(Exception):
    """The alarm rang."""


class Report:
    """The worker's end of the socket. A line of JSON for each outcome, in the end one more."""

    def __init__(self, descriptor, project):
        self.file = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)
        self.project, self.told = project, {}

    def outcomes(self, outcomes):
        """Tells those that are new, or not as they were."""
        for outcome in outcomes:
            if self.told.get(outcome.test) is not outcome:
                self.told[outcome.test] = outcome
                detail = self.project.shorten(outcome.detail)[:score.MESSAGE_LIMIT]
                self._say(test=outcome.test, status=outcome.status, detail=detail)

    def end(self, problem):
        self._say(problem=problem)

    def _say(self, **what):
        self.file.write(json.dumps(what) + "\n")


def work(project, order):
    """Builds and tests one lane's overlay, and tells what came of it."""
    order = json.loads(order)
    report = Report(order["report"], project)
    week = project.week(order["week"])
    tree = Tree.overlay(project, f"mark-{order['lane']}", Path(order["overlay"]), [week])
    end = time.monotonic() + order["seconds"]
    try:
        _build(tree, week, order["build_seconds"], None if order["alone"] else order["lane"])
        problem = _foreign(tree, project)
        if not problem and order["test"] and not _test(week, tree, report, end, order["memory_kib"]):
            problem = f"took longer than {elapsed(order['seconds'])}; the rest was not run"
    except TimeIsOver:
        problem = f"the build took longer than {elapsed(order['build_seconds'])}"
    except BuildError as error:
        problem = str(error).rsplit("\nwhole log:", 1)[0].replace(f"{project.shown(tree.mine)}/", "")
    except gtest.CannotList as error:
        problem = str(error)
    report.end(problem)
    return 0


def _test(week, tree, report, end, memory_kib):
    """Runs the tests until `end`; True if all ran."""
    def enough(outcomes):
        report.outcomes(outcomes)
        return time.monotonic() > end

    jobs = check.jobs(week, tree)
    with Progress(f"testing week {week.number}") as progress:
        outcomes = gtest.run_all(jobs, progress, enough, workers=1, memory_kib=memory_kib)
        if not enough(outcomes):
            report.outcomes(gtest.settle(jobs, outcomes, progress, memory_kib=memory_kib))
    return len(outcomes) == len(jobs)


def _build(tree, week, seconds, lane):
    """One core for each lane while it builds; without a lane, all of them. Raises TimeIsOver."""
    def ring(*_):
        raise TimeIsOver

    cores = sorted(os.sched_getaffinity(0))
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    os.sched_setaffinity(0, {cores[lane % len(cores)]} if lane else cores)
    try:
        tree.build(week.programs, f"building week {week.number}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.sched_setaffinity(0, cores)


def _foreign(tree, project):
    """Says so if a learner's file includes what it must not: another .cc file, such as the
    reference's, or a file that is neither the course's nor the system's."""
    listed = subprocess.run([process.need("ninja"), "-C", str(tree.folder), "-t", "deps"],
                            capture_output=True, text=True, errors="replace", check=False)
    for block in listed.stdout.split("\n\n"):
        files = [(tree.folder / line.strip()).resolve() for line in block.splitlines()[1:]]
        own = [file for file in files if file.is_relative_to(tree.mine)]
        for file in files if own else ():
            if file != own[0] and not may_be_included(file, project.root):
                return f"not run: {own[0].name} includes {file}"
    return ""


def may_be_included(file, root):
    """The system's files, and the course's headers, precompiled ones too."""
    return file.is_relative_to("/usr") or (
        file.is_relative_to(root) and file.suffix in (".h", ".hxx", ".gch"))
