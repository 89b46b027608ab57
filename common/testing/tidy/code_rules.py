"""Rules about what stands in a C++ file."""

import re
from pathlib import Path

from source import Finding

OWNED = re.compile(r"\b(?:unique_ptr|shared_ptr)<[^;{}]*>(?:\s*\w+)?\s*\(\s*$")
SLEEP = r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|\bsleep\s*\("
AMBIENT = (r"\b(?:steady|system|high_resolution)_clock::now\b|\brandom_device\b|"
           r"\b(?:getentropy|getrandom|RAND_bytes|s?rand)\s*\(|\bthread_local\b|" + SLEEP)
# Files of the weeks that take time, chance or threads from their surroundings, and why they may.
MAY_BE_AMBIENT = {
    "week03-compaction/compaction/codecs.cc": "a thread keeps its memory for packing; no state",
    "week04-net/net/listener.cc": "real sockets: waits for another process",
    "week04-net/net/net_thread.cc": "real threads: pauses when memory has run out",
    "week05-hashing/hashing/point.cc": "a thread keeps what OpenSSL has looked up; no state",
}
LONGEST_FUNCTION = 80
LONGEST_FILE = 450


def check_ownership(tree):
    for source in tree.cpp:
        for match in re.finditer(r"(?<!operator )\bnew\b", source.code):
            before = source.code[:match.start()]
            if not OWNED.search(before[-300:]) and not before.endswith("#include <"):
                yield Finding(source.path, source.line_of(match.start()), "raw-new",
                              "use std::make_unique, or std::unique_ptr<T>(new T(...)) where the "
                              "constructor is private")
        yield from source.find(r"(?<!= )(?<!operator )\bdelete\b(?!\s*;)", "raw-delete",
                               "let a std::unique_ptr own it")


def check_concurrency(tree):
    for source in tree.cpp:
        yield from source.find(r"\bstd::thread\b(?!::)", "thread",
                               "use std::jthread, which is joined by its owner")
        yield from source.find(r"\.\s*detach\s*\(", "detach", "keep the thread and join it")
        yield from source.find(r"\bdetached\b", "detached",
                               "give the coroutine an owner and an error handler")
        for match in re.finditer(r"\bco_spawn\s*\(", source.code):
            if len(arguments(source.code, match.end())) < 3:
                yield Finding(source.path, source.line_of(match.start()), "co-spawn",
                              "pass a third argument that hears of the end and of the error")


def arguments(code, at):
    """The arguments of a call, from behind its opening bracket."""
    found, depth = [""], 0
    for char in code[at:]:
        if char in ")]}" and depth == 0:
            break
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return [a for a in found if a.strip()]


def check_ambient(tree):
    """What a week needs from outside comes in as an argument, so that a simulator can give it."""
    for source in tree.cpp:
        parts = Path(source.path).parts
        of_a_week = parts[0].startswith("week") and not {"bench", "fuzz", "tests"} & set(parts)
        if of_a_week and source.path not in MAY_BE_AMBIENT:
            yield from source.find(AMBIENT, "ambient",
                                   "take it as an argument: env::Clock, env::Entropy, env::Random")


def check_sleeps(tree):
    advice = "wait for what is meant to happen: a latch, a poll() on it, a simulated clock"
    for source in tree.cpp:
        if source.is_test:
            yield from source.find(SLEEP, "sleep", advice)
    for source in tree.files(".py"):
        if source.is_test:
            yield from source.find(r"\btime\.sleep\(|\bfrom time import .*\bsleep\b", "sleep", advice,
                                   re.sub(r"#.*", "", source.text))


def check_words(tree):
    for source in tree.cpp:
        yield from source.find(r"(?<![\w.])assert\s*\(", "assert",
                               "use STRATA_ASSERT, which stays on in every build")
        yield from source.find(r"#\s*include\s*<(?:cassert|assert\.h)>", "assert",
                               "include base/assert.h")
        yield from source.find(r"\busing\s+namespace\s+std\s*;", "using-namespace",
                               "name what is used, or write std::")
        yield from source.find(r"NOLINT(?!\w*(?:\([^)]*\))?\s*:\s*\w)", "nolint",
                               "say why, behind a colon: NOLINT(check): reason", source.text)
    for source in tree.files(".cc", ".h", ".py", ".cmake", ".txt"):
        yield from source.find(r"\bTODO\b(?!\([\w.-]+\):? \w)", "todo",
                               "name the task that it waits for: TODO(7.2): what", source.text)
        yield from source.find(r"\b(?:FIX" r"ME|X" r"XX)\b", "fixme",
                               "mend it, or write TODO(task): what", source.text)


def check_headers(tree):
    for source in tree.cpp:
        if source.suffix != ".h":
            continue
        once = re.search(r"^#pragma once$", source.text, re.MULTILINE)
        if not once:
            yield Finding(source.path, 1, "pragma-once", "add #pragma once behind the first comment")
        elif not re.match(r"\s*//", source.text):
            yield Finding(source.path, 1, "header-essay",
                          "begin with a comment: what it is, why, thread-safety, invariants")


def check_lengths(tree):
    for source in tree.cpp:
        lines = source.text.count("\n")
        if lines > LONGEST_FILE:
            yield Finding(source.path, 1, "file-length",
                          f"it has {lines} lines; split it, {LONGEST_FILE} are the most")
        for first, last in functions(source.code):
            if last - first + 1 > LONGEST_FUNCTION:
                yield Finding(source.path, first, "function-length",
                              f"the function has {last - first + 1} lines; split it, "
                              f"{LONGEST_FUNCTION} are the most")


def functions(code):
    """(first line, last line) of each function: a `(...) {` outside of any other function."""
    code = re.sub(r"(?m)^[ \t]*#(?:.*\\\n)*.*$", lambda m: re.sub(r"[^\n]", " ", m.group()), code)
    inside = []  # for each open brace: None for a namespace or class, else its first offset
    begin = 0    # of the statement
    for match in re.finditer(r"[;{}]", code):
        at, char = match.span()[0], match.group()
        in_function = any(offset is not None for offset in inside)
        if char == "{":
            head = code[begin:at]
            initialiser = not in_function and re.search(r"[\w>]$", head) and ":" in head
            body = "(" in head and not re.match(r"\s*(?:namespace|(?:enum|class|struct)\b[^(]*$)",
                                                head)
            starts = not in_function and body and not initialiser
            first = begin + len(head) - len(head.lstrip())
            inside.append(first if starts else ("skip" if initialiser else None))
            if not initialiser:
                begin = at + 1
        elif char == "}":
            opened = inside.pop() if inside else None
            if opened == "skip":
                continue
            if opened is not None:
                yield code.count("\n", 0, opened) + 1, code.count("\n", 0, at) + 1
            begin = at + 1
        elif not in_function:
            begin = at + 1
