"""What .ci/scope.py takes for a change of code."""

import importlib.util
import unittest
from unittest import mock

from tests.mini import REAL_ROOT

SPEC = importlib.util.spec_from_file_location("scope", REAL_ROOT / ".ci" / "scope.py")
scope = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(scope)


class Code(unittest.TestCase):
    def same(self, one, two):
        return scope.code(one) == scope.code(two)

    def test_comments_and_layout_do_not_count(self):
        self.assertTrue(self.same("int a;  // one\n", "/* two */ int\n  a;"))
        self.assertFalse(self.same("int a;", "int b;"))

    def test_what_looks_like_a_comment_in_a_string_does(self):
        self.assertFalse(self.same('f("a // b");', 'f("a // c");'))
        self.assertFalse(self.same("c == '\"'; f(\"//\", 1);", "c == '\"'; f(\"//\", 2);"))
        self.assertFalse(self.same('f("a b");', 'f("a  b");'))
        self.assertFalse(self.same('R"x(\n// 1)x"', 'R"x(\n// 2)x"'))
        self.assertFalse(self.same("1'000 + '//1'", "1'000 + '//2'"))

    def test_marks_and_switches_in_comments_do(self):
        self.assertFalse(self.same("// TASK 1.1: x\nint a;", "int a;\n// TASK 1.1: x"))
        self.assertFalse(self.same("int a;  // NOLINT(x): y", "int a;"))


class Touched(unittest.TestCase):
    def test_a_part_is_touched_by_its_own_files_and_all_by_the_build(self):
        self.assertEqual(scope.touched(["week02-lsm/CMakeLists.txt"]), ["2"])
        self.assertEqual(scope.touched(["common/base/text.cc"]), ["common"])
        self.assertEqual(scope.touched(["common/viewer/x.js", "common/course/strata_course/ui.py"]), [])
        self.assertEqual(scope.touched(["CMakeLists.txt"]), list(scope.parts()))
        self.assertEqual(scope.touched(None), list(scope.parts()))

    def test_documents_are_no_code_and_lists_of_sources_are(self):
        answers = {("diff", "--name-only"): "README.md\nweek02-lsm/CMakeLists.txt\n"}
        with mock.patch.object(scope, "git", lambda *words: answers.get(words[:2], "")), \
                mock.patch.object(scope, "EVERYTHING", None):
            self.assertEqual(scope.changed(), ["week02-lsm/CMakeLists.txt"])


if __name__ == "__main__":
    unittest.main()
