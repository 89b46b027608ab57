"""The files of a tree, and C++ text without its comments and strings."""

import os
import re
from collections import namedtuple
from functools import cached_property
from pathlib import Path

# What the checks do not look at: what is built, what the learner writes, what git keeps.
SKIPPED = {"build", "workshop", "data", "__pycache__"}

Finding = namedtuple("Finding", "path line rule advice")

TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def blank(text, keep_strings=False):
    """The same text with comments (and strings) as blanks; every line stays where it is."""
    def replace(match):
        token = match.group()
        if keep_strings and not token.startswith(("//", "/*")):
            return token
        return re.sub(r"[^\n]", " ", token)
    return TOKENS.sub(replace, text)


class Source:
    """One file, by its path within the tree."""

    def __init__(self, root, path):
        self.path = path
        self.file = root / path

    @cached_property
    def text(self):
        return self.file.read_text(encoding="utf-8", errors="replace")

    @cached_property
    def code(self):
        return blank(self.text)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def find(self, pattern, rule, advice, text=None):
        """A finding for each place where `pattern` matches, by default in the code."""
        for match in re.finditer(pattern, self.code if text is None else text):
            yield Finding(self.path, self.line_of(match.start()), rule, advice)

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def is_cpp(self):
        return self.suffix in (".cc", ".h")

    @property
    def is_test(self):
        """Whether it is run by a test, and nowhere else."""
        parts = self.path.split("/")
        return "tests" in parts[:-1] or (parts[0] == "common" and parts[1:2] == ["testing"])


class Tree:
    def __init__(self, root):
        self.root = Path(root)
        self.sources = [Source(self.root, path) for path in self._walk()]

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED and
                                (not f.startswith(".") or f == ".ci"))
            for name in sorted(names):
                path = Path(folder, name)
                if not path.is_symlink():
                    yield path.relative_to(self.root).as_posix()

    def files(self, *suffixes):
        return [s for s in self.sources if s.suffix in suffixes]

    @property
    def cpp(self):
        """The C++ of the rooms and of the weeks."""
        return [s for s in self.files(".cc", ".h") if re.match(r"common/|week\d\d-", s.path)]
