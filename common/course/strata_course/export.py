"""`./strata export`: for teachers. A repository for a class: some weeks whole, some to be written.

What a class must not find is not there: the bodies to be written, the patches of bugs planted in
those weeks, the last hints, teaching notes, the history of this repository. What the class reads
is true there: documents.py mends the lessons, and the commands know which weeks are whole.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

from . import documents, process, starter, tasks
from .build import UNFINISHED
from .project import EXPORT_MARKER, WEEK_FOLDER
from .ui import Failure, Usage, plural

LEFT_OUT = {"__pycache__", "TEACHING.md"}
LEFT_OUT_ON_TOP = {".git", ".github", "build", "workshop", "data", ".cache", ".ci",
                   "compile_commands.json"}
LEFT_OUT_OF_COURSE = {"tests", "README.md"}
TELLING_LINES = 3  # a body of fewer lines of code may stand elsewhere by chance


def export(project, folder, write=None, through=None, all_hints=False):
    """Writes the course into `folder`.

    `write`: the first and the last week whose bodies are taken out; weeks before them are whole,
    weeks behind them are not there. `through`: as `write` from 1 to that week. Neither: all weeks.
    `all_hints`: with the third hint of each task, which is close to the solution.
    """
    if project.is_export():
        raise Failure("this is an exported course already")
    first, last = _weeks_to_write(project, write, through)
    target = Path(folder).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Failure(f"{target} is there already and not empty")
    if target.is_relative_to(project.root) and not target.is_relative_to(project.build):
        raise Failure("please choose a folder outside this repository")
    weeks = [week for week in project.weeks() if week.number <= last]
    written = [week for week in weeks if week.number >= first]
    whole = [week for week in weeks if week.number < first]
    kept, to_write = {week.name for week in weeks}, {week.name for week in written}
    target.mkdir(parents=True, exist_ok=True)
    _copy(project.root, target, kept, to_write)
    bodies = sum(_take_out(week, target / week.name, all_hints) for week in written)
    _list_weeks(target / "CMakeLists.txt", kept, [week.label for week in whole])
    if not whole:
        _without_consumer_test(target / "common" / "cmake" / "package_tests.cmake")
    documents.mend(target, project, whole, written)
    _ensure_no_solutions(target, written)
    marker = {"write": [week.number for week in written], "through": last,
              "note": "Made by ./strata export: the bodies of these weeks are taken out."}
    (target / EXPORT_MARKER).write_text(json.dumps(marker, indent=1) + "\n")
    under_git = _git(target)
    there = f", {plural(len(whole), 'week')} before that whole" if whole else ""
    print(f"{target}: {plural(len(written), 'week')} to be written ({plural(bodies, 'marked place')})"
          + there)
    print("a git repository with one commit" if under_git else "git is not here: plain files")
    print(f"a learner there begins with: ./strata start {written[0].number}")
    return 0


def _weeks_to_write(project, write, through):
    if through is not None:
        if write and write != (1, through):
            raise Usage("--through N says the same as --write 1-N: please give one of them")
        write = (1, through)
    first, last = write or (1, project.newest().number)
    if first > last:
        raise Usage(f"--write {first}-{last}: the first week comes first")
    return project.week(first).number, project.week(last).number


def _known_to_git(root):
    """The files and folders that git knows, or None outside of a repository. Other files do not
    belong into an export: they may be what a class handed in."""
    if not (root / ".git").exists():
        return None
    listed = subprocess.run([process.need("git"), "-C", str(root), "ls-files", "-z"],
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Failure(f"git does not say which files are the course's: {listed.stderr.strip()}")
    files = {root / name for name in listed.stdout.split("\0") if name}
    return files | {folder for file in files for folder in file.parents}


def _copy(root, target, kept, to_write):
    known = _known_to_git(root)

    def ignored(folder, names):
        here = Path(folder)
        return {name for name in names
                if (known is not None and here / name not in known)
                or name in LEFT_OUT or name.endswith(".pyc")
                or (name == "mutants" and here.name in to_write)
                or (here == root / "common" / "course" and name in LEFT_OUT_OF_COURSE)
                or (here == root and (name in LEFT_OUT_ON_TOP or
                                      WEEK_FOLDER.fullmatch(name) and name not in kept))}

    shutil.copytree(root, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)


def _take_out(week, folder, all_hints):
    """Takes a week's bodies and last hints out; returns how many bodies."""
    texts = starter.files(week, marks=True)
    for path, text in texts.items():
        (folder / path).write_text(text)
    cmake = folder / "CMakeLists.txt"
    cmake.write_text(cmake.read_text() + "\n# Bodies that are to be written leave things unused.\n"
                     f"set_source_files_properties({' '.join(texts)}\n"
                     f'  PROPERTIES COMPILE_OPTIONS "{";".join(UNFINISHED.split())}")\n')
    if not all_hints:
        course = folder / "course.toml"
        course.write_text(without_last_hints(course.read_text()))
    return sum(text.count("throw strata::NotWritten{") for text in texts.values())


def without_last_hints(text):
    """A course.toml whose tasks have no third hint."""
    kept, at = [], 0
    for found in re.finditer(r"^hints\s*=\s*", text, re.MULTILINE):
        end = _end_of_array(text, found.end())
        hints = tasks.toml_value(text[found.end():end])
        kept += [text[at:found.end()], json.dumps(hints[:2], ensure_ascii=False)]
        at = end
    return "".join([*kept, text[at:]])


def _end_of_array(text, begin):
    """Where the array that begins at `begin` ends: at the first `]` that makes it TOML."""
    for found in re.finditer(r"\]", text[begin:]):
        try:
            tasks.toml_value(text[begin:begin + found.end()])
            return begin + found.end()
        except ValueError:
            continue
    raise Failure("course.toml: hints have no end")


def _list_weeks(path, kept, whole):
    """In the top CMakeLists.txt: the folders of weeks that are there. strata-load and strata-dump
    know all of them in a learner's tree, and elsewhere those that are whole."""
    lines = []
    for line in path.read_text().splitlines():
        folder = re.match(r"\s*add_subdirectory\((week\d\d-[\w-]+)\)", line)
        if folder and folder[1] not in kept:
            continue
        if line.startswith("strata_tools("):
            labels = " ".join(sorted(name[:6] for name in kept))
            lines += ["if(STRATA_WORKSHOP)", f"  strata_tools({labels})", "else()",
                      f"  strata_tools({' '.join(whole)})", "endif()"]
            continue
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


def _without_consumer_test(path):
    """The test that uses the first week's store from outside wants it whole."""
    if path.exists():
        path.write_text(re.sub(r"^strata_package_test\(consumer_test.*?\)\n", "", path.read_text(),
                               flags=re.MULTILINE | re.DOTALL))


def _ensure_no_solutions(target, written):
    """Raises Failure if a body that was taken out stands in any file of the export."""
    bodies = {}
    for week in written:
        for path in tasks.marked_files(week):
            text = (week.folder / path).read_text()
            lines = text.splitlines()
            for mark in tasks.parse_marks(text)[0]:
                body = _code(lines[mark.body:mark.end])
                if body.count("\n") + 1 >= TELLING_LINES:
                    bodies[body] = f"task {mark.task} in {week.name}/{path}"
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            code = _code(re.sub(r"^[+ -]", "", path.read_text(errors="replace"),
                                flags=re.MULTILINE).splitlines())
            plain = _code(path.read_text(errors="replace").splitlines())
            for body, whose in bodies.items():
                if body in code or body in plain:
                    raise Failure(f"{path}: holds the solution of {whose}; nothing may be given "
                                  "to a class from this folder")


def _code(lines):
    """Lines without indentation, blank lines and comments."""
    stripped = (line.strip() for line in lines)
    return "\n".join(line for line in stripped if line and not line.startswith("//"))


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
