"""Marks, course.toml, whose test is whose, and the starter that is derived from them."""

import tempfile
import unittest
from pathlib import Path

from strata_course import starter, tasks
from strata_course.ui import Failure

REFERENCE = """\
#include "a/b.h"

int f(int x) {
  // TASK 1.1: one.
  // See FORMAT.md.
  int y = x;
  return y;
  // END TASK 1.1
}

int g() {
  int z = 0;
    // TASK 1.2: two.

    // this comment is the reference's
    z = 2;
    // END TASK 1.2
  return z;
}
"""


class Marks(unittest.TestCase):
    def test_are_found_with_their_comment_apart(self):
        marks, problems = tasks.parse_marks(REFERENCE)
        self.assertEqual(problems, [])
        self.assertEqual([(m.task, m.begin, m.body, m.end) for m in marks],
                         [("1.1", 3, 5, 7), ("1.2", 12, 13, 16)])

    def test_wrong_ones_are_reported_with_their_line(self):
        for text, line in (("  // TASK 1.1: a\n  // TASK 1.2: b\n  // END TASK 1.2\n", 2),
                           ("  // TASK 1.1: a\n  // END TASK 1.2\n", 2),
                           ("\n  // END TASK 1.2\n", 2),
                           ("  // TASK 1.1: a\n", 1),
                           ("  // TASK one\n", 1),
                           ("// TASK 1.1: a\n// END TASK 1.1\n", 1)):
            with self.subTest(text):
                self.assertEqual(tasks.parse_marks(text)[1][0][0], line)


class Starter(unittest.TestCase):
    def test_throws_in_place_of_each_body(self):
        self.assertEqual(starter.render(REFERENCE), """\
#include "a/b.h"
#include "base/not_written.h"

int f(int x) {
  // TASK 1.1: one.
  // See FORMAT.md.
  throw strata::NotWritten{"1.1"};
}

int g() {
  int z = 0;
    // TASK 1.2: two.
    throw strata::NotWritten{"1.2"};
  return z;
}
""")

    def test_keeps_the_bodies_it_is_told_to(self):
        text = starter.render(REFERENCE, keep={"1.1", "1.2"})
        self.assertIn("int y = x;", text)
        self.assertNotIn("NotWritten", text)
        self.assertNotIn("not_written.h", text)

    def test_with_marks_can_be_derived_from_again(self):
        once = starter.render(REFERENCE, marks=True)
        self.assertEqual(starter.render(once), starter.render(REFERENCE))

    def test_refuses_a_file_whose_marks_are_wrong(self):
        with self.assertRaises(Failure):
            starter.render("  // TASK 1.1: a\n")


class CourseToml(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as holder:
            folder = Path(holder) / "week01-x"
            folder.mkdir()
            (folder / "course.toml").write_text(text)
            return tasks.load_week(folder)

    TASK = ('[[task]]\nid = "1.1"\ntitle = "t"\npoints = 100\nminutes = 5\n'
            'files = ["a.cc"]\ntests = ["A.*"]\nhints = []\n')
    HEAD = 'week = 1\ntitle = "x"\ntests = ["x_test"]\n'

    def test_is_read_and_knows_its_lines(self):
        week = self.load(self.HEAD + "[timeouts]\n'A.*' = 60\n" + self.TASK)
        self.assertEqual((week.number, week.label, week.tasks[0].line), (1, "week01", 7))
        self.assertEqual((week.timeout_of("A.b"), week.timeout_of("B.b")), (60, 20))

    def test_says_what_is_missing(self):
        with self.assertRaisesRegex(Failure, "week01-x/course.toml: points of task 1.1"):
            self.load(self.HEAD + self.TASK.replace("points = 100\n", ""))
        with self.assertRaisesRegex(Failure, "title is missing"):
            self.load("week = 1\n")
        with self.assertRaisesRegex(Failure, "week must be 1"):
            self.load(self.HEAD.replace("1", "2"))

    def test_tests_are_ranked_by_task_and_by_pattern(self):
        week = tasks.Week(1, Path("/week01-x"), regressions=("R.*",), tasks=(
            tasks.Task("1.1", "t", 50, 5, (), ("Whole.one", "B.*"), ()),
            tasks.Task("1.2", "t", 50, 5, (), ("Part.*", "Whole.*"), ())))
        names = ["Whole.two", "R.a", "Whole.one", "Part.a", "B.a", "Part.b"]
        self.assertEqual(sorted(names, key=lambda name: tasks.rank(week, name)),
                         ["Whole.one", "B.a", "Part.a", "Part.b", "Whole.two", "R.a"])

    def test_a_test_named_in_full_belongs_to_whoever_names_it(self):
        other = self.TASK.replace("1.1", "1.2").replace("A.*", "A.b")
        week = self.load(self.HEAD + self.TASK + other)
        self.assertEqual(tasks.owner(week, "A.a"), ["1.1"])
        self.assertEqual(tasks.owner(week, "A.b"), ["1.2"])
        self.assertEqual(tasks.owner(week, "B.b"), [])


if __name__ == "__main__":
    unittest.main()
