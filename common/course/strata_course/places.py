"""Where things are written: the body of a task in the learner's files, a test in a week's."""

import re
from pathlib import Path


def throw_place(project, week, task):
    """Where the learner's body of `task` is to be written, or None."""
    for path in sorted((project.workshop / week.name).rglob("*.cc")):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if f'NotWritten{{"{task}"}}' in line:
                return f"{project.shown(path)}:{number}"
    return None


def test_place(week, test):
    """Where a test is written, as weekNN-topic/tests/x.cc:LINE, or None."""
    parts = test.split("/")
    suite, _, name = (parts[0] if "." in parts[0] else "/".join(parts[:2])).partition(".")
    suite = suite.split("/")[-1]
    pattern = re.compile(rf"^\s*(TYPED_)?TEST(_F|_P)?\(\s*{re.escape(suite)}\s*,"
                         rf"\s*{re.escape(name)}\s*\)", re.MULTILINE)
    for path in sorted((week.folder / "tests").rglob("*.cc")):
        text = Path(path).read_text(errors="replace")
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            return f"{week.name}/{path.relative_to(week.folder)}:{line}"
    return None
