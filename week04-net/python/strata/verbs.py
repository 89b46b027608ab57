"""What the commands of the shell do, and how they show it.

A verb is a function of a session and the words behind the verb. It prints its reply, or raises the
StrataError that the shell prints instead.

Writes of a batch are checked and kept here; the server sees them all at once, at COMMIT. Until then
GET and SCAN do not see them. If any command since BATCH failed, COMMIT refuses: a batch that went
wrong in one place is not what its author meant.
"""

from dataclasses import dataclass
from typing import Callable

from .batch import Batch
from .client import Client
from .errors import Conflict, InvalidArgument, StrataError
from .text import excerpt, printable


class KeyNotFound(StrataError):
    """What GET says. It does not spoil a batch."""


@dataclass
class Session:
    """What the verbs of one shell share."""

    client: Client
    print: Callable[[str], None]  # a line
    batch: Batch | None = None    # between BATCH and COMMIT
    spoiled: bool = False         # a command since BATCH failed
    finished: bool = False        # QUIT was given

    def take_batch(self):
        """The open batch, which is closed by that, and whether it is spoiled."""
        if self.batch is None:
            raise InvalidArgument("no batch is open; BATCH begins one")
        taken = self.batch, self.spoiled
        self.batch, self.spoiled = None, False
        return taken


@dataclass(frozen=True)
class Verb:
    usage: str
    help: str
    run: Callable
    least: int = 0            # arguments
    most: int = 0
    rest: int | None = None   # the number of the argument that is the rest of the line


# ---- One key

def put(session, words):
    _write(session, lambda batch: batch.put(words[0].text, words[1].text))


def delete(session, words):
    _write(session, lambda batch: batch.delete(words[0].text))


def cas(session, words):
    key, expected, value = (word.text for word in words)
    _write(session, lambda batch: batch.expect(key, expected).put(key, value))


def create(session, words):
    key, value = (word.text for word in words)
    _write(session, lambda batch: batch.expect(key, None).put(key, value))


def _write(session, add):
    """Adds to the open batch, or to one that is written at once."""
    if session.batch is not None:
        add(session.batch)
        session.print("QUEUED")
        return
    with session.client.batch() as batch:
        add(batch)
    session.print("OK")


def get(session, words):
    value = session.client.get(words[0].text)
    if value is None:
        raise KeyNotFound("key not found")
    session.print(printable(value))


# ---- Batches

def begin(session, _):
    if session.batch is not None:
        raise Conflict("a batch is open already; COMMIT writes it, ABORT drops it")
    session.batch = session.client.new_batch()
    session.print("OK")


def commit(session, _):
    batch, spoiled = session.take_batch()
    if spoiled:
        raise InvalidArgument("a command of this batch failed, so none of it was written; "
                              "begin again with BATCH")
    session.client.write(batch)
    session.print("OK")


def abort(session, _):
    session.take_batch()
    session.print("OK")


def drop_open_batch(session):
    """For the end of the input: an error if a batch is open."""
    if session.batch is None:
        return
    batch, _ = session.take_batch()
    writes = "write is" if len(batch) == 1 else "writes are"
    raise InvalidArgument(f"the open batch was never committed; its {len(batch)} {writes} dropped; "
                          "end a batch with COMMIT")


# ---- Scans

_SCAN_USAGE = "SCAN [<from> [<to>] | <prefix>*] [REVERSE] [LIMIT <n>]"


def scan(session, words):
    """An error half-way leaves the entries before it printed, and no count."""
    count = 0
    for key, value in session.client.scan(**scan_arguments(words)):
        session.print(f"{printable(key)}\t{printable(value)}")
        count += 1
    session.print(f"({count} {'key' if count == 1 else 'keys'})")


def scan_arguments(words):
    """The arguments of Client.scan() that the words of a SCAN mean."""
    at = 0
    while at < len(words) and not _is_any_option(words[at]):
        at += 1
    found = _range(words[:at])
    options = iter(words[at:])
    for word in options:
        limit = next(options, None) if word.is_option(b"LIMIT") else None
        if word.is_option(b"REVERSE"):
            found["reverse"] = True
        elif limit is not None:
            found["limit"] = _limit(limit.text)
        else:
            raise _scan_usage()
    return found


def _is_any_option(word):
    return word.is_option(b"REVERSE") or word.is_option(b"LIMIT")


def _range(words):
    if len(words) == 1 and words[0].wildcard:
        return {"prefix": words[0].text[:-1]}
    if len(words) > 2:
        raise _scan_usage()
    return dict(zip(("start", "end"), (word.text for word in words)))


def _limit(text):
    if not text.isdigit() or int(text) >= 2**64:
        raise InvalidArgument(f"LIMIT takes a whole number from 0 to 2^64-1, not {excerpt(text)}")
    return int(text)


def _scan_usage():
    return InvalidArgument(f"usage: {_SCAN_USAGE}")


# ---- The server

def stats(session, _):
    session.print("Statistics:")
    for name, value in session.client.stats().items():
        session.print(f"  {printable(name)}: {_stat_text(value)}")


def _stat_text(value):
    if isinstance(value, float):
        return f"{value:.2f}"
    return printable(str(value))


def ping(session, _):
    session.print(f"PONG after {int(session.client.ping() * 1e6)} us")


def leave(session, _):
    session.finished = True


VERBS = {
    "PUT": Verb("PUT <key> <value>",
                r'stores the rest of the line under the key; "..." with \xNN for any bytes',
                put, least=2, most=2, rest=1),
    "GET": Verb("GET <key>", "prints the value of the key", get, least=1, most=1),
    "DELETE": Verb("DELETE <key>", "removes the key; OK too if it was not there",
                   delete, least=1, most=1),
    "STATS": Verb("STATS", "prints figures about the store", stats),
    "SCAN": Verb(_SCAN_USAGE,
                 "prints the entries from <from> up to, not including, <to>; SCAN * prints all",
                 scan, most=5),
    "BATCH": Verb("BATCH", "begins a batch: the PUTs and DELETEs up to COMMIT are written all or "
                           "none", begin),
    "COMMIT": Verb("COMMIT", "writes the batch", commit),
    "ABORT": Verb("ABORT", "drops the batch", abort),
    "CAS": Verb("CAS <key> <expected> <value>",
                "stores the value if the key has the expected one, and says so if it has not",
                cas, least=3, most=3, rest=2),
    "CREATE": Verb("CREATE <key> <value>", "stores the value if there is no such key",
                   create, least=2, most=2, rest=1),
    "PING": Verb("PING", "says how long an answer takes", ping),
}
_LEAVE = "ends the shell, as Ctrl-D does"
ENDINGS = {name: Verb(name, _LEAVE, leave) for name in ("QUIT", "EXIT")}
