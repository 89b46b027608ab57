"""What a marked week of one folder is worth, and how that is shown and written."""

import csv
import json
from dataclasses import dataclass, field

from . import score, tasks
from .ui import plural


@dataclass
class Mark:
    """What one week of one folder is worth, and why."""

    name: str
    week: tasks.Week
    tests: dict = field(default_factory=dict)  # name to {"status", "message"}
    problem: str = ""
    remarks: list = field(default_factory=list)
    files: str = ""      # a digest of what was handed in
    digest: str = ""     # of the tests and sources that marked it
    seconds: float = 0

    def rows(self):
        return [score.TaskScore(self.week, task, self.tests) for task in self.week.tasks]

    @property
    def points(self):
        return sum(row.points for row in self.rows())

    @property
    def passed(self):
        return sum(entry["status"] in ("passed", "skipped") for entry in self.tests.values())

    def as_data(self):
        return {"name": self.name, "week": self.week.number, "points": self.points,
                "of": sum(task.points for task in self.week.tasks),
                "passed": self.passed, "tests": len(self.tests), "problem": self.problem,
                "remarks": self.remarks, "seconds": round(self.seconds, 1), "files": self.files,
                "digest": self.digest,
                "tasks": {row.task.id: row.points for row in self.rows()},
                "failing": {name: entry["message"] for name, entry in self.tests.items()
                            if entry["status"] not in ("passed", "skipped")}}


def show(marks):
    width = max(len(one.name) for one in marks)
    for one in marks:
        data = one.as_data()
        problem = f"   {data['problem'].splitlines()[0]}" if data["problem"] else ""
        print(f"{one.name:<{width}}  week {data['week']}  {data['points']:>3} of {data['of']}  "
              f"{data['passed']:>4} of {plural(data['tests'], 'test')}{problem}")
        for remark in one.remarks[:3]:
            print(f"{'':<{width}}    to be read: {remark}")


def write(marks, out):
    """OUT.csv and OUT.json."""
    data = [one.as_data() for one in marks]
    stem = out.with_suffix("") if out.suffix in (".csv", ".json") else out
    paths = [stem.with_name(stem.name + suffix) for suffix in (".csv", ".json")]
    task_ids = list(dict.fromkeys(task for entry in data for task in entry["tasks"]))
    columns = ("name", "week", "points", "of", "passed", "tests", "seconds", "problem", "remarks",
               "files", "digest")
    with open(paths[0], "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*columns, *task_ids])
        for entry in data:
            flat = entry | {"remarks": "; ".join(entry["remarks"])}
            rows.writerow([_cell(flat[column]) for column in columns]
                          + [entry["tasks"].get(task, "") for task in task_ids])
    paths[1].write_text(json.dumps({"marks": data}, indent=1, ensure_ascii=False) + "\n")
    print("written: " + " and ".join(str(path) for path in paths))


def _cell(value):
    """A text that a spreadsheet does not take for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
