#!/usr/bin/env python3
"""Runs the tests of the Python client with an interpreter that has protobuf and xxhash.

    STRATA_BIN=build/release/bin week04-net/python/run_tests.py [OPTION OF unittest]...

STRATA_BIN names the folder of the built programs; without it the tests against a real server are
skipped, but under CI they fail. Exit status: 0 if no test failed, else 1.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEEDED = "import google.protobuf, xxhash"


def fitting_interpreter():
    """The first that can import what is needed; None: there is none."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run([python, "-c", NEEDED], stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=60)
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def main():
    python = fitting_interpreter()
    if python is None:
        print("run_tests: no Python here has protobuf and xxhash; install them with: "
              "apt-get install python3 python3-protobuf python3-xxhash", file=sys.stderr)
        return 1
    environment = dict(os.environ)
    if "STRATA_BIN" in environment:
        environment["STRATA_BIN"] = str(Path(environment["STRATA_BIN"]).resolve())
    else:
        print("run_tests: STRATA_BIN does not name the folder of the built programs, so there is "
              "no server to test against", file=sys.stderr)
    command = [python, "-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."]
    done = subprocess.run(command + sys.argv[1:], cwd=HERE, env=environment)
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
