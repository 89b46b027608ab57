"""The starter: the reference with the marked bodies taken out. `./strata start`."""

import hashlib
import json
import re
import time

from . import editor, score, tasks
from .ui import Failure, plural, say

INCLUDE = '#include "base/not_written.h"'


def render(text, keep=frozenset(), marks=False):
    """The starter of a reference file.

    Each body is replaced by one statement that throws NotWritten, except those of the
    tasks in `keep`. The comment that opens a mark stays; the END line goes, unless
    `marks` asks for it.
    """
    lines = text.splitlines()
    found, problems = tasks.parse_marks(text)
    if problems:
        raise Failure(f"line {problems[0][0]}: {problems[0][1]}")
    taken_out = False
    for mark in reversed(found):
        if not marks:
            del lines[mark.end]
        if mark.task not in keep:
            lines[mark.body:mark.end] = [f'{mark.indent}throw strata::NotWritten{{"{mark.task}"}};']
            taken_out = True
    result = "\n".join(lines) + "\n"
    return _with_include(result) if taken_out else result


def _with_include(text):
    if INCLUDE in text:
        return text
    includes = list(re.finditer(r'^#include ".*$', text, re.MULTILINE)) or \
        list(re.finditer(r"^#include .*$", text, re.MULTILINE))
    if not includes:
        return f"{INCLUDE}\n{text}"
    end = includes[-1].end()
    return f"{text[:end]}\n{INCLUDE}{text[end:]}"


def files(week, keep=frozenset(), marks=False):
    """Path (relative to the week's folder) to starter text, for each file with marks."""
    rendered = {}
    for path in tasks.marked_files(week):
        try:
            rendered[path] = render((week.folder / path).read_text(), keep, marks)
        except Failure as failure:
            raise Failure(f"{week.name}/{path}: {failure}") from failure
    return rendered


class LaidOut:
    """Remembers what `start` wrote, to tell a learner's file from an untouched one."""

    def __init__(self, project):
        self.path = project.state / "laid-out.json"
        self.digests = json.loads(self.path.read_text()) if self.path.exists() else {}

    def changed_by_learner(self, name, text):
        return self.digests.get(name) != _digest(text)

    def remember(self, name, text):
        self.digests[name] = _digest(text)

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.digests, indent=1, sort_keys=True) + "\n")


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def start(project, number, force=False):
    """Lays out workshop/weekNN-topic/. Never overwrites the learner's work unasked.

    With `force`, what is overwritten is kept under workshop/.strata/backup/.
    """
    week = project.week(number)
    if not week.tasks:
        raise Failure(f"week {number} has no tasks")
    laid_out, kept, written = LaidOut(project), [], []
    memory = score.Memory(project)
    for path, text in files(week).items():
        name, target = f"{week.name}/{path}", project.workshop / week.name / path
        old = target.read_text() if target.exists() else None
        if old == text:
            written.append(target)
        elif old is not None and laid_out.changed_by_learner(name, old) and not force:
            kept.append(target)
            continue
        else:
            if old is not None and laid_out.changed_by_learner(name, old):
                _back_up(project, name, old)
            memory.forget(week)  # what was found was found of other files
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            written.append(target)
        laid_out.remember(name, text)
    laid_out.save()
    editor.write(project)
    _report(project, week, written, kept)
    return 1 if kept else 0


def _back_up(project, name, text):
    target = project.state / "backup" / time.strftime("%Y%m%d-%H%M%S") / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    say(f"kept a copy of yours: {project.shown(target)}")


def _report(project, week, written, kept):
    print(f"week {week.number} · {week.title}: {plural(len(week.tasks), 'task')}, "
          f"about {sum(task.minutes for task in week.tasks)} minutes")
    for path in written:
        print(f"  {project.shown(path)}")
    for path in kept:
        print(f"  kept, you changed it: {project.shown(path)}")
    if kept:
        print(f"to start those over (a copy is kept): ./strata start {week.number} --force")
    print(f"read:  {week.name}/README.md")
    if task := score.next_task(project, week):
        print(f"write: task {task.id}, {task.title}: " + ", ".join(
            project.shown(project.workshop / week.name / file) for file in task.files))
    else:
        print(f"write: nothing more, all tasks of week {week.number} are written")
    print(f"then:  ./strata check {week.number}")
