"""What an author writes: course.toml, and the marks in the reference.

A mark is a pair of lines inside a function body of a .cc file:

    // TASK 1.2: what is to be done here. More lines of comment may follow; they
    // stay in the starter.
    ...the reference...
    // END TASK 1.2
"""

import fnmatch
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .ui import Failure

BEGIN = re.compile(r"^(\s*)// TASK (\d+\.\d+)\b(.*)$")
END = re.compile(r"^\s*// END TASK (\d+\.\d+)\s*$")
ANY_MARK = re.compile(r"^\s*//+\s*(END\s+)?TASK\b")
COMMENT = re.compile(r"^\s*//")


@dataclass(frozen=True)
class Problem:
    """Something an author must mend, with its place."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Task:
    """One entry of course.toml. `line` is where the entry stands."""

    id: str
    title: str
    points: int
    minutes: int
    files: tuple
    tests: tuple
    hints: tuple
    line: int = 1


@dataclass
class Week:
    """One week's folder and its course.toml (a week may still have none)."""

    number: int
    folder: Path
    title: str = ""
    programs: tuple = ()
    regressions: tuple = ()
    timeout: float = 20
    timeouts: dict = field(default_factory=dict)
    tasks: tuple = ()

    @property
    def name(self):
        """The folder's name, such as `week01-wal`."""
        return self.folder.name

    @property
    def label(self):
        """The CTest label and the prefix of programs, such as `week01`."""
        return self.name[:6]

    def task(self, task_id):
        return next((task for task in self.tasks if task.id == task_id), None)

    def order(self, task_id):
        """The task's place in the week, or None if it is not of this week."""
        ids = [task.id for task in self.tasks]
        return ids.index(task_id) if task_id in ids else None

    def timeout_of(self, test):
        """Seconds that `test` may take."""
        for pattern, seconds in self.timeouts.items():
            if fnmatch.fnmatchcase(test, pattern):
                return seconds
        return self.timeout


@dataclass(frozen=True)
class Mark:
    """A marked body: line numbers from 0. The lines body..end-1 are the reference."""

    task: str
    begin: int
    body: int
    end: int
    indent: str


def load_week(folder):
    """Reads weekNN-topic/course.toml. Raises Failure, with the place, if it is wrong."""
    week = Week(number=int(folder.name[4:6]), folder=folder, title=folder.name[7:])
    path = folder / "course.toml"
    if not path.exists():
        return week
    place = f"{folder.name}/course.toml"
    text = path.read_text()
    try:
        table = tomllib.loads(text)
        week.title = str(table["title"])
        week.programs = tuple(table["tests"])
        week.regressions = tuple(table.get("regressions", ()))
        week.timeout = float(table.get("timeout", 20))
        week.timeouts = dict(table.get("timeouts", {}))
        week.tasks = tuple(_task(entry, text) for entry in table.get("task", ()))
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{place}: {error}") from error
    except KeyError as error:
        raise Failure(f"{place}: {error.args[0]} is missing") from error
    if table.get("week") != week.number:
        raise Failure(f"{place}: week must be {week.number}, as the folder's name says")
    return week


def toml_value(text):
    """What a piece of TOML means, such as an array. Raises ValueError if it is none."""
    return tomllib.loads(f"value = {text}")["value"]


def _task(entry, text):
    task_id = str(entry.get("id", ""))
    if not re.fullmatch(r"\d+\.\d+", task_id):
        raise KeyError(f'in a [[task]], id = "1.2" (a text, with the quotes)')
    for key in ("title", "points", "minutes", "files", "tests", "hints"):
        if key not in entry:
            raise KeyError(f"{key} of task {task_id}")
    found = re.search(rf'^\s*id\s*=\s*"{re.escape(task_id)}"', text, re.MULTILINE)
    line = text.count("\n", 0, found.end()) + 1 if found else 1
    return Task(task_id, str(entry["title"]), int(entry["points"]), int(entry["minutes"]),
                tuple(entry["files"]), tuple(entry["tests"]), tuple(entry["hints"]), line)


def parse_marks(text):
    """The marks of a file in order, and the problems as (line from 1, message)."""
    lines = text.splitlines()
    marks, problems, open_mark = [], [], None
    for number, line in enumerate(lines):
        begin, end = BEGIN.match(line), END.match(line)
        if begin:
            if open_mark:
                problems.append((number + 1, f"TASK {begin[2]} opens inside TASK {open_mark[1]}"))
            if not begin[1]:
                problems.append((number + 1, f"TASK {begin[2]} is outside a function body"))
            open_mark = (number, begin[2], begin[1])
        elif end:
            if not open_mark:
                problems.append((number + 1, f"END TASK {end[1]} closes nothing"))
            elif open_mark[1] != end[1]:
                problems.append((number + 1, f"END TASK {end[1]} closes TASK {open_mark[1]}"))
            else:
                marks.append(_mark(lines, open_mark, number))
            open_mark = None
        elif ANY_MARK.match(line):
            problems.append((number + 1, "a mark reads `// TASK 1.2: …` or `// END TASK 1.2`"))
    if open_mark:
        problems.append((open_mark[0] + 1, f"TASK {open_mark[1]} is never closed"))
    return marks, problems


def _mark(lines, opened, end):
    begin, task, indent = opened
    body = begin + 1
    while body < end and COMMENT.match(lines[body]):
        body += 1
    return Mark(task, begin, body, end, indent)


def marked_files(week):
    """The .cc files of the week's library that hold marks, relative to its folder."""
    return [path for path in library_files(week)
            if any(BEGIN.match(line) for line in _lines(week.folder / path))]


def library_files(week):
    """The .cc files that can be laid over: those in the week's rooms, not its programs."""
    given = {"tests", "bench", "fuzz", "mutants"}
    found = []
    for path in sorted(week.folder.rglob("*.cc")):
        parts = path.relative_to(week.folder).parts
        if len(parts) > 1 and parts[0] not in given:
            found.append("/".join(parts))
    return found


def _lines(path):
    return path.read_text(errors="replace").splitlines()


def owner(week, test):
    """Whose test it is: task ids, or ["regression"], or [] if it is nobody's.

    A test that is named in full belongs to whoever names it; otherwise patterns count.
    """
    entries = [(task.id, task.tests) for task in week.tasks]
    entries.append(("regression", week.regressions))
    exact = [who for who, patterns in entries if test in patterns]
    if exact:
        return exact
    return [who for who, patterns in entries
            if any(fnmatch.fnmatchcase(test, pattern) for pattern in patterns)]


def rank(week, test):
    """Where it stands among the week's tests: by task, and by the pattern of the task's that fits."""
    who = owner(week, test)
    task = week.task(who[0]) if who else None
    if not task:
        return len(week.tasks), 0
    fits = (index for index, pattern in enumerate(task.tests)
            if fnmatch.fnmatchcase(test, pattern))
    return week.order(task.id), next(fits)
