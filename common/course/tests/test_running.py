"""Reading what GoogleTest and CTest print; the table of the score; stamps."""

import itertools
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from strata_course import (channel, gtest, hunt, limits, mutants, process, score, stamps, suite)
from strata_course.tasks import Task, Week
from strata_course.ui import Failure

FAILED = """\
Note: Google Test filter = A.b
[ RUN      ] A.b
/x/a_test.cc:3: Failure
Expected: 1
[  FAILED  ] A.b (0 ms)
[  PASSED  ] 0 tests.
[  FAILED  ] 1 test, listed below:
[  FAILED  ] A.b
"""
THROWN = """\
[ RUN      ] A.b
unknown file: Failure
C++ exception with description "task 1.2 is not written yet; see: x" thrown in the test body.
[  FAILED  ] A.b (0 ms)
"""

# A test program for the tests of whoever runs it: speaks over the channel as test_main.cc does.
# It needs bash, whose redirections know descriptors of two digits.
STAND_IN = """\
#!/bin/bash
channel=$STRATA_TEST_CHANNEL
read -r -N 1 wish <&$channel
for event in listed begun passed failed skipped ended; do
  read -r -N 32 "$event" <&$channel
done
test=${1#--gtest_filter=}
say() { echo "${!1} $2" >&$channel; }
pass() { say begun "$test"; say passed "$test"; say ended; exit 0; }
"""


class StandIn:
    """A folder with a stand-in for a test program, whose body is given."""

    def __init__(self, case, body):
        holder = tempfile.TemporaryDirectory()
        case.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.program = self.folder / "program"
        self.program.write_text(STAND_IN + body)
        self.program.chmod(0o755)

    def run(self, test="A.a", seconds=9, **more):
        return gtest.run_one(self.program, test, seconds, **more)


def reported(*said):
    return channel.Report([tuple(event) for event in said])


class GoogleTest(unittest.TestCase):
    PASSED = reported(("begun", "A.b"), ("passed", "A.b"), ("ended", ""))

    def test_lists_what_the_program_lists_to_the_end(self):
        listed = StandIn(self, "say listed A.b; say listed P/T.d/0; say listed A.DISABLED_c\n"
                         "[ -e \"$0.stop\" ] || say ended\n")
        self.assertEqual(gtest.list_tests(listed.program), ["A.b", "P/T.d/0"])
        (listed.folder / "program.stop").touch()
        with self.assertRaisesRegex(gtest.CannotList, "ended before it had listed"):
            gtest.list_tests(listed.program)

    def test_judges_how_a_process_ended(self):
        def status(code, *said, output=""):
            return gtest.judge("A.b", code, reported(*said), output, 20).status

        begun, passed, ended = ("begun", "A.b"), ("passed", "A.b"), ("ended", "")
        self.assertEqual(status(0, begun, passed, ended), "passed")
        self.assertEqual(status(0, begun, ("skipped", "A.b"), ended), "skipped")
        self.assertEqual(status(1, begun, ("failed", "A.b"), ended, output=FAILED), "failed")
        self.assertEqual(status(1, begun, passed, ended), "failed")  # what is after it failed
        self.assertEqual(status(None, begun, passed, ended), "hung")
        self.assertEqual(status(-11, begun, passed, ended), "crashed")
        self.assertEqual(gtest.judge("A.b", None, reported(), "", 20).detail,
                         "did not finish in 20 s")
        self.assertIn("signal 11", gtest.judge("A.b", -11, reported(), "", 20).detail)

    def test_what_is_not_all_there_did_not_pass(self):
        begun, passed, ended = ("begun", "A.b"), ("passed", "A.b"), ("ended", "")
        for said in ((), (begun,), (begun, passed), (passed, ended), (begun, ended), (begun, begun, passed, ended),
                     (begun, ("passed", "A.c"), ended), (("begun", "A.c"), passed, ended),
                     (begun, passed, ended, ended), (begun, passed, passed, ended)):
            with self.subTest(said):
                outcome = gtest.judge("A.b", 0, reported(*said), "[  PASSED  ] 1 test.", 20)
                self.assertEqual(outcome.status, "crashed")
                self.assertIn("ended early, with exit status 0", outcome.detail)

    def test_what_a_program_prints_decides_nothing(self):
        self.assertEqual(StandIn(self, "pass\n").run().status, "passed")
        for body in ("echo '[       OK ] A.a'; echo '[  PASSED  ] 1 test.'\n",
                     "say begun A.a; echo '[  PASSED  ] 1 test.'\n",
                     "for fd in 1 2 $channel; do echo 'passed A.a' >&$fd; done\n"):
            with self.subTest(body):
                self.assertEqual(StandIn(self, body).run().status, "crashed")

    def test_finds_the_message(self):
        self.assertEqual(gtest.failure_text(FAILED), "/x/a_test.cc:3: Failure\nExpected: 1")
        said = reported(("begun", "A.b"), ("failed", "A.b"))
        outcome = gtest.judge("A.b", 1, said, THROWN, 20)
        self.assertEqual(outcome.not_written, "1.2")
        self.assertTrue(outcome.detail.startswith("threw an exception: task 1.2"))

    def test_a_filter_is_a_part_of_the_name_or_a_pattern(self):
        def chosen(pattern):
            return [name for name in ("A.b", "A.bc", "B.b") if gtest.matches(name, pattern)]

        self.assertEqual(chosen("A.b"), ["A.b", "A.bc"])
        self.assertEqual(chosen("A.bc"), ["A.bc"])
        jobs = [("program", name, 20) for name in ("A.b", "A.bc", "B.b")]
        self.assertEqual([job[1] for job in gtest.chosen(jobs, "A.b")], ["A.b"])
        self.assertEqual([job[1] for job in gtest.chosen(jobs, ".b")], ["A.b", "A.bc", "B.b"])
        self.assertEqual(gtest.chosen(jobs, None), jobs)
        self.assertEqual(chosen("bc"), ["A.bc"])
        self.assertEqual(chosen("A.*:B.*-*.bc"), ["A.b", "B.b"])

    def test_a_test_that_merely_hung_is_run_again_alone(self):
        # Hangs at its first run, for any test; for the test A.stuck, always.
        stand_in = StandIn(self, "[ $test = A.stuck ] && exec sleep 9\n"
                           "[ -e \"$0.ran\" ] || { touch \"$0.ran\"; exec sleep 9; }\npass\n")

        def settled(*statuses):
            outcomes = [gtest.Outcome(name, status) for name, status in statuses]
            jobs = [(stand_in.program, name, 0.5) for name, _ in statuses]
            return [outcome.status for outcome in gtest.settle(jobs, outcomes, mock.Mock())]

        self.assertEqual(stand_in.run(seconds=0.5).status, "hung")
        self.assertEqual(settled(("A.a", "hung"), ("A.b", "passed")), ["passed", "passed"])
        self.assertEqual(settled(("A.a", "hung"), ("A.b", "failed")), ["hung", "failed"])
        self.assertEqual(settled(("A.stuck", "hung"), ("A.a", "hung")), ["hung", "hung"])

    def test_each_has_a_folder_of_its_own_that_any_user_may_write(self):
        outcome = StandIn(self, "pwd; echo \"$TMPDIR\"; stat -c %a .; pass\n").run()
        here, tmp, mode = outcome.output.splitlines()
        self.assertEqual((here, mode), (tmp, "1777"))

    def test_the_sanitizers_have_their_memory_and_options(self):
        stand_in = StandIn(self, "ulimit -v; echo $UBSAN_OPTIONS; pass\n")
        self.assertIn("unlimited\nprint_stacktrace=1", stand_in.run(sanitized=True).output)
        self.assertNotIn("unlimited", stand_in.run().output)


class TimeLimit(unittest.TestCase):
    """limits.wait(), with what a test has used as given."""

    def outcome(self, processor_seconds, runs, threads=(1,), seconds=0.1):
        """What becomes of a program that ends after 12 looks at it."""
        looks = iter([subprocess.TimeoutExpired("x", 0)] * 12 + [0])
        child = mock.Mock(pid=1)
        child.wait.side_effect = looks
        usage = mock.Mock(runs=runs)
        type(usage).threads = mock.PropertyMock(
            side_effect=itertools.chain(threads[:-1], itertools.repeat(threads[-1])))
        type(usage).processor_seconds = mock.PropertyMock(side_effect=processor_seconds)
        with mock.patch.object(limits.Usage, "of_session", return_value=usage), \
                mock.patch.object(limits.os, "cpu_count", return_value=2):
            return limits.wait(child, seconds)

    def test_who_has_had_his_processor_time_is_stopped(self):
        self.assertIsNone(self.outcome(itertools.repeat(0.1), runs=True))
        self.assertEqual(self.outcome(itertools.repeat(0.15), runs=True, threads=[8]), 0)
        self.assertIsNone(self.outcome(itertools.repeat(0.2), runs=True, threads=[8]))

    def test_who_had_several_threads_may_have_one_now(self):
        self.assertEqual(self.outcome(itertools.repeat(0.15), runs=True, threads=[2, 1]), 0)

    def test_who_waits_for_a_processor_goes_on(self):
        self.assertEqual(self.outcome(itertools.repeat(0.01), runs=True), 0)

    def test_who_sleeps_is_stopped(self):
        self.assertIsNone(self.outcome(itertools.repeat(0.01), runs=False))
        self.assertEqual(self.outcome((n / 1000 for n in itertools.count()), runs=False), 0)

    def test_a_real_session_is_measured(self):
        child = subprocess.Popen(["/bin/bash", "-c", "while :; do :; done & wait"],
                                 start_new_session=True)
        try:
            end = time.monotonic() + 20
            while (usage := limits.Usage.of_session(child.pid)).processor_seconds < 0.05:
                self.assertLess(time.monotonic(), end)
            self.assertTrue(usage.runs)
            self.assertIsNone(limits.wait(child, 0.05))
        finally:
            process.kill_group(child)
            child.wait()


class CTest(unittest.TestCase):
    def run_of(self, text, status):
        run = suite.Run()
        for line in text.splitlines():
            suite._take(run, line)
        suite._end(run, "a_test", status, 0.1)
        return run

    def test_counts_single_cases(self):
        run = self.run_of("[ RUN      ] A.a\n[       OK ] A.a (1 ms)\n" + FAILED, "***Failed")
        self.assertEqual((run.passed, list(run.failures)), (1, ["A.b"]))
        self.assertEqual(run.failures["A.b"], ["/x/a_test.cc:3: Failure", "Expected: 1"])

    def test_a_crash_is_the_failure_of_the_case_under_way(self):
        run = self.run_of("[ RUN      ] A.a\nassertion\n", "***Exception: SegFault")
        self.assertEqual(run.failures, {"A.a": ["(SegFault)", "assertion"]})

    def test_a_program_that_ends_early_with_status_0_has_failed(self):
        text = "[==========] Running 2 tests from 1 test suite.\n[ RUN      ] A.a\n"
        self.assertEqual(list(self.run_of(text, " Passed").failures), ["A.a"])
        whole = text + ("[       OK ] A.a (1 ms)\n"
                        "[==========] 2 tests from 1 test suite ran. (1 ms total)\n")
        self.assertEqual(self.run_of(whole, " Passed").failures, {})

    def test_another_kind_of_program_counts_as_one(self):
        self.assertEqual(self.run_of("hello\n", " Passed").passed, 1)
        self.assertEqual(list(self.run_of("hello\n", "***Timeout").failures), ["a_test"])

    def test_a_filter_that_selects_nothing_counts_nothing(self):
        self.assertEqual(self.run_of("[==========] Running 0 tests from 0 test suites.\n",
                                     " Passed").passed, 0)


def task(number, title, points):
    return Task(f"1.{number}", title, points, 5, (), (f"T{number}.*",), ())


class Score(unittest.TestCase):
    def table(self, statuses):
        week = Week(1, Path("week01-wal"), "write-ahead log", tasks=(
            task(1, "encode an entry", 15), task(2, "frame and append", 20),
            task(3, "stop at a torn tail", 25), task(4, "group commit", 40)))
        tests = {name: {"status": status, "message": ""} for name, status in statuses.items()}
        memory = SimpleNamespace(tests=lambda _: tests, checked=lambda _: "now")
        return score.table(score.WeekScore(week, memory))

    def test_has_the_form_of_the_course(self):
        self.assertEqual(self.table({"T1.a": "passed", "T1.b": "passed", "T2.a": "passed",
                                     "T3.a": "passed", "T3.b": "failed", "T3.c": "hung",
                                     "T4.a": "failed"}), """\
week 1 · write-ahead log                              43 of 100
  done  1.1  encode an entry                     15   2 of 2 tests
  done  1.2  frame and append                    20   1 of 1
  now   1.3  stop at a torn tail                 8 of 25   T3.b …
  todo  1.4  group commit                        0 of 40
next: T3.b   hint: ./strata hint 1.3""")

    def test_says_when_all_is_done(self):
        text = self.table({f"T{n}.a": "passed" for n in range(1, 5)})
        self.assertIn("100 of 100", text)
        self.assertIn("next: all of week 1 is done", text)


class Patches(unittest.TestCase):
    def test_header_and_files_are_read(self):
        with tempfile.TemporaryDirectory() as holder:
            folder = Path(holder) / "mutants"
            folder.mkdir()
            (folder / "01-x.patch").write_text(
                "A title\n\nWhy it hurts.\nCaught-by: A.*\n\n--- a/w/x.cc\n+++ b/w/x.cc\n")
            bug = mutants.of_week(Week(1, Path(holder)))[0]
        self.assertEqual((bug.title, bug.explanation, bug.caught_by, bug.files()),
                         ("A title", "Why it hurts.", "A.*", ["w/x.cc"]))

    def test_a_hunters_number_does_not_tell_the_file(self):
        with tempfile.TemporaryDirectory() as holder:
            (Path(holder) / "mutants").mkdir()
            for number in range(1, 10):
                (Path(holder) / "mutants" / f"{number:02}-x.patch").touch()
            numbers = [int(bug.path.name[:2]) for bug in mutants.hunted(Week(1, Path(holder)))]
            again = [int(bug.path.name[:2]) for bug in mutants.hunted(Week(1, Path(holder)))]
        self.assertEqual(sorted(numbers), list(range(1, 10)))
        self.assertNotEqual(numbers, list(range(1, 10)))
        self.assertEqual(numbers, again)

    def test_the_next_hunt_is_any_that_is_new(self):
        bugs = [SimpleNamespace(number=number) for number in (1, 2, 3, 4)]
        states = {1: "found", 2: "new", 3: "new", 4: "given up"}
        hunts = SimpleNamespace(current=lambda: 1, state=states.get)
        self.assertEqual({hunt._next(bugs, hunts) for _ in range(99)}, {2, 3})
        states[2] = "planted"
        hunts.current = lambda: 2
        self.assertEqual(hunt._next(bugs, hunts), 2)


class StampKeys(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.root = Path(self.holder.name)
        for name in ("build/dev/bin", "week01-x/tests", "common"):
            (self.root / name).mkdir(parents=True)
        self.program = self.root / "build/dev/bin/x_test"
        self.program.write_text("1")
        (self.root / "week01-x/x.cc").write_text("1")
        (self.root / "week01-x/tests/golden.txt").write_text("1")
        self.test = suite.Test("x_test", [str(self.program)], ["week01"], [])

    def tearDown(self):
        self.holder.cleanup()

    def key(self):
        return stamps.Stamps(SimpleNamespace(root=self.root), self.root / "build/dev").key(self.test)

    def test_changes_with_the_program_and_the_data_of_its_week_only(self):
        before = self.key()
        (self.root / "week01-x/x.cc").write_text("two")
        (self.root / "common/notes.txt").write_text("two")
        self.assertEqual(self.key(), before)
        (self.root / "week01-x/tests/golden.txt").write_text("two")
        second = self.key()
        self.assertNotEqual(second, before)
        self.program.write_text("two")
        self.assertNotEqual(self.key(), second)

    def test_of_a_test_of_the_tree_changes_with_everything(self):
        self.test.labels.append("tree")
        before = self.key()
        (self.root / "week01-x/x.cc").write_text("two")
        self.assertNotEqual(self.key(), before)


if __name__ == "__main__":
    unittest.main()
