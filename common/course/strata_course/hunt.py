"""`./strata hunt`: a bug has been planted in the reference; the learner finds it.

Bug K of week N lives in workshop/hunt/weekNN-K/, a copy of the week's library with one
mutant applied. Which file it is in, and what it is, stays untold until it is found; so K is
not the number in the name of its patch.
"""

import json
import random
import shutil

from . import check, mutants, report, tasks
from .build import Tree
from .project import write_whole
from .ui import Failure, Usage, plural


class Hunts:
    """The state of each hunt: planted, found or given up. workshop/.strata/hunt.json."""

    def __init__(self, project, week):
        self.path = project.state / "hunt.json"
        self.all = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.mine = self.all.setdefault(week.name, {"current": None, "states": {}})

    def state(self, number):
        return self.mine["states"].get(str(number), "new")

    def current(self):
        return self.mine["current"]

    def set(self, number, state):
        self.mine["states"][str(number)] = state
        self.mine["current"] = number
        write_whole(self.path, json.dumps(self.all, indent=1, sort_keys=True) + "\n")


def hunt(project, number, which=None, action="plant", pattern=None):
    """`action`: plant, list, check or give-up. `pattern`: which tests to check with."""
    week = project.week(number)
    bugs = mutants.hunted(week)
    if not bugs:
        raise Failure(f"no bugs are planted in week {number}"
                      + ("" if project.whole(week) else ", which is yours to write here"))
    hunts = Hunts(project, week)
    if action == "list":
        return _list(week, bugs, hunts)
    chosen = which is not None
    if which is None:
        which = hunts.current() if action != "plant" else _next(bugs, hunts)
    if which is None:
        raise Failure(f"no hunt is on in week {number}: ./strata hunt {number}")
    if not 1 <= which <= len(bugs):
        raise Usage(f"week {number} has bugs 1 to {len(bugs)}")
    bug = bugs[which - 1]
    if action == "plant":
        return _plant(project, week, bug, hunts, chosen)
    if not _folder(project, week, bug).exists():
        raise Failure(f"bug {which} is not planted: ./strata hunt {number} {which}")
    if action == "check":
        return _check(project, week, bug, hunts, pattern)
    return _give_up(week, bug, hunts)


def _next(bugs, hunts):
    """The hunt that is on, else any bug that is new; any at all if none is."""
    if hunts.current() and hunts.state(hunts.current()) == "planted":
        return hunts.current()
    new = [bug.number for bug in bugs if hunts.state(bug.number) == "new"]
    return random.choice(new or [bug.number for bug in bugs])


def _folder(project, week, bug):
    return project.workshop / "hunt" / f"{week.label}-{bug.number}"


def _plant(project, week, bug, hunts, chosen):
    folder = _folder(project, week, bug)
    shown = project.shown(folder / week.name)
    again = f"./strata hunt {week.number} {bug.number}"
    if folder.exists() and hunts.state(bug.number) == "planted":
        print(f"week {week.number}, bug {bug.number}: still planted in {shown}/")
    elif folder.exists() and chosen:
        known = {"new": "there is a folder of it", "found": "found", "given up": "given up"}
        raise Failure(f"week {week.number}, bug {bug.number}: {known[hunts.state(bug.number)]} "
                      f"already. To begin again, delete {project.shown(folder)}/")
    else:
        shutil.rmtree(folder, ignore_errors=True)
        changed = mutants.apply(project.root, bug)
        for path in tasks.library_files(week):
            name = f"{week.name}/{path}"
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(changed.get(name) or (project.root / name).read_text())
        hunts.set(bug.number, "planted")
        print(f"week {week.number}, bug {bug.number}: planted in {shown}/")
    print("one bug is in those files. Run the week's tests on them, which takes a minute or two: "
          f"{again} --check")
    print("mend it there; when the tests are green, it is found")
    print(f"to see what it was: {again} --give-up")
    return 0


def _check(project, week, bug, hunts, pattern):
    tree = Tree.for_learner(project, _folder(project, week, bug), [week], hunts=True)
    tree.build(week.programs, f"building bug {bug.number}")
    outcomes = check.run(project, week, tree, pattern=pattern)
    texts = report.texts(project, week, outcomes, tree)
    if texts:
        print(f"not yet: {report.summary(outcomes)}")
        report.show(project, week, outcomes, texts, tree)
        return 1
    if pattern:
        print(f"{report.summary(outcomes)}; whether it is found, all tests say: "
              f"./strata hunt {week.number} {bug.number} --check")
        return 0
    hunts.set(bug.number, "found")
    print(f"found: {report.summary(outcomes)}")
    print(f"what it was: {bug.title}")
    print(bug.explanation)
    return 0


def _give_up(week, bug, hunts):
    if hunts.state(bug.number) != "found":
        hunts.set(bug.number, "given up")
    print(f"week {week.number}, bug {bug.number}: {bug.title}")
    print(bug.explanation)
    print()
    print(bug.patch.rstrip())
    return 0


def _list(week, bugs, hunts):
    print(f"week {week.number} · {week.title}: {plural(len(bugs), 'bug')}")
    for bug in bugs:
        state = hunts.state(bug.number)
        title = f"   {bug.title}" if state in ("found", "given up") else ""
        mark = "   <- now" if hunts.current() == bug.number and state == "planted" else ""
        print(f"  {bug.number:>2}  {state}{title}{mark}")
    return 0
