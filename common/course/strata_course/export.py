"""`./strata export`: for teachers. A repository of the course with the bodies taken out."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from . import starter
from .build import UNFINISHED
from .project import EXPORT_MARKER, WEEK_FOLDER
from .ui import Failure, plural

LEFT_OUT = {"__pycache__", "mutants", "TEACHING.md"}
LEFT_OUT_ON_TOP = {".git", "build", "workshop", "data", ".cache", ".ci", "compile_commands.json"}


def export(project, folder, through=None):
    """Writes the course into `folder`: weeks up to `through`, their bodies to be written.

    The marks stay, so that `./strata start` and `check` work there; planted bugs,
    teaching notes and later weeks are not carried over.
    """
    if project.is_export():
        raise Failure("this is an exported course already")
    last = project.week(through).number if through else project.newest().number
    target = Path(folder).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Failure(f"{target} is there already and not empty")
    if target.is_relative_to(project.root) and not target.is_relative_to(project.build):
        raise Failure("please choose a folder outside this repository")
    target.mkdir(parents=True, exist_ok=True)
    weeks = [week for week in project.weeks() if week.number <= last]
    kept = {week.name for week in weeks}
    _copy(project.root, target, kept)
    bodies = 0
    for week in weeks:
        for path, text in starter.files(week, marks=True).items():
            bodies += text.count("throw strata::NotWritten{")
            (target / week.name / path).write_text(text)
    _drop_later_weeks(target / "CMakeLists.txt", kept)
    _allow_unfinished(target / "CMakePresets.json")
    marker = {"through": last, "note": "Made by ./strata export: the bodies are taken out."}
    (target / EXPORT_MARKER).write_text(json.dumps(marker, indent=1) + "\n")
    under_git = _git(target)
    print(f"{target}: {plural(len(weeks), 'week')}, {plural(bodies, 'marked place')} to be written")
    print("a git repository with one commit" if under_git else "git is not here: plain files")
    print(f"a learner there begins with: ./strata start {weeks[0].number}")
    return 0


def _copy(root, target, kept):
    def ignored(folder, names):
        top = Path(folder) == root
        return {name for name in names
                if name in LEFT_OUT or name.endswith(".pyc")
                or (top and name in LEFT_OUT_ON_TOP)
                or Path(folder, name) == root / "common" / "course" / "tests"
                or (top and WEEK_FOLDER.fullmatch(name) and name not in kept)}

    shutil.copytree(root, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)


def _drop_later_weeks(path, kept):
    """Takes the later weeks out of the top CMakeLists.txt: their folders and their stages."""
    labels = {name[:6] for name in kept}
    lines = []
    for line in path.read_text().splitlines():
        folder = re.match(r"\s*add_subdirectory\((week\d\d-[\w-]+)\)", line)
        if folder and folder[1] not in kept:
            continue
        if "strata_tools(" in line:
            line = re.sub(r" ?\b(week\d\d)\b",
                          lambda found: found[0] if found[1] in labels else "", line)
            line = line.replace("( ", "(")
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


def _allow_unfinished(path):
    """Every preset of the exported course lets an unwritten body leave things unused."""
    presets = json.loads(path.read_text())
    for preset in presets["configurePresets"]:
        if "inherits" not in preset:
            preset.setdefault("cacheVariables", {})["CMAKE_CXX_FLAGS"] = UNFINISHED
    path.write_text(json.dumps(presets, indent=2) + "\n")


def _git(target):
    if not shutil.which("git"):
        return False
    who = ["-c", "user.name=Strata", "-c", "user.email=strata@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "the course"]):
        done = subprocess.run(["git", *words], cwd=target, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"git {words[0]}: {done.stderr.strip()}")
    return True
