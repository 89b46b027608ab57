"""A miniature course in a temporary folder, for the tests: two tiny weeks and the real ./strata.

Its path has a space in it on purpose.
"""

import atexit
import contextlib
import difflib
import io
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest import mock

from strata_course import commands

HERE = Path(__file__).resolve()
REAL_ROOT = HERE.parents[3]

TOP_CMAKE = """\
cmake_minimum_required(VERSION 3.25)
project(mini LANGUAGES CXX)
enable_testing()
# Compiling GoogleTest's header three times is cheaper than keeping it precompiled: ccache reads
# and hashes a hundred megabytes for each file then.
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
include(common/cmake/Strata.cmake)
add_subdirectory(common)
add_subdirectory(week01-mini)
add_subdirectory(week02-top)
"""
COMMON_CMAKE = """\
strata_library(base ROOM base SOURCES base/base.cc)
add_library(strata_test_main STATIC EXCLUDE_FROM_ALL testing/test_main.cc)
target_link_libraries(strata_test_main PRIVATE strata_test_flags)
strata_precompile(strata_test_main strata_test_headers)
"""
WEEK1_CMAKE = """\
strata_library(mini ROOM mini SOURCES mini/sum.cc mini/words.cc DEPS strata::base)
strata_test(mini_test LABEL week01 SOURCES tests/mini_test.cc DEPS strata::mini)
strata_program(week01-repl SOURCES repl.cc DEPS strata::mini)
"""
WEEK2_CMAKE = """\
strata_library(top ROOM top SOURCES top/top.cc DEPS strata::mini)
strata_test(top_test LABEL week02 SOURCES tests/top_test.cc DEPS strata::top)
strata_program(week02-repl SOURCES ../week01-mini/repl.cc DEPS strata::mini)
"""
SUM_H = """\
#pragma once
#include <vector>
namespace strata::mini {
int sum(const std::vector<int>& numbers);
int largest(const std::vector<int>& numbers);
}  // namespace strata::mini
"""
SUM_CC = """\
#include "mini/sum.h"

namespace strata::mini {

int sum(const std::vector<int>& numbers) {
  // TASK 1.1: add them up.
  // An empty list sums to 0.
  int total = 0;
  for (int number : numbers) {
    total += number;
  }
  return total;
  // END TASK 1.1
}

int largest(const std::vector<int>& numbers) {
  // TASK 1.2: the largest of them; of none, 0.
  int best = numbers.empty() ? 0 : numbers[0];
  for (int number : numbers) {
    if (number > best) {
      best = number;
    }
  }
  return best;
  // END TASK 1.2
}

}  // namespace strata::mini
"""
WORDS_H = """\
#pragma once
#include <string>
#include <vector>
namespace strata::mini {
std::vector<std::string> words(const std::string& text);
std::string joined(const std::vector<std::string>& words);
}  // namespace strata::mini
"""
WORDS_CC = """\
#include "mini/words.h"

namespace strata::mini {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  // TASK 1.3: cut the text at its spaces.

  std::string word;
  for (char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      found.push_back(word);
      word.clear();
    }
  }
  // END TASK 1.3
  return found;
}

std::string joined(const std::vector<std::string>& words) {
  // TASK 1.3: one space between two words.
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
  // END TASK 1.3
}

}  // namespace strata::mini
"""
MINI_TEST = """\
#include "mini/sum.h"
#include "mini/words.h"

#include <gtest/gtest.h>

namespace strata::mini {
using Words = std::vector<std::string>;

TEST(Sum, OfNoneIsZero) { EXPECT_EQ(sum({}), 0); }
TEST(Sum, OfThree) { EXPECT_EQ(sum({1, 2, 3}), 6); }
TEST(Largest, OfThree) { EXPECT_EQ(largest({1, 3, 2}), 3); }
TEST(Largest, OfNegative) { EXPECT_EQ(largest({-4, -3}), -3); }
TEST(Words, CutsAtSpaces) { EXPECT_EQ(words(" one  two"), (Words{"one", "two"})); }
TEST(Words, OfNothing) { EXPECT_EQ(words(""), Words{}); }
TEST(Joined, OneSpace) { EXPECT_EQ(joined({"one", "two"}), "one two"); }
TEST(Header, IsThere) { SUCCEED(); }

}  // namespace strata::mini
"""
WEEK1_TOML = """\
week = 1
title = "sums and words"
library = "mini"
tests = ["mini_test"]
regressions = ["Header.*"]

[timeouts]
"Sum.*" = 1

[[task]]
id = "1.1"
title = "add numbers up"
points = 30
minutes = 5
files = ["mini/sum.cc"]
tests = ["Sum.*"]
hints = ["What does an empty list sum to?", "Begin with 0.", "A loop, and +=."]

[[task]]
id = "1.2"
title = "find the largest"
points = 30
minutes = 5
files = ["mini/sum.cc"]
tests = ["Largest.*"]
hints = ["a", "b", "c"]

[[task]]
id = "1.3"
title = "cut and join words"
points = 40
minutes = 10
files = ["mini/words.cc"]
tests = ["Words.*", "Joined.*"]
hints = ["a", "b", "c"]
"""
REPL_CC = """\
#include "mini/sum.h"
#include "mini/words.h"

#include <iostream>

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::vector<int> numbers;
    for (const std::string& word : strata::mini::words(line)) {
      numbers.push_back(std::stoi(word));
    }
    std::cout << strata::mini::sum(numbers) << std::endl;
  }
  std::cout << "Shutting down..." << std::endl;
}
"""
README = """\
# Sums

```
$ printf '1 2\\n' | week01-repl
3
...
$ x=seven
```
and the state carries on:
```console
$ echo "$x" and \\
  more
seven and …re
```
```
> 1 2 3
6
> 4
4
```
```text no-run
$ rm -rf /nowhere
```
"""
TOP_H = """\
#pragma once
namespace strata::top {
int twice_the_sum(int a, int b);
}
"""
TOP_CC = """\
#include "top/top.h"
#include "mini/sum.h"

namespace strata::top {
int twice_the_sum(int a, int b) {
  // TASK 2.1: use week 1.
  return 2 * mini::sum({a, b});
  // END TASK 2.1
}
}  // namespace strata::top
"""
TOP_TEST = """\
#include "top/top.h"

#include <gtest/gtest.h>

TEST(Top, Twice) { EXPECT_EQ(strata::top::twice_the_sum(1, 2), 6); }
"""
WEEK2_TOML = """\
week = 2
title = "on top"
tests = ["top_test"]

[[task]]
id = "2.1"
title = "twice the sum"
points = 100
minutes = 5
files = ["top/top.cc"]
tests = ["Top.*"]
hints = ["a", "b", "c"]
"""
# (file, the right text, the planted mistake)
BUGS = [
    ("mini/sum.cc", "int total = 0;", "int total = 1;"),
    ("mini/sum.cc", "total += number;", "total = number;"),
    ("mini/sum.cc", "number > best", "number < best"),
    ("mini/sum.cc", "numbers.empty() ? 0 : numbers[0]", "0"),
    ("mini/words.cc", '\n  for (char c : text + " ")', "\n  for (char c : text)"),
    ("mini/words.cc", "!word.empty()", "true"),
    ("mini/words.cc", "      word.clear();\n", ""),
    ("mini/words.cc", '? "" : " "', '? "" : ""'),
]
FILES = {
    "CMakeLists.txt": TOP_CMAKE,
    "common/CMakeLists.txt": COMMON_CMAKE,
    "common/base/base.cc": '#include "base/not_written.h"\n',
    "README.md": "```\n> 1 2\n3\n```\n",
    "week01-mini/CMakeLists.txt": WEEK1_CMAKE,
    "week01-mini/mini/sum.h": SUM_H,
    "week01-mini/mini/sum.cc": SUM_CC,
    "week01-mini/mini/words.h": WORDS_H,
    "week01-mini/mini/words.cc": WORDS_CC,
    "week01-mini/tests/mini_test.cc": MINI_TEST,
    "week01-mini/course.toml": WEEK1_TOML,
    "week01-mini/repl.cc": REPL_CC,
    "week01-mini/README.md": README,
    "week01-mini/TEACHING.md": "Answers.\n",
    "week02-top/CMakeLists.txt": WEEK2_CMAKE,
    "week02-top/top/top.h": TOP_H,
    "week02-top/top/top.cc": TOP_CC,
    "week02-top/tests/top_test.cc": TOP_TEST,
    "week02-top/course.toml": WEEK2_TOML,
    "week02-top/README.md": "# Top\n",
}


# Commands that become another program, so that they need a process of their own.
BECOMING = ("up", "repl")


class Mini:
    """The miniature project. `close()` removes it."""

    _shared = None

    @classmethod
    def shared(cls):
        """The one that a run's tests share, its files as at first. Its build trees stay, which
        is what makes the tests quick; nothing else of an earlier test does."""
        if cls._shared is None:
            cls._shared = cls()
            atexit.register(cls._shared.close)
        cls._shared.reset()
        return cls._shared

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="strata mini ")
        self.root = Path(self.holder.name).resolve() / "the course"
        for name, text in FILES.items():
            self.write(name, text)
        for name in ("strata", "CMakePresets.json", "common/cmake/Strata.cmake",
                     "common/base/not_written.h", "common/testing/test_main.cc",
                     "common/course/cli.py"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REAL_ROOT / name, self.root / name)
        shutil.copytree(REAL_ROOT / "common/course/strata_course",
                        self.root / "common/course/strata_course",
                        ignore=shutil.ignore_patterns("__pycache__"))
        for number, bug in enumerate(BUGS, 1):
            self.plant(number, *bug)
        self.first = {path: path.read_bytes() for path in self._files()}

    def _files(self):
        return [path for path in self.root.rglob("*") if path.is_file()
                and path.relative_to(self.root).parts[0] != "build"]

    def reset(self):
        """Puts every file back; one that is as it was keeps its time, so Ninja has nothing to do."""
        for path in set(self._files()) - self.first.keys():
            path.unlink()
        for path, content in self.first.items():
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
        for folder in ("workshop", "data", "build/proof", "build/logs"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
        for stamp in self.root.glob("build/*/.strata-passed"):
            stamp.unlink()

    def forget_tree(self, name):
        """Makes the next build of that tree its first."""
        (self.root / "build" / name / "build.ninja").unlink(missing_ok=True)

    def close(self):
        self.holder.cleanup()

    def write(self, name, text):
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def read(self, name):
        return (self.root / name).read_text()

    def edit(self, name, old, new):
        text = self.read(name)
        assert old in text, (name, old)
        self.write(name, text.replace(old, new))

    def plant(self, number, path, right, wrong, header="", caught_by=""):
        """Writes a mutant patch."""
        name = f"week01-mini/{path}"
        before = self.read(name)
        after = before.replace(right, wrong, 1)
        patch = "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True),
                                             f"a/{name}", f"b/{name}"))
        title = header or f"Mistake number {number}\n\nIt hurts.\n"
        caught = f"Caught-by: {caught_by}\n" if caught_by else ""
        self.write(f"week01-mini/mutants/{number:02}-mistake.patch", f"{title}{caught}\n{patch}")

    def strata(self, *words, stdin="", cwd=None, env=None, command=None, root=None):
        """Runs ./strata in the project, or in the one at `root`: the finished process, with text
        output.

        In this process where that comes to the same: starting Python takes longer than most
        commands do.
        """
        clean = {key: value for key, value in os.environ.items()
                 if not key.startswith(("STRATA", "GTEST", "CI"))}
        # One miniature's builds serve the next.
        clean.update({"CCACHE_NAMESPACE": "strata mini"}, **(env or {}))
        if not (command or stdin or cwd or words[:1] and words[0] in BECOMING):
            return self._here(words, clean, root or self.root)
        root = root or self.root
        return subprocess.run([str(command or root / "strata"), *words], input=stdin,
                              capture_output=True, text=True, cwd=cwd or root, env=clean,
                              check=False, timeout=300)

    def _here(self, words, env, root):
        out, err = io.StringIO(), io.StringIO()
        out.fileno = lambda: 1
        with mock.patch.dict(os.environ, env, clear=True), \
                mock.patch.object(commands, "ROOT", root), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = commands.main(list(words))
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())


def task_line(output, task):
    """The line of a score that speaks of `task`."""
    return next((line for line in output.splitlines()
                 if re.match(rf"  \S+ +{re.escape(task)} ", line)), "")
