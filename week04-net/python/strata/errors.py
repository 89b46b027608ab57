"""What can go wrong, split by what the caller can do about it.

    StrataError
        Unavailable             not done; asking again may help
            ConnectionFailed    ... for nobody answers there
        UnknownOutcome          a write that may have been done, or not
        Conflict                not done: a condition of the write does not hold
        InvalidArgument         not done: the request, or a setting, makes no sense
        NotAuthenticated        not done: the secret is missing or wrong
        ProtocolError           not done: what came is not this protocol, or was damaged on the way
        ServerError             not done: what else the server says; `code` is its name
        MissingDependency       a module or program that the client needs is not installed

The message of each is one line, for people.
"""

from .text import one_line


class StrataError(Exception):
    """Any error of this package."""

    def __init__(self, message):
        super().__init__(one_line(message))


class Unavailable(StrataError):
    """Certainly not done."""


class ConnectionFailed(Unavailable):
    """There is no connection, so nothing was asked."""


class UnknownOutcome(StrataError):
    """The write may have been done, or not: only reading tells."""


class Conflict(StrataError):
    """A condition of the write does not hold; nothing was written."""


class InvalidArgument(StrataError):
    """Asking again in the same way will not help."""


class NotAuthenticated(StrataError):
    """One side has a secret that the other does not know."""


class ProtocolError(StrataError):
    """The other side does not speak this protocol, or a frame was damaged."""


class ServerError(StrataError):
    """The server could not do it. `code`: the name of the error on the wire, such as "IO"."""

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code


class MissingDependency(StrataError):
    """The message names the Debian package."""


_BY_CODE = {
    "INVALID_ARGUMENT": InvalidArgument,
    "UNAVAILABLE": Unavailable,
    "CONFLICT": Conflict,
    "UNAUTHENTICATED": NotAuthenticated,
    "DEADLINE": Unavailable,
    "NOT_LEADER": Unavailable,
    "WRONG_SHARD": Unavailable,
}
_OTHER_CODES = ("NOT_FOUND", "CORRUPTION", "IO", "CANCELLED", "UNSUPPORTED")


def answered(code, message, is_write):
    """The exception for an error that the server answered.

    `code` is its name in strata.proto, or None where only a newer strata.proto has it: from
    such an error nothing may be concluded, so neither that a write was not done.
    """
    if code in _BY_CODE:
        return _BY_CODE[code](message)
    if is_write and code not in _OTHER_CODES:
        return UnknownOutcome(message)
    if code == "UNKNOWN":  # only a write has an outcome
        return Unavailable(message)
    return ServerError(message, code)
