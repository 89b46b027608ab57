"""Where things are: the repository, the learner's folder, the build trees."""

import json
import os
import re
from pathlib import Path

from . import tasks
from .ui import Usage

EXPORT_MARKER = ".strata-export"
PLANNED_WEEKS = 10
WEEK_FOLDER = re.compile(r"week(\d\d)-[\w-]+$")


class Project:
    """One checkout of the course.

    `workshop` is the learner's folder: `workshop/` beside the weeks, or wherever
    the environment's STRATA_WORKSHOP says. `home` is the folder that holds it;
    shells started without --data keep their data in `home`/data.
    """

    def __init__(self, root, workshop=None):
        self.root = Path(root).resolve()
        self.build = self.root / "build"
        self.logs = self.build / "logs"
        chosen = workshop or os.environ.get("STRATA_WORKSHOP")
        self.workshop = Path(chosen).resolve() if chosen else self.root / "workshop"
        self.home = self.workshop.parent
        self.state = self.workshop / ".strata"
        self._weeks = None
        self._to_write = None

    def weeks(self):
        """The weeks that the top CMakeLists.txt builds, in order."""
        if self._weeks is None:
            self._weeks = [tasks.load_week(folder) for folder in self._week_folders()]
        return self._weeks

    def week(self, number):
        for week in self.weeks():
            if week.number == number:
                return week
        there = ", ".join(str(week.number) for week in self.weeks()) or "none"
        if 1 <= number <= PLANNED_WEEKS and not self.is_export():
            raise Usage(f"week {number} is not built yet; weeks that are: {there}")
        raise Usage(f"there is no week {number} here; weeks: {there}")

    def newest(self):
        if not self.weeks():
            raise Usage("there is no week here yet")
        return self.weeks()[-1]

    def task(self, task_id):
        """The week and the task called `task_id`, such as "1.2"."""
        for week in self.weeks():
            for task in week.tasks:
                if task.id == task_id:
                    return week, task
        known = ", ".join(task.id for week in self.weeks() for task in week.tasks)
        raise Usage(f"there is no task {task_id}; tasks: {known or 'none'}")

    def is_export(self):
        """True in a repository made by ./strata export: bodies of some weeks are not here."""
        return (self.root / EXPORT_MARKER).exists()

    def whole(self, week):
        """True if the reference's bodies of that week are here."""
        if self._to_write is None:
            marker = self.root / EXPORT_MARKER
            self._to_write = json.loads(marker.read_text())["write"] if marker.exists() else []
        return week.number not in self._to_write

    def whole_weeks(self):
        return [week for week in self.weeks() if self.whole(week)]

    def version(self):
        """The version that the top CMakeLists.txt names, or "unknown"."""
        listed = self.root / "CMakeLists.txt"
        text = listed.read_text() if listed.exists() else ""
        found = re.search(r"^project\([^)]*\bVERSION\s+([\d.]+)", text, re.MULTILINE)
        return found[1] if found else "unknown"

    def workshop_tree(self):
        """The name of the build tree for the learner's files."""
        return "workshop" if self.workshop == self.root / "workshop" else "workshop-elsewhere"

    def shown(self, path):
        """`path` as a person in the repository would write it."""
        for base in (self.home, self.root):
            try:
                return str(Path(path).relative_to(base))
            except ValueError:
                continue
        return str(path)

    def shorten(self, text):
        """`text` with the paths in it made relative: absolute ones, and a build tree's ../../."""
        text = re.sub(rf"({re.escape(str(self.build))}/[\w-]+/|(?<![\w./-]))\.\./\.\./(?=\w)", "",
                      text)
        for base in sorted({str(self.home), str(self.root)}, key=len, reverse=True):
            if base != "/":
                text = text.replace(base + "/", "")
        return text

    def _week_folders(self):
        listed = self.root / "CMakeLists.txt"
        text = listed.read_text() if listed.exists() else ""
        named = re.findall(r"^\s*add_subdirectory\((week\d\d-[\w-]+)\)", text, re.MULTILINE)
        folders = [self.root / name for name in named if WEEK_FOLDER.fullmatch(name)]
        return sorted(folder for folder in folders if folder.is_dir())


def write_whole(path, text):
    """Writes a file that others may read meanwhile, or after this process was ended half-way: they
    find the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.replace(path)
