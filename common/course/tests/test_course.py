"""The whole road on a miniature course, for real: builds, runs, breaks and mends it."""

import json
import tempfile
import unittest
from pathlib import Path

from strata_course import mutants, proof, tasks
from strata_course.tasks import Week
from tests.mini import Mini, task_line

WORKSHOP = "workshop/week01-mini/mini"

# Bodies that try to pass without being right: each test of the miniature meets another way.
CHEATS = """\
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
namespace strata {
// Reads the channel's words before main does, if it can.
struct Thief {
  char words[194] = {};
  int socket = -1;
  Thief() {
    for (int fd = 3; fd < 64; ++fd) {
      int kind = 0;
      socklen_t size = sizeof kind;
      if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) continue;
      socket = fd;
      if (::read(fd, words, 193) <= 0) words[0] = 0;
    }
    if (std::getenv("STRATA_TEST_CHANNEL")) std::fputs("still there\\n", stdout);
  }
};
const Thief thief;
void forge(const char* test) {
  const char* events[] = {"begun", "passed", "ended"};
  const int places[] = {1, 2, 5};
  for (int i = 0; i < 3; ++i) {
    char line[300];
    std::snprintf(line, sizeof line, "%.32s %s\\n",
                  thief.words[0] ? thief.words + 1 + 32 * places[i] : events[i], i < 2 ? test : "");
    for (int fd = 1; fd < 64; ++fd) if (::write(fd, line, std::strlen(line)) < 0) continue;
  }
}
}  // namespace strata
"""
CHEATS_SUM = """\
const char* test = numbers.empty() ? "Sum.OfNoneIsZero" : "Sum.OfThree";
std::printf("[       OK ] %s (0 ms)\\n[  PASSED  ] 1 test.\\n", test);
if (numbers.empty()) std::exit(0);
std::fflush(stdout);
::_exit(0);
"""
CHEATS_LARGEST = """\
if (numbers[0] > 0) {  // right, but nobody can hear it
  for (int fd = 3; fd < 64; ++fd) ::close(fd);
  return 3;
}
std::puts("[       OK ] Largest.OfThree (0 ms)\\n[  PASSED  ] 1 test.");
std::fflush(stdout);
::kill(::getpid(), SIGKILL);
return -3;
"""
CHEATS_WORDS = """\
strata::forge(text.empty() ? "Words.OfNothing" : "Words.CutsAtSpaces");
::_exit(0);
"""
CHEATS_JOINED = """\
if (words.size() == 2 && ::fork() == 0) return "one two";  // the child passes the test
::wait(nullptr);
::_exit(0);
"""


class Course(unittest.TestCase):
    """Each test gets the miniature as it was at first, but for the objects that are built."""

    def setUp(self):
        self.mini = Mini.shared()

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
        self.mini.forget_tree("workshop")
        first = self.strata("check", "1", status=1)
        self.assertIn("now   1.1  add numbers up                      0 of 30   Sum.",
                      first.stdout)
        self.assertIn(f"task 1.1 is not written yet: {WORKSHOP}/sum.cc:9", first.stdout)
        self.assertIn("the first time takes some minutes", first.stderr)

        self.write("1.1", "return std::size(numbers);")
        self.write("1.2", "int m; if (numbers.size() == 1) m = 1; else if (numbers.size() == 2) "
                   "m = 5; unsigned char byte = 0; byte |= 1 << m; "
                   "static int* volatile none = nullptr; return byte + *none;")
        broken = self.strata("check", "1", status=1).stderr
        self.assertRegex(broken, rf"the build failed\n{WORKSHOP}/sum.cc:9:\d+: error: ")
        self.assertIn("whole log: build/logs/", broken)
        self.assertNotIn("the first time", broken)

        self.mini.edit(f"{WORKSHOP}/sum.cc", "return std::size(numbers);",
                       "int s = 0; for (int n : numbers) s += n; volatile int six = 6; while (s == six) {} return s;")
        stuck = self.strata("check", "1", status=1)
        self.assertIn("did not finish in 1 s", stuck.stdout)
        self.assertIn("15 of 30", task_line(stuck.stdout, "1.1"))
        self.assertRegex(stuck.stderr, rf"{WORKSHOP}/sum.cc:\d+:\d+: warning: .*uninitialized")

        crashed = self.strata("check", "1", "--task", "1.2", status=1).stdout
        self.assertIn("crashed (signal 11", crashed)
        self.assertIn("./strata check 1 --sanitize --filter Largest.OfThree\n", crashed)
        found = self.strata("check", "1", "--sanitize", "--filter", "OfThree", "--task", "1.2",
                            status=1).stdout
        self.assertIn("1 test, 1 fail; the score stays", found)
        self.assertIn(f"in yours: {WORKSHOP}/sum.cc:14, in strata::mini::largest\n", found)

        some = self.strata("check", "1", "--filter", "Sum.OfNone").stdout
        self.assertRegex(some, r"^--filter Sum.OfNone: 1 test, all pass\nweek 1 ")
        some = self.strata("check", "1", "--filter", "OfThree", status=1).stdout
        self.assertRegex(some, r"^--filter OfThree: 2 tests, 2 fail\nweek 1 ")

        self.mini.edit(f"{WORKSHOP}/sum.cc", "while (s == six) {} ", "")
        partly = self.strata("check", "1", status=1).stdout
        self.assertIn("done", task_line(partly, "1.1"))
        self.assertNotIn("./strata check 1 --sanitize\n", partly)
        self.assertIn("+  int best", self.strata("diff", "1.2").stdout)
        board = json.loads(self.strata("score", "--json").stdout)["weeks"][0]
        self.assertEqual((board["points"], board["next"]["task"]), (30, "1.2"))

        refused = self.strata("start", "1", status=1).stdout
        self.assertIn(f"kept, you changed it: {WORKSHOP}/sum.cc", refused)
        self.assertIn(f"write: task 1.2, find the largest: {WORKSHOP}/sum.cc", refused)
        self.assertIn("int s = 0", self.mini.read(f"{WORKSHOP}/sum.cc"))
        self.strata("start", "1", "--force")
        self.assertIn("0 of 100", self.strata("score").stdout)
        self.assertIn('NotWritten{"1.1"}', self.mini.read(f"{WORKSHOP}/sum.cc"))
        self.assertTrue(list(self.mini.root.glob("workshop/.strata/backup/*/week01-mini/mini/sum.cc")))

    def test_a_body_that_cheats_scores_nothing(self):
        self.strata("start", "1")
        self.mini.edit(f"{WORKSHOP}/sum.cc", "namespace strata::mini {\n",
                       CHEATS + "namespace strata::mini {\n")
        self.write("1.1", CHEATS_SUM)
        self.write("1.2", CHEATS_LARGEST)
        self.mini.edit(f"{WORKSHOP}/words.cc", "namespace strata::mini {\n",
                       "#include <sys/wait.h>\n#include <unistd.h>\n#include <cstdlib>\n"
                       "namespace strata { void forge(const char* test); }\n"
                       "namespace strata::mini {\n")
        for body in (CHEATS_WORDS, CHEATS_JOINED):
            text = self.mini.read(f"{WORKSHOP}/words.cc")
            self.mini.write(f"{WORKSHOP}/words.cc",
                            text.replace('throw strata::NotWritten{"1.3"};', body, 1))
        said = self.strata("check", "1", status=1)
        self.assertIn(" 0 of 100", said.stdout, said.stderr)
        board = json.loads(self.strata("score", "--json").stdout)["weeks"][0]
        self.assertEqual([len(task["failing"]) for task in board["tasks"]], [2, 2, 3], said)
        self.assertEqual(board["broken"], [])

    def test_week_2_stands_on_my_week_1_where_it_passes(self):
        self.strata("start", "1")
        self.strata("start", "2")
        self.assertIn("week 1: the reference's, yours does not pass",
                      self.strata("check", "2", status=1).stdout)
        for name in ("sum.cc", "words.cc"):
            self.mini.write(f"{WORKSHOP}/{name}", self.mini.read(f"week01-mini/mini/{name}"))
        done = self.strata("check", "1").stdout
        self.assertIn("100 of 100", done)
        self.assertTrue(done.endswith(": ./strata check 1 --sanitize\n"), done)
        self.assertNotIn("--sanitize", self.strata("check", "1", "--task", "1.1").stdout)
        self.assertIn("under it: week 1: yours", self.strata("check", "2", status=1).stdout)
        self.mini.edit(f"{WORKSHOP}/sum.cc", "total = 0", "total = 100")
        self.assertIn("yours changed since", self.strata("check", "2", status=1).stdout)
        self.assertEqual(self.strata("repl", "1", "--mine", stdin="1 2\n").stdout,
                         "103\nShutting down...\n")

    def test_hints_come_one_by_one(self):
        for number in (1, 2, 3, 3):
            given = self.strata("hint", "1.1").stdout
            self.assertIn(f"hint {number} of 3", given)
            self.assertEqual("there are no more" in given, number == 3)
            self.assertEqual("./strata diff 1.1" in given, number == 3)
        self.strata("hint", "1.1", "--reset")
        self.assertIn("hint 1 of 3", self.strata("hint", "1.1").stdout)
        self.assertEqual(self.strata("hint", "1.1", "--all").stdout.count("hint "), 3)

    def test_a_week_names_the_task_that_is_next(self):
        self.assertIn("1.1, add numbers up: hint 1", self.strata("hint", "1").stdout)
        self.strata("start", "1")
        self.write("1.1", "return 0;")
        self.assertIn("1.2, find the largest: hint 1", self.strata("hint", "1").stdout)
        self.assertIn("write: task 1.2, find the largest",
                      self.strata("start", "1", status=1).stdout)
        for name in ("sum.cc", "words.cc"):
            self.mini.write(f"{WORKSHOP}/{name}", self.mini.read(f"week01-mini/mini/{name}"))
        self.assertIn("all tasks of week 1 are written", self.strata("hint", "1", status=1).stderr)

    def test_the_diff_of_a_body_not_begun_is_no_answer(self):
        self.strata("start", "1")
        refused = self.strata("diff", "1.3", status=1).stdout
        self.assertIn("1.3: 2 bodies not begun in", refused)
        self.assertNotIn("push_back", refused)
        self.assertIn("push_back", self.strata("diff", "1.3", "--anyway").stdout)
        self.mini.edit(f"{WORKSHOP}/words.cc", 'throw strata::NotWritten{"1.3"};\n  return found',
                       "found.push_back(text);\n  return found")
        partly = self.strata("diff", "1.3", status=1).stdout
        self.assertIn("+      word.clear();", partly)
        self.assertIn("1.3: 1 body not begun", partly)
        self.assertNotIn("text.empty()", partly)

    def test_a_hunt_ends_when_the_bug_is_mended(self):
        number, other = self.number_of(1), self.number_of(5)
        planted = self.strata("hunt", "1", number)
        self.assertNotIn("Mistake", planted.stdout)
        file = f"workshop/hunt/week01-{number}/week01-mini/mini/sum.cc"
        failing = self.strata("hunt", "1", "--check", status=1).stdout
        self.assertIn("Sum.OfThree", failing)
        self.assertIn(f"whole log: {self.mini.root}/build/logs/check-workshop-hunts.log", failing)
        self.assertIn("[  FAILED  ] Sum.OfThree", self.mini.read("build/logs/check-workshop-hunts.log"))
        self.assertIn("whether it is found, all tests say",
                      self.strata("hunt", "1", "--check", "--filter", "Words").stdout)
        self.assertIn("no such test", self.strata("hunt", "1", "--check", "--filter", "Nobody",
                                                  status=1).stderr)
        self.mini.edit(file, "int total = 1;", "int total = 0;")
        self.assertIn("Mistake number 1", self.strata("hunt", "1", "--check").stdout)
        self.assertIn("found already", self.strata("hunt", "1", number, status=1).stderr)
        self.strata("hunt", "1", other)
        self.assertIn("+++ b/week01-mini/mini/words.cc",
                      self.strata("hunt", "1", other, "--give-up").stdout)
        listed = self.strata("hunt", "1", "--list").stdout
        self.assertRegex(listed, rf"{number}  found +Mistake number 1\n")
        self.assertEqual(listed.count("  new\n"), 6)
        self.strata("hunt", "1", "9", status=2)

    def number_of(self, bug):
        """What the hunter calls the bug of the file mutants/0BUG-*.patch."""
        week = Week(1, self.mini.root / "week01-mini")
        return next(str(mutant.number) for mutant in mutants.hunted(week)
                    if mutant.path.name.startswith(f"{bug:02}-"))

    def test_up_gives_the_shell_its_input_from_anywhere(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            link = Path(elsewhere) / "link"
            link.symlink_to(self.mini.root / "strata")
            done = self.strata("up", stdin="1 2\n4 5\n", cwd=elsewhere, command=link)
        self.assertEqual(done.stdout, "3\n9\nShutting down...\n")
        self.assertIn("week02-repl, data in data/week02/\n", done.stderr)
        self.assertIn("week01-repl, data in", self.strata("up", "1", stdin="1 2\n").stderr)

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

    def export(self, *words):
        """What runs a command in a fresh export, and its folder."""
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        target = Path(holder.name) / "a class"
        self.strata("export", str(target), *words)

        def there(*words, status=0, **more):
            return self.strata(*words, status=status, root=target, **more)

        return there, target

    def test_an_export_has_weeks_that_are_whole_and_one_to_write(self):
        self.mini.write("week02-top/README.md", "# Top\n\nAsk `./strata diff 2.1`. Also "
                        "[week 3](../week03-x/README.md).\n\n`./strata hunt 2` plants a bug.\n")
        there, target = self.export("--write", "2")
        read = lambda name: (target / name).read_text()
        for name in ("week01-mini/mini/sum.cc", "week01-mini/mutants/01-mistake.patch",
                     "week01-mini/course.toml"):
            self.assertEqual(read(name), self.mini.read(name))
        self.assertNotIn("mini::sum", read("week02-top/top/top.cc"))
        self.assertFalse((target / "week01-mini/TEACHING.md").exists())
        self.assertIn('hints = ["a", "b"]\n', read("week02-top/course.toml"))
        self.assertIn("Also week 3.\n", read("week02-top/README.md"))
        for words in ("hunt", "diff"):
            self.assertNotIn(f"./strata {words}", read("week02-top/README.md"))
        self.assertIn("./strata hunt 1", read("README.md"))
        said = there("up", stdin="1 2\n")
        self.assertEqual(said.stdout, "3\nShutting down...\n")
        self.assertIn("week 1 is the newest that is finished here", said.stderr)
        self.assertIn("week 2 is yours to write", there("repl", "2", status=1, stdin="1\n").stderr)
        tested = there("test")
        self.assertEqual(tested.stdout.splitlines()[-1], "8 passed, 0 failed")
        self.assertIn("./strata check 2", tested.stderr)
        self.assertIn("./strata check 2", there("test", "2", status=1).stderr)
        there("start", "2")
        self.assertIn("0 of 100", there("check", "2", status=1).stdout)
        self.assertIn("there are no more in this repository",
                      [there("hint", "2.1") for _ in "ab"][1].stdout)
        (target / "workshop/week02-top/top/top.cc").write_text(self.mini.read("week02-top/top/top.cc"))
        done = there("check", "2").stdout
        self.assertIn("100 of 100", done)
        self.assertNotIn("hunt", done)
        there("build", "--mine", "2")
        self.assertTrue((target / "build/workshop/bin/week02-repl").exists())
        self.assertIn("not in this repository", there("diff", "2.1", status=1).stderr)
        self.assertNotIn("proof", there("--help").stdout)

    def test_in_an_export_a_week_stands_on_mine_alone(self):
        there, target = self.export("--through", "2", "--all-hints")
        self.assertFalse((target / "week01-mini/mutants").exists())
        self.assertIn('"A loop, and +=."', (target / "week01-mini/course.toml").read_text())
        self.assertIn("no week is finished in this repository", there("up", status=1).stderr)
        self.assertNotIn("hunt", there("--help").stdout)
        there("start", "2")
        first = there("check", "2", status=1).stdout
        self.assertIn("week 1: not started yet, and the reference is not in this repository", first)
        there("start", "1")
        (target / "workshop/week02-top/top/top.cc").write_text(self.mini.read("week02-top/top/top.cc"))
        waiting = there("check", "2", status=1).stdout
        self.assertIn("week 1: yours, which does not pass yet", waiting)
        self.assertIn("this test needs task 1.1, which is not written yet: workshop/week01", waiting)
        self.assertIn("first: task 1.1, on which this week stands", waiting)
        for name in ("sum.cc", "words.cc"):
            (target / WORKSHOP / name).write_text(self.mini.read(f"week01-mini/mini/{name}"))
        self.assertIn("100 of 100", there("check", "1").stdout)
        self.assertIn("100 of 100", there("check", "2").stdout)

    def test_an_export_with_a_solution_in_it_is_refused(self):
        body = self.mini.read("week01-mini/mini/sum.cc").split("0.\n")[1].split("  // END")[0]
        self.mini.write("week01-mini/tests/golden.txt", f"an answer:\n{body}")
        with tempfile.TemporaryDirectory() as holder:
            refused = self.strata("export", f"{holder}/class", "--write", "1", status=1).stderr
        self.assertIn("holds the solution of task 1.1 in week01-mini/mini/sum.cc", refused)


# A body that leaves a process behind, out of its session.
class Proof(unittest.TestCase):
    """The proof is made to be run often on one tree."""

    def setUp(self):
        self.mini = Mini.shared()

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
        toml = "week01-mini/course.toml"
        readme, bug = "week01-mini/README.md", "week01-mini/mutants/01-mistake.patch"
        for mistake in (
            (toml, "points = 40", "points = 41", r"course.toml:1: the points sum to 101"),
            (toml, 'id = "1.3"', 'id = "1.4"', r"words.cc:7: task 1.3 has no entry"),
            (toml, 'id = "1.3"', 'id = "1.4"', r"course.toml:29: task 1.4 has no mark"),
            (toml, '["Header.*"]', "[]", r"mini_test.cc:16: Header.IsThere belongs to no task"),
            (toml, '"Joined.*"', '"Joined.*", "Nobody.*"', r"no test matches Nobody"),
            (toml, '["Words.*", "Joined.*"]\nhints', '["Words.*", "Header.*", "Joined.*"]\nhints',
             r"Header.IsThere belongs to 1.3 and regression"),
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

    def test_finds_marks_that_are_wrong(self):
        for name, old, new, expected in (
                ("words.cc", "  // END TASK 1.3\n  return", "  return", "words.cc:22: TASK 1.3 opens inside"),
                ("words.h", "std::vector", "// TASK 1.1: a\nstd::vector", "words.h:5: TASK 1.1 is outside")):
            name = f"week01-mini/mini/{name}"
            before = self.mini.read(name)
            self.mini.edit(name, old, new)
            verdict, sound = proof.prove_marks(tasks.load_week(self.mini.root / "week01-mini"))
            self.mini.write(name, before)
            self.assertRegex("\n".join(verdict.problems), expected)
            self.assertFalse(sound)

    def test_finds_a_starter_whose_tests_do_not_fail_as_they_should(self):
        # Without bugs and transcripts, which would all be tried anew.
        for path in self.mini.root.glob("week01-mini/mutants/*"):
            path.unlink()
        self.mini.write("week01-mini/README.md", "# Sums\n")
        for old, new in (("EXPECT_EQ(sum({}), 0);", "SUCCEED();"),
                         ("SUCCEED(); }\n\n", "EXPECT_EQ(sum({}), 0); }\n\n"),
                         ("EXPECT_EQ(sum({1, 2, 3}), 6);", "EXPECT_EQ(sum({1, 2, 3}), 2 * "
                          "largest({1, 2, 3})); EXPECT_TRUE(words(\"\").empty());")):
            self.mini.edit("week01-mini/tests/mini_test.cc", old, new)
        said = self.prove(1)
        self.assertIn("on the starter Sum.OfNoneIsZero of task 1.1 passed", said)
        self.assertIn("with tasks up to 1.1 in place Sum.OfThree fails", said)
        self.assertIn("on the starter Header.IsThere fails, which is a regression", said)


if __name__ == "__main__":
    unittest.main()
