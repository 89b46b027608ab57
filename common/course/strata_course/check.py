"""`./strata check`: builds the learner's files over the reference and runs a week's tests."""

from . import gtest, report, score, tasks
from .build import Tree
from .ui import Failure, Progress


def ground(project, week):
    """What stands under `week`: (the learner's weeks to lay over, sentences that say so).

    An earlier week of the learner's is used where its last check was all green and it
    has not changed since; the reference stands in otherwise, where it is here.
    """
    memory, mine, said = score.Memory(project), [], []
    for earlier in project.weeks():
        if earlier.number >= week.number or not earlier.tasks:
            continue
        if memory.passes(earlier):
            mine.append(earlier)
            said.append(f"week {earlier.number}: yours")
        elif not project.whole(earlier):
            started = score.digest(project, earlier) is not None
            mine += [earlier] if started else []
            said.append(f"week {earlier.number}: "
                        + ("yours, which does not pass yet" if started else "not started yet")
                        + ", and the reference is not in this repository")
        elif score.digest(project, earlier) is None:
            said.append(f"week {earlier.number}: the reference's")
        elif memory.tests(earlier) and not memory.unchanged(earlier):
            said.append(f"week {earlier.number}: the reference's, yours changed since its "
                        f"last check (./strata check {earlier.number})")
        else:
            said.append(f"week {earlier.number}: the reference's, yours does not pass yet")
    return mine, said


def ensure_started(project, week):
    if score.digest(project, week) is None:
        raise Failure(f"you have not started week {week.number}: ./strata start {week.number}")


def my_tree(project, week, sanitize=False):
    """The tree with the learner's week over what stands under it, and what that is."""
    ensure_started(project, week)
    mine, said = ground(project, week)
    return Tree.for_learner(project, project.workshop, [*mine, week], sanitize), said


def jobs(week, tree, wanted=lambda test: True):
    """The week's tests that are `wanted` as gtest jobs, in the order of its tasks' patterns: what
    looks at one part alone comes before what runs the whole."""
    found, times = [], gtest.SLOWER if tree.sanitized else 1
    for name in week.programs:
        program = tree.program(name)
        for test in gtest.list_tests(program, tree.sanitized):
            if wanted(test):
                found.append((program, test, week.timeout_of(test) * times))
    return sorted(found, key=lambda job: tasks.rank(week, job[1]))


def run(project, week, tree, wanted=lambda test: True, pattern=None):
    """Runs the week's tests that are `wanted` and match the filter `pattern`. Raises Failure if a
    program cannot even start, or no test is wanted."""
    try:
        todo = gtest.chosen(jobs(week, tree, wanted), pattern)
    except gtest.CannotList as error:
        raise Failure(str(error)) from error
    if not todo:
        raise Failure(f"no such test in week {week.number}")
    with Progress(f"testing week {week.number}") as progress:
        outcomes = gtest.run_all(todo, progress, sanitized=tree.sanitized)
        outcomes = gtest.settle(todo, outcomes, progress, tree.sanitized)
    report.write_log(project, tree, outcomes)
    return outcomes


def check(project, number, only=None, pattern=None, sanitize=False):
    """Builds, tests, remembers and shows the score. 0 if every test that ran passed.

    `only`: a task whose tests alone are run. `pattern`: likewise, as for GoogleTest.
    `sanitize`: with the sanitizers, to find a mistake; the score stays as it is.
    """
    week = project.week(number)
    if not week.tasks:
        raise Failure(f"week {number} has no tasks")
    if only and not week.task(only):
        raise Failure(f"task {only} is not of week {number}")
    tree, said = my_tree(project, week, sanitize)
    tree.build(week.programs, f"building your week {number}"
               + (" with the sanitizers" if sanitize else ""))
    outcomes = run(project, week, tree,
                   lambda test: only is None or tasks.owner(week, test)[:1] == [only], pattern)
    texts = report.texts(project, week, outcomes, tree)
    if said:
        print("under it: " + "; ".join(said))
    if sanitize:
        print(f"with the sanitizers: {report.summary(outcomes)}; the score stays as it was")
        now = only
    else:
        memory = score.Memory(project)
        memory.remember(week, outcomes, texts, whole=not (only or pattern))
        result = score.WeekScore(week, memory)
        if pattern:  # the table does not say which of its tests ran just now
            print(f"--filter {pattern}: {report.summary(outcomes)}")
        print(score.table(result, project.whole(week)))
        if not (result.now or texts or only or pattern):
            print("tests can pass although memory is used wrongly. To see that, too: "
                  f"./strata check {number} --sanitize")
        now = only or (result.now.task.id if result.now else None)
    report.show(project, week, outcomes, texts, tree, now)
    return 1 if texts else 0

