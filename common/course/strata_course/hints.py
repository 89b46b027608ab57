"""`./strata hint`: one hint more each time it is asked."""

import json

from .ui import Failure


def hint(project, task_id, everything=False, reset=False):
    """Prints the next hint of a task (or all), and remembers how many were given."""
    week, task = project.task(task_id)
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
        repeated = given.get(task_id, 0) >= count
        given[task_id] = level
        print(_form(task, level, task.hints[level - 1]))
        print(_after(week, task, level, count, repeated))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(given, indent=1, sort_keys=True) + "\n")
    return 0


def _form(task, number, text):
    return f"{task.id}, {task.title}: hint {number} of {len(task.hints)}\n" + \
        "\n".join("  " + line for line in text.strip().splitlines())


def _after(week, task, level, count, repeated):
    if level < count:
        return f"one more: ./strata hint {task.id}"
    start = "that was the last one" if not repeated else "there is no further one"
    return f"{start}; the reference beside yours: ./strata diff {task.id}"
