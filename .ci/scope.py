#!/usr/bin/env python3
"""What a change touches, for .ci/run: `scope.py touched | sample | sources | fuzzers`.

A change is everything since the commit that STRATA_CI_BASE names, or else .ci/proved: the last one
for which .ci/full proved everything. A source of which only comments changed is not touched.
What is not touched is sampled; the commit's own hash decides what is in the sample, so that it moves.

  touched   the parts whose own code changed: `common`, 1, 2, ... (the weeks above them are not
            counted: their tests are run whole, and the sample and .ci/full do the rest)
  sample    one of the other parts
  sources   the C++ sources for clang-tidy: those that changed, and one in SHARE of the others
  fuzzers   the fuzzers of the touched parts, and one of the others
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARE = 12
# A comment, a raw string, a string, a number (perhaps with ' in it), a character, a word, a sign.
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|"""
                   r"""\d[\w'.]*|'(?:\\.|[^'\\\n])+'|\w+|\S""", re.DOTALL)
COMMENTS_THAT_COUNT = re.compile(r"TASK|NOLINT|clang-format")
NO_CODE = (".md", ".svg")
EVERYTHING = os.environ.get("STRATA_FULL")


def git(*words):
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True,
                          errors="replace", check=False)
    return done.stdout if done.returncode == 0 else None


def base():
    """The commit to compare with, or None: then everything counts as touched."""
    named = os.environ.get("STRATA_CI_BASE") or (ROOT / ".ci" / "proved").read_text().split("\n")[0]
    return named if git("cat-file", "-e", f"{named}^{{commit}}") is not None else None


def code(text):
    """The tokens of a C++ source, without comments."""
    tokens = [found[0] for found in TOKEN.finditer(text)]
    return [token for token in tokens
            if not token.startswith(("//", "/*")) or COMMENTS_THAT_COUNT.search(token)]


def changed():
    """The files whose code differs from the base's, or None: all."""
    since = None if EVERYTHING else base()
    if since is None:
        return None
    found = []
    for name in git("diff", "--name-only", "--no-renames", since, "HEAD").splitlines():
        path = ROOT / name
        if name.endswith(NO_CODE):
            continue
        if name.endswith((".cc", ".h")) and path.exists():
            before = git("show", f"{since}:{name}")
            if before is not None and code(before) == code(path.read_text(errors="replace")):
                continue
        found.append(name)
    return found


def parts():
    """The name of each part of the tree, and how the paths in it begin."""
    weeks = sorted(path.name for path in ROOT.glob("week*") if path.is_dir())
    return {"common": "common/", **{str(int(name[4:6])): f"{name}/" for name in weeks}}


def touched(names):
    if names is None:
        return list(parts())
    names = [name for name in names if not name.startswith(("common/course/", "common/viewer/"))]
    found = [part for part, start in parts().items()
             if any(name.startswith(start) for name in names)]
    everywhere = {"CMakeLists.txt", "CMakePresets.json", "common/cmake/Strata.cmake"}
    return list(parts()) if everywhere & set(names) else found


def in_order(items):
    """`items` as this commit shuffles them."""
    seed = git("rev-parse", "HEAD") or ""
    return sorted(items, key=lambda item: hashlib.sha256(f"{seed}{item}".encode()).digest())


def sources(names):
    known = [name for name in git("ls-files", "*.cc").splitlines()
             if not re.search(r"/(tests|fuzz|bench|cmake)/", name)]
    if names is None or ".clang-tidy" in names:
        return known
    headers = [f'#include "{"/".join(Path(name).parts[-2:])}"' for name in names
               if name.endswith(".h")]
    mine = [name for name in known if name in set(names)
            or any(line in (ROOT / name).read_text(errors="replace") for line in headers)]
    others = [name for name in known if name not in mine]
    return mine + in_order(others)[:len(others) // SHARE]


def fuzzers(names):
    starts = parts()
    known = git("ls-files", "*_fuzz.cc").splitlines()
    mine = [name for name in known
            if any(name.startswith(starts[part]) for part in touched(names))]
    others = [name for name in known if name not in mine]
    return [Path(name).stem for name in mine + in_order(others)[:1]]


def main(what):
    names = changed()
    answers = {"touched": lambda: in_order(touched(names)), "sources": lambda: sources(names),
               "sample": lambda: in_order(set(parts()) - set(touched(names)))[:1],
               "fuzzers": lambda: in_order(fuzzers(names))}
    for answer in answers[what]():
        print(answer)


if __name__ == "__main__":
    main(sys.argv[1])
