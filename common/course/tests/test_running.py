"""Reading what compilers, GoogleTest and CTest print; the table of the score; stamps."""

import io
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace

from strata_course import build, commands, gtest, mutants, score, stamps, suite
from strata_course.tasks import Task, Week
from strata_course.ui import elapsed, plural

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
LOG = """\
[1/3] Building CXX object a.o
[2/3] Building CXX object b.o
FAILED: b.o
/usr/bin/ccache /usr/bin/g++ -Werror b.cc
/r/b.cc: In function 'int f()':
/r/b.cc:2:3: error: 'x' was not declared
    2 |   x
      |   ^
/r/b.cc:9:9: error: another
ninja: build stopped: subcommand failed.
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


class Compiler(unittest.TestCase):
    def test_the_first_error_is_shown_alone(self):
        self.assertEqual(build.first_error(LOG), "/r/b.cc: In function 'int f()':\n"
                         "/r/b.cc:2:3: error: 'x' was not declared\n    2 |   x\n      |   ^")


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

    def test_for_people(self):
        self.assertEqual((plural(1, "test"), plural(2, "test")), ("1 test", "2 tests"))
        self.assertEqual((elapsed(8.9), elapsed(125)), ("8 s", "2 min 05 s"))


if __name__ == "__main__":
    unittest.main()
