"""python3 -m strata: the shell as a process, through a pipe and on a terminal."""

import os
import pty
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import strata
from strata import verbs
from tests.fake_server import FakeServer
from tests.server import PATIENCE, Server, ServerCase, secret_file, temporary_folder

PACKAGE = Path(strata.__file__).resolve().parents[1]  # the folder that holds it


def environment(folder, **variables):
    """Of a process that finds the package, and leaves nothing behind outside of `folder`."""
    return os.environ | {"PYTHONPATH": str(PACKAGE), "XDG_STATE_HOME": str(folder),
                         "PYTHONDONTWRITEBYTECODE": "1"} | variables


class ShellCase(ServerCase):
    def setUp(self):
        super().setUp()
        self.folder = temporary_folder(self)

    def run_shell(self, commands, *options, port=None, **variables):
        """What became of the process."""
        where = [] if port is None else ["--port", str(port)]
        return subprocess.run([sys.executable, "-m", "strata", *where, *options],
                              input=commands, capture_output=True, cwd=self.folder,
                              env=environment(self.folder, **variables), timeout=PATIENCE)

    def replies(self, commands, status=0):
        done = self.run_shell(commands.encode(), port=self.server.port)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout.decode()


class Pipe(ShellCase):
    def test_answers_each_command_in_order(self):
        self.assertEqual(self.replies("put user:1 two  words \n"
                                      "GET user:1\n"
                                      'PUT "\\x00" "a\\nb"\n'
                                      "# a comment\n"
                                      "\n"
                                      "SCAN\n"
                                      "SCAN user:* LIMIT 10\n"
                                      "SCAN * REVERSE LIMIT 0\n"
                                      "DELETE user:1\n"
                                      "QUIT\n"
                                      "GET user:1\n"),
                         "OK\n"
                         "two  words \n"
                         "OK\n"
                         '"\\x00"\t"a\\x0ab"\n'
                         "user:1\ttwo  words \n"
                         "(2 keys)\n"
                         "user:1\ttwo  words \n"
                         "(1 key)\n"
                         "(0 keys)\n"
                         "OK\n"
                         "Shutting down...\n")

    def test_a_command_that_fails_is_an_error_line_and_the_status(self):
        self.assertEqual(self.replies("GET a\nGET\nPUT a 1\nGET a", status=1),
                         "Error: key not found\nError: usage: GET <key>\nOK\n1\nShutting down...\n")
        self.assertEqual(self.replies("FOO\x1b\n", status=1),
                         "Error: unknown command 'FOO\\x1b'; HELP lists the commands\n"
                         "Shutting down...\n")

    def test_a_batch_is_written_at_commit(self):
        self.assertEqual(self.replies("BATCH\nPUT a 1\nDELETE b\nGET a\nCOMMIT\nGET a\n", status=1),
                         "OK\nQUEUED\nQUEUED\nError: key not found\nOK\n1\nShutting down...\n")

    def test_a_batch_in_which_something_failed_is_not_written(self):
        self.assertEqual(self.replies('BATCH\nPUT c 1\nPUT "" 1\nCOMMIT\nSCAN\nCOMMIT\n', status=1),
                         "OK\nQUEUED\nError: the key is empty; it needs a byte at least\n"
                         "Error: a command of this batch failed, so none of it was written; begin "
                         "again with BATCH\n(0 keys)\n"
                         "Error: no batch is open; BATCH begins one\nShutting down...\n")

    def test_a_batch_may_be_dropped_and_is_at_the_end(self):
        self.assertEqual(self.replies("BATCH\nPUT c 1\nABORT\nSCAN\n"),
                         "OK\nQUEUED\nOK\n(0 keys)\nShutting down...\n")
        self.assertEqual(self.replies("BATCH\nBATCH\nPUT c 1\n", status=1),
                         "OK\nError: a batch is open already; COMMIT writes it, ABORT drops it\n"
                         "QUEUED\nError: the open batch was never committed; its 1 write is "
                         "dropped; end a batch with COMMIT\nShutting down...\n")
        self.assertEqual(list(self.client.scan()), [])

    def test_compares_and_sets(self):
        self.assertEqual(self.replies('CREATE a 1\nCREATE a 2\nCAS a 1 ""\nCAS a 1 3\nGET a\n',
                                      status=1),
                         "OK\nError: the condition on a does not hold\nOK\n"
                         "Error: the condition on a does not hold\n\nShutting down...\n")
        lines = 'CREATE c one and two\nCAS c "one and two" three or four\nGET c\n'
        self.assertEqual(self.replies(lines),
                         "OK\nOK\nthree or four\nShutting down...\n")
        self.assertEqual(self.replies("BATCH\nCAS a 1 2\nPUT b 1\nCOMMIT\nGET b\n", status=1),
                         "OK\nQUEUED\nQUEUED\nError: the condition on a does not hold\n"
                         "Error: key not found\nShutting down...\n")

    def test_tells_figures_and_helps(self):
        self.client.put("a", "1")
        figures = self.replies("STATS\n").splitlines()
        self.assertEqual(figures[:2], ["Statistics:", "  num_keys: 1"])
        self.assertRegex(self.replies("PING\n"), r"^PONG after \d+ us\n")
        self.assertIn("PUT <key> <value>\n  stores", self.replies("HELP\n"))
        self.assertEqual(self.replies("help quit\n"),
                         "QUIT\n  ends the shell, as Ctrl-D does\nShutting down...\n")

    def test_no_control_character_of_a_server_reaches_the_terminal(self):
        printed = []
        client = SimpleNamespace(stats=lambda: {"keys\x1b[2J": 1})
        verbs.stats(SimpleNamespace(client=client, print=printed.append), None)
        self.assertEqual(printed[1:], ['  "keys\\x1b[2J": 1'])

    def test_a_reader_that_leaves_is_no_error(self):
        shell = subprocess.Popen([sys.executable, "-m", "strata", "--port", str(self.server.port)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, cwd=self.folder,
                                 env=environment(self.folder))
        shell.stdout.close()
        _, errors = shell.communicate(b"PUT a 1\n" * 3, timeout=PATIENCE)
        self.assertEqual((shell.returncode, errors), (0, b""))

    def test_output_that_cannot_be_written_is_one(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([sys.executable, "-m", "strata", "--port", str(self.server.port)],
                                  input=b"PUT a 1\n", stdout=full, stderr=subprocess.PIPE,
                                  cwd=self.folder, env=environment(self.folder), timeout=PATIENCE)
        self.assertEqual(done.stderr, b"strata: cannot go on: No space left on device\n")
        self.assertEqual(done.returncode, 1)


class Settings(ShellCase):
    def finds_the_server(self, *options, **variables):
        return self.run_shell(b"PING\n", *options, **variables).returncode == 0

    def test_arguments_count_before_the_environment_and_that_before_the_file(self):
        good, bad = str(self.server.port), "1"
        dotenv = self.folder / ".env"
        dotenv.write_text(f"STRATA_PORT={good}\n")
        self.assertTrue(self.finds_the_server())
        self.assertFalse(self.finds_the_server(STRATA_PORT=bad))
        dotenv.write_text(f"STRATA_PORT={bad}\n")
        self.assertFalse(self.finds_the_server())
        self.assertTrue(self.finds_the_server(STRATA_PORT=good))
        self.assertFalse(self.finds_the_server("--port", bad, STRATA_PORT=good))
        self.assertTrue(self.finds_the_server("--port", good, STRATA_PORT=bad))
        self.assertTrue(self.finds_the_server(f"--connect=127.0.0.1:{good}", STRATA_PORT=bad))

    def test_wrong_words_are_one_line_and_the_status_two(self):
        for options in (["--bogus"], ["word"], ["--port", "x"], ["--port"], ["--timeout-ms", "x"],
                        ["--timeout-ms", "0"], ["--connect", "x"],
                        ["--connect", "a:1", "--port", "1"], ["--host", "a", "--socket", "b"]):
            done = self.run_shell(b"", *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertRegex(done.stderr, rb"\Astrata: [^\n]+\n\Z")
            self.assertEqual(done.stdout, b"")

    def test_help_shows_an_example(self):
        done = self.run_shell(b"", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"Example:\n  echo", done.stdout)


class NoServer(ShellCase):
    """Each is one line, and the status 1."""

    def refusal(self, *options, **variables):
        done = self.run_shell(b"GET a\n", *options, **variables)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, b"")
        self.assertRegex(done.stderr, rb"\Astrata: [^\n]+\n\Z")
        return done.stderr.decode().removeprefix("strata: ").strip()

    def test_nobody_listens_there(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.assertEqual(self.refusal(port=port),
                         f"cannot connect to 127.0.0.1:{port}: Connection refused")
        self.assertEqual(self.refusal("--socket", "nothing"),
                         "cannot connect to unix:nothing: No such file or directory")

    def test_there_is_no_such_host(self):
        self.assertIn("cannot connect to no.such.host.invalid:4400: ",
                      self.refusal("--host", "no.such.host.invalid"))

    def test_the_server_has_died(self):
        server = Server("--store", "memory")
        server.kill()
        self.assertIn("Connection refused", self.refusal(port=server.port))

    def test_what_listens_there_is_no_strata_server(self):
        def speaks_something_else(peer):
            peer.send_bytes(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n")
            peer.receive(peer.messages.ClientHello)

        with FakeServer(speaks_something_else) as server:
            self.assertIn("is this a Strata server?", self.refusal(port=server.port))
        with FakeServer(lambda peer: None) as server:
            self.assertIn("no hello from", self.refusal(port=server.port))

    def test_it_does_not_answer(self):
        with FakeServer(lambda peer: peer.receive(peer.messages.ClientHello) and
                        peer.receive(peer.messages.ClientHello)) as server:
            self.assertIn("no hello from",
                          self.refusal("--timeout-ms", "300", port=server.port))

    def test_the_secret_is_missing_or_wrong(self):
        file = secret_file(self.folder)
        server = Server("--store", "memory", "--secret-file", file)
        self.addCleanup(server.kill)
        self.assertIn("the server asks for a secret", self.refusal(port=server.port))
        (self.folder / "other").mkdir()
        other = secret_file(self.folder / "other", "another secret of many bytes")
        self.assertIn("the server does not know the secret",
                      self.refusal(port=server.port, STRATA_SECRET_FILE=other))
        self.assertIn("No such file", self.refusal("--secret-file", "nothing", port=server.port))
        done = self.run_shell(b"PING\n", "--secret-file", file, port=server.port)
        self.assertEqual(done.returncode, 0)

    def test_a_server_without_a_secret_is_not_trusted_where_one_was_given(self):
        file = secret_file(self.folder)
        self.assertIn("the server does not know the secret",
                      self.refusal("--secret-file", file, port=self.server.port))


class Terminal(ShellCase):
    def test_prompts_and_ends_with_control_d(self):
        keyboard, terminal = pty.openpty()
        self.addCleanup(os.close, keyboard)
        shell = subprocess.Popen([sys.executable, "-m", "strata", "--port", str(self.server.port)],
                                 stdin=terminal, stdout=terminal, stderr=terminal, cwd=self.folder,
                                 env=environment(self.folder, TERM="dumb"), start_new_session=True)
        self.addCleanup(shell.kill)
        os.close(terminal)
        self.assertIn(b"HELP lists the commands", read_until(keyboard, b"> "))
        os.write(keyboard, b"PUT a 1\n")
        self.assertIn(b"OK", read_until(keyboard, b"> "))
        os.write(keyboard, b"GET b\n")
        self.assertIn(b"Error: key not found", read_until(keyboard, b"> "))
        os.write(keyboard, b"\x04")
        read_until(keyboard, b"Shutting down...")
        self.assertEqual(shell.wait(PATIENCE), 0)
        history = self.folder / "strata" / "python-history"
        self.assertEqual(history.read_text(), "PUT a 1\nGET b\n")


def read_until(terminal, wanted):
    seen = b""
    end = time.monotonic() + PATIENCE
    while wanted not in seen:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError(f"{wanted} does not come, only {seen}")
        seen += os.read(terminal, 4096)
    return seen
