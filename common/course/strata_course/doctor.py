"""`./strata doctor`: is this machine ready? What is missing, and the command that mends it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import packages
from .ui import plural

# Tool, the oldest version that will do, the package that has it.
TOOLS = (("g++", (12,), "g++"), ("cmake", (3, 25), "cmake"), ("ninja", (1, 10), "ninja-build"),
         ("ccache", (), "ccache"), ("patch", (), "build-essential"))
OPTIONAL_TOOLS = (("git", "git", "for ./strata export"),
                  ("gdb", "gdb", "to see where a program crashes"),
                  ("clangd-19", "clangd-19", "for completion in an editor"),
                  ("clang++-19", "clang-19", "for the fuzzers and clang-tidy"))
FREE_GIB = 4
GIB_PER_JOB = 1


def doctor(project):
    """Prints one line for each thing, needed or optional. Returns 1 if a needed one is missing."""
    there = packages.installed()
    rows = [("python3", ".".join(map(str, sys.version_info[:3])), "ok")]
    lacking = []
    for tool, oldest, package in TOOLS:
        rows.append(_tool_row(tool, oldest, package, lacking))
    for package in packages.needed(project):
        if there is None:
            break
        version = there.get(package)
        rows.append((package, version or "-", "ok" if version else
                     packages.install_command([package])))
        if not version:
            lacking.append(package)
    rows.append(_space(project))
    rows.append(memory(*machine()))
    _print({"needed": rows, "optional": _optional(there)})
    if there is None:
        print("\nthis machine has no dpkg: whether the libraries are there, CMake will tell")
    if lacking:
        names = list(dict.fromkeys(lacking))
        print(f"\nmissing: {' '.join(names)}\nto mend it: {packages.install_command(names)}")
        return 1
    started = project.whole_weeks() or not project.weeks()
    print("\nready: " + ("./strata up" if started else f"./strata start {project.weeks()[0].number}"))
    return 0


def _tool_row(tool, oldest, package, lacking):
    version = version_of(tool)
    if version is None:
        lacking.append(package)
        return (tool, "-", packages.install_command([package]))
    if oldest and tuple(int(part) for part in version.split(".")[:2]) < oldest:
        lacking.append(package)
        wanted = ".".join(map(str, oldest))
        return (tool, version, f"older than {wanted}; {packages.install_command([package])}")
    return (tool, version, "ok")


def version_of(tool):
    """The version that `tool --version` prints, "?" if it prints none, None if it is not there."""
    if not shutil.which(tool):
        return None
    words = [tool, "-dumpfullversion"] if tool == "g++" else [tool, "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else "0"


def _optional(there):
    rows = []
    for tool, package, use in OPTIONAL_TOOLS:
        version = version_of(tool)
        rows.append((tool, version or "-", "ok" if version else
                     f"{use}: {packages.install_command([package])}"))
    for package in packages.PEERS if there is not None else ():
        version = there.get(package)
        rows.append((package, version or "-", "ok" if version else
                     f"to measure against: {packages.install_command([package])}"))
    return rows


def _space(project):
    free = shutil.disk_usage(project.root).free / 2**30
    verdict = "ok" if free >= FREE_GIB else f"the builds want about {FREE_GIB} GiB"
    return ("disk space", f"{free:.0f} GiB free", verdict)


def machine():
    """(memory in GiB, processors that we may use)."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(pages, _container_memory() or pages) / 2**30, len(os.sched_getaffinity(0))


def _container_memory():
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):  # no container, or "max"
        return None


def jobs(processors):
    """How many compilers Ninja runs at a time."""
    return processors + 2 if processors > 2 else processors + 1


def memory(gib, processors):
    """The row on memory: one compiler takes up to GIB_PER_JOB."""
    shown = f"{gib:.0f} GiB, {plural(processors, 'processor')}"
    if gib >= jobs(processors) * GIB_PER_JOB:
        return ("memory", shown, "ok")
    fits = max((count for count in range(1, processors + 1) if jobs(count) * GIB_PER_JOB <= gib),
               default=1)
    fewer = f"taskset -c {'0' if fits == 1 else f'0-{fits - 1}'} ./strata check 1"
    return ("memory", shown, f"a build runs {jobs(processors)} compilers, and each may take "
            f"{GIB_PER_JOB} GiB; if one is killed, run fewer: {fewer}")


def _print(groups):
    rows = [row for group in groups.values() for row in group]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    for heading, group in groups.items():
        print(heading)
        for name, version, verdict in group:
            print(f"  {name:<{widths[0]}}  {version:<{widths[1]}}  {verdict}")
