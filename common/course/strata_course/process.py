"""Running other programs: quietly, with a log, a live line and a way to stop them."""

import os
import queue
import shutil
import signal
import subprocess
import threading

from .ui import Failure


def need(tool):
    """The path of `tool`, or a Failure that says how to get it."""
    found = shutil.which(tool)
    if not found:
        raise Failure(f"{tool} is missing; see: ./strata doctor")
    return found


def kill_group(child):
    """Ends a child that was started in a session of its own, and its children."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def stream(command, log, progress, on_line=None, cwd=None, env=None):
    """Runs `command`, its whole output into the open file `log`; returns its status.

    Calls `on_line` with each line; what that returns (or None) is the progress text.
    The child reads nothing from standard input, speaks English, and dies with us.
    """
    env = dict(env or os.environ, LC_ALL="C.UTF-8")
    child = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors="replace", start_new_session=True)
    lines = queue.Queue()
    reader = threading.Thread(target=_read, args=(child.stdout, lines), daemon=True)
    reader.start()
    try:
        while True:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                progress.update()
                continue
            if line is None:
                break
            log.write(line)
            progress.update(on_line(line) if on_line else None)
        child.stdout.close()
        return child.wait()
    except BaseException:
        kill_group(child)
        child.wait()
        raise
    finally:
        log.flush()


def _read(pipe, lines):
    for line in pipe:
        lines.put(line)
    lines.put(None)


def open_log(project, name):
    """A fresh log file build/logs/NAME.log."""
    project.logs.mkdir(parents=True, exist_ok=True)
    return open(project.logs / f"{name}.log", "w", encoding="utf-8")


def replace_with(command, cwd=None):
    """Becomes `command`: same standard input, output and terminal. Never returns."""
    if cwd:
        os.makedirs(cwd, exist_ok=True)
        os.chdir(cwd)
    for name in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(name, signal.SIG_DFL)
    os.execv(command[0], [str(word) for word in command])
