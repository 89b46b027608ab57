"""Bytes as a person or a terminal can take them. Pure.

Readable is UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F) and without byte
order marks (U+FEFF), which nobody sees. A control character must never reach a terminal: it could
move the cursor or retitle the window.
"""

import re

# In text that was decoded with surrogateescape: a control character, a byte order mark, or a byte
# that is no UTF-8.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\udc80-\udcff]")
_EXCERPT_SIZE = 40


def _decoded(data):
    if isinstance(data, str):
        return data
    return data.decode("utf-8", "surrogateescape")


def _escaped(match):
    return "".join(f"\\x{byte:02x}" for byte in match.group().encode("utf-8", "surrogateescape"))


def printable(data):
    """Readable bytes as they are; others in double quotes with \\xNN, as the shell reads them. What
    starts with a quote or a space is quoted, too: it would be read as something else."""
    text = _decoded(data)
    if not text.startswith(('"', " ")) and not _UNREADABLE.search(text):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNREADABLE.sub(_escaped, quoted) + '"'


def one_line(message):
    """A message in one line: what is not readable becomes \\xNN. No quotes are added."""
    return _UNREADABLE.sub(_escaped, _decoded(message))


def excerpt(data):
    """The start of what somebody typed, in single quotes, for an error message."""
    cut = "..." if len(data) > _EXCERPT_SIZE else ""
    return f"'{one_line(data[:_EXCERPT_SIZE])}{cut}'"
