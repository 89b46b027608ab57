"""Building the course's programs and becoming one of them: up, repl, bench, load, dump, backup,
restore."""

import os
import shlex

from . import check, packages, process
from .build import Tree
from .ui import Failure, Usage, say

OWN_DATA = ("--data", "--connect")
QUESTIONS = {"--list", "--help"}   # words that a program answers and ends
# Shells and tools are built with the flags of the learner's own tree, so that ccache has most of
# their objects already, or gives them to that tree. What is measured is built for speed.
SHELLS, MEASURED = "dev", "release"
BACKUPS_SINCE = 3                  # the week that brings strata-backup and strata-restore
SIMULATED_SINCE = 4                # the first week that runs in simulated worlds
BACKED_UP_SINCE = 2                # the first week whose store they copy


def newest_whole(project):
    """The newest week whose bodies are here."""
    project.newest()   # or it says that there is none
    if not project.whole_weeks():
        first = project.weeks()[0].number
        raise Failure("no week is finished in this repository: its bodies are yours to write "
                      f"(./strata start {first}, then ./strata repl {first} --mine)")
    return project.whole_weeks()[-1]


def ensure_whole(project, week):
    if not project.whole(week):
        raise Failure(f"week {week.number} is yours to write in this repository; what you wrote: "
                      f"./strata repl {week.number} --mine")


def build(project, preset, targets=("all",)):
    """Builds a preset and returns its tree."""
    tree = Tree(project, preset)
    tree.build(targets)
    return tree


def up(project, yes, number=None):
    """Installs what is missing, builds a week, the newest by default, and becomes its shell.

    Standard input and output are the shell's alone.
    """
    week = project.week(number) if number else newest_whole(project)
    ensure_whole(project, week)
    packages.ensure(project, yes, peers=True)
    if not number and week is not project.newest():
        say(f"week {week.number} is the newest that is finished here; what follows is yours to write")
    tree = build(project, SHELLS, (f"{week.label}-repl",))
    _open_shell(project, tree, week, [], project.home)


def repl(project, number, mine, args):
    """Becomes a week's shell: the reference's, or the learner's with `mine`."""
    week = project.week(number)
    target = f"{week.label}-repl"
    if not mine:
        ensure_whole(project, week)
        packages.ensure(project)
        _open_shell(project, build(project, SHELLS, (target,)), week, args, project.home)
    tree, said = check.my_tree(project, week)
    packages.ensure(project)
    tree.build((target,), f"building your week {number}")
    for sentence in said:
        say(sentence)
    _open_shell(project, tree, week, args, project.workshop)


def _open_shell(project, tree, week, args, home):
    """Without --data the shell keeps its data in `home`/data/weekNN, wherever it is started."""
    program = tree.program(f"{week.label}-repl")
    if not program.exists():
        raise Failure(f"week {week.number} has no program {program.name}")
    chosen = any(arg.split("=")[0] in OWN_DATA for arg in args)
    place = "" if chosen else f", data in {project.shown(home / 'data' / week.label)}/"
    if "--disk=simulated" in args:
        place = ", on a simulated disk"
    say(f"week {week.number} · {week.title}: {program.name}{place}")
    process.replace_with([str(program), *args], None if chosen else home)


def bench(project, number, args):
    """Becomes a week's micro-benchmarks."""
    week = project.week(number) if number else newest_whole(project)
    ensure_whole(project, week)
    packages.ensure(project)
    name = f"{week.label}-bench"
    tree = build(project, MEASURED, (name,))
    process.replace_with([str(tree.program(name)), *args])


def tool(project, name, args):
    """Becomes strata-load or strata-dump. Merely to be asked, it need not be the newest."""
    program = _built(project, name) if set(args) & QUESTIONS else None
    if not program:
        packages.ensure(project)
        preset = MEASURED if name == "strata-load" else SHELLS
        program = build(project, preset, (name,)).program(name)
    process.replace_with([str(program), *args])


def sim(project, number, args):
    """Becomes a week's simulator."""
    week = project.week(number)
    ensure_whole(project, week)
    if number < SIMULATED_SINCE:
        raise Usage(f"week {number} has no simulated world; the first that has one is week "
                    f"{SIMULATED_SINCE}")
    packages.ensure(project)
    name = f"{week.label}-sim"
    process.replace_with([str(build(project, MEASURED, (name,)).program(name)), *args])


def backup(project, number, dest, data=None, source=None):
    """Becomes strata-backup, on a week's data or on what is named instead."""
    if number < BACKED_UP_SINCE:
        place = source or data or _data(project, number)
        raise Usage(f"backups begin with week {BACKED_UP_SINCE}; to copy {place}, close its shell "
                    f"and type: cp -r {shlex.quote(place)} {shlex.quote(dest)}")
    place = ["--from", source] if source else ["--data", data or _data(project, number)]
    _copy_store(project, "strata-backup", number, [*place, dest])


def restore(project, src, number, data=None):
    """Becomes strata-restore."""
    if number < BACKED_UP_SINCE:
        raise Usage(f"backups begin with week {BACKED_UP_SINCE}; a copy that cp -r made is put back "
                    "by cp -r")
    _copy_store(project, "strata-restore", number, ["--data", data or _data(project, number), src])


def _copy_store(project, name, number, args):
    week = project.week(number)   # or it says which weeks there are
    if project.newest().number < BACKUPS_SINCE:
        raise Usage(f"{name} comes with week {BACKUPS_SINCE}")
    for needed in (week, project.week(BACKUPS_SINCE)):
        ensure_whole(project, needed)
    tool(project, name, args)


def _data(project, number):
    """Where a week's shell keeps its data unless it is told otherwise."""
    return str(project.home / "data" / f"week{number:02}")


def _built(project, name):
    """The program as some earlier build left it, or None."""
    there = [Tree(project, preset).program(name) for preset in (MEASURED, SHELLS)]
    return next((path for path in there if path.exists()), None)


def report_build(project, preset, mine=None):
    """`./strata build`. `mine`: the number of a week that is built as the learner wrote it."""
    if mine is None:
        tree = build(project, preset)
    else:
        tree, said = check.my_tree(project, project.week(mine))
        tree.build(what=f"building your week {mine}")
        for sentence in said:
            say(sentence)
    print(f"built: {os.path.relpath(tree.bin)}/")
    return 0
