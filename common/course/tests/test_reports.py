"""What is said of a build that fails, of a crash, and of many tests that fail."""

import io
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from strata_course import compile_errors, crash, editor, gtest, report
from strata_course.build import Tree
from strata_course.project import Project
from strata_course.tasks import Task, Week
from strata_course.ui import Usage
from tests.mini import Mini

OWN = "workshop/week01-x/"
PLAIN = """\
[1/3] Building CXX object a.o
[2/3] Building CXX object b.o
FAILED: b.o
/usr/bin/ccache /usr/bin/g++ -Werror b.cc
week01-x/b.cc: In function 'int f()':
week01-x/b.cc:2:3: error: 'x' was not declared
    2 |   x
      |   ^
week01-x/b.cc:9:9: error: another
cc1plus: all warnings being treated as errors
ninja: build stopped: subcommand failed.
"""
FROM_A_HEADER = """\
In file included from /usr/include/c++/12/string:48,
                 from workshop/week01-x/x.cc:1:
/usr/include/c++/12/bits/stl_function.h: In instantiation of 'less<K>':
/usr/include/c++/12/bits/stl_map.h:529:32:   required from 'operator[]'
workshop/week01-x/x.cc:66:36:   required from here
/usr/include/c++/12/bits/stl_function.h:408:20: error: no match for 'operator<'
  408 |       { return __x < __y; }
      |                ~~~~^~~~~
/usr/include/c++/12/bits/stl_iterator.h:579:5: note: candidate: 'template'
  579 |     operator<=>(const
"""
FROM_A_MACRO = """\
In file included from workshop/week01-x/x.h:3,
                 from workshop/week01-x/x.cc:1:
common/base/result.h: In function 'int f()':
common/base/result.h:90:7: error: 'strata_result_24' was not declared
   90 |   if (!name) return name.error();
      |        ^~~~
common/base/result.h:80:3: note: in expansion of macro 'STRATA_TRY_NAMED'
   80 |   STRATA_TRY_NAMED(CONCATENATED(name, __LINE__))
      |   ^~~~~~~~~~~~~~~~
common/base/result.h:75:3: note: in expansion of macro 'STRATA_TRY_AT'
   75 |   STRATA_TRY_AT(x)
      |   ^~~~~~~~~~~~~
workshop/week01-x/x.cc:24:14: note: in expansion of macro 'STRATA_TRY'
   24 |   if (!table) STRATA_TRY(table, make());
      |               ^~~~~~~~~~
"""
NESTED = """\
/usr/include/c++/12/type_traits:2614:11: error: no type named 'type'
workshop/week01-x/x.cc:7:1: error: wrong
    7 | wrong
week01-x/x.h:30:3: note: candidate: 'int f()'
   30 |   int f();
workshop/week01-x/x.cc:8:1: warning: odd
    8 | odd
"""
LINKER = """\
/usr/bin/ld: libx.a(x.cc.o): in function `g()':
workshop/week01-x/x.cc:40: undefined reference to `f()'
/usr/bin/ld: workshop/week01-x/x.cc:40: undefined reference to `f()'
collect2: error: ld returned 1 exit status
"""


class CompileErrors(unittest.TestCase):
    def test_up_to_three_are_shown_and_the_others_counted(self):
        self.assertEqual(compile_errors.summary(PLAIN), "week01-x/b.cc:2:3: error: 'x' was not "
                         "declared\n    2 |   x\n      |   ^\nweek01-x/b.cc:9:9: error: another")
        many = "".join(f"a.cc:{line}:1: error: wrong\n" for line in range(1, 6))
        self.assertEqual(compile_errors.summary(many).splitlines()[2:],
                         ["a.cc:3:1: error: wrong", "and 2 more"])

    def test_an_error_in_a_header_leads_to_the_learners_line(self):
        text = compile_errors.summary(FROM_A_HEADER, OWN, lambda path, line: f"line {line}")
        self.assertEqual(text.splitlines()[:3], [
            "workshop/week01-x/x.cc:66:36: required from here:", "   66 | line 66",
            "/usr/include/c++/12/bits/stl_function.h:408:20: error: no match for 'operator<'"])
        self.assertNotIn("candidate", text)

    def test_an_error_in_a_macro_leads_to_where_it_is_used(self):
        text = compile_errors.summary(FROM_A_MACRO, OWN, lambda path, line: f"line {line}")
        self.assertEqual(text.splitlines()[:3], [
            "workshop/week01-x/x.cc:24:14: required from here:", "   24 | line 24",
            "common/base/result.h:90:7: error: 'strata_result_24' was not declared"])

    def test_errors_that_lead_to_the_learners_file_come_alone(self):
        self.assertEqual(compile_errors.summary(NESTED, OWN).splitlines(), [
            "workshop/week01-x/x.cc:7:1: error: wrong", "    7 | wrong",
            "week01-x/x.h:30:3: note: candidate: 'int f()'", "   30 |   int f();", "and 1 more"])
        self.assertEqual(compile_errors.warnings(NESTED, OWN),
                         ["workshop/week01-x/x.cc:8:1: warning: odd"])

    def test_the_linkers_errors_are_shown_once(self):
        self.assertEqual(compile_errors.summary(LINKER, OWN),
                         "workshop/week01-x/x.cc:40: undefined reference to `f()'")

    def test_paths_are_relative_whatever_a_build_tree_makes_of_them(self):
        project = Project("/the course")
        for path in ("/the course/", "../../", "/the course/build/hunt/../../"):
            self.assertEqual(project.shorten(f"in {path}week01-x/x.cc:1"), "in week01-x/x.cc:1")
        self.assertEqual(project.shorten("/a/../../b"), "/a/../../b")


ADDRESS = """\
[ RUN      ] A.b
=================================================================
==9==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x55 bp 0x7f sp 0x7f
READ of size 4 at 0x602000000014 thread T0
    #0 0x55a1 in std::vector<int>::at(unsigned long) const /usr/include/c++/12/vector:9
    #1 0x55a2 in strata::(anonymous namespace)::get(int, char const*) workshop/week01-x/x.cc:7
    #2 0x55a3 in strata::get(int) workshop/week01-x/x.cc:7
    #3 0x55a4 in A_b_Test::TestBody() week01-x/tests/x_test.cc:3

0x602000000014 is located 4 bytes inside of 12-byte region
freed by thread T0 here:
    #0 0x7fa9 in operator delete[](void*) ../../../../src/libsanitizer/asan/x.cpp:155
    #1 0x55a1 in strata::drop() workshop/week01-x/x.cc:5

SUMMARY: AddressSanitizer: heap-use-after-free
"""
UNDEFINED = """\
week01-x/x.h:4:27: runtime error: signed integer overflow
    #0 0x5615 in strata::add(int) week01-x/x.h:4
    #1 0x5616 in A_b_Test::TestBody() week01-x/tests/x_test.cc:6
"""
NULL = """\
==9==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000003 (pc 0x55 bp 0x7f sp 0x7f T0)
==9==The signal is caused by a WRITE memory access.
==9==Hint: address points to the zero page.
    #0 0x55a1 in strata::put() workshop/week01-x/x.cc:21
"""


class Crash(unittest.TestCase):
    def test_the_learners_frames_are_shown(self):
        self.assertEqual(crash.report(ADDRESS, OWN), [
            "heap-use-after-free, READ of size 4",
            "  in yours: workshop/week01-x/x.cc:7, in strata::get",
            "  freed: workshop/week01-x/x.cc:5, in strata::drop"])
        self.assertEqual(crash.report(NULL, OWN), [
            "SEGV: through a null pointer",
            "  in yours: workshop/week01-x/x.cc:21, in strata::put"])

    def test_without_any_the_nearest_of_the_course_is(self):
        self.assertEqual(crash.report(UNDEFINED, OWN), [
            "signed integer overflow", "  not in yours; nearest: week01-x/x.h:4, in strata::add"])

    def test_other_output_is_no_report(self):
        self.assertEqual(crash.report("a runtime error: none\n", OWN), [])
        self.assertEqual(crash.before_report("said\n" + UNDEFINED), "said\n")

    def test_the_line_for_gdb_can_be_pasted(self):
        project = Project("/the course")
        outcome = gtest.Outcome("A.b/0", "crashed", program="/the course/build/x/bin/x test")
        with mock.patch("shutil.which", return_value="/usr/bin/gdb"):
            self.assertEqual(crash.gdb_line(project, outcome), "gdb -q -ex run -ex bt --args "
                             "'build/x/bin/x test' --gtest_filter=A.b/0")
        with mock.patch("shutil.which", return_value=None):
            self.assertIsNone(crash.gdb_line(project, outcome))


class FailingTests(unittest.TestCase):
    def shown(self, *outcomes, task="1.1"):
        """What is printed of outcomes, each (test, status, detail) and perhaps the output."""
        outcomes = [gtest.Outcome(*outcome) for outcome in outcomes]
        week = Week(1, Path("/week01-x"), tasks=(
            Task("1.1", "t", 50, 5, (), ("A.*",), ()), Task("1.2", "t", 50, 5, (), ("B.*",), ())))
        tree = SimpleNamespace(name="workshop", mine=Path("/r/workshop"), sanitized=False)
        with redirect_stdout(io.StringIO()) as printed, \
                mock.patch("shutil.which", return_value=None):
            said = report.texts(Project("/r"), week, outcomes, tree)
            report.show(Project("/r"), week, outcomes, said, tree, task)
        return printed.getvalue()

    def test_three_are_shown_in_full_and_the_others_named(self):
        text = self.shown(*[(f"A.{n}", "failed", f"wrong {n}") for n in range(15)],
                          ("B.a", "failed", "wrong too"))
        self.assertEqual([f"wrong {n}\n" in text for n in range(4)], [True, True, True, False])
        self.assertIn("and 12 more of task 1.1: A.3, A.4, A.5, A.6, A.7, A.8, A.9, A.10, …\n"
                      "whole log: /r/build/logs/check-workshop.log\n", text)
        self.assertNotIn("B.a", text)

    def test_one_task_not_written_is_said_once(self):
        text = self.shown(*[(f"A.{n}", "failed", "task 1.1 is not written yet") for n in "abc"])
        self.assertEqual(text.count("task 1.1 is not written yet"), 1)
        self.assertIn("and 2 more of task 1.1 that wait for it\n", text)

    def test_a_long_message_is_cut(self):
        text = self.shown(("A.a", "failed", "line\n" * 30))
        self.assertEqual(text.count("  line\n"), report.LINES)
        self.assertIn("(6 more lines in the log)", text)

    def test_a_crash_says_how_to_find_its_place(self):
        crashed = ("A.a", "crashed", "crashed (signal 11)")
        self.assertIn("./strata check 1 --sanitize --filter A.a\n", self.shown(crashed))
        self.assertNotIn("--sanitize", self.shown(("A.a", "failed", "wrong")))

    def test_an_assertion_has_said_where_it_is(self):
        for output in ("week01-x/x.cc:7: assertion failed: size > 0\n",
                       "/usr/include/c++/12/optional:447: T& f(): Assertion 'this->_M_is_engaged()' "
                       "failed.\n"):
            text = self.shown(("A.a", "crashed", "crashed (signal 6: aborted)", output))
            self.assertNotIn("--sanitize", text)
            self.assertIn(output.strip(), text)


class Weeks(unittest.TestCase):
    def test_one_to_come_is_told_from_one_that_never_will(self):
        with tempfile.TemporaryDirectory() as holder:
            (Path(holder) / "week01-x").mkdir()
            (Path(holder) / "CMakeLists.txt").write_text("add_subdirectory(week01-x)\n")
            for number, text in ((2, "week 2 is not built yet"), (11, "there is no week 11 here")):
                with self.assertRaisesRegex(Usage, text):
                    Project(holder).week(number)


class Editor(unittest.TestCase):
    def test_clangd_is_told_the_flags_unless_it_was_told_others(self):
        with tempfile.TemporaryDirectory() as holder:
            project = Project(holder)
            project.workshop.mkdir()
            file = project.workshop / ".clangd"
            editor.write(project)
            self.assertIn(f'"-I{project.root}/common"', file.read_text())
            file.write_text(editor.MADE + "old\n")
            editor.write(project)
            self.assertNotIn("old", file.read_text())
            file.write_text("my own\n")
            editor.write(project)
            self.assertEqual(file.read_text(), "my own\n")


class SharedObjects(unittest.TestCase):
    def test_one_trees_objects_serve_the_next(self):
        mini = Mini()
        self.addCleanup(mini.close)
        project, seen = Project(mini.root), mini.root / "ccache"
        with mock.patch.dict("os.environ", {"CCACHE_STATSLOG": str(seen)}), \
                mock.patch("strata_course.build.say"):
            Tree(project, "dev").build(("base",))
            self.assertIn("cache_miss", seen.read_text())
            seen.unlink()
            Tree.overlay(project, "hunt", mini.root / "hunt", []).build(("base",))
            self.assertIn("direct_cache_hit", seen.read_text())


if __name__ == "__main__":
    unittest.main()
