"""The words of the command line: which command, with which options. Starts here."""

import argparse
import difflib
import os
import re
import signal
import sys
from pathlib import Path

from . import (check, cluster, compare, doctor, export, hints, hunt, mark, mark_worker, packages,
               programs, proof, score, starter, suite)
from .budget import Budget
from .project import Project
from .ui import Failure, Usage, say
from .words import (add_filter, add_yes, bug_number, parser, suite_word, week_number, week_range,
                    without_dashes)

ROOT = Path(__file__).resolve().parents[3]
PRESETS = ("dev", "release", "asan", "tsan", "fuzz")

OVERVIEW = """\
usage: ./strata COMMAND [words]      each command: ./strata COMMAND --help

to begin
  up [N]               install what is missing, build, open a week's shell (the newest's)
  test [N…]            run the tests: all, or those of weeks N…
  doctor               is this machine ready? what is missing, and how to mend it

to learn
  start N              lay out my own copy of week N in workshop/
  check N              build mine, run week N's tests on it, show the score
  hint 1.2             one hint more each time (hint N: on the task that is next)
  diff 1.2             my body beside the reference's
  hunt N [K]           a bug is planted in the reference: find it
  score                all weeks: points, tests, tasks left

to run and measure
  build                build everything (release; see --preset)
  repl N [--mine]      a week's shell, the reference's or mine
  bench [N]            a week's micro-benchmarks
  load …               the workload driver, strata-load
  sim N                a week in simulated worlds, from seeds or a script
  cluster start N      a cluster of real processes: kill, pause, cut and heal it
  dump FILE…           print any file that Strata writes
  backup N DEST        copy a week's data to a new directory, and check the copy
  restore SRC N        the way back

to teach and to write
  export DIR           a repository for a class, with the bodies taken out
  mark DIR…            mark learners' folders; CSV and JSON
  proof [N…]           prove marks, starters, tests, bugs and lessons
"""


NOT_PROTECTED = """\
what this does not protect against: the code runs as you, on this machine, with your network. It
may read your files, fill the disk, start processes, or kill yours. Time, memory and file size are
limited for each process, and what is left running is ended. So mark as a user of its own, best in
a container or a virtual machine without network. Code that searches its process for the channel's
words, or changes GoogleTest, could pass without being right; places with unusual words are listed
to be read."""
FOR_AUTHORS = OVERVIEW.index("\nto teach")
OF_WHOLE_WEEKS = re.compile(r"^  (up|diff|hunt|bench|sim|cluster|backup|restore|test)\b.*\n",
                            re.MULTILINE)


def overview(project):
    """The commands; in an export those that can work there."""
    if not project.is_export():
        return OVERVIEW
    text = OVERVIEW[:FOR_AUTHORS]
    return text if project.whole_weeks() else OF_WHOLE_WEEKS.sub("", text)


# Each command: takes the project and its words, returns the exit status.


def cmd_up(project, words):
    options = parser("up", "Installs what is missing (asking first), builds a week (the newest by "
                     "default) and opens its shell. Standard input reaches the shell untouched.",
                     "printf 'PUT a 1\\nGET a\\n' | ./strata up")
    options.add_argument("week", nargs="?", type=week_number, metavar="N")
    add_yes(options)
    args = options.parse_args(words)
    programs.up(project, args.yes, args.week)


def cmd_test(project, words):
    options = parser("test", "Builds, then runs the tests of common, of every week and of the "
                     "course itself; with weeks named, only theirs. What passed and has not "
                     "changed since is not run again.", "./strata test 1 --filter Recovery")
    options.add_argument("weeks", nargs="*", type=suite_word, metavar="N",
                         help="a week, or `common`")
    options.add_argument("--preset", choices=("dev", "release", "asan", "tsan"), default="dev")
    add_filter(options, "only cases")
    options.add_argument("--again", action="store_true", help="also what passed and is unchanged")
    add_yes(options)
    args = options.parse_args(words)
    return suite.test(project, args.weeks, args.preset, args.filter, args.again, args.yes)


def cmd_build(project, words):
    options = parser("build", "Builds everything; programs land in build/PRESET/bin/.",
                     "./strata build --preset asan")
    chosen = options.add_mutually_exclusive_group()
    chosen.add_argument("--preset", choices=PRESETS, default="release")
    chosen.add_argument("--mine", type=week_number, metavar="N",
                        help="week N as I wrote it; programs land in build/workshop/bin/")
    add_yes(options)
    args = options.parse_args(words)
    packages.ensure(project, args.yes)
    return programs.report_build(project, args.preset, args.mine)


def cmd_repl(project, words):
    options = parser("repl", "Opens a week's shell; further words are the shell's own, and "
                     "./strata repl N -- --help explains those. Without --data its data are in "
                     "data/weekNN (with --mine: workshop/data/weekNN).",
                     "./strata repl 1 --mine --data /tmp/mine")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("--mine", action="store_true",
                         help="what I wrote, not the reference; paths begin in workshop/")
    args, rest = options.parse_known_args(words)
    programs.repl(project, args.week, args.mine, without_dashes(rest))


def cmd_bench(project, words):
    options = parser("bench", "Runs a week's micro-benchmarks (the newest week's by default); "
                     "further words are Google Benchmark's.",
                     "./strata bench 1 --benchmark_filter=Append")
    if words[:1] in (["--help"], ["-h"]):
        options.parse_args(words)
    number = int(words[0]) if words and words[0].isdigit() else None
    programs.bench(project, number, without_dashes(words[1:] if number is not None else words))


def cmd_load(project, words):
    options = parser("load", "Runs the workload driver, strata-load; all words are its own. "
                     "Its own help: ./strata load -- --help",
                     "./strata load --workloads=fillseq --stores=week01")
    return passed_on(project, options, "strata-load", words)


def cmd_sim(project, words):
    options = parser("sim", "Runs a week in simulated worlds: virtual time, faults of all kinds, "
                     "everything from one seed. Further words are the program's own, and "
                     "./strata sim N -- --help explains those.",
                     "./strata sim 4 --seeds 1..1000")
    options.add_argument("week", type=week_number, metavar="N")
    args, rest = options.parse_known_args(words)
    programs.sim(project, args.week, without_dashes(rest))


def cmd_cluster(project, words):
    options = parser("cluster", "A cluster of real processes on this machine, in "
                     "data/cluster-weekNN/. `partition` cuts servers off from all others, as a "
                     "broken network does; clients still reach them.",
                     "./strata cluster start 5; ./strata cluster kill n2")
    verbs = options.add_subparsers(dest="verb", required=True, metavar="VERB",
                                   parser_class=type(options))
    begin = verbs.add_parser("start", help="starts the cluster of week N, or goes on with it")
    begin.add_argument("week", type=week_number, metavar="N")
    begin.add_argument("--nodes", type=int, default=3, metavar="COUNT", help="how many servers (3)")
    begin.add_argument("--engine", default="lsm", help="what stores the keys (lsm)")
    for verb, about in (("status", "how each server is"), ("stop", "ends all of them"),
                        ("add", "starts one more, which joins"),
                        ("heal", "ends all cuts")):
        verbs.add_parser(verb, help=about)
    for verb, about in (("kill", "ends the process, as a crash does"),
                        ("pause", "stops the process from running"),
                        ("resume", "lets it run again"), ("restart", "starts it again"),
                        ("remove", "moves its keys away, and ends it"),
                        ("logs", "prints the end of its log")):
        verbs.add_parser(verb, help=about).add_argument("server", metavar="ID")
    verbs.add_parser("partition", help="cuts these off from all others").add_argument(
        "servers", metavar="ID", nargs="+")
    args = options.parse_args(words)
    if args.verb == "start":
        return cluster.start(project, args.week, args.nodes, args.engine)
    words = [args.servers] if args.verb == "partition" else \
        [args.server] if hasattr(args, "server") else []
    return getattr(cluster, args.verb)(cluster.running(project), *words)


def cmd_dump(project, words):
    options = parser("dump", "Prints files that Strata wrote, annotated, field by field. "
                     "Its own help: ./strata dump -- --help",
                     "./strata dump data/week01/wal/00000000000000000000.log")
    if not words:
        raise Usage("which file? see: ./strata dump --help")
    for word in without_dashes(words):
        if not word.startswith("-") and not os.path.exists(word):
            raise Usage(f"there is no file {word}")
    return passed_on(project, options, "strata-dump", words)


def cmd_backup(project, words):
    options = parser("backup", "Copies a week's data to a new directory, which may be on another "
                     "disk, and reads the copy to check it. The store must not be open; of one "
                     "that is, CHECKPOINT in its shell makes a copy for --from.",
                     "./strata backup 3 /mnt/backup/monday")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("dest", metavar="DEST")
    which = options.add_mutually_exclusive_group()
    which.add_argument("--data", metavar="DIR", help="that store, not data/weekNN")
    which.add_argument("--from", metavar="DIR", dest="source",
                       help="a checkpoint, or another backup, to copy instead")
    args = options.parse_args(words)
    programs.backup(project, args.week, args.dest, args.data, args.source)


def cmd_restore(project, words):
    options = parser("restore", "Makes a week's data from a backup, which is checked first. The "
                     "place of the data must be missing, or empty.",
                     "./strata restore /mnt/backup/monday 3")
    options.add_argument("src", metavar="SRC")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("--data", metavar="DIR", help="there, not in data/weekNN")
    args = options.parse_args(words)
    programs.restore(project, args.src, args.week, args.data)


def passed_on(project, options, name, words):
    if words[:1] in (["--help"], ["-h"]):
        options.parse_args(words)
    programs.tool(project, name, without_dashes(words))


def cmd_start(project, words):
    options = parser("start", "Lays out my own copy of a week in workshop/, its bodies to be "
                     "written. What I changed is not overwritten.", "./strata start 1")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("--force", action="store_true",
                         help="begin again; what I wrote is kept in workshop/.strata/backup/")
    args = options.parse_args(words)
    return starter.start(project, args.week, args.force)


def cmd_check(project, words):
    options = parser("check", "Builds my files over the reference, runs the week's tests and "
                     "shows the score. Earlier weeks are mine where they pass.",
                     "./strata check 1 --task 1.2")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("--task", metavar="ID", help="only the tests of this task")
    add_filter(options, "only tests")
    options.add_argument("--sanitize", action="store_true",
                         help="with the address and undefined-behaviour sanitizers, in a build "
                         "tree of their own: says where in my files a crash is; the score stays")
    args = options.parse_args(words)
    week = project.week(args.week)
    if args.task and not week.task(args.task):
        raise Usage(f"there is no task {args.task} in week {args.week}")
    check.ensure_started(project, week)
    packages.ensure(project)
    return check.check(project, args.week, args.task, args.filter, args.sanitize)


def cmd_hint(project, words):
    options = parser("hint", "One hint more each time it is asked; there are three. With a week "
                     "alone: on the task that is next there.", "./strata hint 1.2")
    options.add_argument("task", metavar="TASK", help="a task such as 1.2, or a week")
    which = options.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="all hints at once")
    which.add_argument("--reset", action="store_true", help="begin again with the first")
    args = options.parse_args(words)
    return hints.hint(project, args.task, args.all, args.reset)


def cmd_diff(project, words):
    options = parser("diff", "Shows what I wrote for a task beside the reference's.",
                     "./strata diff 1.2")
    options.add_argument("task", metavar="TASK")
    options.add_argument("--anyway", action="store_true", help="also a body that I did not begin")
    args = options.parse_args(words)
    return compare.diff(project, args.task, args.anyway)


def cmd_hunt(project, words):
    options = parser("hunt", "Plants a bug in a copy of the reference, workshop/hunt/: bug K, or "
                     "any that is new. Find it and mend it; --check runs the week's tests on it.",
                     "./strata hunt 1 --check")
    options.add_argument("week", type=week_number, metavar="N")
    options.add_argument("bug", type=bug_number, nargs="?", metavar="K")
    which = options.add_mutually_exclusive_group()
    for action, about in (("list", "all bugs of the week, and how far I am"),
                          ("check", "run the week's tests on my copy: green means found"),
                          ("give-up", "show what it was")):
        which.add_argument(f"--{action}", dest="action", action="store_const", const=action,
                           help=about)
    add_filter(options, "with --check: only tests")
    args = options.parse_args(words)
    if args.filter and args.action != "check":
        raise Usage("--filter goes with --check; see: ./strata hunt --help")
    project.week(args.week)
    if args.action == "check":
        packages.ensure(project)
    return hunt.hunt(project, args.week, args.bug, args.action or "plant", args.filter)


def cmd_score(project, words):
    options = parser("score", "All weeks, as of the last check of each.", "./strata score --json")
    options.add_argument("--json", action="store_true", help="the same for a class board")
    return score.show(project, options.parse_args(words).json)


def cmd_doctor(project, words):
    parser("doctor", "What this machine has and lacks, and the command that mends it. Exit "
           "status 1 if something needed is missing.", "./strata doctor").parse_args(words)
    return doctor.doctor(project)


def cmd_export(project, words):
    options = parser("export", "For teachers: writes a repository for a class. The bodies of the "
                     "weeks to be written are taken out, with their planted bugs and last hints; "
                     "earlier weeks are whole, later ones are not there. Tests are kept.",
                     "./strata export ../class --write 2")
    options.add_argument("folder", metavar="DIR")
    options.add_argument("--write", type=week_range, metavar="N",
                         help="the week to be written, or a range such as 1-2 (default: all)")
    options.add_argument("--through", type=week_number, metavar="N",
                         help="the last week; all up to it are to be written, as with --write 1-N")
    options.add_argument("--all-hints", action="store_true",
                         help="with the third hint of each task, which is close to the solution")
    args = options.parse_args(words)
    return export.export(project, args.folder, args.write, args.through, args.all_hints)


def cmd_mark(project, words):
    options = parser("mark", "For teachers: marks learners' folders with this checkout's tests. A "
                     "folder is a workshop, or what holds a workshop/. From it come the .cc files "
                     "with marks; all else, the weeks below too, is this checkout's.",
                     "./strata mark hand-in/* --week 1 --out marks\n\n" + NOT_PROTECTED)
    options.add_argument("folders", nargs="*", metavar="DIR")
    options.add_argument("--week", type=week_range, metavar="N", action="append",
                         help="a week, or a range such as 1-2 (default: the weeks a folder has)")
    options.add_argument("--out", metavar="FILE", help="write FILE.csv and FILE.json")
    options.add_argument("--build-minutes", type=float, default=20, metavar="M",
                         help="of one week of one folder (20)")
    options.add_argument("--minutes", type=float, default=40, metavar="M",
                         help="of the same, build and tests (40)")
    options.add_argument("--memory", type=int, default=4096, metavar="MIB",
                         help="of each process (4096)")
    options.add_argument("--lanes", type=int, metavar="K",
                         help="folders at a time (one a core, with 2 GiB for each)")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    args = options.parse_args(words)
    if args.worker:
        return mark_worker.work(project, args.worker)
    if not args.folders:
        raise Usage("which folders? see: ./strata mark --help")
    weeks = [number for first, last in args.week or () for number in range(first, last + 1)]
    mark.named(args.folders)
    for number in weeks:
        project.week(number)
    packages.ensure(project)
    return mark.mark(project, args.folders, weeks, args.out, mark.Limits(
        args.build_minutes * 60, args.minutes * 60, args.memory * 1024), args.lanes)


def cmd_proof(project, words):
    options = parser("proof", "For authors: proves marks, starter, tests, planted bugs and "
                     "transcripts of the weeks named, or of all. What was proved before and has not "
                     "changed since is remembered.", "./strata proof 1")
    options.add_argument("weeks", nargs="*", type=week_number, metavar="N")
    options.add_argument("--all", action="store_true", dest="again",
                         help="everything, also what is remembered (before a release)")
    options.add_argument("--minutes", type=float, metavar="M",
                         help="about how long it may take: a sample, and what was left out is said")
    options.add_argument("--first", type=week_number, nargs="*", default=[], metavar="N",
                         help="with --minutes: weeks that get most of the time")
    options.add_argument("--seed", default="", metavar="TEXT",
                         help="with --minutes: decides what is in the sample")
    add_yes(options)
    args = options.parse_args(words)
    for number in args.weeks:
        project.week(number)
    if project.is_export():
        raise Failure("the proof is of the whole course, and this is an exported one")
    packages.ensure(project, args.yes)
    budget = Budget(args.minutes, args.first, args.seed)
    return proof.proof(project, args.weeks, args.again, budget)


COMMANDS = {name[4:]: function for name, function in list(globals().items())
            if name.startswith("cmd_")}


def main(words):
    """Runs one command; returns the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if words[:1] == ["help"] and len(words) > 1:
            words = [words[1], "--help"]
        if not words or words[0] in ("--help", "-h", "help"):
            print(overview(Project(ROOT)), end="")
            return 0
        if words[0] == "--version":
            print(f"strata {Project(ROOT).version()}")
            return 0
        status = find(words[0])(Project(ROOT), words[1:]) or 0
        sys.stdout.flush()
        return status
    except Failure as failure:
        sys.stdout.flush()
        say(f"strata: {failure}")
        return failure.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def find(word):
    if word in COMMANDS:
        return COMMANDS[word]
    near = difflib.get_close_matches(word, COMMANDS, 1)
    meant = f"did you mean {near[0]}?" if near else "see: ./strata --help"
    raise Usage(f"there is no command {word}; {meant}")
