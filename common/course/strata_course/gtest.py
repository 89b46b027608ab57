"""Running GoogleTest programs one test at a time, each in a process of its own.

A test that crashes or hangs takes nothing with it. Each runs in a fresh temporary
folder, with bounds on memory, file size and time (limits.py), so that a runaway loop in a
learner's code fails the test and spares the machine. What became of it is what the program
reports over its channel (channel.py); what it prints serves the message only.
"""

import fnmatch
import os
import re
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from . import channel, limits, process

# The address sanitizer reserves far more memory than it uses, so it bounds itself.
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "handle_abort=1:hard_rss_limit_mb=4096",
                     "UBSAN_OPTIONS": "print_stacktrace=1"}
SLOWER = 5  # with the sanitizers a test may take so many times longer
LISTING_SECONDS = 60
KEPT_OUTPUT = 64 * 1024
PATIENCE = 4          # after so many tests that hang, the others get less time,
SHORT_SECONDS = 3     # so that one endless loop does not cost minutes
NOT_WRITTEN = re.compile(r"task (\d+\.\d+) is not written yet")


@dataclass(frozen=True)
class Outcome:
    """What became of one test. `status`: passed, failed, crashed, hung or skipped."""

    test: str
    status: str
    detail: str = ""   # failed: the messages; crashed, hung: what happened, in words
    output: str = ""   # the beginning and the end of what it printed
    program: str = ""

    @property
    def passed(self):
        return self.status == "passed"

    @property
    def bad(self):
        return self.status not in ("passed", "skipped")

    @property
    def not_written(self):
        """The first task that this test ran into and that is not written, or None."""
        found = NOT_WRITTEN.search(self.detail) or NOT_WRITTEN.search(self.output)
        return found[1] if found else None


class CannotList(Exception):
    """A test program does not even list its tests."""


def list_tests(program, sanitized=False):
    """The full names of the program's tests, disabled ones left out."""
    with channel.Channel(channel.LIST) as link:
        command = limits.limited([str(program)], None if sanitized else limits.MEMORY_KIB)
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=channel.clean_environment() | link.environment,
                                 pass_fds=link.descriptors, start_new_session=True)
        link.started()
        try:
            report = link.read(LISTING_SECONDS)
            status = limits.wait(child, LISTING_SECONDS)
        finally:
            process.kill_group(child)
            child.wait()
    if status is None:
        raise CannotList(f"{program.name} did not list its tests in {LISTING_SECONDS} s")
    if status != 0:
        raise CannotList(f"{program.name} ended with status {status} before any test")
    names = report.listed()
    if names is None:
        raise CannotList(f"{program.name} ended before it had listed its tests")
    return [name for name in names if "DISABLED_" not in name]


def is_part(pattern):
    """True if a filter is a part of names, and no pattern of GoogleTest's."""
    return not re.search(r"[*?:-]", pattern)


def chosen(jobs, pattern):
    """The jobs whose test matches the filter: that test alone, if it is the name of one."""
    exact = [job for job in jobs if job[1] == pattern]
    return exact or [job for job in jobs if pattern is None or matches(job[1], pattern)]


def matches(test, pattern):
    """True if GoogleTest would run `test` with this filter; without any of *?:- it is a part of
    the name, which may contain a dot."""
    if is_part(pattern):
        return pattern in test
    wanted, _, unwanted = pattern.partition("-")
    return _any(test, wanted or "*") and not _any(test, unwanted)


def _any(test, patterns):
    return any(fnmatch.fnmatchcase(test, pattern) for pattern in patterns.split(":") if pattern)


def run_one(program, test, timeout, sanitized=False, children=None, memory_kib=limits.MEMORY_KIB):
    """Runs one test and says what became of it. Its process is in `children` meanwhile."""
    children = set() if children is None else children
    with tempfile.TemporaryDirectory(prefix="strata-test-", ignore_cleanup_errors=True) as folder, \
            channel.Channel() as link, tempfile.TemporaryFile() as output:
        os.chmod(folder, 0o1777)  # as /tmp: a test may work as another user
        env = channel.clean_environment() | link.environment
        env |= {"TMPDIR": folder, "TEST_TMPDIR": folder, "GTEST_COLOR": "no"}
        if sanitized:
            env |= SANITIZER_OPTIONS
        command = limits.limited([str(program), f"--gtest_filter={test}"],
                                 None if sanitized else memory_kib)
        child = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT,
                                 pass_fds=link.descriptors, start_new_session=True)
        link.started()
        children.add(child)
        try:
            status = limits.wait(child, timeout)
        finally:
            process.kill_group(child)
            child.wait()
            children.discard(child)
        return replace(judge(test, status, link.read(), _tail(output), timeout),
                       program=str(program))


def _tail(output):
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    text = output.read(KEPT_OUTPUT)
    if size > 2 * KEPT_OUTPUT:
        output.seek(size - KEPT_OUTPUT)
        text += b"\n(...)\n"
    text += output.read(KEPT_OUTPUT)
    return text.decode(errors="replace")


def judge(test, status, report, output, timeout):
    """The outcome of a test whose process ended with `status` (None: it did not end) and whose
    channel brought `report`."""
    verdict = report.verdict(test)
    if status is None:
        return Outcome(test, "hung", f"did not finish in {timeout:g} s", output)
    if status > 128:  # the limiting shell was not replaced; as a shell reports a signal
        status = -(status - 128)
    if status < 0:
        return Outcome(test, "crashed", f"crashed ({signal_words(-status)})", output)
    if verdict == "failed":
        return Outcome(test, "failed", failure_text(output), output)
    if verdict and status != 0 and report.ended(2):
        return Outcome(test, "failed", failure_text(output) or "it passed, but what is done after "
                       f"the test failed (exit status {status})", output)
    if verdict and status == 0 and report.ended(2):
        return Outcome(test, verdict, "skipped" if verdict == "skipped" else "", output)
    return Outcome(test, "crashed", f"ended early, with exit status {status}", output)


def signal_words(number):
    names = {signal.SIGSEGV: "a read or write outside its memory", signal.SIGABRT: "aborted",
             signal.SIGFPE: "a division by zero", signal.SIGXFSZ: "a file grew past 2 GiB"}
    meaning = names.get(number)
    return f"signal {int(number)}" + (f": {meaning}" if meaning else "")


def failure_text(output):
    """The messages of a failed test, without GoogleTest's frame around them."""
    kept, inside = [], False
    for line in output.splitlines():
        if line.startswith("[ RUN "):
            inside = True
        elif line.startswith("[  FAILED  ]"):
            break
        elif inside and line.strip() not in ("unknown file: Failure", "Stack trace:"):
            kept.append(line)
    text = "\n".join(kept).strip()
    return re.sub(r'C\+\+ exception with description "(.*?)" thrown in .*',
                  r"threw an exception: \1", text, flags=re.DOTALL)


def run_all(jobs, progress, enough=None, sanitized=False, workers=None,
            memory_kib=limits.MEMORY_KIB):
    """Runs (program, test, timeout) jobs side by side; the outcomes in the jobs' order.

    `enough(outcomes)` may end the run early; jobs not run are left out. `sanitized`: the
    programs are built with the sanitizers. `workers`: how many side by side, if not one a core.
    A test that hangs costs the others nothing but, after several, some patience.
    """
    done, running = {}, {}
    children = set()  # so that Ctrl-C can end them

    def state():
        counted, names = f"{len(done)} of {len(jobs)}", sorted(set(list(running.values())))
        last = names and len(done) + len(names) >= len(jobs)  # why does it not end?
        return f"{counted}, in {', '.join(names)}" if last else counted

    with ThreadPoolExecutor(max_workers=workers or os.cpu_count() or 2) as pool:
        stop = []

        def work(index):
            if not stop:
                program, test, timeout = jobs[index]
                hung = sum(outcome.status == "hung" for outcome in list(done.values()))
                running[index] = test
                done[index] = run_one(program, test, timeout if hung < PATIENCE
                                      else min(timeout, SHORT_SECONDS), sanitized, children,
                                      memory_kib)
                del running[index]

        futures = [pool.submit(work, index) for index in range(len(jobs))]
        try:
            for future in futures:
                while not _wait(future):
                    progress.update(state())
                if enough and enough(list(done.values())):
                    stop.append(True)
        except BaseException:
            stop.append(True)
            for child in list(children):
                process.kill_group(child)
            raise
    return [done[index] for index in sorted(done)]


def settle(jobs, outcomes, progress, sanitized=False, memory_kib=limits.MEMORY_KIB):
    """`outcomes`, where tests that merely hung do not decide alone.

    If nothing else went wrong they are run again, each alone and with all its time, until
    one does not pass: a busy machine may have been all that there was.
    """
    if any(outcome.bad and outcome.status != "hung" for outcome in outcomes):
        return outcomes
    settled, by_test = list(outcomes), {job[1]: job for job in jobs}
    for index, outcome in enumerate(outcomes):
        if outcome.status == "hung":
            [again] = run_all([by_test[outcome.test]], progress, sanitized=sanitized,
                              memory_kib=memory_kib)
            both = f"{again.detail}, twice" if again.status == "hung" else again.detail
            settled[index] = replace(again, detail=both)
            if again.bad:
                break
    return settled


def _wait(future):
    try:
        future.result(timeout=0.2)
        return True
    except TimeoutError:
        if future.done():
            raise
        return False
