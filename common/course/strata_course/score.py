"""What a learner has reached: remembered in workshop/.strata/score.json, shown as a table."""

import hashlib
import json
import time

from . import places, tasks
from .project import write_whole

MESSAGE_LIMIT = 2000


class Memory:
    """The outcome of each test, week by week, as of the last check."""

    def __init__(self, project):
        self.project = project
        self.path = project.state / "score.json"
        self.weeks = json.loads(self.path.read_text())["weeks"] if self.path.exists() else {}

    def tests(self, week):
        """Test name to {"status", "message"}."""
        return self.weeks.get(week.name, {}).get("tests", {})

    def checked(self, week):
        """When the week was last checked, or None."""
        return self.weeks.get(week.name, {}).get("checked")

    def unchanged(self, week):
        """True if the learner's files are those of the last whole check."""
        return self.weeks.get(week.name, {}).get("files") == digest(self.project, week)

    def passes(self, week):
        """True if the last whole check was all green and nothing changed since."""
        tests = self.tests(week)
        return bool(tests) and self.unchanged(week) and all(
            entry["status"] in ("passed", "skipped") for entry in tests.values())

    def remember(self, week, outcomes, messages, whole):
        """Keeps the outcomes; `whole`: they are those of all of the week's tests."""
        entry = self.weeks.setdefault(week.name, {"tests": {}})
        if whole:
            entry["tests"] = {}
        if whole or entry.get("files") != digest(self.project, week):
            entry["files"] = digest(self.project, week) if whole else None
        for outcome in outcomes:
            entry["tests"][outcome.test] = {
                "status": outcome.status,
                "message": messages.get(outcome.test, "")[:MESSAGE_LIMIT]}
            if outcome.bad and outcome.not_written:
                entry["tests"][outcome.test]["waits_for"] = outcome.not_written
        entry["checked"] = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self._save()

    def forget(self, week):
        """What was found of files that are no more."""
        if self.weeks.pop(week.name, None):
            self._save()

    def _save(self):
        write_whole(self.path, json.dumps({"weeks": self.weeks}, indent=1) + "\n")


def digest(project, week):
    """A fingerprint of the learner's files of that week; None if there are none."""
    folder = project.workshop / week.name
    found = sorted(folder.rglob("*.cc"))
    if not found:
        return None
    whole = hashlib.sha256()
    for path in found:
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


class TaskScore:
    """One row: how far one task is."""

    def __init__(self, week, task, tests):
        mine = {name: entry for name, entry in tests.items()
                if tasks.owner(week, name)[:1] == [task.id]}
        self.task = task
        self.total = len(mine)
        self.failing = [name for name, entry in mine.items()
                        if entry["status"] not in ("passed", "skipped")]
        self.passed = self.total - len(self.failing)
        self.points = task.points * self.passed // self.total if self.total else 0
        self.done = self.total > 0 and not self.failing


class WeekScore:
    """One week's rows, its points and what comes next."""

    def __init__(self, week, memory):
        self.week = week
        self.tests = memory.tests(week)
        self.checked = memory.checked(week)
        self.rows = [TaskScore(week, task, self.tests) for task in week.tasks]
        self.points = sum(row.points for row in self.rows)
        self.out_of = sum(task.points for task in week.tasks)
        self.now = next((row for row in self.rows if not row.done), None)
        self.regressions = [name for name, entry in self.tests.items()
                            if entry["status"] not in ("passed", "skipped")
                            and tasks.owner(week, name)[:1] == ["regression"]
                            and "waits_for" not in entry]
        # Of an earlier week, where the reference's is not here to stand in.
        self.waits_for = sorted({entry["waits_for"] for entry in self.tests.values()
                                 if "waits_for" in entry and not week.task(entry["waits_for"])})

    @property
    def first_failing(self):
        """The test to look at next, or None: the first of the task under way."""
        if self.now and self.now.failing:
            return self.now.failing[0]
        return self.regressions[0] if self.regressions and not self.now else None


def next_task(project, week):
    """What to write next: by the last check, or if the files changed since, the first task
    that is not written. None if there is none."""
    memory = Memory(project)
    if memory.unchanged(week):
        now = WeekScore(week, memory).now
        return now.task if now else None
    return next((task for task in week.tasks if places.throw_place(project, week, task.id)), None)


def table(score, hunt=True):
    """The rows of one week, in the form of the course. `hunt`: there are bugs to be hunted."""
    head = f"week {score.week.number} · {score.week.title}"
    lines = [f"{head:<53} {score.points} of {score.out_of}"]
    width = max((len(row.task.id) for row in score.rows), default=3)
    unit = " tests"  # spelled out once
    for row in score.rows:
        left = f"{row.task.id:<{width}}  {row.task.title:<35} "
        if row.done:
            lines.append(f"  done  {left}{row.task.points}   {row.passed} of {row.total}{unit}")
            unit = ""
            continue
        word = "now " if row is score.now else "todo"
        rest = f"{row.points} of {row.task.points}"
        if row is score.now and row.failing:
            rest += f"   {row.failing[0]}" + (" …" if len(row.failing) > 1 else "")
        lines.append(f"  {word}  {left}{rest}")
    for name in score.regressions:
        lines.append(f"  broken: {name}, which passes before anything is written")
    if score.waits_for:
        lines.append(f"  first: task {score.waits_for[0]}, on which this week stands")
    lines.append(_next(score, hunt))
    return "\n".join(lines)


def _next(score, hunt):
    if score.first_failing and score.now:
        return f"next: {score.first_failing}   hint: ./strata hint {score.now.task.id}"
    if score.first_failing:
        return f"next: {score.first_failing}"
    if tried := next((row for row in score.rows if row.failing), None):  # out of order
        return f"next: {tried.failing[0]}   hint: ./strata hint {tried.task.id}"
    if score.now:
        return f"next: ./strata check {score.week.number}"
    number = score.week.number
    return f"next: all of week {number} is done" + (f"; a bug hunt: ./strata hunt {number}"
                                                    if hunt else "")


def show(project, as_json=False):
    """`./strata score`: every week that has tasks, as of its last check."""
    memory = Memory(project)
    scores = [WeekScore(week, memory) for week in project.weeks() if week.tasks]
    if as_json:
        print(json.dumps({"weeks": [as_data(project, memory, score) for score in scores]},
                         indent=2, ensure_ascii=False))
        return 0
    for score in scores:
        if score.checked is None and digest(project, score.week) is None:
            head = f"week {score.week.number} · {score.week.title}"
            print(f"{head:<53} 0 of {score.out_of}   to begin: ./strata start {score.week.number}")
            continue
        print(table(score, project.whole(score.week)))
        if score.checked and not memory.unchanged(score.week):
            print("your files changed since all of it was checked: "
                  f"./strata check {score.week.number}")
    if not scores:
        print("no week has tasks yet")
    return 0


def as_data(project, memory, score):
    """One week's score for a class board."""
    return {
        "week": score.week.number, "folder": score.week.name, "title": score.week.title,
        "points": score.points, "of": score.out_of, "checked": score.checked,
        "started": digest(project, score.week) is not None,
        "changed_since": score.checked is not None and not memory.unchanged(score.week),
        "tasks": [_task_data(score, row) for row in score.rows],
        "broken": score.regressions,
        "next": {"task": score.now.task.id if score.now else None, "test": score.first_failing},
    }


def _task_data(score, row):
    state = "done" if row.done else "now" if row is score.now else "todo"
    return {"id": row.task.id, "title": row.task.title, "state": state,
            "points": row.points, "of": row.task.points,
            "tests": {"passed": row.passed, "total": row.total},
            "failing": [{"test": name, "status": score.tests[name]["status"],
                         "message": score.tests[name]["message"]} for name in row.failing]}
