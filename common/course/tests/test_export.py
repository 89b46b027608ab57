"""What an export says: lessons without commands that cannot work there, and without dead links."""

import re
import tempfile
import unittest
from pathlib import Path

from strata_course import documents, export
from strata_course.project import Project
from strata_course.ui import Usage
from tests.mini import REAL_ROOT

LESSON = """\
# Week 2

As before: `./strata check 2` builds, `./strata hint 2.4` helps, `./strata diff 2.4` compares,
`./strata repl 2 --mine` opens your store. It says which. `./strata diff 2.4` shows both bodies:
ask for it when you are done. Go in order.

Read past them. `./strata hunt 2` plants a bug; `mutants/` has them all, so do not look there.

`./strata hunt 2` plants a bug. It makes a good rehearsal.

- `./strata hunt 2`: a bug
- `./strata check 2`: the tests

```
$ ./strata repl 2 --data x
$ ./strata repl 1 --data x
```

```
$ ./strata hunt 2
```
"""
MENDED = """\
# Week 2

As before: `./strata check 2` builds, `./strata hint 2.4` helps,
`./strata repl 2 --mine` opens your store. It says which. Go in order.

Read past them.

- `./strata check 2`: the tests

```
$ ./strata repl 2 --mine --data x
$ ./strata repl 1 --data x
```

"""


class Documents(unittest.TestCase):
    def test_what_cannot_work_is_not_offered(self):
        self.assertEqual(documents.possible(LESSON, 2), MENDED)

    def test_the_lessons_that_there_are_offer_nothing_that_cannot_work(self):
        for week in Project(REAL_ROOT).weeks():
            for path in week.folder.glob("*.md"):
                if path.name in export.LEFT_OUT:
                    continue
                with self.subTest(path.name, week=week.number):
                    before = path.read_text()
                    after = documents.possible(before, week.number)
                    self.assertNotRegex(after, r"\./strata (diff|hunt)")
                    self.assertNotRegex(after, rf"\./strata repl {week.number}(?!\s--mine)")
                    self.assertGreater(len(after), 0.97 * len(before))

    def test_the_programs_of_a_lesson_are_the_learners_own(self):
        self.assertEqual(
            documents.with_own_programs("run `./strata\nbuild` once, then `PATH=build/release/bin`", 2),
            "run `./strata build --mine 2`, then `PATH=build/workshop/bin`")

    def test_a_link_to_what_is_not_there_becomes_its_words(self):
        with tempfile.TemporaryDirectory() as holder:
            (Path(holder) / "a.md").touch()
            text = "[a](a.md#x) [b](../b.md) [c](https://c.org) ![d](d.svg)"
            self.assertEqual(documents.without_dead_links(text, Path(holder)),
                             "[a](a.md#x) b [c](https://c.org) ![d](d.svg)")


class Hints(unittest.TestCase):
    def test_the_third_is_taken_out(self):
        text = 'a = 1\nhints = ["""\nx[0] "y"\n""", "b]", """\nc\n"""]\n\n[[task]]\nhints = []\n'
        self.assertEqual(export.without_last_hints(text),
                         'a = 1\nhints = ["x[0] \\"y\\"\\n", "b]"]\n\n[[task]]\nhints = []\n')


class Weeks(unittest.TestCase):
    def test_through_says_the_same_as_a_range_from_1(self):
        project = Project(REAL_ROOT)
        weeks = lambda *words: export._weeks_to_write(project, *words)
        newest = project.newest().number
        self.assertEqual(weeks((2, 2), None), (2, 2))
        self.assertEqual((weeks(None, 2), weeks((1, 2), 2)), ((1, 2), (1, 2)))
        self.assertEqual(weeks(None, None), (1, newest))
        for words in (((2, 2), 3), ((3, 2), None)):
            with self.assertRaises(Usage):
                weeks(*words)


if __name__ == "__main__":
    unittest.main()
