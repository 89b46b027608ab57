"""The planted bugs of a week: weekNN-topic/mutants/NN-name.patch.

A file begins with a header in plain words: its first line is the title, the rest says
what the mistake is and why it hurts; a line `Caught-by: Suite.Test` (a gtest pattern)
may name the test that is meant to notice. Then follows a patch to the reference, with
paths relative to the top of the repository (patch -p1).
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from . import process
from .ui import Failure


@dataclass(frozen=True)
class Mutant:
    """One planted bug. `number` counts from 1, in the order of the file names."""

    number: int
    path: Path
    title: str
    explanation: str
    caught_by: str
    patch: str

    def files(self):
        """The paths that the patch touches, relative to the top of the repository."""
        return re.findall(r"^\+\+\+ b/(\S.*?)(?:\t.*)?$", self.patch, re.MULTILINE)


def of_week(week):
    return [_load(path, number) for number, path in
            enumerate(sorted((week.folder / "mutants").glob("*.patch")), 1)]


def hunted(week):
    """The bugs as a hunter numbers them: always the same, and not as their files say."""
    shuffled = sorted(of_week(week),
                      key=lambda bug: hashlib.sha256(bug.path.name.encode()).digest())
    return [replace(bug, number=number) for number, bug in enumerate(shuffled, 1)]


def _load(path, number):
    text = path.read_text()
    start = re.search(r"^(diff --git |--- )", text, re.MULTILINE)
    header, patch = (text[:start.start()], text[start.start():]) if start else (text, "")
    caught = re.search(r"^Caught-by:\s*(\S+)\s*$", header, re.MULTILINE)
    words = re.sub(r"^Caught-by:.*$", "", header, flags=re.MULTILINE).strip()
    title, _, explanation = words.partition("\n")
    return Mutant(number, path, title.strip(), explanation.strip(),
                  caught[1] if caught else "", patch)


def apply(root, mutant):
    """Path to text of the files that the patch changes, as changed.

    Raises Failure if it does not apply as it stands (an offset is all right).
    """
    if not mutant.files():
        raise Failure("the file holds no patch")
    with tempfile.TemporaryDirectory(prefix="strata-mutant-") as folder:
        for name in mutant.files():
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not (root / name).exists():
                raise Failure(f"{name} does not exist")
            shutil.copyfile(root / name, target)
        done = subprocess.run(
            [process.need("patch"), "-p1", "--batch", "--forward", "--fuzz=0",
             "--no-backup-if-mismatch", "--reject-file=-", "-d", folder],
            input=mutant.patch, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure("the patch does not apply: " + done.stdout.strip().split("\n")[-1])
        return {name: (Path(folder) / name).read_text() for name in mutant.files()}
