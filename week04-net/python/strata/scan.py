"""Scans: which keys, and how the entries come, a page after another."""

from . import messages
from .batch import to_bytes
from .errors import InvalidArgument

_MAX_LIMIT = 2**64 - 1


def request_of(prefix, start, end, reverse, limit):
    """The request for the first page. InvalidArgument if that makes no sense."""
    first, behind = _range(prefix, start, end)
    scan = messages.load().Scan(start=first, reverse=reverse)
    if behind is not None:
        scan.end = behind
    if limit is not None:
        if not 0 <= limit <= _MAX_LIMIT:
            raise InvalidArgument("a limit is a whole number from 0 to 2^64-1")
        scan.limit = limit
    return messages.load().Request(scan=scan)


def entries(requester, request):
    """Yields (key, value). If it is closed early, the server is told that nobody wants the rest.

    The server moves on with every page that it is asked for, so each is asked for once, by its
    number; if one is lost on the way, the scan cannot go on.
    """
    new_request = messages.load().Request
    page = requester.ask(request).page
    cursor = page.cursor  # not 0: the server holds more
    number = 1
    try:
        while True:
            for entry in page.entries:
                yield entry.key, entry.value
            if not cursor:
                return
            asked, cursor = cursor, 0
            number += 1
            page = requester.ask_once(
                new_request(scan_next={"cursor": asked, "page": number})).page
            cursor = page.cursor
    finally:
        if cursor:
            requester.tell(new_request(scan_cancel={"cursor": cursor}))


def _range(prefix, start, end):
    """The first key, and the first behind the last; None: there is no last."""
    if prefix is None:
        return (b"" if start is None else to_bytes(start),
                None if end is None else to_bytes(end))
    if start is not None or end is not None:
        raise InvalidArgument("a scan has a prefix, or a start and an end, and not both")
    prefix = to_bytes(prefix)
    # Behind all of them: the prefix with its last byte that is not 0xff raised by one.
    stem = prefix.rstrip(b"\xff")
    return prefix, stem[:-1] + bytes([stem[-1] + 1]) if stem else None
