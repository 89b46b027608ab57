"""`./strata mark`: for teachers. Marks many learners' folders with this checkout's tests.

From a folder come the .cc files that hold marks, and nothing else; headers, tests, build files and
the weeks below are this checkout's. A piece of work is one week of one folder. It is done by a
worker, a process of its own with limits on time and memory, so that a folder that hangs, crashes
or eats memory costs itself only. Each worker has a lane: an overlay and a build tree, both used
again by the next. The reference goes first, as one more folder. It says which tests there are,
which are skipped on this machine, and which this machine fails, so that they cannot count.
"""

import hashlib
import json
import os
import queue
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from . import doctor, limits, marks, process, starter, tasks, variants
from .build import Tree, one_at_a_time
from .marks import Mark
from .project import write_whole
from .ui import Failure, Progress, elapsed, say

LARGEST_FILE = 1024 * 1024
GRACE = 60                    # seconds that a worker has beyond its limits, to clear up
TAG = "STRATA_MARK"           # in the environment of everything that a worker starts
# Honest bodies have no use for these. A remark, no judgement: somebody should read the place.
UNUSUAL = re.compile(r"\b(?:_?exit|quick_exit|abort|kill|killpg|sigqueue|fork|vfork|execv\w*|"
                     r"posix_spawnp?|system|popen|ptrace|dlopen|socket|dup2?|longjmp|syscall)\s*\(|extern \"C\"|\bgtest|\bgmock|\btesting::|"
                     r"/proc/|__attribute__|\[\[gnu::|\basm\b|STRATA_TEST|\bpragma\b|\binit_priority")


@dataclass
class Limits:
    build_seconds: float = 20 * 60
    seconds: float = 40 * 60     # in all
    memory_kib: int = 4 * 1024 * 1024


# For the reference, which compiles everything once: it is to be trusted, and not to be hurried.
PATIENT = Limits(2 * 3600, 3 * 3600, limits.MEMORY_KIB)


def mark(project, folders, weeks=None, out=None, allowed=None, lanes=None):
    """Marks each folder; returns 0 if all could be marked, whatever they are worth."""
    if project.is_export():
        raise Failure("marking needs the whole course, with the reference; this is an exported one")
    allowed = allowed or Limits()
    found = named(folders)
    chosen = [project.week(number) for number in weeks] if weeks else None
    work = [(name, folder, week) for week in (chosen or [w for w in project.weeks() if w.tasks])
            for name, folder in found.items() if chosen or os.path.isdir(folder / week.name)]
    if not work:
        raise Failure("no folder has a week in it: a learner's `workshop`, or what holds it, is meant")
    if out:
        out = Path(out)
        out.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(project, "mark-run"):
        done = _mark(project, work, allowed, lanes)
    marks.show(done)
    if out:
        marks.write(done, out)
    return 1 if any(one.problem for one in done) else 0


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
        folder = Path(os.path.realpath(word))
        if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.X_OK):
            raise Failure(f"{word} is not a folder that can be read")
        inside = folder / "workshop" if os.path.isdir(folder / "workshop") else folder
        # A name of other bytes than UTF-8 is written with escapes.
        parts = [part.encode(errors="backslashreplace").decode()
                 for part in folder.parts if part != "workshop"]
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
        write_whole(memo, json.dumps(known, indent=1))
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
        except Exception as error:  # whatever it is, it costs only its own folder
            return Mark(name, week, problem=f"{type(error).__name__}: {error}", digest=truth[week.number]["digest"])
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
    ours, theirs = socket.socketpair()
    order = {"week": week.number, "lane": lane, "overlay": str(overlay), "report": theirs.fileno(),
             "build_seconds": allowed.build_seconds, "seconds": allowed.seconds,
             "memory_kib": allowed.memory_kib, "test": test, "alone": allowed is PATIENT}
    tag = secrets.token_hex(16)
    command = limits.limited([sys.executable, str(project.root / "common/course/cli.py"), "mark",
                              "--worker", json.dumps(order)], allowed.memory_kib)
    lines = []
    with ours, process.open_log(project, f"mark-{lane}") as log:
        with theirs:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=subprocess.STDOUT, start_new_session=True,
                                     pass_fds=[theirs.fileno()],
                                     env=dict(os.environ, PYTHONUTF8="1", **{TAG: tag}))
        listener = threading.Thread(target=lambda: lines.extend(ours.makefile(encoding="utf-8")))
        listener.start()
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
            listener.join()
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    ended = [entry["problem"] for entry in told if "problem" in entry]
    return {"problem": problem or (ended or ["the worker did not say that it is done"])[0],
            "outcomes": [entry for entry in told if "test" in entry]}


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
