"""`./strata hint`: one hint more each time it is asked."""

import json

from . import score
from .project import write_whole
from .ui import Failure


def hint(project, word, everything=False, reset=False):
    """Prints the next hint of a task (or all), and remembers how many were given.

    `word`: a task, or a week's number for the task that is next there.
    """
    task = _current(project, int(word)) if word.isdecimal() else project.task(word)[1]
    task_id = task.id
    path = project.state / "hints.json"
    given = json.loads(path.read_text()) if path.exists() else {}
    if not task.hints:
        raise Failure(f"task {task_id} has no hints")
    count = len(task.hints)
    if reset:
        given.pop(task_id, None)
        print(f"task {task_id}: the hints begin again")
    elif everything:
        given[task_id] = count
        for number, text in enumerate(task.hints, 1):
            print(_form(task, number, text))
    else:
        level = min(given.get(task_id, 0) + 1, count)
        given[task_id] = level
        print(_form(task, level, task.hints[level - 1]))
        print(_after(project, task, level, count))
    write_whole(path, json.dumps(given, indent=1, sort_keys=True) + "\n")
    return 0


def _form(task, number, text):
    return f"{task.id}, {task.title}: hint {number} of {len(task.hints)}\n" + \
        "\n".join("  " + line for line in text.strip().splitlines())


def _after(project, task, level, count):
    if level < count:
        return f"one more: ./strata hint {task.id}"
    if not project.whole(project.task(task.id)[0]):
        return "there are no more in this repository"
    return f"there are no more; the reference beside yours: ./strata diff {task.id}"


def _current(project, number):
    week = project.week(number)
    task = score.next_task(project, week)
    if not task:
        raise Failure(f"all tasks of week {number} are written; a hint on one of them: "
                      f"./strata hint {number}.1")
    return task
