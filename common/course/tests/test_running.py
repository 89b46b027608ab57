"""Reading what GoogleTest and CTest print; the table of the score; stamps; words."""

import io
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from strata_course import commands, doctor, gtest, hunt, mutants, programs, score, stamps, suite
from strata_course.project import Project
from strata_course.tasks import Task, Week
from strata_course.ui import Failure, elapsed, plural
from tests.mini import REAL_ROOT

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

class GoogleTest(unittest.TestCase):
    def test_lists_plain_and_parameterised_tests(self):
        text = ("Running main() from x\nA.\n  b\n  DISABLED_c\n"
                "P/T.  # TypeParam = int\n  d/0  # GetParam() = 3\n")
        self.assertEqual(gtest.parse_list(text), ["A.b", "P/T.d/0"])

    def test_judges_how_a_process_ended(self):
        def status(*args):
            return gtest.judge("A.b", *args, 20).status

        self.assertEqual(status(0, "[  PASSED  ] 1 test."), "passed")
        self.assertEqual(status(0, "[  SKIPPED ] A.b\n"), "skipped")
        self.assertEqual(status(1, FAILED), "failed")
        self.assertEqual(status(None, ""), "hung")
        self.assertEqual(status(-11, ""), "crashed")
        self.assertEqual(status(0, ""), "crashed")  # exit(0) in the middle of a test
        self.assertEqual(gtest.judge("A.b", None, "", 20).detail, "did not finish in 20 s")
        self.assertIn("signal 11", gtest.judge("A.b", -11, "", 20).detail)

    def test_finds_the_message(self):
        self.assertEqual(gtest.failure_text(FAILED), "/x/a_test.cc:3: Failure\nExpected: 1")
        outcome = gtest.judge("A.b", 1, THROWN, 20)
        self.assertEqual(outcome.not_written, "1.2")
        self.assertTrue(outcome.detail.startswith("threw an exception: task 1.2"))


    def test_a_filter_is_a_part_of_the_name_or_a_pattern(self):
        def chosen(pattern):
            return [name for name in ("A.b", "A.bc", "B.b") if gtest.matches(name, pattern)]

        self.assertEqual(chosen("A.b"), ["A.b"])
        self.assertEqual(chosen("bc"), ["A.bc"])
        self.assertEqual(chosen("A.*:B.*-*.bc"), ["A.b", "B.b"])

    def test_a_test_that_merely_hung_is_run_again_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program"
            # Hangs at its first run, for any test; for the test A.stuck, always.
            program.write_text(f"#!/bin/sh\n[ $1 = --gtest_filter=A.stuck ] && exec sleep 9\n"
                               f"[ -e {folder}/ran ] || {{ touch {folder}/ran; exec sleep 9; }}\n"
                               "echo '[  PASSED  ] 1 test.'\n")
            program.chmod(0o755)

            def settled(*statuses):
                outcomes = [gtest.Outcome(name, status) for name, status in statuses]
                jobs = [(program, name, 0.5) for name, _ in statuses]
                return [outcome.status for outcome in gtest.settle(jobs, outcomes, mock.Mock())]

            self.assertEqual(gtest.run_one(program, "A.a", 0.5).status, "hung")
            self.assertEqual(settled(("A.a", "hung"), ("A.b", "passed")), ["passed", "passed"])
            self.assertEqual(settled(("A.a", "hung"), ("A.b", "failed")), ["hung", "failed"])
            self.assertEqual(settled(("A.stuck", "hung"), ("A.a", "hung")), ["hung", "hung"])

    def test_each_has_a_folder_of_its_own_that_any_user_may_write(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program"
            program.write_text("#!/bin/sh\npwd; echo $TMPDIR; stat -c %a .\n")
            program.chmod(0o755)
            here, tmp, mode = gtest.run_one(program, "A.a", 9).output.split()
        self.assertEqual((here, mode), (tmp, "1777"))

    def test_the_sanitizers_have_their_memory_and_options(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program"
            program.write_text("#!/bin/sh\nulimit -v; echo $UBSAN_OPTIONS\n")
            program.chmod(0o755)
            self.assertIn("unlimited\nprint_stacktrace=1",
                          gtest.run_one(program, "A.a", 9, sanitized=True).output)
            self.assertNotIn("unlimited", gtest.run_one(program, "A.a", 9).output)


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


class Words(unittest.TestCase):
    def test_wrong_ones_are_one_line_and_status_2(self):
        for words in (["tset"], ["start"], ["start", "x"], ["check", "99"], ["hint", "99.9"],
                      ["test", "--preset", "fast"], ["score", "--jason"], ["dump"]):
            with self.subTest(words), redirect_stderr(io.StringIO()) as said:
                self.assertEqual(commands.main(words), 2)
                self.assertEqual(said.getvalue().count("\n"), 1)

    def said(self, *words):
        with redirect_stderr(io.StringIO()) as said, redirect_stdout(io.StringIO()) as printed:
            try:
                status = commands.main(list(words))
            except SystemExit as end:
                status = end.code
        return status, said.getvalue() + printed.getvalue()

    def test_say_what_was_expected(self):
        self.assertIn("a week is a number, such as 1, not 'x'", self.said("hunt", "x")[1])
        self.assertIn("a bug is a number, such as 3, not 'x'", self.said("hunt", "1", "x")[1])
        self.assertIn("--filter goes with --check", self.said("hunt", "1", "--filter", "x")[1])

    def test_help_on_a_command_and_the_version(self):
        self.assertEqual(self.said("help", "check"), self.said("check", "--help"))
        self.assertIn("--sanitize", self.said("help", "check")[1])
        self.assertRegex(self.said("--version")[1], r"^strata \d+\.\d+\.\d+\n$")

    def test_a_program_that_is_there_is_asked_without_a_build(self):
        with tempfile.TemporaryDirectory() as holder:
            project = Project(holder)
            program = project.build / "dev" / "bin" / "strata-load"
            program.parent.mkdir(parents=True)
            program.touch()
            with mock.patch.object(programs.process, "replace_with") as become, \
                    mock.patch.object(programs, "build", side_effect=Failure("built")), \
                    mock.patch.object(programs.packages, "ensure"):
                programs.tool(project, "strata-load", ["--list"])
                become.assert_called_once_with([str(program), "--list"])
                with self.assertRaisesRegex(Failure, "built"):
                    programs.tool(project, "strata-load", ["fillseq"])

    def test_backup_and_restore_name_the_weeks_data(self):
        project = mock.Mock(home=Path("/place"))
        project.newest.return_value.number = 3

        def run(function, *words):
            with mock.patch.object(programs, "tool") as tool:
                function(project, words)
            return tool.call_args.args[1:]

        data = "/place/data/week03"
        self.assertEqual(run(commands.cmd_backup, "3", "there"),
                         ("strata-backup", ["--data", data, "there"]))
        self.assertEqual(run(commands.cmd_backup, "2", "there", "--data", "mine"),
                         ("strata-backup", ["--data", "mine", "there"]))
        self.assertEqual(run(commands.cmd_backup, "3", "there", "--from", "checkpoint"),
                         ("strata-backup", ["--from", "checkpoint", "there"]))
        self.assertEqual(run(commands.cmd_restore, "there", "3"),
                         ("strata-restore", ["--data", data, "there"]))
        self.assertEqual(run(commands.cmd_restore, "there", "3", "--data", "mine"),
                         ("strata-restore", ["--data", "mine", "there"]))

    def test_backup_and_restore_refuse_what_cannot_be(self):
        self.assertEqual(self.said("backup", "3"),
                         (2, "strata: the following arguments are required: DEST; "
                          "see: ./strata backup --help\n"))
        self.assertIn("not allowed with", self.said("backup", "3", "x", "--data", "a", "--from",
                                                    "b")[1])
        self.assertIn("a week is a number", self.said("restore", "x", "y")[1])
        project = mock.Mock(home=Path("/place"))
        project.newest.return_value.number = 2
        with self.assertRaisesRegex(Failure, "strata-backup comes with week 3"):
            programs.backup(project, 2, "there")
        for name in ("backup", "restore"):
            self.assertIn(f"example:\n  ./strata {name} ", self.said(name, "--help")[1])

    def test_the_doctor_tells_needed_from_optional(self):
        with redirect_stdout(io.StringIO()) as printed:
            doctor.doctor(Project(REAL_ROOT))
        self.assertRegex(printed.getvalue(), r"(?s)^needed\n  python3 .*\n  disk space .*"
                                             r"\noptional\n  git .*\n  liblmdb-dev ")

    def test_for_people(self):
        self.assertEqual((plural(1, "test"), plural(2, "test")), ("1 test", "2 tests"))
        self.assertEqual((elapsed(8.9), elapsed(125)), ("8 s", "2 min 05 s"))


if __name__ == "__main__":
    unittest.main()
