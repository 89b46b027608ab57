"""The shell: reads commands, runs them on a client, prints replies, as the shells of all weeks do.

A reply is the output of one command, or one line "Error: <message>". Each is written out before the
next command is read, so a program can drive the shell through a pipe.
"""

from . import command
from .console import MAX_LINE
from .errors import InvalidArgument, StrataError, UnknownOutcome
from .text import excerpt
from .verbs import ENDINGS, VERBS, KeyNotFound, Session, Verb, drop_open_batch


class Shell:
    def __init__(self, client, output):
        """`output`: a console.Output."""
        self._output = output
        self._session = Session(client, output.line)
        helping = Verb("HELP [<command>]", "lists the commands, or says more about one", self._help,
                       most=1)
        self._verbs = VERBS | {"HELP": helping} | ENDINGS

    def verb_names(self):
        return list(self._verbs)

    def run(self, lines):
        """Runs each of `lines`, a console reader's, until QUIT or their end.

        Whether all commands succeeded.
        """
        succeeded = True
        for line in lines:
            succeeded = self._answer(line) and succeeded
            self._output.flush()
            if self._session.finished:
                break
        try:
            drop_open_batch(self._session)
        except StrataError as error:
            succeeded = False
            self._output.line(f"Error: {error}")
        self._output.line("Shutting down...")
        self._output.flush()
        return succeeded

    def execute(self, line):
        """Runs one line and prints its reply, or raises the error that would be printed."""
        name, at = command.split(line)
        if not name:
            return
        verb = self._find(name)
        words = command.arguments(line, at, verb.rest)
        if not verb.least <= len(words) <= verb.most:
            raise InvalidArgument(f"usage: {verb.usage}")
        verb.run(self._session, words)

    def _answer(self, line):
        """Whether the command succeeded."""
        try:
            if line is None:
                raise InvalidArgument(f"line too long: {MAX_LINE} bytes are allowed; it was skipped")
            self.execute(line)
            return True
        except StrataError as error:
            if self._session.batch is not None and not isinstance(error, KeyNotFound):
                self._session.spoiled = True
            self._output.line(f"Error: {_said(error)}")
            return False

    def _help(self, session, words):
        for verb in [self._find(words[0].text)] if words else self._verbs.values():
            session.print(verb.usage)
            session.print("  " + verb.help)

    def _find(self, name):
        verb = self._verbs.get(name.upper().decode("latin-1"))
        if verb is None:
            raise InvalidArgument(f"unknown command {excerpt(name)}; HELP lists the commands")
        return verb


def _said(error):
    text = str(error)
    if isinstance(error, UnknownOutcome) and "may have been done" not in text:
        text += "; it may have been done"
    return text
