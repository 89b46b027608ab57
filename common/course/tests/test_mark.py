"""Marking learners' folders: what they are worth, and that a bad one costs only itself."""

import csv
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from strata_course import mark, mark_worker, marks, starter, tasks
from strata_course.project import Project
from tests.mini import Mini


DAEMON = """\
if (::fork() == 0) {
  ::setsid();
  if (::fork() == 0) for (;;) ::pause();
  ::_exit(0);
}
return 0;
"""
EATER = "std::vector<char> much; much.reserve(2ul << 30); return 0;"


class Marking(unittest.TestCase):
    """Folders of learners, marked with two lanes."""

    @classmethod
    def setUpClass(cls):
        cls.mini = Mini.shared()
        cls.holder = tempfile.TemporaryDirectory()
        cls.folders = Path(cls.holder.name)
        reference = {name: cls.mini.read(f"week01-mini/mini/{name}") for name in ("sum.cc", "words.cc")}
        start = {path.removeprefix("mini/"): text for path, text in
                 starter.files(tasks.load_week(cls.mini.root / "week01-mini")).items()}
        sum_of = lambda body: "#include <unistd.h>\n" + start["sum.cc"].replace(
            'throw strata::NotWritten{"1.1"};', body)
        cls.hand_in("good", reference)
        cls.hand_in("half/workshop", {"sum.cc": reference["sum.cc"]})
        cls.hand_in("leaves", {**start, "sum.cc": sum_of(DAEMON)})
        cls.hand_in("eats", {**start, "sum.cc": sum_of(EATER)})
        cls.hand_in("stuck", {"sum.cc": sum_of("::pause(); return 6;"), "words.cc": reference["words.cc"]})
        cls.hand_in("broken", {**reference, "sum.cc": sum_of("return nothing;")})
        cls.hand_in("thief", {**reference, "words.cc": '#include "mini/words.cc"\n'})
        (cls.folders / "empty" / "week01-mini").mkdir(parents=True)
        # What a learner changes elsewhere does not count.
        cls.hand_in("half/workshop", {"../tests/mini_test.cc": "int main() {}\n"})
        cls.done = cls.mini.strata("mark", *sorted(map(str, cls.folders.iterdir())), "--memory", "1024",
                                   "--lanes", "2", "--out", f"{cls.folders}/all marks")
        marks = json.loads((cls.folders / "all marks.json").read_text())["marks"]
        cls.marks = {mark["name"]: mark for mark in marks}

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def hand_in(cls, name, files):
        for path, text in files.items():
            target = cls.folders / name / "week01-mini/mini" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    def test_each_gets_the_points_of_its_bodies(self):
        self.assertEqual({name: mark["points"] for name, mark in self.marks.items()},
                         {"good": 100, "half": 60, "leaves": 15, "eats": 0, "stuck": 40, "broken": 0,
                          "thief": 0, "empty": 0}, self.done)
        self.assertEqual(self.marks["half"]["tasks"], {"1.1": 30, "1.2": 30, "1.3": 0})
        self.assertEqual((self.marks["good"]["passed"], self.marks["good"]["tests"]), (8, 8))

    def test_what_went_wrong_is_said(self):
        problem = {name: mark["problem"] for name, mark in self.marks.items()}
        self.assertEqual(problem["good"], "")
        self.assertEqual(problem["half"], "not handed in: mini/words.cc")
        self.assertEqual(problem["empty"], "nothing handed in")
        self.assertRegex(problem["broken"],
                         r"(?m)^week01-mini/mini/sum.cc:10:10: error: .* was not declared")
        self.assertRegex(problem["thief"], "not run: words.cc includes .*/week01-mini/mini/words.cc")
        self.assertIn("bad_alloc", self.marks["eats"]["failing"]["Sum.OfThree"])
        self.assertIn("did not finish in 1 s", self.marks["stuck"]["failing"]["Sum.OfThree"])
        self.assertIn("mini/sum.cc:10: fork(", self.marks["leaves"]["remarks"])
        self.assertEqual(self.marks["good"]["remarks"], [])
        self.assertEqual(self.done.returncode, 1)

    def test_nothing_is_left_running(self):
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    self.assertNotIn(str(self.mini.root).encode(), (entry / "cmdline").read_bytes())
                except OSError:
                    continue

    def test_the_table_is_for_a_spreadsheet(self):
        with open(self.folders / "all marks.csv", newline="") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
        self.assertEqual((rows["half"]["points"], rows["half"]["of"], rows["half"]["1.2"]),
                         ("60", "100", "30"))
        self.assertEqual(len({row["digest"] for row in rows.values()}), 1)
        self.assertEqual(marks._cell("=1+1"), "'=1+1")

    def test_a_build_has_its_time(self):
        (self.folders / "slow").mkdir(exist_ok=True)
        self.hand_in("slow", {"sum.cc": "// 1\n", "words.cc": ""})
        said = self.mini.strata("mark", str(self.folders / "slow"), "--build-minutes", "0.0001").stdout
        self.assertIn("slow  week 1    0 of 100     0 of 8 tests   the build took longer", said)

    def work_of(self, text):
        """What counts of a worker that tells `text` and is ended."""
        def limited(command, _):
            report = json.loads(command[-1])["report"]
            return [sys.executable, "-c", f"import os; os.write({report}, {text.encode()!r}); os.abort()"]

        project = Project(self.mini.root)
        with mock.patch.object(mark.limits, "limited", limited):
            return mark._work(project, project.week(1), {}, 7, mark.Limits())

    def test_a_worker_that_is_ended_leaves_what_it_tested(self):
        told = {"test": "Sum.OfThree", "status": "passed", "detail": ""}
        said = self.work_of(json.dumps(told) + '\n{"test": "Sum.OfNo')
        self.assertEqual(said, {"outcomes": [told], "problem": "the worker ended with -6"})

    def test_folders_have_names_of_their_own(self):
        one, two = (self.folders.parent / f"{letter}{self.folders.name}" / "J\udcfcrg" for letter in "ab")
        for folder in (one, two):
            folder.mkdir(parents=True)
            self.addCleanup(shutil.rmtree, folder.parent)
        found = mark.named([str(one), str(two)])
        self.assertEqual(list(found.values()), [one, two])
        self.assertTrue(all(name.isascii() for name in found))


class Includes(unittest.TestCase):
    def test_a_file_of_a_learner_includes_headers_only(self):
        root = Path("/course")
        for name in ("/usr/include/google/protobuf/port_def.inc", "/usr/include/c++/12/vector",
                     "/course/week01-wal/wal/log.h", "/course/build/mark-1/cmake_pch.hxx.gch"):
            self.assertTrue(mark_worker.may_be_included(Path(name), root), name)
        for name in ("/course/week01-wal/wal/log.cc", "/srv/ana/log.h", "/course/week01-wal/x.txt"):
            self.assertFalse(mark_worker.may_be_included(Path(name), root), name)


if __name__ == "__main__":
    unittest.main()
