"""Which tests passed before and need not run again: nothing that they depend on changed."""

import hashlib
import json
import re

from .project import write_whole

CODE = {".cc", ".h", ".hpp", ".pyc"}  # reaches a test through its program
WHOLE_TREE_LABEL = "tree"   # a test with this CTest label reads the whole repository
SKIPPED_ON_TOP = {"build", "workshop", "data", ".git", ".cache"}


class Hashes:
    """Content hashes of files, remembered under their size and time of change."""

    def __init__(self, path):
        self.path = path
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def of(self, path):
        try:
            stat = path.stat()
        except OSError:
            return "missing"
        key = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        entry = self.known.get(str(path))
        if entry is None or entry[0] != key:
            with open(path, "rb") as file:
                entry = [key, hashlib.file_digest(file, "blake2b").hexdigest()[:32]]
            self.known[str(path)] = entry
        return entry[1]

    def save(self):
        write_whole(self.path, json.dumps(self.known))


class Stamps:
    """What each test program depended on when it last passed. build/PRESET/.strata-passed."""

    def __init__(self, project, folder):
        self.project = project
        self.path = folder / ".strata-passed"
        self.bin = folder / "bin"
        self.hashes = Hashes(folder / ".strata-hashes")
        self.passed = json.loads(self.path.read_text()) if self.path.exists() else {}
        self._folders = {}

    def cases(self, name, key):
        """How many cases passed last time, if nothing changed since; otherwise None."""
        entry = self.passed.get(name)
        return entry["cases"] if entry and entry["key"] == key else None

    def put(self, name, key, cases):
        """Remembers that `name` passed with `cases` cases; with `cases` None, that it failed."""
        if cases is None:
            self.passed.pop(name, None)
        else:
            self.passed[name] = {"key": key, "cases": cases}

    def save(self):
        write_whole(self.path, json.dumps(self.passed, indent=1))
        self.hashes.save()

    def key(self, test):
        """A digest of what a CTest entry depends on: its program and other files on its
        command line, what it declares as REQUIRED_FILES, the files of its week that are
        not compiled, the programs of its week; for a test of the tree, everything."""
        parts = [test.command, [self._content(word) for word in test.command],
                 [self._content(word) for word in test.required]]
        for label in test.labels:
            parts.append([self._data_of(label), self._programs_of(label)])
        if WHOLE_TREE_LABEL in test.labels or test.name.startswith("tidy"):
            parts.append(self.tree([self.project.root], code=True))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def tree(self, paths, code=True):
        """A digest of the files under `paths`."""
        whole = hashlib.sha256()
        for path in paths:
            for file in self._files(path):
                if code or file.suffix not in CODE:
                    whole.update(f"{file}\0{self.hashes.of(file)}\0".encode())
        return whole.hexdigest()

    def _content(self, word):
        path = self.project.root / word
        if "/" not in word:
            return ""
        if path.is_dir():
            return self.tree([path])
        return self.hashes.of(path) if path.is_file() else ""

    def _data_of(self, label):
        if label not in self._folders:
            folders = [folder for folder in self.project.root.iterdir() if folder.is_dir()
                       and (folder.name == label or folder.name.startswith(label + "-"))]
            self._folders[label] = self.tree(sorted(folders), code=False)
        return self._folders[label]

    def _programs_of(self, label):
        if not re.fullmatch(r"week\d\d", label):
            return []
        names = [*self.bin.glob(f"{label}-*"), *self.bin.glob("strata-*")]
        return [[path.name, self.hashes.of(path)] for path in sorted(names)
                if not path.name.endswith("-bench")]

    def _files(self, path):
        if path.is_file():
            return [path]
        found = []
        for entry in sorted(path.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                top = path == self.project.root and entry.name in SKIPPED_ON_TOP
                if not top and entry.name != "__pycache__":
                    found += self._files(entry)
            elif entry.is_file():
                found.append(entry)
        return found
