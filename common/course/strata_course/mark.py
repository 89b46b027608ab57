"""`./strata mark`: for teachers. Marks many learners' folders with this checkout's tests.

From a folder come the .cc files that hold marks, and nothing else; headers, tests, build files and
the weeks below are this checkout's. A piece of work is one week of one folder. It is done by a
worker, a process of its own with limits on time and memory, so that a folder that hangs, crashes
or eats memory costs itself only. Each worker has a lane: an overlay and a build tree, both used
again by the next. The reference goes first, as one more folder. It says which tests there are,
which are skipped on this machine, and which this machine fails, so that they cannot count.
"""

import csv
import hashlib
import json
import os
import queue
import re
import secrets
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from . import check, doctor, gtest, limits, process, score, starter, tasks, variants
from .build import BuildError, Tree, one_at_a_time
from .ui import Failure, Progress, elapsed, plural, say

LARGEST_FILE = 1024 * 1024
GRACE = 60                    # seconds that a worker has beyond its limits, to clear up
TAG = "STRATA_MARK"           # in the environment of everything that a worker starts
REFERENCE = "the reference"
# Honest bodies have no use for these. A remark, no judgement: somebody should read the place.
UNUSUAL = re.compile(r"\b(?:_?exit|quick_exit|abort|kill|fork|vfork|execv\w*|system|popen|ptrace|dlopen|"
                     r"socket|dup2?|longjmp|syscall)\s*\(|extern \"C\"|\bgtest|\bgmock|\btesting::|/proc/|__attribute__|\[\[gnu::|\basm\b|"
                     r"STRATA_TEST|\bpragma\b|\binit_priority")


@dataclass
class Limits:
    build_seconds: float = 20 * 60
    seconds: float = 40 * 60     # in all
    memory_kib: int = 4 * 1024 * 1024


# For the reference, which compiles everything once: it is to be trusted, and not to be hurried.
PATIENT = Limits(2 * 3600, 3 * 3600, limits.MEMORY_KIB)


@dataclass
class Mark:
    """What one week of one folder is worth, and why."""

    name: str
    week: tasks.Week
    tests: dict = field(default_factory=dict)  # name to {"status", "message"}
    problem: str = ""
    remarks: list = field(default_factory=list)
    files: str = ""      # a digest of what was handed in
    digest: str = ""     # of the tests and sources that marked it
    seconds: float = 0

    def rows(self):
        return [score.TaskScore(self.week, task, self.tests) for task in self.week.tasks]

    @property
    def points(self):
        return sum(row.points for row in self.rows())

    @property
    def passed(self):
        return sum(entry["status"] in ("passed", "skipped") for entry in self.tests.values())

    def as_data(self):
        return {"name": self.name, "week": self.week.number, "points": self.points,
                "of": sum(task.points for task in self.week.tasks),
                "passed": self.passed, "tests": len(self.tests), "problem": self.problem,
                "remarks": self.remarks, "seconds": round(self.seconds, 1), "files": self.files,
                "digest": self.digest,
                "tasks": {row.task.id: row.points for row in self.rows()},
                "failing": {name: entry["message"] for name, entry in self.tests.items()
                            if entry["status"] not in ("passed", "skipped")}}


def mark(project, folders, weeks=None, out=None, allowed=None, lanes=None):
    """Marks each folder; returns 0 if all could be marked, whatever they are worth."""
    if project.is_export():
        raise Failure("marking needs the whole course, with the reference; this is an exported one")
    allowed = allowed or Limits()
    found = named(folders)
    chosen = [project.week(number) for number in weeks] if weeks else None
    work = [(name, folder, week) for week in (chosen or [w for w in project.weeks() if w.tasks])
            for name, folder in found.items() if chosen or (folder / week.name).is_dir()]
    if not work:
        raise Failure("no folder has a week in it: a learner's `workshop`, or what holds it, is meant")
    if out:
        out = Path(out)
        out.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(project, "mark-run"):
        marks = _mark(project, work, allowed, lanes)
    _print(marks)
    if out:
        write(marks, out)
    return 1 if any(one.problem for one in marks) else 0


def _mark(project, work, allowed, lanes):
    truth = {number: _truth(project, week, allowed)
             for number, week in {week.number: week for _, _, week in work}.items()}
    return _mark_all(project, work, truth, allowed, lanes or default_lanes())


def default_lanes():
    """One for each core, while there are 2 GiB for each."""
    gib, processors = doctor.machine()
    return max(1, min(processors, int(gib / 2)))


def named(folders):
    """Name to the folder that holds weekNN-topic/. A name is the learner's folder's."""
    found = {}
    for word in folders:
        folder = Path(word).resolve()
        if not folder.is_dir():
            raise Failure(f"{word} is not a folder")
        inside = folder / "workshop" if (folder / "workshop").is_dir() else folder
        parts = [part for part in folder.parts if part != "workshop"]
        name = next("/".join(parts[-count:]) for count in range(1, len(parts) + 1)
                    if "/".join(parts[-count:]) not in found or count == len(parts))
        if name in found:
            raise Failure(f"{word} is named twice")
        found[name] = inside
    return found


# The parent's side: laying out, starting workers, counting.


def handed_in(folder, week):
    """(the texts of a week's marked files, a digest of them, problems). What is missing is the
    starter's; only plain files are read."""
    texts, problems = starter.files(week), []
    whole, missing = hashlib.sha256(), []
    for path in texts:
        file = folder / week.name / path
        inside = file.resolve().is_relative_to(folder.resolve()) if file.exists() else False
        if not file.is_file():
            missing.append(path)
        elif file.is_symlink() or not inside or file.stat().st_size > LARGEST_FILE:
            problems.append(f"{path} is a link, or larger than 1 MiB: not read")
        else:
            texts[path] = file.read_text(errors="replace")
        whole.update(f"{path}\0{texts[path]}\0".encode())
    if len(missing) == len(texts):
        problems.append("nothing handed in")
    elif missing:
        problems.append(f"not handed in: {', '.join(missing)}")
    return texts, whole.hexdigest()[:16], problems


def remarks_on(week, texts):
    """Places that somebody should read: unusual words that the reference does not have there."""
    found = []
    for path, text in texts.items():
        usual = set(UNUSUAL.findall((week.folder / path).read_text()))
        for number, line in enumerate(text.splitlines(), 1):
            for word in UNUSUAL.findall(line):
                if word not in usual:
                    found.append(f"{path}:{number}: {word}")
    return found


def digest_of(project, week):
    """Of the tests and sources that mark that week."""
    return variants.digest([variants.digest_of_sources(project, week),
                            (week.folder / "course.toml").read_text()])[:16]


def _truth(project, week, allowed):
    """What the reference does on this machine: test to status. Remembered while nothing changes."""
    digest = digest_of(project, week)
    memo = project.build / "mark" / f"reference-{week.label}.json"
    if memo.exists() and (known := json.loads(memo.read_text()))["digest"] == digest:
        return known
    say(f"week {week.number}: the reference goes first")
    texts = {path: (week.folder / path).read_text() for path in tasks.marked_files(week)}
    said = _work(project, week, texts, 1, PATIENT)
    if said["problem"]:
        raise Failure(f"week {week.number}: the reference itself cannot be marked: {said['problem']}")
    known = {"digest": digest, "tests": {entry["test"]: entry["status"] for entry in said["outcomes"]}}
    if set(known["tests"].values()) <= {"passed", "skipped"}:
        memo.write_text(json.dumps(known, indent=1))
    return known


def _mark_all(project, work, truth, allowed, count):
    lanes = queue.SimpleQueue()
    count = min(count, len(work))
    for number in range(1, count + 1):
        for week in {week.number: week for _, _, week in work}.values():
            _prepare(project, week, number)
        lanes.put(number)
    for known_week in truth:
        for test, status in truth[known_week]["tests"].items():
            if status not in ("passed", "skipped"):
                say(f"week {known_week}: the reference does not pass {test} on this machine "
                    f"({status}); it does not count")

    def one(name, folder, week):
        lane = lanes.get()
        try:
            return _mark_one(project, name, folder, week, truth[week.number], lane, allowed)
        except OSError as error:  # a file that cannot be read costs only its own folder
            return Mark(name, week, problem=str(error), digest=truth[week.number]["digest"])
        finally:
            lanes.put(lane)

    done = []
    with ThreadPoolExecutor(count) as pool, Progress("marking") as progress:
        waiting = {pool.submit(one, *entry) for entry in work}
        try:
            for ended in as_completed(waiting):
                done.append(ended.result())
                progress.update(f"{len(done)} of {len(work)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    order = [(name, week.number) for name, _, week in work]
    return sorted(done, key=lambda one: order.index((one.name, one.week.number)))


def _mark_one(project, name, folder, week, known, lane, allowed):
    started = time.monotonic()
    texts, files, problems = handed_in(folder, week)
    result = Mark(name, week, files=files, digest=known["digest"], remarks=remarks_on(week, texts))
    nothing = "nothing handed in" in problems
    said = {"problem": "", "outcomes": []} if nothing else _work(project, week, texts, lane, allowed)
    outcomes = {entry["test"]: entry for entry in said["outcomes"]}
    for test, status in known["tests"].items():
        if status in ("passed", "skipped"):
            result.tests[test] = _entry(outcomes.get(test), status)
    result.problem = "; ".join([*problems, *([said["problem"]] if said["problem"] else [])])
    result.seconds = time.monotonic() - started
    return result


def _entry(outcome, of_reference):
    if outcome is None:
        return {"status": "not run", "message": "not run"}
    if outcome["status"] == "skipped" and of_reference != "skipped":
        return {"status": "failed", "message": "skipped, which the reference does not do here"}
    return {"status": outcome["status"], "message": outcome["detail"]}


def _prepare(project, week, lane):
    """Builds a lane's tree once, so that no learner's time is taken for it."""
    if not all(Tree(project, f"mark-{lane}").program(name).exists() for name in week.programs):
        say(f"week {week.number}: a build tree for lane {lane}")
        texts = {path: (week.folder / path).read_text() for path in tasks.marked_files(week)}
        _work(project, week, texts, lane, PATIENT, test=False)


def _work(project, week, texts, lane, allowed, test=True):
    """Has a worker build `texts` over the reference, and test it: {"problem", "outcomes"}."""
    overlay = project.build / "mark" / f"lane-{lane}"
    _lay(overlay, week, texts)
    result = project.build / "mark" / f"result-{lane}.json"
    result.unlink(missing_ok=True)
    order = {"week": week.number, "lane": lane, "overlay": str(overlay), "result": str(result),
             "build_seconds": allowed.build_seconds, "seconds": allowed.seconds,
             "memory_kib": allowed.memory_kib, "test": test, "alone": allowed is PATIENT}
    tag = secrets.token_hex(16)
    command = limits.limited([sys.executable, str(project.root / "common/course/cli.py"), "mark",
                              "--worker", json.dumps(order)], allowed.memory_kib)
    with process.open_log(project, f"mark-{lane}") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 env=dict(os.environ, PYTHONUTF8="1", **{TAG: tag}))
        try:
            child.wait(allowed.seconds + GRACE)
            problem = "" if child.returncode == 0 else f"the worker ended with {child.returncode}"
        except subprocess.TimeoutExpired:
            problem = f"took longer than {elapsed(allowed.seconds)}"
        finally:
            if child.poll() is None:
                child.terminate()   # so that it can end what it started
                try:
                    child.wait(GRACE)
                except subprocess.TimeoutExpired:
                    pass
            process.kill_group(child)
            child.wait()
            end_leftovers(tag)
    if problem:
        return {"problem": problem, "outcomes": []}
    try:
        return json.loads(result.read_text())
    except (OSError, ValueError):
        return {"problem": "the worker left no result", "outcomes": []}


def _lay(overlay, week, texts):
    """Ensures that the overlay holds these files and no others."""
    wanted = {overlay / week.name / path: text for path, text in texts.items()}
    for old in overlay.rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(errors="replace") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def end_leftovers(tag):
    """Ends what a worker's children left behind: they carry its tag in their environment."""
    wanted = f"{TAG}={tag}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue


# The worker's side, in a process of its own.


class TimeIsOver(Exception):
    """The alarm rang."""


def work(project, order):
    """Builds and tests one lane's overlay, and writes what came of it."""
    order = json.loads(order)
    week, result = project.week(order["week"]), Path(order["result"])
    tree = Tree.overlay(project, f"mark-{order['lane']}", Path(order["overlay"]), [week])
    end = time.monotonic() + order["seconds"]
    said = {"problem": "", "outcomes": []}
    try:
        _build(tree, week, order["build_seconds"], None if order["alone"] else order["lane"])
        if stolen := _foreign(tree, project):
            said["problem"] = f"not run: {stolen}"
        elif order["test"]:
            said["outcomes"] = _test(project, week, tree, end, order["memory_kib"])
            if time.monotonic() > end:
                said["problem"] = f"took longer than {elapsed(order['seconds'])}; the rest was not run"
    except TimeIsOver:
        said["problem"] = f"the build took longer than {elapsed(order['build_seconds'])}"
    except BuildError as error:
        said["problem"] = str(error).rsplit("\nwhole log:", 1)[0].replace(
            f"{project.shown(tree.mine)}/", "")
    except gtest.CannotList as error:
        said["problem"] = str(error)
    result.write_text(json.dumps(said))
    return 0


def _build(tree, week, seconds, lane):
    """One core for each lane while it builds; without a lane, all of them. Raises TimeIsOver."""
    def ring(*_):
        raise TimeIsOver

    cores = sorted(os.sched_getaffinity(0))
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    os.sched_setaffinity(0, {cores[lane % len(cores)]} if lane else cores)
    try:
        tree.build(week.programs, f"building week {week.number}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.sched_setaffinity(0, cores)


def _foreign(tree, project):
    """Says so if a learner's file includes what it must not: another .cc file, such as the
    reference's, or a file that is neither the course's nor the system's."""
    listed = subprocess.run([process.need("ninja"), "-C", str(tree.folder), "-t", "deps"],
                            capture_output=True, text=True, errors="replace", check=False)
    for block in listed.stdout.split("\n\n"):
        files = [(tree.folder / line.strip()).resolve() for line in block.splitlines()[1:]]
        own = [file for file in files if file.is_relative_to(tree.mine)]
        for file in files if own else ():
            if file != own[0] and not may_be_included(file, project.root):
                return f"{own[0].name} includes {file}"
    return ""


def may_be_included(file, root):
    """The system's files, and the course's headers, precompiled ones too."""
    return file.is_relative_to("/usr") or (
        file.is_relative_to(root) and file.suffix in (".h", ".hxx", ".gch"))


def _test(project, week, tree, end, memory_kib):
    jobs = check.jobs(week, tree)
    with Progress(f"testing week {week.number}") as progress:
        outcomes = gtest.run_all(jobs, progress, lambda _: time.monotonic() > end, workers=1,
                                 memory_kib=memory_kib)
        if time.monotonic() < end:
            outcomes = gtest.settle(jobs, outcomes, progress)
    return [{"test": outcome.test, "status": outcome.status,
             "detail": project.shorten(outcome.detail)[:score.MESSAGE_LIMIT]} for outcome in outcomes]


# What is said of it.


def _print(marks):
    width = max(len(one.name) for one in marks)
    for one in marks:
        data = one.as_data()
        problem = f"   {data['problem'].splitlines()[0]}" if data["problem"] else ""
        print(f"{one.name:<{width}}  week {data['week']}  {data['points']:>3} of {data['of']}  "
              f"{data['passed']:>4} of {plural(data['tests'], 'test')}{problem}")
        for remark in one.remarks[:3]:
            print(f"{'':<{width}}    to be read: {remark}")


def write(marks, out):
    """OUT.csv and OUT.json."""
    data = [one.as_data() for one in marks]
    stem = out.with_suffix("") if out.suffix in (".csv", ".json") else out
    paths = [stem.with_name(stem.name + suffix) for suffix in (".csv", ".json")]
    task_ids = list(dict.fromkeys(task for entry in data for task in entry["tasks"]))
    columns = ("name", "week", "points", "of", "passed", "tests", "seconds", "problem", "remarks",
               "files", "digest")
    with open(paths[0], "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*columns, *task_ids])
        for entry in data:
            flat = entry | {"remarks": "; ".join(entry["remarks"])}
            rows.writerow([_cell(flat[column]) for column in columns]
                          + [entry["tasks"].get(task, "") for task in task_ids])
    paths[1].write_text(json.dumps({"marks": data}, indent=1, ensure_ascii=False) + "\n")
    print("written: " + " and ".join(str(path) for path in paths))


def _cell(value):
    """A text that a spreadsheet does not take for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
