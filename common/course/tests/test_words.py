"""What the command takes and says: wrong words, help, backups, the doctor."""

import io
import re
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from strata_course import commands, doctor, programs
from strata_course.project import Project
from strata_course.ui import Failure, elapsed, plural
from tests.mini import REAL_ROOT


class Words(unittest.TestCase):
    def test_wrong_ones_are_one_line_and_status_2(self):
        for words in (["tset"], ["start"], ["start", "x"], ["check", "99"], ["hint", "99.9"],
                      ["test", "--preset", "fast"], ["score", "--jason"], ["dump"]):
            with self.subTest(words), redirect_stderr(io.StringIO()) as said:
                self.assertEqual(commands.main(words), 2)
                self.assertEqual(said.getvalue().count("\n"), 1)

    def said(self, *words):
        with redirect_stderr(io.StringIO()) as said, redirect_stdout(io.StringIO()) as printed:
            try:
                status = commands.main(list(words))
            except SystemExit as end:
                status = end.code
        return status, said.getvalue() + printed.getvalue()

    def test_say_what_was_expected(self):
        self.assertIn("a week is a number, such as 1, not 'x'", self.said("hunt", "x")[1])
        self.assertIn("a bug is a number, such as 3, not 'x'", self.said("hunt", "1", "x")[1])
        self.assertIn("--filter goes with --check", self.said("hunt", "1", "--filter", "x")[1])

    def test_help_on_a_command_and_the_version(self):
        self.assertEqual(self.said("help", "check"), self.said("check", "--help"))
        self.assertIn("--sanitize", self.said("help", "check")[1])
        self.assertRegex(self.said("--version")[1], r"^strata \d+\.\d+\.\d+\n$")

    def test_a_program_that_is_there_is_asked_without_a_build(self):
        with tempfile.TemporaryDirectory() as holder:
            project = Project(holder)
            program = project.build / "dev" / "bin" / "strata-load"
            program.parent.mkdir(parents=True)
            program.touch()
            with mock.patch.object(programs.process, "replace_with") as become, \
                    mock.patch.object(programs, "build", side_effect=Failure("built")), \
                    mock.patch.object(programs.packages, "ensure"):
                programs.tool(project, "strata-load", ["--list"])
                become.assert_called_once_with([str(program), "--list"])
                with self.assertRaisesRegex(Failure, "built"):
                    programs.tool(project, "strata-load", ["fillseq"])

    def test_backup_and_restore_name_the_weeks_data(self):
        project = mock.Mock(home=Path("/place"))
        project.newest.return_value.number = 3

        def run(function, *words):
            with mock.patch.object(programs, "tool") as tool:
                function(project, words)
            return tool.call_args.args[1:]

        data = "/place/data/week03"
        self.assertEqual(run(commands.cmd_backup, "3", "there"),
                         ("strata-backup", ["--data", data, "there"]))
        self.assertEqual(run(commands.cmd_backup, "2", "there", "--data", "mine"),
                         ("strata-backup", ["--data", "mine", "there"]))
        self.assertEqual(run(commands.cmd_backup, "3", "there", "--from", "checkpoint"),
                         ("strata-backup", ["--from", "checkpoint", "there"]))
        self.assertEqual(run(commands.cmd_restore, "there", "3"),
                         ("strata-restore", ["--data", data, "there"]))
        self.assertEqual(run(commands.cmd_restore, "there", "3", "--data", "mine"),
                         ("strata-restore", ["--data", "mine", "there"]))

    def test_backup_and_restore_refuse_what_cannot_be(self):
        self.assertEqual(self.said("backup", "3"),
                         (2, "strata: the following arguments are required: DEST; "
                          "see: ./strata backup --help\n"))
        self.assertIn("not allowed with", self.said("backup", "3", "x", "--data", "a", "--from",
                                                    "b")[1])
        self.assertIn("a week is a number", self.said("restore", "x", "y")[1])
        project = mock.Mock(home=Path("/place"))
        project.newest.return_value.number = 2
        with self.assertRaisesRegex(Failure, "strata-backup comes with week 3"):
            programs.backup(project, 2, "there")
        with self.assertRaisesRegex(Failure, "backups begin with week 2; .*"
                                    ": cp -r /place/data/week01 'over there'$"):
            programs.backup(project, 1, "over there")
        with self.assertRaisesRegex(Failure, "backups begin with week 2"):
            programs.restore(project, "there", 1)
        for name in ("backup", "restore"):
            self.assertIn(f"example:\n  ./strata {name} ", self.said(name, "--help")[1])

    def test_a_week_without_simulated_worlds_says_which_week_has_them(self):
        project = mock.Mock()
        with mock.patch.object(programs, "ensure_whole"):
            with self.assertRaisesRegex(Failure, "week 3 has no simulated world; .* is week 4"):
                programs.sim(project, 3, [])

    def test_the_doctor_tells_needed_from_optional(self):
        with redirect_stdout(io.StringIO()) as printed:
            doctor.doctor(Project(REAL_ROOT))
        self.assertRegex(printed.getvalue(), r"(?s)^needed\n  python3 .*\n  disk space .*"
                                             r"\noptional\n  git .*\n  liblmdb-dev ")

    def test_the_doctor_looks_at_memory_per_compiler(self):
        self.assertEqual(doctor.memory(8, 4), ("memory", "8 GiB, 4 processors", "ok"))
        self.assertIn("runs 10 compilers, and each may take 1 GiB; if one is killed, run fewer: "
                      "taskset -c 0-2 ./strata check 1", doctor.memory(5.5, 8)[2])
        self.assertIn("taskset -c 0 ./strata", doctor.memory(1, 2)[2])

    def test_words_are_checked_before_anything_is_installed(self):
        with mock.patch.object(commands.packages, "ensure", side_effect=Failure("installed")), \
                mock.patch.dict("os.environ", {"STRATA_WORKSHOP": "/nowhere"}):
            for words in (["check", "99"], ["check", "1"], ["repl", "99"], ["repl", "1", "--mine"],
                          ["bench", "99"], ["up", "99"], ["test", "99"], ["hunt", "99", "--check"],
                          ["dump", "no-such-file"], ["proof", "99"], ["mark", "/no/such/folder"]):
                with self.subTest(words):
                    self.assertNotIn("installed", self.said(*words)[1])

    def test_the_example_of_dump_is_a_name_that_exists(self):
        name = re.search(r"data/week01/(\S+)", self.said("dump", "--help")[1])[1]
        tests = (REAL_ROOT / "week01-wal/tests/program_test.cc").read_text()
        self.assertIn(f'"/{name}"', tests)

    def test_for_people(self):
        self.assertEqual((plural(1, "test"), plural(2, "test")), ("1 test", "2 tests"))
        self.assertEqual((elapsed(8.9), elapsed(125)), ("8 s", "2 min 05 s"))


if __name__ == "__main__":
    unittest.main()
