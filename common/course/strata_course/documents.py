"""What a class reads in an export: a README.md of its own, and lessons that say nothing false."""

import re

# A command that needs bodies which are not there: the reference's, or a planted bug's.
IMPOSSIBLE = r"\./strata (?:diff|hunt)\b"
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s:]+)(#[^)]*)?\)")
SENTENCE = re.compile(r"(?<=[.!?])(?=\s+[`A-Z(])")
HERE = """\
> In this repository the bodies of week {number} are taken out: the `.cc` files beside the headers
> hold the places where they go, and not the reference. `./strata build --mine {number}` builds the week's
> programs with what you wrote. Where the lesson shows them, do the tasks first: before that, they
> say which task is not written yet.

"""


def mend(target, project, whole, written):
    """Writes the top README.md, and mends the documents of each week and of common."""
    for week in written:
        for path in (target / week.name).rglob("*.md"):
            text = with_own_programs(possible(path.read_text(), week.number), week.number)
            if path.name == "README.md":
                head, _, rest = text.partition("\n\n")
                text = f"{head}\n\n{HERE.format(number=week.number)}{rest}"
            path.write_text(text)
    (target / "README.md").write_text(readme(target, whole, written))
    for path in target.rglob("*.md"):
        path.write_text(without_dead_links(path.read_text(), path.parent))


def possible(text, number):
    """A lesson without what speaks of commands that cannot work in a week that is to be written;
    its shell is the learner's own."""
    text = re.sub(rf"(\./strata repl {number}\b)(?! --mine)(?!\n--mine)", r"\1 --mine", text)
    blocks = re.split(r"(^[ \t]*```.*?^[ \t]*```[ \t]*$)", text, flags=re.MULTILINE | re.DOTALL)
    for at, block in enumerate(blocks):
        if at % 2 == 0:
            blocks[at] = re.sub(r"(?:^(?![ \t]*$).+\n?)+", lambda found: _paragraph(found[0]), block,
                                flags=re.MULTILINE)
        elif re.search(IMPOSSIBLE, block):
            blocks[at] = ""
    return re.sub(r"\n{3,}", "\n\n", "".join(blocks))


def with_own_programs(text, number):
    """A lesson whose programs are the learner's own: those of the reference are not there."""
    text = re.sub(r"`\./strata\s+build`\s+once", f"`./strata build --mine {number}`", text)
    return text.replace("build/release/bin", "build/workshop/bin")


def _paragraph(text):
    """One without what is impossible: a clause of a list, a sentence, a row of a table, a point;
    or nothing, if it begins with that."""
    if not re.search(IMPOSSIBLE, text) and "`mutants/`" not in text:
        return text
    if text.startswith(("|", "- ", "* ")):
        return "".join(line for line in re.split(r"(?m)^(?=[|*-])", text)
                       if not re.search(IMPOSSIBLE, line))
    if re.match(rf"`{IMPOSSIBLE}", text):
        return ""
    text = re.sub(rf",\s+`{IMPOSSIBLE}[^`]*`[^,.;`]*(?=,)", "", text)
    kept = [sentence for sentence in SENTENCE.split(text)
            if not re.search(IMPOSSIBLE, sentence) and "`mutants/`" not in sentence]
    result = "".join(kept).lstrip("\n ")
    return result if not result or result.endswith("\n") else result + "\n"


def without_dead_links(text, folder):
    """Links to files that are not there become their words."""
    return LINK.sub(lambda found: found[0] if (folder / found[2]).exists() else found[1], text)


def _row(week, state):
    return f"| {week.number} | [{week.title}]({week.name}/README.md) | {state} |"


def readme(target, whole, written):
    """The README.md of an export."""
    first = written[0].number
    rows = [_row(week, "whole: it works, and you build on it") for week in whole]
    rows += [_row(week, "**to be written**") for week in written]
    commands = [(f"./strata start {first}", f"lay out my own copy of week {first} in "
                 f"`workshop/{written[0].name}/`, bodies to write"),
                (f"./strata check {first}", "build mine, run the week's tests on it, show the score"),
                (f"./strata check {first} --sanitize", "the same with sanitizers: where in my files "
                 "does it crash?"),
                (f"./strata hint {first}", "a hint on the task that is next; one more each time"),
                (f"./strata repl {first} --mine", "the week's shell, with what I wrote"),
                ("./strata score", "all weeks: points, tests, tasks left"),
                ("./strata test", "the tests of what is whole"),
                ("./strata doctor", "is this machine ready? What is missing?")]
    if whole:
        last = whole[-1]
        commands.insert(0, ("./strata up", f"install what is missing, build, and open the shell of "
                            f"week {last.number}, the newest that is whole"))
        commands += [(f"./strata hunt {last.number}", f"a bug is planted in a copy of week "
                      f"{last.number}: find it"),
                     ("./strata load", f"measure the stores up to week {last.number}"),
                     ("./strata dump FILE", f"print a file of theirs field by field")]
    table = "\n".join(f"| `{command}` | {about} |" for command, about in commands)
    licence = "\nMIT, see [LICENSE](LICENSE).\n" if (target / "LICENSE").exists() else ""
    return (f"# Strata: week {first}" + (f" to {written[-1].number}" if len(written) > 1 else "")
            + "\n\nA database, built week by week in C++23. On Debian 12, in this folder, "
            "`./strata doctor` says\nwhat is missing; then begin with "
            f"[the lesson of week {first}]({written[0].name}/README.md).\n\n"
            "| week | lesson | here |\n|---|---|---|\n" + "\n".join(rows)
            + "\n\n| command | what it does |\n|---|---|\n" + table
            + "\n\nYour work is in `workshop/`. `start` never overwrites what you changed.\n" + licence)
