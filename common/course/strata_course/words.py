"""Reading the words of a command: parsers, and the kinds of words there are."""

import argparse

from .ui import Usage


class Parser(argparse.ArgumentParser):
    """One line on standard error for wrong words, and exit status 2."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message):
        raise Usage(f"{message}; see: {self.prog} --help")


def parser(name, about, example):
    text = f"example:\n  {example}"
    return Parser(prog=f"./strata {name}", description=about, epilog=text,
                  formatter_class=argparse.RawDescriptionHelpFormatter)


def week_number(word):
    return number(word, "a week", 1)


def week_range(word):
    """`2` or `1-3`, as the first and the last week."""
    first, dash, last = word.partition("-")
    return week_number(first), week_number(last if dash else first)


def bug_number(word):
    return number(word, "a bug", 3)


def number(word, what, example):
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{what} is a number, such as {example}, not {word!r}")
    return int(word)


def suite_word(word):
    return word if word == "common" else str(week_number(word))


def add_yes(options):
    options.add_argument("--yes", action="store_true", help="install what is missing unasked")


def add_filter(options, about):
    options.add_argument("--filter", metavar="X",
                         help=f"{about} with X in their name, or a GoogleTest pattern")


def without_dashes(words):
    return words[1:] if words[:1] == ["--"] else words
