"""What the viewer's tests have in common: traces made by hand or by a program, and a case
that drives the page in a browser.

STRATA_BIN=DIR names the folder of the built programs. It may also be one of them.
"""

import contextlib
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import browser


def header(program="week01-repl"):
    return json.dumps({"strata_trace": 1, "program": program}) + "\n"


def lines(events):
    return "".join(json.dumps({"at": i, **event}) + "\n" for i, event in enumerate(events))


def trace(events, name):
    """The pages of a server that has such a trace at /t.jsonl."""
    return {"/t.jsonl": (header(name) + lines(events)).encode}


# --- Looking at what picture() in harness.js saw ------------------------------------------


def row(picture, name):
    """The row of that id."""
    return next(row for row in picture["rows"] if row["id"] == name)


def rows_of(picture, kind):
    return [row for row in picture["rows"] if kind in row["kinds"]]


def boxes_of(picture, kind):
    return [box for row in picture["rows"] for box in row["boxes"] if kind in box["kinds"]]


def marks(picture):
    return [mark for row in picture["rows"] for mark in row["marks"]]


# --- Programs -----------------------------------------------------------------------------


def program(name):
    """The path of a built program; skips the test without one."""
    given = os.environ.get("STRATA_BIN")
    if not given:
        raise unittest.SkipTest(f"STRATA_BIN does not name the folder of a built {name}")
    path = Path(given).resolve()
    return path / name if path.is_dir() else path.parent / name


def trace_of(name, commands, *options):
    """The trace that a program writes when its shell is given these commands."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        subprocess.run([program(name), "--disk=simulated", "--trace", trace, *options],
                       input=commands, text=True, check=True, stdout=subprocess.DEVNULL,
                       timeout=60)
        return trace.read_bytes()


@contextlib.contextmanager
def served(name, *options):
    """Runs a server of week 4; gives its address, and a function for its trace once it has ended."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        server = subprocess.Popen(
            [program(name), "--trace", trace, "--data", Path(folder) / "data", "--log=off",
             "--listen=127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True)
        content = []

        def end():
            if not content:
                server.terminate()
                server.communicate(timeout=60)
                content.append(trace.read_bytes())
            return content[0]
        try:
            yield server.stdout.readline().removeprefix("listening on ").strip(), end
        finally:
            end()


class BrowserTest(unittest.TestCase):
    def setUp(self):
        if browser.find_browser() is None:
            if os.environ.get("CI"):  # which installs one: nothing may pass for want of it
                self.fail(browser.MISSING)
            self.skipTest(browser.MISSING)

    def drive(self, script, trace, pages=None):
        with browser.Server(pages) as server:
            result = browser.drive(server, script, trace)
        self.assertEqual(result["problems"], [])
        self.assertEqual(result["foreign"], [])
        self.assertEqual(server.failed, [])
        return result


class SampleTest(BrowserTest):
    """SAMPLE, a file in this folder, is stepped through once; each test looks at a place in it."""

    SAMPLE = None

    @classmethod
    def setUpClass(cls):
        sample = browser.VIEWER / "tests" / cls.SAMPLE
        cls.events = [json.loads(line) for line in sample.read_text().splitlines()[1:]]
        if browser.find_browser() is None:
            return
        with browser.Server() as server:
            cls.seen = browser.drive(server, "step_through", f"/tests/{cls.SAMPLE}")
        cls.server = server

    def place(self, name, nth=1, **fields):
        """The place behind the nth event of that name with these fields."""
        return [i for i, event in enumerate(self.events)
                if event["event"] == name and fields.items() <= event.items()][nth - 1] + 1

    def after(self, name, nth=1, **fields):
        """What was seen there."""
        return self.seen["forward"][self.place(name, nth, **fields)]

    def check_each_step(self, wrong):
        """Every event was stepped on, back as well, and no sentence has what `wrong` matches."""
        self.assertEqual(len(self.seen["forward"]), len(self.events) + 1)
        self.assertEqual(self.seen["problems"] + self.seen["foreign"], [])
        said = [picture["sentence"] for picture in self.seen["forward"]]
        self.assertEqual([s for s in said if wrong.search(s)], [])
        self.assertTrue(self.seen["same_backward"])
