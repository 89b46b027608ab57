"""`./strata diff`: the learner's body of a task beside the reference's."""

import difflib

from . import starter, tasks
from .ui import Failure, plural


def diff(project, task_id, anyway=False):
    """Prints a unified diff, mine to the reference's, of the task's marked bodies.

    A body that is not begun is left out unless `anyway`: the diff would be the answer.
    Returns 1 if any is left out.
    """
    week, _ = project.task(task_id)
    if not project.whole(week):
        raise Failure(f"the reference's bodies of week {week.number} are not in this repository")
    shown, kept_back = 0, []
    for path in tasks.marked_files(week):
        reference = (week.folder / path).read_text()
        mine_path = project.workshop / week.name / path
        marks = [mark for mark in tasks.parse_marks(reference)[0] if mark.task == task_id]
        if not marks:
            continue
        if not mine_path.exists():
            raise Failure(f"you have not started week {week.number}: ./strata start {week.number}")
        mine = mine_path.read_text()
        for mark in marks:
            shown += 1
            ours = body(reference, mine, mark)
            if not anyway and not begun(ours):
                kept_back.append(project.shown(mine_path))
                continue
            text = _one(reference, ours, mark, project.shown(mine_path), f"{week.name}/{path}")
            print(text if text else f"{task_id} in {path}: yours is the same, line for line")
    if not shown:
        raise Failure(f"task {task_id} is not marked anywhere in {week.name}")
    if kept_back:
        print(f"{task_id}: {plural(len(kept_back), 'body', 'bodies')} not begun in "
              f"{', '.join(dict.fromkeys(kept_back))}; the diff would be the answer")
        print(f"a hint: ./strata hint {task_id}   the answer: ./strata diff {task_id} --anyway")
    return 1 if kept_back else 0


def begun(lines):
    """False if a body holds nothing but comments and the starter's throw."""
    return any(line.strip() and not line.strip().startswith("//")
               and "throw strata::NotWritten{" not in line for line in lines)


def _one(reference, ours, mark, mine_name, reference_name):
    theirs = reference.splitlines()[mark.begin:mark.end]
    return "\n".join(difflib.unified_diff(
        ours, theirs, f"{mine_name}  (yours)", f"{reference_name}  (reference)", lineterm="", n=99))


def body(reference, mine, mark):
    """The lines of `mine` that stand where `mark`'s body stands, its comment included.

    The learner's file is the starter with edits, so what surrounds the body there and
    here is aligned; a file that was rearranged beyond that is returned whole.
    """
    laid_out = starter.render(reference).splitlines()
    ours = mine.splitlines()
    begin, throw = _in_starter(laid_out, mark, reference)
    matcher = difflib.SequenceMatcher(None, laid_out, ours, autojunk=False)
    to_mine = {}
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            to_mine[block.a + offset] = block.b + offset
    before = next((to_mine[i] for i in range(begin, -1, -1) if i in to_mine), None)
    after = next((to_mine[i] for i in range(throw + 1, len(laid_out)) if i in to_mine), len(ours))
    if before is None or after < before:
        return ours
    first = before if begin in to_mine else before + 1
    return ours[first:after]


def _in_starter(laid_out, mark, reference):
    """Where this mark's comment and its throw stand in the starter."""
    same = [m for m in tasks.parse_marks(reference)[0] if m.task == mark.task]
    which = [m.begin for m in same].index(mark.begin)
    throws = [i for i, line in enumerate(laid_out)
              if line.strip() == f'throw strata::NotWritten{{"{mark.task}"}};']
    throw = throws[which]
    return throw - (mark.body - mark.begin), throw
