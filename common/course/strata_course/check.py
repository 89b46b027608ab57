"""`./strata check`: builds the learner's files over the reference and runs a week's tests."""

import re
from pathlib import Path

from . import gtest, score, tasks
from .build import Tree
from .ui import Failure, Progress, plural


def ground(project, week):
    """What stands under `week`: (the learner's weeks to lay over, sentences that say so).

    An earlier week of the learner's is used where its last check was all green and it
    has not changed since; the reference stands in otherwise.
    """
    memory, mine, said = score.Memory(project), [], []
    for earlier in project.weeks():
        if earlier.number >= week.number or not earlier.tasks:
            continue
        if memory.passes(earlier):
            mine.append(earlier)
            said.append(f"week {earlier.number}: yours")
        elif score.digest(project, earlier) is None:
            said.append(f"week {earlier.number}: the reference's")
        elif memory.tests(earlier) and not memory.unchanged(earlier):
            said.append(f"week {earlier.number}: the reference's, yours changed since its "
                        f"last check (./strata check {earlier.number})")
        else:
            said.append(f"week {earlier.number}: the reference's, yours does not pass yet")
    return mine, said


def my_tree(project, week):
    """The tree with the learner's week over what stands under it, and what that is."""
    if score.digest(project, week) is None:
        raise Failure(f"you have not started week {week.number}: ./strata start {week.number}")
    mine, said = ground(project, week)
    return Tree.overlay(project, project.workshop_tree(), project.workshop,
                        [*mine, week]), said


def jobs(week, tree, only=None):
    """The week's tests as gtest jobs, in the order of its programs; `only`: a task's id."""
    found = []
    for name in week.programs:
        program = tree.program(name)
        for test in gtest.list_tests(program):
            if only is None or tasks.owner(week, test)[:1] == [only]:
                found.append((program, test, week.timeout_of(test)))
    return found


def run(week, tree, only=None, enough=None):
    """Runs the week's tests. Raises Failure if a program cannot even start."""
    try:
        wanted = jobs(week, tree, only)
    except gtest.CannotList as error:
        raise Failure(str(error)) from error
    with Progress(f"testing week {week.number}") as progress:
        return gtest.run_all(wanted, progress, enough)


def check(project, number, only=None):
    """Builds, tests, remembers and shows the score. 0 if every test that ran passed."""
    week = project.week(number)
    if not week.tasks:
        raise Failure(f"week {number} has no tasks")
    if only and not week.task(only):
        raise Failure(f"task {only} is not of week {number}")
    tree, said = my_tree(project, week)
    tree.build(week.programs, f"building your week {number}")
    outcomes = run(week, tree, only)
    messages = {outcome.test: explain(project, week, outcome)
                for outcome in outcomes if outcome.status not in ("passed", "skipped")}
    memory = score.Memory(project)
    memory.remember(week, outcomes, messages, whole=only is None)
    if said:
        print("under it: " + "; ".join(said))
    result = score.WeekScore(week, memory)
    print(score.table(result))
    _show_failure(result, outcomes, messages, only)
    return 1 if messages else 0


def _show_failure(result, outcomes, messages, only):
    test = result.first_failing
    if only or test not in messages:
        test = next((outcome.test for outcome in outcomes if outcome.test in messages), None)
    if test:
        print(f"\n{test}")
        print("\n".join("  " + line for line in messages[test].splitlines()))


def explain(project, week, outcome):
    """A failed outcome in words that a learner can act on."""
    place = test_place(week, outcome.test)
    here = f"the test: {place}" if place else ""
    lines = []
    if outcome.not_written:
        lines.append(_not_written(project, outcome, week))
    elif outcome.status == "failed":
        lines.append(project.shorten(outcome.detail))
        here = "" if place and place.rsplit(":", 1)[0] in lines[0] else here
    else:
        lines.append(outcome.detail)
        if outcome.status == "hung":
            lines.append("a loop that does not end, or a wait that nobody answers")
        lines += _last_words(project, outcome)
    return "\n".join([*lines, here]).rstrip()


def _not_written(project, outcome, week):
    task = outcome.not_written
    own = tasks.owner(week, outcome.test)[:1]
    text = f"task {task} is not written yet"
    if own and own[0] != task:
        text = f"this test needs task {task}, which is not written yet"
    found = throw_place(project, week, task)
    return f"{text}: {found}" if found else text


def throw_place(project, week, task):
    """Where the learner's body of `task` is to be written, or None."""
    for path in sorted((project.workshop / week.name).rglob("*.cc")):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if f'NotWritten{{"{task}"}}' in line:
                return f"{project.shown(path)}:{number}"
    return None


def _last_words(project, outcome):
    """What a crashed or stuck test printed last."""
    lines = [line for line in outcome.output.splitlines()
             if line.strip() and not re.match(r"\[[ =\-]|Note: Google|Running main", line)]
    if not lines:
        return []
    return ["it printed last:"] + ["  " + line for line in
                                   project.shorten("\n".join(lines[-6:])).splitlines()]


def test_place(week, test):
    """Where a test is written, as weekNN-topic/tests/x.cc:LINE, or None."""
    parts = test.split("/")
    suite, _, name = (parts[0] if "." in parts[0] else "/".join(parts[:2])).partition(".")
    suite = suite.split("/")[-1]
    pattern = re.compile(rf"^\s*(TYPED_)?TEST(_F|_P)?\(\s*{re.escape(suite)}\s*,"
                         rf"\s*{re.escape(name)}\s*\)", re.MULTILINE)
    for path in sorted((week.folder / "tests").rglob("*.cc")):
        text = Path(path).read_text(errors="replace")
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            return f"{week.name}/{path.relative_to(week.folder)}:{line}"
    return None


def summary(outcomes):
    """`31 tests, 2 fail`."""
    bad = [outcome for outcome in outcomes if outcome.status not in ("passed", "skipped")]
    return f"{plural(len(outcomes), 'test')}, {len(bad)} fail" if bad else \
        f"{plural(len(outcomes), 'test')}, all pass"
