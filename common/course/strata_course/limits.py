"""What one test may use of the machine: memory, file size, time.

Time is counted so that a busy machine does not fail a test. The limit in course.toml is meant for
a machine that is free. When that time is over, a test still goes on

- while it has used less processor time than the limit (times the most threads that it was seen to
  have, up to the number of processors): others have had the processors meanwhile,
- and something in it runs, or waits for the disk: a test whose threads all sleep is stuck,
- for at most WALL times the limit.

On a free machine a deadlock ends soon after the limit, and so does an endless loop of all threads;
where one of several threads loops, it takes as many times longer as there are processors.
A limit that grows with the machine's load would do neither: the load lags by a minute, and inside
a container it says nothing about the processor time that the container may have. Two things are not
counted: the time of processes that have ended and were waited for by a process of another session,
and a test that sleeps on purpose for longer than its limit, which counts as stuck.
"""

import os
import subprocess
import time
from pathlib import Path

MEMORY_KIB = 8 * 1024 * 1024
FILE_BLOCKS = 4 * 1024 * 1024  # of 512 bytes
WALL = 6
GLANCE = 0.25                  # seconds between two looks at a test whose time is over
ASLEEP = 8                     # so many looks in a row at a test that sleeps: it is stuck
TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def limited(command, memory_kib=MEMORY_KIB):
    """`command`, run by a shell that sets the limits first. `memory_kib` None: no bound on memory."""
    memory = f"ulimit -v {memory_kib}; " if memory_kib else ""
    return ["/bin/sh", "-c", f"{{ ulimit -c 0; {memory}ulimit -f {FILE_BLOCKS}; }} 2>/dev/null; "
            'exec "$@"', "sh", *command]


def wait(child, seconds):
    """The status of `child`, which has a session of its own; None if its time is over."""
    threads, looks = 1, max(1, int(seconds))
    for _ in range(looks):
        try:
            return child.wait(seconds / looks)
        except subprocess.TimeoutExpired:
            threads = max(threads, Usage.of_session(child.pid).threads)
    end, used, asleep = time.monotonic() + (WALL - 1) * seconds, -1.0, 0
    while time.monotonic() < end:
        now = Usage.of_session(child.pid)
        threads = max(threads, now.threads)
        if now.processor_seconds >= seconds * min(threads, os.cpu_count() or 1):
            return None
        asleep = 0 if now.runs or now.processor_seconds > used else asleep + 1
        used = now.processor_seconds
        if asleep >= ASLEEP:
            return None
        try:
            return child.wait(GLANCE)
        except subprocess.TimeoutExpired:
            pass
    return None


class Usage:
    """What the processes of a session have used, and what they do now."""

    def __init__(self):
        self.processor_seconds = 0.0
        self.threads = 1
        self.runs = False  # a thread of theirs runs, could run, or waits for the disk

    @classmethod
    def of_session(cls, session):
        usage = cls()
        for process in PROC.iterdir():
            fields = _stat(process) if process.name.isdecimal() else None
            if fields and int(fields[3]) == session:
                usage.processor_seconds += sum(map(int, fields[11:15])) / TICKS
                tasks = [_stat(task) for task in _entries(process / "task")]
                usage.threads = max(usage.threads, len(tasks))
                usage.runs = usage.runs or any(task and task[0] in "RD" for task in tasks)
        return usage


def _stat(folder):
    """The fields of a stat file from the state on, or None if the process is no more."""
    try:
        return (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _entries(folder):
    try:
        return list(folder.iterdir())
    except OSError:
        return []
