"""A line of the shell, taken apart. Pure: bytes in, words out.

    line   = spaces [ verb { spaces word } ]          spaces: blanks and tabs
    word   = '"' { byte | escape } '"'                quoted: any bytes
           | bytes without blanks and tabs            not quoted: taken as they are
    escape = \\xNN | \\n | \\t | \\\\ | \\"                  inside quotes only

A line that is empty or starts with # is no command. The last argument of a verb such as PUT is the
rest of the line instead of a word: verbatim, blanks at its end included, unless it starts with a
quote; then it is a quoted word and nothing may follow it. An empty value is written "".
"""

import re
from dataclasses import dataclass

from .errors import InvalidArgument

_BLANKS = re.compile(rb"[ \t]*")
_PLAIN = re.compile(rb"[^ \t]*")
_UNESCAPED = re.compile(rb'[^"\\]+')
_HEX = re.compile(rb"[0-9A-Fa-f]{2}")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"\\": b"\\", b'"': b'"'}


@dataclass(frozen=True)
class Word:
    """An argument, its quotes and escapes resolved."""

    text: bytes
    quoted: bool = False
    wildcard: bool = False  # its last character was typed as *, and not as \x2a: a prefix, to SCAN

    def is_option(self, name):
        """A key with the name of an option is typed in quotes."""
        return not self.quoted and self.text.upper() == name


def split(line):
    """The verb as it was typed, empty if there is none, and where its arguments begin."""
    scanner = _Scanner(line, 0)
    scanner.skip_blanks()
    if scanner.at_end() or scanner.peek() == b"#":
        return b"", len(line)
    return scanner.take(_PLAIN), scanner.at


def arguments(line, at, rest=None):
    """The words of `line` from `at` on. rest: the number of the argument that is the rest of it.

    InvalidArgument names the column of what is wrong, counted from 1.
    """
    scanner = _Scanner(line, at)
    words = []
    scanner.skip_blanks()
    while not scanner.at_end():
        words.append(scanner.take_rest() if len(words) == rest else scanner.take_word())
        scanner.skip_blanks()
    return words


class _Scanner:
    """Walks along a line. The functions that take something leave it just behind."""

    def __init__(self, line, at):
        self.line = line
        self.at = at

    def at_end(self):
        return self.at == len(self.line)

    def peek(self):
        """The byte that comes next; empty at the end."""
        return self.line[self.at:self.at + 1]

    def take(self, pattern):
        match = pattern.match(self.line, self.at)
        if not match:
            return b""
        self.at = match.end()
        return match.group()

    def skip_blanks(self):
        self.take(_BLANKS)

    def take_word(self):
        if self.peek() == b'"':
            return self._take_quoted()
        plain = self.take(_PLAIN)
        return Word(plain, wildcard=plain.endswith(b"*"))

    def take_rest(self):
        if self.peek() != b'"':
            rest, self.at = self.line[self.at:], len(self.line)
            return Word(rest)
        word = self.take_word()
        self.skip_blanks()
        if not self.at_end():
            raise _wrong(self.at, r'text after the closing quote; write \" for a quote inside the '
                                  "text")
        return word

    def _take_quoted(self):
        opening = self.at
        self.at += 1
        pieces = []
        wildcard = False
        while not self.at_end() and self.peek() != b'"':
            escaped = self.peek() == b"\\"
            pieces.append(self._take_escape() if escaped else self.take(_UNESCAPED))
            wildcard = not escaped and pieces[-1].endswith(b"*")
        if self.at_end():
            raise _wrong(opening, 'this quote is never closed; end the text with "')
        self.at += 1
        if self.peek() not in (b"", b" ", b"\t"):
            raise _wrong(self.at, "text touches the closing quote; put a space between, "
                                  r'or write \" for a quote inside the text')
        return Word(b"".join(pieces), quoted=True, wildcard=wildcard)

    def _take_escape(self):
        start = self.at
        self.at += 1
        kind = self.peek()
        self.at += len(kind)
        if kind == b"x":
            digits = self.take(_HEX)
            if not digits:
                raise _wrong(start, r"\x needs two hexadecimal digits, as in \x0a")
            return bytes.fromhex(digits.decode())
        if kind not in _ESCAPES:
            raise _wrong(start, r'unknown escape; there are \xNN, \n, \t, \\ and \"')
        return _ESCAPES[kind]


def _wrong(offset, message):
    return InvalidArgument(f"column {offset + 1}: {message}")
