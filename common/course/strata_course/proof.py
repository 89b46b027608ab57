"""`./strata proof`: for authors. Proves each week's marks, starter, tests, bugs and lesson.

The steps of the proof, one function each, and the table in the end. How a week is built
and tested with some of its files changed is in variants.py; what is left out where time is
short, in budget.py.
"""

import contextlib
import fnmatch
import queue
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from . import lesson, mutants, places, starter, tasks
from .budget import Budget, noted
from .build import BuildError, Tree, one_at_a_time
from .tasks import Problem
from .ui import Failure, Progress, say
from .variants import Bench, Lane, Memo, digest, digest_of_files

FEWEST_BUGS = 8
HINTS = 3
CODE = (".cc", ".h", ".hpp", ".cpp", ".c", ".ipp")
COLUMNS = ("week", "marks", "starter", "not written", "reference", "in order", "bugs", "lesson")
GOOD = ("passed", "skipped")
LANES = 2


@dataclass
class Verdict:
    """One cell of the table: a word or two, and the problems behind it."""

    word: str = "ok"
    problems: list = field(default_factory=list)

    @property
    def ok(self):
        return not self.problems

    def shown(self):
        return self.word if self.ok else f"FAIL {len(self.problems)}"


# The steps. Each returns a Verdict.


def prove_marks(week):
    """(verdict, are the marks sound enough for a starter to be made of them).

    Every mark has an entry, every entry a mark; both are well formed.
    """
    problems, marked, sound = [], {}, True
    library = set(tasks.library_files(week))
    for path in sorted(week.folder.rglob("*")):
        if path.suffix not in CODE or not path.is_file():
            continue
        inner = str(path.relative_to(week.folder))
        marks, wrong = tasks.parse_marks(path.read_text(errors="replace"))
        problems += [Problem(f"{week.name}/{inner}", line, text) for line, text in wrong]
        sound = sound and not wrong
        for mark in marks:
            if inner not in library:
                problems.append(Problem(f"{week.name}/{inner}", mark.begin + 1,
                                        "marks stand in the .cc files of the week's library only"))
            marked.setdefault(mark.task, {}).setdefault(inner, mark.begin + 1)
    for task_id, places in marked.items():
        if not week.task(task_id):
            inner, line = next(iter(places.items()))
            problems.append(Problem(f"{week.name}/{inner}", line,
                                    f"task {task_id} has no entry in course.toml"))
    for task in week.tasks:
        problems += _prove_entry(week, task, marked.get(task.id, {}))
    problems += _prove_week_entry(week)
    return Verdict("ok", [str(problem) for problem in problems]), sound


def _prove_entry(week, task, places):
    found = []
    if not places:
        found.append(f"task {task.id} has no mark")
    elif set(places) != set(task.files):
        found.append(f"task {task.id} is marked in {', '.join(sorted(places))}, "
                     f"but files says {', '.join(task.files)}")
    if len(task.hints) != HINTS:
        found.append(f"task {task.id} has {len(task.hints)} hints; it needs {HINTS}")
    if task.points <= 0 or task.minutes <= 0:
        found.append(f"task {task.id}: points and minutes are more than 0")
    if not task.tests:
        found.append(f"task {task.id} has no tests")
    return [Problem(f"{week.name}/course.toml", task.line, text) for text in found]


def _prove_week_entry(week):
    found, place = [], f"{week.name}/course.toml"
    if (total := sum(task.points for task in week.tasks)) != 100:
        found.append(Problem(place, 1, f"the points sum to {total}, not 100"))
    ids = [task.id for task in week.tasks]
    for task in week.tasks:
        if ids.count(task.id) > 1:
            found.append(Problem(place, task.line, f"task {task.id} is there twice"))
    return found


def prove_owners(week, tests):
    """The problems of which test belongs to whom."""
    problems, place = [], f"{week.name}/course.toml"
    for test in tests:
        owners = tasks.owner(week, test)
        where = places.test_place(week, test) or f"{place}:1"
        if not owners:
            problems.append(f"{where}: {test} belongs to no task and is not a regression")
        elif len(owners) > 1:
            problems.append(f"{where}: {test} belongs to {' and '.join(owners)}")
        if tests.count(test) > 1:
            problems.append(f"{where}: two programs have a test {test}")
    entries = [(task.line, f"task {task.id}", task.tests) for task in week.tasks]
    for line, who, patterns in [*entries, (1, "regressions", week.regressions)]:
        for pattern in patterns:
            if not any(fnmatch.fnmatchcase(test, pattern) for test in tests):
                problems.append(f"{place}:{line}: {who}: no test matches {pattern}")
    return problems


def prove_reference(bench, share):
    """(verdict, the names of all tests). The reference passes all.

    Where time is short that is left to `./strata test`, which runs the same tests.
    """
    if share.seconds is not None:
        error, names = bench.list_tests()
        return Verdict(f"{len(names)} listed", [error] if error else []), names
    error, outcomes = bench.try_out("the reference", {})
    if error:
        return Verdict("", [f"the reference: {error}"]), []
    bad = [f"the reference fails {outcome.test}: {outcome.detail}"
           for outcome in outcomes if outcome.status not in GOOD]
    return Verdict(f"ok {len(outcomes)}", bad), [outcome.test for outcome in outcomes]


def changed_files(week, keep=frozenset()):
    return {f"{week.name}/{path}": text for path, text in starter.files(week, keep).items()}


def prove_starter(bench):
    """(does it compile, does each test of a task fail with the NotWritten it should, and
    does no other test fail)."""
    week = bench.week
    error, outcomes = bench.try_out("the starter", changed_files(week))
    if error:
        return Verdict("", [f"the starter does not compile: {error}"]), Verdict("-", ["not tried"])
    problems, count = [], 0
    for outcome in outcomes:
        who = (tasks.owner(week, outcome.test) or [None])[0]
        if outcome.status in ("crashed", "hung"):
            problems.append(f"on the starter {outcome.test} {outcome.detail}")
        elif who == "regression" and outcome.status not in GOOD:
            problems.append(f"on the starter {outcome.test} fails, which is a regression: "
                            + outcome.detail.split("\n")[0])
        elif who not in (None, "regression"):
            count += 1
            problems += _prove_not_written(week, outcome, who)
    return Verdict(), Verdict(f"ok {count}", problems)


def _prove_not_written(week, outcome, who):
    if outcome.status in GOOD:
        return [f"on the starter {outcome.test} of task {who} {outcome.status}"]
    missing = outcome.not_written
    if missing is None:
        return [f"on the starter {outcome.test} of task {who} does not fail with NotWritten: "
                + outcome.detail.split("\n")[0]]
    place = week.order(missing)
    if place is None or place > week.order(who):
        return [f"on the starter {outcome.test} of task {who} fails for task {missing}, "
                "which comes later"]
    return []


def prove_pieces(bench, tests, share, in_order):
    """The cells "bugs" and "in order", and notes on what caught which bug. Both kinds of pieces are
    taken from one list, so that a sample has some of each."""
    bugs, ids = mutants.of_week(bench.week), [task.id for task in bench.week.tasks]
    pieces = [("bugs", bug.path.stem, partial(prove_bug, bench, bug)) for bug in bugs]
    if in_order:
        pieces += [("in order", f"tasks up to {ids[count - 1]}",
                    partial(prove_up_to, bench, tests, ids[:count])) for count in range(1, len(ids))]
    problems, done, left, notes = {"bugs": [], "in order": []}, Counter(), Counter(), []
    for column, name, prove in share.ordered(pieces, lambda piece: piece[1]):
        if not share.allows(name):
            left[column] += 1
            continue
        found, note = prove()
        problems[column] += found
        notes += note
        done[column] += not found
    if len(bugs) < FEWEST_BUGS:
        problems["bugs"].append(f"{bench.week.name}/mutants:1: {len(bugs)} bugs; "
                                f"a week needs {FEWEST_BUGS}")
    caught = noted(f"{done['bugs']} of {len(bugs)}", left["bugs"])
    cells = {"bugs": Verdict(caught, problems["bugs"])}
    if in_order:
        cells["in order"] = Verdict(noted("ok", left["in order"]), problems["in order"])
    return cells, sorted(notes)


def prove_up_to(bench, tests, kept):
    """(problems, no notes). With the tasks `kept` in place, the tests of the last of them pass.

    Those of the tasks before it passed with fewer bodies in place, and pass with all of them.
    """
    mine = {test for test in tests if (tasks.owner(bench.week, test) or [""])[0] == kept[-1]}
    error, outcomes = bench.try_out(f"tasks up to {kept[-1]}",
                                    changed_files(bench.week, frozenset(kept)), only=mine)
    if error:
        return [f"with tasks up to {kept[-1]}: {error}"], []
    return [f"with tasks up to {kept[-1]} in place {outcome.test} fails: "
            + outcome.detail.split("\n")[0]
            for outcome in outcomes if outcome.status not in GOOD], []


def prove_bug(bench, bug):
    """(problems, notes). A planted bug is caught by a test that fails, not by the compiler or a
    hang."""
    place = f"{bench.week.name}/mutants/{bug.path.name}"
    try:
        return [], [f"{place}: caught by {', '.join(_catch(bench, bug))}"]
    except Failure as failure:
        return [f"{place}:1: {failure}"], []


def _catch(bench, bug):
    """The tests that catch the bug: the one it names, or three. Raises Failure if none does."""
    if not bug.title:
        raise Failure("the header is missing: a title and an explanation before the patch")
    outside = [name for name in bug.files() if name not in bench.lane.names]
    if outside:
        raise Failure(f"{outside[0]} is not a .cc file of a week's library")

    def enough(outcomes):
        if any(bug.caught_by and fnmatch.fnmatchcase(test, bug.caught_by)
               for test in _catchers(outcomes)):
            return True
        hung = sum(outcome.status == "hung" for outcome in outcomes)
        caught = len(_catchers(outcomes))
        return caught >= 3 or (caught >= 1 and hung >= 2)

    error, outcomes = bench.try_out(f"bug {bug.number}", mutants.apply(bench.project.root, bug),
                                    enough=enough, first=bug.caught_by)
    if error:
        raise Failure(f"with the bug it does not compile: {error}")
    caught = _catchers(outcomes)
    hung = [outcome.test for outcome in outcomes if outcome.status == "hung"]
    if not caught:
        raise Failure(f"only a timeout notices it: {hung[0]}" if hung else "no test notices it")
    if bug.caught_by and not any(fnmatch.fnmatchcase(test, bug.caught_by) for test in caught):
        raise Failure(f"Caught-by: {bug.caught_by} does not notice it; {caught[0]} does")
    return caught


def _catchers(outcomes):
    return [outcome.test for outcome in outcomes if outcome.status in ("failed", "crashed")]


def documents_of(week):
    """The week's pages whose transcripts are run."""
    return sorted([*week.folder.glob("*.md"), *week.folder.glob("deeper/*.md")])


def prove_documents(project, documents, repl, memo, share):
    """Every transcript in the documents is what the programs print now."""
    total, problems, left_out = lesson.Report(), [], 0
    programs = project.build / "release" / "bin"
    tools = digest_of_files(programs, project.root / "common" / "course")
    with Progress("transcripts") as progress:
        for path in share.ordered(documents, str):
            if not share.allows(project.shown(path)):
                left_out += 1
                continue
            key = digest([tools, str(path), path.read_text(), repl])
            if (known := memo.get(key)) is None:
                report = lesson.run(project, path, repl, progress)
                known = vars(report)
                if not report.problems:
                    memo.put(key, known)
            total.run += known["run"]
            total.skipped += known["skipped"]
            problems += known["problems"]
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    return Verdict(noted(f"{total.run} run{skipped}", left_out), problems)


# The whole.


def prove_week(bench, share):
    """The cells of a week's row but for its lesson, and notes on what caught which bug."""
    week = bench.week
    row = {"week": Verdict(f"{week.number:02}")}
    if not (week.folder / "course.toml").exists():  # it is being built
        return row, [f"week {week.number} has no tasks yet: only its pages are proved"]
    if not week.tasks:
        return {"week": Verdict(row["week"].word, [f"{week.name}/course.toml:1: no tasks"])}, []
    row["marks"], sound = prove_marks(week)
    notes = []
    if sound:
        row["reference"], tests = prove_reference(bench, share)
        row["marks"].problems += prove_owners(week, tests) if tests else []
        if share.allows("starter"):
            row["starter"], row["not written"] = prove_starter(bench)
        if row["reference"].ok:
            in_order = row.get("starter", Verdict()).ok
            cells, notes = prove_pieces(bench, tests, share, in_order)
            row |= cells
    return row, notes


def proof(project, numbers=(), again=False, budget=None):
    """Proves the weeks named, or all, as far as `budget` goes. Returns 1 if anything fails."""
    weeks = [project.week(number) for number in numbers] or project.weeks()
    with one_at_a_time(project, "proof-run"):
        return _prove(project, weeks, not numbers, again, budget or Budget())


def _prove(project, weeks, whole, again, budget):
    memo = Memo(project, again)
    Tree(project, "release").build(what="building the programs of the lessons")
    rows, good = [], True
    lessons = budget.of_lessons()
    touched_first = sorted(weeks, key=lambda week: week.number not in budget.first)
    proved = _prove_beside_one_another(project, touched_first, memo, budget)
    # Lessons behind all else: they time things, and listen where they say.
    for week in touched_first:
        row, notes = proved[week.number]
        for note in notes:
            print(note)
        row["lesson"] = prove_documents(project, documents_of(week), f"{week.label}-repl",
                                        memo, lessons)
        rows.append(row)
    rows.sort(key=lambda row: row["week"].word)
    if whole:
        documents = [project.root / "README.md",
                     *sorted((project.root / "common").glob("*.md")),
                     *sorted((project.root / "common" / "docs").glob("*.md"))]
        repl = f"{project.newest().label}-repl"
        rows.append({"week": Verdict("top"),
                     "lesson": prove_documents(project, documents, repl, memo, lessons)})
    for row in rows:
        for name in COLUMNS:
            for problem in row.get(name, Verdict()).problems:
                good = False
                print(f"FAIL {row['week'].word} {name}: {project.shorten(problem)}")
    for piece in budget.left_out:
        print(f"left out: {piece}")
    _print_table(rows)
    say("" if good else "the proof fails; the lines that begin with FAIL say where")
    return 0 if good else 1


def _prove_beside_one_another(project, weeks, memo, budget):
    """Week number to what prove_week() says of it. A variant is mostly one file to compile and one
    test to run, which keeps one processor busy: so two weeks are proved at a time."""
    lanes = queue.SimpleQueue()
    count = min(LANES, len(weeks))
    programs = sorted({program for week in weeks for program in week.programs})
    for number in range(1, count + 1):
        lane = Lane(project, number)
        lane.lay({})
        with contextlib.suppress(BuildError):  # the reference's own row will say so
            lane.tree.build(programs, f"building for the proof, {number} of {count}")
        lanes.put(lane)

    def prove(week):
        lane = lanes.get()
        try:
            return prove_week(Bench(project, week, lane, memo),
                              budget.of_week(week, weeks, count))
        finally:
            lanes.put(lane)

    Progress.several = count > 1
    with ThreadPoolExecutor(count) as pool:
        longest_first = sorted(weeks, key=lambda week: -len(mutants.of_week(week)))
        outcomes = {week.number: pool.submit(prove, week) for week in longest_first}
        try:
            for done in wait(outcomes.values(), return_when=FIRST_EXCEPTION).done:
                done.result()
        except BaseException:
            Progress.stopped.set()
            pool.shutdown(cancel_futures=True)
            Progress.stopped.clear()
            raise
        finally:
            Progress.several = False
    return {number: outcome.result() for number, outcome in outcomes.items()}


def _print_table(rows):
    table = [list(COLUMNS)] + [[row[name].shown() if name in row and name != "week" else
                                row["week"].word if name == "week" else "-"
                                for name in COLUMNS] for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(COLUMNS))]
    print()
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
