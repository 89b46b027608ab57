"""Which Debian packages the course needs, which are missing, and installing them."""

import os
import shutil
from pathlib import Path

from . import process
from .ui import Failure, Progress, agrees, say

NEEDED = ("build-essential", "g++", "cmake", "ninja-build", "ccache", "pkg-config",
          "libgtest-dev", "libgmock-dev", "libbenchmark-dev", "libcxxopts-dev",
          "libfmt-dev", "libspdlog-dev", "libxxhash-dev", "libedit-dev")
# Needed once that week is there.
BY_WEEK = {
    3: ("liblz4-dev", "libzstd-dev"),
    4: ("libasio-dev", "libprotobuf-dev", "protobuf-compiler", "libssl-dev",
        "python3-protobuf", "python3-xxhash"),
}
PEERS = ("libleveldb-dev", "librocksdb-dev", "liblmdb-dev")  # to measure against

STATUS = Path("/var/lib/dpkg/status")


def needed(project):
    """The packages that this checkout needs."""
    newest = max((week.number for week in project.weeks()), default=1)
    later = [name for number, names in BY_WEEK.items() if number <= newest for name in names]
    return list(NEEDED) + later


def installed():
    """Name to version of every installed package; None where there is no dpkg."""
    if not STATUS.exists():
        return None
    versions = {}
    for stanza in STATUS.read_text(errors="replace").split("\n\n"):
        if "\nStatus: install ok installed" in stanza:
            fields = dict(line.split(": ", 1) for line in stanza.splitlines()
                          if line.startswith(("Package: ", "Version: ")))
            versions[fields.get("Package", "")] = fields.get("Version", "")
    return versions


def missing(names, there=None):
    """Those of `names` that are not installed. Without dpkg: the tools not on PATH."""
    there = installed() if there is None else there
    if there is None:
        tools = {"g++": "g++", "cmake": "cmake", "ninja-build": "ninja"}
        return [name for name in names if name in tools and not shutil.which(tools[name])]
    return [name for name in names if name not in there]


def install_command(names):
    """The line that installs `names`, for a person to copy."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {' '.join(names)}"


def ensure(project, yes=False, peers=False):
    """Ensures that everything needed is installed, asking first unless `yes` or CI.

    Raises Failure with the command to run if we may not or cannot install.
    `peers`: while installing anyway, also the optional databases to measure against.
    """
    if os.environ.get("STRATA_SKIP_PACKAGES"):
        return
    lacking = missing(needed(project))
    if not lacking:
        return
    if not shutil.which("apt-get"):
        raise Failure(f"missing: {' '.join(lacking)}; this machine has no apt-get, "
                      "please install what these Debian packages hold")
    say(f"missing packages: {' '.join(lacking)}")
    if os.geteuid() != 0:
        raise Failure(f"please run: {install_command(lacking)}")
    if not agrees("install them now with apt-get?", yes):
        raise Failure(f"nothing installed; by hand: {install_command(lacking)}")
    _install(project, lacking)
    if peers:
        _install_peers(project)


def _install(project, names):
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with process.open_log(project, "apt") as log, Progress("installing packages") as progress:
        update = process.stream(["apt-get", "update"], log, progress, env=env)
        status = process.stream(
            ["apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y",
             "--no-install-recommends", *names],
            log, progress, env=env)
    if status != 0 or missing(names):
        hint = "the package lists could not be fetched; " if update != 0 else ""
        raise Failure(f"apt-get could not install everything: {hint}whole log: "
                      + project.shown(project.logs / "apt.log"))
    say(f"installed {len(names)} packages")


def _install_peers(project):
    try:
        _install(project, missing(PEERS))
    except Failure:
        say("the optional databases to measure against were not installed; that is all right")
