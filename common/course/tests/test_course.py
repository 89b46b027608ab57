"""The whole road on a miniature course, for real: builds, runs, breaks and mends it."""

import json
import tempfile
import unittest
from pathlib import Path

from tests.mini import Mini, task_line

WORKSHOP = "workshop/week01-mini/mini"


class Course(unittest.TestCase):
    """Each test gets a fresh miniature; ccache makes the builds cheap after the first."""

    def setUp(self):
        self.mini = Mini()
        self.addCleanup(self.mini.close)

    def strata(self, *words, status=0, **more):
        done = self.mini.strata(*words, **more)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def write(self, task, body):
        """Writes the learner's body of a task of week 1 that stands in one place."""
        name = f"{WORKSHOP}/sum.cc"
        self.mini.edit(name, f'throw strata::NotWritten{{"{task}"}};', body)

    def test_a_learner_goes_through_week_1(self):
        self.assertIn("./strata start 1", self.strata("check", "1", status=1).stderr)
        self.assertIn("read:  week01-mini/README.md", self.strata("start", "1").stdout)
        first = self.strata("check", "1", status=1).stdout
        self.assertIn("  now   1.1  add numbers up                      0 of 30   Sum.", first)
        self.assertIn(f"task 1.1 is not written yet: {WORKSHOP}/sum.cc:9", first)

        self.write("1.1", "return std::size(numbers);")
        broken = self.strata("check", "1", status=1).stderr
        self.assertIn(f"{WORKSHOP}/sum.cc:9:", broken)
        self.assertIn("whole log: build/logs/", broken)

        self.mini.edit(f"{WORKSHOP}/sum.cc", "return std::size(numbers);",
                       "int s = 0; for (int n : numbers) s += n; volatile int six = 6; while (s == six) {} return s;")
        self.write("1.2", "return *static_cast<volatile int*>(nullptr);")
        stuck = self.strata("check", "1", status=1).stdout
        self.assertIn("did not finish in 3 s", stuck)
        self.assertIn("15 of 30", task_line(stuck, "1.1"))
        self.assertIn("crashed (signal 11", self.strata("check", "1", "--task", "1.2", status=1).stdout)

        self.mini.edit(f"{WORKSHOP}/sum.cc", "while (s == six) {} ", "")
        self.assertIn("done", task_line(self.strata("check", "1", status=1).stdout, "1.1"))
        self.assertIn("+  int best", self.strata("diff", "1.2").stdout)
        board = json.loads(self.strata("score", "--json").stdout)["weeks"][0]
        self.assertEqual((board["points"], board["next"]["task"]), (30, "1.2"))

        refused = self.strata("start", "1", status=1).stdout
        self.assertIn(f"kept, you changed it: {WORKSHOP}/sum.cc", refused)
        self.assertIn("int s = 0", self.mini.read(f"{WORKSHOP}/sum.cc"))
        self.strata("start", "1", "--force")
        self.assertIn('NotWritten{"1.1"}', self.mini.read(f"{WORKSHOP}/sum.cc"))
        self.assertTrue(list(self.mini.root.glob("workshop/.strata/backup/*/week01-mini/mini/sum.cc")))

    def test_week_2_stands_on_my_week_1_where_it_passes(self):
        self.strata("start", "1")
        self.strata("start", "2")
        self.assertIn("week 1: the reference's, yours does not pass",
                      self.strata("check", "2", status=1).stdout)
        for name in ("sum.cc", "words.cc"):
            self.mini.write(f"{WORKSHOP}/{name}", self.mini.read(f"week01-mini/mini/{name}"))
        self.assertIn("100 of 100", self.strata("check", "1").stdout)
        self.assertIn("under it: week 1: yours", self.strata("check", "2", status=1).stdout)
        self.mini.edit(f"{WORKSHOP}/sum.cc", "total = 0", "total = 100")
        self.assertIn("yours changed since", self.strata("check", "2", status=1).stdout)
        self.assertEqual(self.strata("repl", "1", "--mine", stdin="1 2\n").stdout,
                         "103\nShutting down...\n")

    def test_hints_come_one_by_one(self):
        for number in (1, 2, 3, 3):
            self.assertIn(f"hint {number} of 3", self.strata("hint", "1.1").stdout)
        self.strata("hint", "1.1", "--reset")
        self.assertIn("hint 1 of 3", self.strata("hint", "1.1").stdout)
        self.assertEqual(self.strata("hint", "1.1", "--all").stdout.count("hint "), 3)

    def test_a_hunt_ends_when_the_bug_is_mended(self):
        planted = self.strata("hunt", "1")
        self.assertNotIn("Mistake", planted.stdout)
        file = "workshop/hunt/week01-1/week01-mini/mini/sum.cc"
        self.assertIn("Sum.OfThree", self.strata("hunt", "1", "--check", status=1).stdout)
        self.mini.edit(file, "int total = 1;", "int total = 0;")
        self.assertIn("Mistake number 1", self.strata("hunt", "1", "--check").stdout)
        self.strata("hunt", "1", "5")
        self.assertIn("+++ b/week01-mini/mini/words.cc",
                      self.strata("hunt", "1", "5", "--give-up").stdout)
        listed = self.strata("hunt", "1", "--list").stdout
        self.assertRegex(listed, r"1  found +Mistake number 1\n")
        self.assertRegex(listed, r"2  new\n")
        self.strata("hunt", "1", "9", status=2)

    def test_up_gives_the_shell_its_input_from_anywhere(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            link = Path(elsewhere) / "link"
            link.symlink_to(self.mini.root / "strata")
            done = self.strata("up", stdin="1 2\n4 5\n", cwd=elsewhere, command=link)
        self.assertEqual(done.stdout, "3\n9\nShutting down...\n")

    def test_a_test_that_passed_and_is_unchanged_is_not_run_again(self):
        first = self.strata("test").stdout
        self.assertEqual(first.splitlines()[-1], "9 passed, 0 failed")
        again = self.strata("test").stdout
        self.assertEqual(again.count("passed before (unchanged)"), 2)
        self.assertEqual(again.splitlines()[-1], "9 passed, 0 failed")
        self.assertNotIn("before", self.strata("test", "--again", "1").stdout)
        filtered = self.strata("test", "--filter", "OfThree").stdout
        self.assertEqual(filtered.splitlines()[-1], "2 passed, 0 failed")
        self.mini.edit("week02-top/top/top.cc", "2 *", "3 *")
        failed = self.strata("test", status=1).stdout
        self.assertIn("8 passed before (unchanged)", failed)
        self.assertIn("week02-top/tests/top_test.cc:5: Failure", failed)
        self.assertEqual(failed.splitlines()[-1], "8 passed, 1 failed")

    def test_an_exported_course_has_no_bodies_and_works(self):
        with tempfile.TemporaryDirectory() as holder:
            target = Path(holder) / "class"
            self.strata("export", str(target), "--through", "1")
            self.assertFalse((target / "week02-top").exists())
            self.assertFalse((target / "week01-mini/mutants").exists())
            self.assertFalse((target / "week01-mini/TEACHING.md").exists())
            self.assertNotIn("total", (target / "week01-mini/mini/sum.cc").read_text())
            there = {"command": target / "strata", "cwd": target}
            self.strata("start", "1", **there)
            self.assertIn("0 of 100", self.strata("check", "1", status=1, **there).stdout)
            self.assertIn("7 failed", self.strata("test", status=1, **there).stdout)
            self.assertIn("not in this repository",
                          self.strata("diff", "1.1", status=1, **there).stderr)


class Proof(unittest.TestCase):
    """One miniature for all: the proof is made to be run often on one tree."""

    @classmethod
    def setUpClass(cls):
        cls.mini = Mini()

    @classmethod
    def tearDownClass(cls):
        cls.mini.close()

    def prove(self, status):
        done = self.mini.strata("proof", "1")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def fails(self, name, old, new, expected):
        """Proves that an author's mistake is found, and takes it back."""
        before = self.mini.read(name)
        self.mini.edit(name, old, new)
        try:
            self.assertRegex(self.prove(1), expected)
        finally:
            self.mini.write(name, before)

    def test_passes_and_finds_each_mistake(self):
        table = self.prove(0)
        self.assertRegex(table, r"01 +ok +ok +ok 7 +ok 8 +ok +8 of 8 +3 run, 1 skipped")
        toml, words = "week01-mini/course.toml", "week01-mini/mini/words.cc"
        readme, bug = "week01-mini/README.md", "week01-mini/mutants/01-mistake.patch"
        for mistake in (
            (toml, "points = 40", "points = 41", r"course.toml:1: the points sum to 101"),
            (toml, 'id = "1.3"', 'id = "1.4"', r"words.cc:7: task 1.3 has no entry"),
            (toml, 'id = "1.3"', 'id = "1.4"', r"course.toml:29: task 1.4 has no mark"),
            (toml, '["Header.*"]', "[]", r"mini_test.cc:16: Header.IsThere belongs to no task"),
            (toml, '"Joined.*"', '"Joined.*", "Nobody.*"', r"no test matches Nobody"),
            (toml, '["Words.*", "Joined.*"]\nhints', '["Words.*", "Header.*", "Joined.*"]\nhints',
             r"Header.IsThere belongs to 1.3 and regression"),
            (words, "  // END TASK 1.3\n  return", "  return", r"words.cc:22: TASK 1.3 opens inside"),
            ("week01-mini/mini/words.h", "std::vector", "// TASK 1.1: a\nstd::vector",
             r"words.h:5: TASK 1.1 is outside"),
            (readme, "3\n...", "4\n...", r"README.md:4: .*prints something else now"),
            (readme, "> 4\n4", "> 4\n5", r"session of week01-repl prints something else"),
            (bug, "int total = 1", "int total = 0 + 0", r"01-mistake.patch:1: no test notices it"),
            (bug, "int total = 1", "int totl = 1", r"01-mistake.patch:1: .*does not compile"),
            (bug, "int total = 0;", "int total = 00;", r"does not apply"),
            (bug, "int total = 1;", "int total = 0; while (true) {}", r"only a timeout notices"),
        ):
            with self.subTest(expected=mistake[3]):
                self.fails(*mistake)
        self.assertEqual(self.prove(0), table)

    def test_finds_a_starter_whose_tests_do_not_fail_as_they_should(self):
        self.fails("week01-mini/tests/mini_test.cc", "EXPECT_EQ(sum({}), 0);", "SUCCEED();",
                   r"on the starter Sum.OfNoneIsZero of task 1.1 passed")
        self.fails("week01-mini/tests/mini_test.cc", "EXPECT_EQ(sum({}), 0);",
                   "EXPECT_EQ(sum({}), largest({})); EXPECT_TRUE(words(\"\").empty());"
                   " EXPECT_EQ(largest({}), 0);",
                   r"with tasks up to 1.1 in place Sum.OfNoneIsZero fails")


if __name__ == "__main__":
    unittest.main()
