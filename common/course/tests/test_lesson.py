"""Transcripts: which blocks are run, and when output agrees with what is shown."""

import unittest

from strata_course import lesson

DOCUMENT = """\
# Title
```cpp
int x;
```
```console
$ echo one \\
    two
one two
$ true
```
<!-- lesson: repl week04-repl --connect unix:s -->
<details>

  ```
  > GET a
  1

  > GET b
  ```

</details>

```text no-run
$ rm -rf /
```
~~~
```
$ not a block of its own
~~~
"""


class Parse(unittest.TestCase):
    def test_finds_the_transcripts_in_order(self):
        blocks = lesson.parse(DOCUMENT)
        self.assertEqual([block.kind for block in blocks], ["$", "repl", ">", "skipped"])
        self.assertEqual(blocks[1].words, "week04-repl --connect unix:s")

    def test_joins_a_command_that_goes_on_in_the_next_line(self):
        commands = lesson.parse(DOCUMENT)[0].commands
        self.assertEqual([(c.line, c.text, c.expected) for c in commands],
                         [(6, "echo one \\\n    two", ["one two"]), (9, "true", [])])

    def test_takes_the_indentation_of_the_fence_away(self):
        commands = lesson.parse(DOCUMENT)[2].commands
        self.assertEqual([(c.text, c.expected) for c in commands],
                         [("GET a", ["1", ""]), ("GET b", [])])


class Matches(unittest.TestCase):
    def test_plain_lines(self):
        self.assertTrue(lesson.matches(["a", "b"], ["a", "b"]))
        self.assertFalse(lesson.matches(["a", "b"], ["a"]))
        self.assertFalse(lesson.matches(["a"], ["a", "b"]))
        self.assertFalse(lesson.matches(["a.c"], ["abc"]))

    def test_three_dots_are_any_lines(self):
        self.assertTrue(lesson.matches(["a", "...", "c"], ["a", "b", "b", "c"]))
        self.assertTrue(lesson.matches(["a", "..."], ["a"]))
        self.assertTrue(lesson.matches(["...", "b", "..."], ["a", "b", "b", "c"]))
        self.assertFalse(lesson.matches(["...", "c"], ["a", "b"]))

    def test_an_ellipsis_is_any_text_in_a_line(self):
        self.assertTrue(lesson.matches(["took … ms"], ["took 3.5 ms"]))
        self.assertFalse(lesson.matches(["took … ms"], ["took 3.5 s"]))

    def test_tidy_drops_trailing_blanks_only(self):
        self.assertEqual(lesson.tidy("a\tb  \n\n c\n\n\n"), ["a       b", "", " c"])


if __name__ == "__main__":
    unittest.main()
