"""What a learner reads of tests that fail: in words to act on, a few in full, the rest by name."""

import re

from . import crash, places, process, tasks
from .ui import plural

FULL = 3     # failing tests shown in full,
LINES = 24   # though of one no more lines
NAMED = 8    # further ones named


def summary(outcomes):
    """`31 tests, 2 fail`."""
    bad = [outcome for outcome in outcomes if outcome.bad]
    return f"{plural(len(outcomes), 'test')}, {len(bad)} fail" if bad else \
        f"{plural(len(outcomes), 'test')}, all pass"


def texts(project, week, outcomes, tree):
    """Each test that failed, to what went wrong."""
    own = project.shown(tree.mine) + "/"
    return {outcome.test: explain(project, week, outcome, own)
            for outcome in outcomes if outcome.bad}


def show(project, week, outcomes, said, tree, task=None):
    """Prints the failing tests of a task, or of all if it has none, and where to look further."""
    bad = [outcome for outcome in outcomes if outcome.test in said]
    if not bad:
        return
    of_task = [outcome for outcome in bad if tasks.owner(week, outcome.test)[:1] == [task]]
    mine = of_task or bad
    full = _worth_showing(mine)[:FULL]
    for outcome in full:
        _print_in_full(outcome.test, said[outcome.test].splitlines())
    print()
    left = [outcome for outcome in mine if outcome not in full]
    whose = f" of task {task}" if of_task else ""
    if rest := [outcome.test for outcome in left if not outcome.not_written]:
        more = ", …" if len(rest) > NAMED else ""
        print(f"and {len(rest)} more{whose}: {', '.join(rest[:NAMED])}{more}")
    if waiting := [outcome.not_written for outcome in left if outcome.not_written]:
        others = sorted(set(waiting))
        print(f"and {len(waiting)} more{whose} that wait for "
              + ("it" if of_task and others == [task] else ", ".join(others)))
    print(f"whole log: {log_path(project, tree)}")
    for line in _advice(project, week, full, tree):
        print(line)


def _print_in_full(test, lines):
    print(f"\n{test}")
    for line in lines[:LINES]:
        print("  " + line)
    if len(lines) > LINES:
        print(f"  ({len(lines) - LINES} more lines in the log)")


def _worth_showing(outcomes):
    """Of those that ran into the same unwritten task only the first. What is wrong comes before
    what is not written, and what hangs comes last."""
    seen, kept = set(), []
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.status == "hung",
                                                         bool(outcome.not_written))):
        if outcome.not_written not in seen:
            kept.append(outcome)
        if outcome.not_written:
            seen.add(outcome.not_written)
    return kept


def _advice(project, week, shown, tree):
    """How to find where the first test crashed, or hangs."""
    lost = next((outcome for outcome in shown if outcome.status in ("crashed", "hung")), None)
    if not lost or tree.sanitized:
        return []
    lines = []
    if lost.status == "crashed" and tree.mine == project.workshop \
            and not crash.assertion(lost.output):  # which says what is wrong, and where
        lines.append(f"where in my code: ./strata check {week.number} --sanitize "
                     f"--filter {lost.test}")
    if line := crash.gdb_line(project, lost):
        lines.append(f"in gdb: {line}")
    return lines


def explain(project, week, outcome, own):
    """A failed outcome in words that a learner can act on. `own`: how the paths of the
    learner's files begin."""
    place = places.test_place(week, outcome.test)
    here = f"the test: {place}" if place else ""
    lines = crash.report(project.shorten(outcome.output), own)
    if outcome.not_written:
        lines = [_not_written(project, outcome, week)]
    elif outcome.status == "failed":
        lines.append(project.shorten(outcome.detail))
        here = "" if place and place.rsplit(":", 1)[0] in lines[-1] else here
    else:
        lines = lines or [outcome.detail]
        if outcome.status == "hung":
            lines.append("a loop that does not end, a wait that nobody answers, or a walk far too long")
        lines += _last_words(project, outcome)
    return "\n".join([*lines, here]).rstrip()


def _not_written(project, outcome, week):
    task = outcome.not_written
    own = tasks.owner(week, outcome.test)[:1]
    text = f"task {task} is not written yet"
    if own and own[0] != task:
        text = f"this test needs task {task}, which is not written yet"
    whose = next((other for other in [week, *project.weeks()] if other.task(task)), week)
    found = places.throw_place(project, whose, task)
    return f"{text}: {found}" if found else text


def _last_words(project, outcome):
    """What a crashed or stuck test printed last, of its own."""
    lines = [line for line in crash.before_report(outcome.output).splitlines()
             if line.strip() and not re.match(r"\[[ =\-]|Note: Google|Running main", line)]
    if not lines:
        return []
    return ["it printed last:"] + ["  " + line for line in
                                   project.shorten("\n".join(lines[-6:])).splitlines()]


def log_path(project, tree):
    return project.logs / f"check-{tree.name}.log"


def write_log(project, tree, outcomes):
    """Keeps what the tests printed that failed."""
    with process.open_log(project, log_path(project, tree).stem) as log:
        for outcome in outcomes:
            log.write(f"== {outcome.test}: {outcome.status}\n")
            if outcome.bad:
                log.write(f"{outcome.output.rstrip()}\n{outcome.detail}\n\n")
