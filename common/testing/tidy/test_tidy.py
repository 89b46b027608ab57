"""That each rule catches a planted violation, and lets pass what is right."""

import contextlib
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import code_rules
import tidy

HEADER = "// What it is.\n#pragma once\n"


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def rules(self):
        return [finding.rule for finding in tidy.findings(self.root)]

    def cpp(self, path, text):
        """What is found in a source that CMake knows."""
        self.plant(path, text)
        if path.endswith(".cc"):
            self.plant(str(Path(path).parent / "CMakeLists.txt"), f"add({Path(path).name})\n")
        return self.rules()

    def clean(self, path, text):
        self.assertEqual(self.cpp(path, text), [], text)

    def caught(self, rule, path, text):
        self.assertEqual(set(self.cpp(path, text)), {rule}, text)


class Edges(TidyTest):
    def test_an_edge_that_runs_upward_is_caught(self):
        self.caught("include-edge", "common/base/x.cc", '#include "env/clock.h"\n')
        self.caught("include-edge", "common/env/x.cc", '#include "store/store.h"\n')
        self.caught("include-edge", "common/workload/x.cc", '#include "shell/shell.h"\n')
        self.caught("include-edge", "common/store/x.cc", '#include "testing/model.h"\n')

    def test_an_edge_downward_passes(self):
        self.clean("common/shell/x.cc", '#include "store/store.h"\n#include "base/bytes.h"\n')
        self.clean("common/base/tests/x.cc", '#include "testing/model.h"\n#include "env/clock.h"\n')

    def test_a_comment_is_no_edge(self):
        self.clean("common/base/x.cc", '// #include "env/clock.h"\n')

    def test_common_knows_no_week(self):
        self.clean("week01-wal/wal/log.cc", "")
        self.caught("include-edge", "common/shell/x.cc", '#include "wal/log.h"\n')

    def test_a_room_that_is_not_there_is_caught(self):
        self.caught("include-edge", "common/shell/x.cc", '#include "cellar/log.h"\n')

    def test_a_week_uses_earlier_weeks_and_no_later_one(self):
        self.clean("week01-wal/wal/log.cc", "")
        self.clean("week02-lsm/lsm/table.cc", '#include "wal/log.h"\n#include "lsm/table.h"\n')
        self.caught("include-edge", "week01-wal/wal/log.cc", '#include "lsm/table.h"\n')

    def test_only_the_proofs_of_a_week_use_testing(self):
        self.caught("include-edge", "week01-wal/wal/log.cc", '#include "testing/model.h"\n')
        self.clean("week01-wal/wal/log.cc", "")
        self.clean("week01-wal/tests/log_test.cc", '#include "testing/model.h"\n')

    def test_a_weeks_library_has_no_shell_and_its_program_has(self):
        self.caught("include-edge", "week01-wal/wal/log.cc", '#include "shell/shell.h"\n')
        self.clean("week01-wal/wal/log.cc", "")
        self.clean("week01-wal/repl.cc", '#include "shell/shell.h"\n')

    def test_verbs_have_a_room_of_their_own_that_no_library_uses(self):
        self.clean("week01-wal/wal/log.cc", "")
        self.clean("week01-wal/wal_verbs/dump.cc", '#include "shell/verb.h"\n#include "wal/log.h"\n')
        self.clean("week02-lsm/lsm_verbs/flush.cc", '#include "wal_verbs/dump.h"\n')
        self.clean("week02-lsm/repl.cc", '#include "lsm_verbs/flush.h"\n')
        self.caught("include-edge", "week02-lsm/lsm/table.cc", '#include "wal_verbs/dump.h"\n')


class Code(TidyTest):
    def test_raw_new_and_delete(self):
        self.caught("raw-new", "common/base/x.cc", "int* p = new int(1);\n")
        self.caught("raw-delete", "common/base/x.cc", "void f(int* p) { delete p; }\n")

    def test_a_private_constructor_is_reached_through_new(self):
        self.clean("common/base/x.cc", "std::unique_ptr<Log> log(new Log(fs));\n"
                   "auto a = std::unique_ptr<Log>(\n      new Log(fs));\n")

    def test_deleted_functions_comments_and_strings_pass(self):
        self.clean("common/base/x.cc", 'X(const X&) = delete;\n// a new file\n'
                   'auto s = "a new one";\nauto r = R"(new int)";\nconstexpr int k = 1\'000;\n')

    def test_threads_are_joined(self):
        self.caught("thread", "common/base/x.cc", "std::thread worker(run);\n")
        self.caught("detach", "common/base/x.cc", "worker.detach();\n")
        self.clean("common/base/x.cc", "std::jthread a; std::this_thread::yield();\n"
                   "auto n = std::thread::hardware_concurrency();\n")

    def test_coroutines_are_owned(self):
        self.caught("detached", "common/base/x.cc", "co_spawn(io, run(), asio::detached);\n")
        self.caught("co-spawn", "common/base/x.cc", "asio::co_spawn(io, run(a, b));\n")
        self.clean("common/base/x.cc", "co_spawn(io, run(a, b), [](auto e) { stop(e, 1); });\n")

    def test_tests_do_not_sleep(self):
        self.caught("sleep", "common/base/tests/x.cc", "std::this_thread::sleep_for(1ms);\n")
        self.caught("sleep", "week01-wal/tests/x.cc", "::usleep(5);\n")
        self.plant("week01-wal/tests/x.cc", "")
        self.caught("sleep", "common/course/tests/test_x.py", "import time\ntime." "sleep(1)\n")

    def test_a_week_takes_time_and_chance_as_arguments(self):
        for code in ("std::chrono::steady_clock::now();\n", "std::random_device device;\n",
                     "thread_local int counted = 0;\n", "std::this_thread::sleep_for(1ms);\n"):
            self.caught("ambient", "week01-wal/wal/x.cc", code)
        self.clean("week01-wal/wal/x.cc", "using TimePoint = std::chrono::steady_clock::time_point;\n")

    def test_a_benchmark_looks_at_the_clock(self):
        self.clean("week01-wal/bench/x.cc", "std::chrono::steady_clock::now();\n")

    def test_a_program_may_sleep(self):
        self.clean("common/workload/x.cc", "std::this_thread::sleep_for(1ms);\n")

    def test_assertions_stay_on(self):
        self.caught("assert", "common/base/x.cc", "assert(true);\n")
        self.caught("assert", "common/base/x.cc", "#include <cassert>\n")
        self.clean("common/base/x.cc", "static_assert(true); STRATA_ASSERT(true);\n")

    def test_using_namespace_std(self):
        self.caught("using-namespace", "common/base/x.cc", "using namespace std;\n")
        self.clean("common/base/x.cc", "using namespace std::string_literals;\n")

    def test_nolint_has_a_reason(self):
        self.caught("nolint", "common/base/x.cc", "int a;  // NOLINT\n")
        self.caught("nolint", "common/base/x.cc", "int a;  // NOLINTNEXTLINE(some-check)\n")
        self.clean("common/base/x.cc", "int a;  // NOLINT(some-check): the kernel wants it\n")

    def test_a_todo_names_its_task(self):
        self.caught("todo", "common/base/x.cc", "// TO" "DO: later\n")
        self.clean("common/base/x.cc", "// TO" "DO(7.2): elections\n")
        self.caught("fixme", "common/base/x.cc", "// FIX" "ME\n")
        self.caught("fixme", "common/base/x.cc", "// XX" "X why\n")
        self.clean("common/base/x.cc", 'auto name = "strata-XX' 'XXXX";\n')


class Headers(TidyTest):
    def header(self, text):
        self.plant("common/base/x.h", text)
        return self.cpp("common/base/x.cc", '#include "base/x.h"\n')

    def test_begin_with_a_comment_and_are_included_once(self):
        self.assertEqual(self.header(HEADER), [])
        self.assertEqual(self.header("#pragma once\n"), ["header-essay"])
        self.assertEqual(self.header("// What it is.\n"), ["pragma-once"])


class Lengths(TidyTest):
    def function(self, lines):
        return "int f() {\n" + "  step();\n" * (lines - 2) + "}\n"

    def test_a_long_file_is_caught(self):
        self.caught("file-length", "common/base/x.cc", "int a;\n" * 451)
        self.clean("common/base/x.cc", "int a;\n" * 450)

    def test_a_long_function_is_caught_wherever_it_stands(self):
        for before, after in (("", ""), ("namespace a::b {\n", "}\n"), ("class C : B {\n", "};\n"),
                              ("#define M \\\n  {\n", ""), ("int table[] = {1, 2};\n", ""),
                              ("C::C() : a_{1}, b_(2) {}\n", "")):
            self.caught("function-length", "common/base/x.cc", before + self.function(81) + after)
            self.clean("common/base/x.cc", before + self.function(80) + after)

    def test_a_long_constructor_body_is_caught_behind_its_initialisers(self):
        self.caught("function-length", "common/base/x.cc",
                    "C::C()\n    : a_{1},\n      b_{2} {\n" + "  step();\n" * 80 + "}\n")

    def test_a_long_namespace_or_class_is_no_function(self):
        self.clean("common/base/x.cc", "namespace {\nenum class E {\n" + "  kA,\n" * 90 +
                   "};\nstruct S {\n" + "  int a;\n" * 90 + "};\n}\n")

    def test_says_where_a_function_begins_and_ends(self):
        text = "namespace {\n\nint f(int a) {\n  if (a) {\n  }\n}\n\nvoid g() {}\n}\n"
        self.assertEqual(list(code_rules.functions(text)), [(3, 6), (8, 8)])


class Files(TidyTest):
    def test_a_source_that_no_cmake_file_names_is_dead(self):
        self.plant("common/base/x.cc", "")
        self.assertEqual(self.rules(), ["dead-file"])
        self.plant("common/env/CMakeLists.txt", "add(x.cc)\n")
        self.assertEqual(self.rules(), ["dead-file"], "that is another x.cc")
        self.plant("common/base/CMakeLists.txt", "# x.cc\n")
        self.assertEqual(self.rules(), ["dead-file"], "that is a comment")

    def test_a_source_may_be_named_from_elsewhere(self):
        for cmake in ("add(../base/x.cc)", "add(${STRATA_ROOT}/common/base/x.cc)",
                      "add(${CMAKE_CURRENT_SOURCE_DIR}/../base/${name}.cc)"):
            self.plant("common/base/x.cc", "")
            self.plant("common/env/CMakeLists.txt", cmake)
            self.assertEqual(self.rules(), [], cmake)

    def test_a_header_that_nothing_includes_is_dead(self):
        self.plant("common/base/x.h", HEADER + '#include "base/x.h"\n')
        self.assertEqual(self.rules(), ["dead-file"])
        self.clean("common/env/y.cc", '#include "base/x.h"\n')

    def test_a_header_may_be_included_from_beside_it(self):
        self.plant("common/base/tests/x.h", HEADER)
        self.clean("common/base/tests/y.cc", '#include "x.h"\n')

    def test_what_is_built_is_not_looked_at(self):
        for folder in ("build", "workshop", "common/build", ".cache"):
            self.plant(f"{folder}/base/x.cc", "int* p = new int;\n")
        self.assertEqual(self.rules(), [])

    def test_absolute_paths_and_package_hosts(self):
        self.plant("README.md", "see /ho" "me/ada/strata\n")
        self.assertEqual(self.rules(), ["absolute-path"])
        self.plant("README.md", "pip install --index https://py" "pi.org/simple\n")
        self.assertEqual(self.rules(), ["package-host"])
        self.plant("README.md", "see ../ho" "me/ada and https://example.org/wo" "rk/x\n")
        self.assertEqual(self.rules(), [])


class Committed(TidyTest):
    def git(self, *arguments):
        subprocess.run(["git", "-C", str(self.root), *arguments], check=True, capture_output=True)

    def test_generated_code_and_builds_are_caught(self):
        try:
            self.git("init", "-q")
        except (OSError, subprocess.CalledProcessError):
            self.skipTest("there is no git")
        wrong = ("a.pb.cc", "proto/a_pb2.py", "x.o", "lib/x.a", "x.so", "build/log.txt",
                 "workshop/week01-wal/x.txt", "data/week01/STORE", "__pycache__/x.pyc")
        for path in (*wrong, "notes.txt", "database/x.txt"):
            self.plant(path, "")
        self.git("add", "-f", ".")
        self.assertEqual([(f.path, f.rule) for f in tidy.findings(self.root)],
                         [(path, "committed") for path in sorted(wrong)])

    def test_outside_of_a_checkout_it_is_skipped(self):
        self.plant("build/x.o", "")
        self.assertEqual(self.rules(), [])


class Program(TidyTest):
    def run_main(self):
        out = io.StringIO()
        arguments, sys.argv = sys.argv, ["tidy.py", str(self.root)]
        try:
            with contextlib.redirect_stdout(out):
                return tidy.main(), out.getvalue()
        finally:
            sys.argv = arguments

    def test_says_where_which_rule_and_what_to_do(self):
        self.cpp("common/base/x.cc", "\nstd::thread t;\n")
        status, out = self.run_main()
        self.assertEqual(status, 1)
        self.assertIn("common/base/x.cc:2: thread: use std::jthread, which is joined", out)
        self.assertIn("tidy: 1 to mend", out)

    def test_is_silent_about_a_tree_that_is_right(self):
        self.clean("common/base/x.cc", "int a;\n")
        self.assertEqual(self.run_main(), (0, "tidy: nothing to mend\n"))


if __name__ == "__main__":
    unittest.main()
