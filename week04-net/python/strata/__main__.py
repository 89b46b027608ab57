"""The shell over a network: python3 -m strata. Exit status 0; 1 if it cannot connect, or a piped
command failed; 2 if the command line, or a setting, makes no sense."""

import argparse
import os
import sys

from . import endpoint, settings
from .client import Client
from .console import Output, piped_lines, typed_lines
from .errors import InvalidArgument, StrataError
from .shell import Shell

_EXAMPLE = """\
Without an option the environment is asked, then a file .env in the working directory:
STRATA_HOST, STRATA_PORT, STRATA_SOCKET, STRATA_SECRET_FILE.

Example:
  echo 'PUT user:1 Ada' | python3 -m strata --host 127.0.0.1 --port 4400
"""
_USAGE_STATUS = 2
_INTERRUPTED = 130
_LONGEST_MS = 1_000_000_000


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise InvalidArgument(f"{message}; see --help")


def _milliseconds(text):
    if text.isascii() and text.isdigit() and 0 < int(text) <= _LONGEST_MS:
        return int(text)
    raise argparse.ArgumentTypeError(f"it takes a number from 1 to {_LONGEST_MS}")


def _parser():
    parser = _Parser(prog="python3 -m strata", description="The shell of a Strata server.",
                     epilog=_EXAMPLE, allow_abbrev=False,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", help=f"the server's name or address (default: "
                                       f"{settings.DEFAULT_HOST})")
    parser.add_argument("--port", help=f"its port (default: {settings.DEFAULT_PORT})")
    parser.add_argument("--socket", metavar="PATH",
                        help="its Unix socket, instead of host and port")
    parser.add_argument("--connect", metavar="ENDPOINT",
                        help="HOST:PORT or unix:PATH, instead of the three above")
    parser.add_argument("--secret-file", metavar="FILE",
                        help="the secret that the server knows: the first line of FILE")
    parser.add_argument("--timeout-ms", metavar="N", type=_milliseconds, default=10_000,
                        help="how long to try (default: 10000)")
    return parser


def _arguments(words):
    """Those of Client(). InvalidArgument if the words, or other settings, make no sense."""
    given = vars(_parser().parse_args(words))
    given["timeout"] = given.pop("timeout_ms") / 1000
    if connect := given.pop("connect"):
        if given["host"] or given["port"] or given["socket"]:
            raise InvalidArgument("--connect excludes --host, --port and --socket; see --help")
        place = endpoint.parse_endpoint(connect)
        given.update(vars(place))
        given["socket"] = given.pop("path", None)
    settings.find(given)
    return given


def _run(client):
    """The exit status."""
    output = Output(sys.stdout.buffer)
    shell = Shell(client, output)
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        return 0 if shell.run(piped_lines(sys.stdin.buffer)) else 1
    output.line(f"Strata, week 4: a store at {client}. HELP lists the commands.")
    output.flush()
    shell.run(typed_lines(shell.verb_names()))
    return 0


def _complain(error, status):
    print(f"strata: {error}", file=sys.stderr)
    return status


def main(words=None):
    try:
        arguments = _arguments(words)
    except InvalidArgument as error:
        return _complain(error, _USAGE_STATUS)
    try:
        if sys.stdin is None or sys.stdout is None:
            raise StrataError("standard input or output is closed")
        with Client(**arguments) as client:
            return _run(client)
    except StrataError as error:
        return _complain(error, 1)
    except OSError as error:  # the shell's own input or output
        return _complain(f"cannot go on: {os.strerror(error.errno)}", 1)
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
