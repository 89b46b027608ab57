"""A headless browser and a server of files, for the viewer's tests.

Both are started and stopped by whoever uses them. The server listens on the loopback
interface alone, at a port that the system chooses, and forbids the page everything that
does not come from it.

The browser prints the document when all of it is loaded. harness.html holds an image that
the server gives out only when the script has told it /done, so what is printed is the end
of the script. (Virtual time would be the other way; it runs ahead of the page's drawing.)
"""

import html
import http.server
import json
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from pathlib import Path

VIEWER = Path(__file__).resolve().parents[1]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MISSING = ("no browser found (looked for " + ", ".join(PROGRAMS) +
           "); on Debian: apt-get install chromium")
TIMEOUT_SECONDS = 120
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def find_browser():
    """The path of a browser, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Server:
    """Serves the viewer's folder, and `pages`: a path to a function that returns its bytes."""

    def __init__(self, pages=None):
        self.requested = []  # paths, in order; without their queries
        self.failed = []     # paths that were answered with an error
        self._done = threading.Event()
        self._pages = {"/hold": self._hold, "/done": self._finish, **(pages or {})}
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def url(self, path, **query):
        port = self._http.server_address[1]
        return f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(query)}"

    def _hold(self):
        self._done.wait(TIMEOUT_SECONDS)
        return b""

    def _finish(self):
        self._done.set()
        return b""

    def _handler(self):
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(VIEWER))

            def do_GET(self):
                self._answer(super().do_GET)

            def do_HEAD(self):
                self._answer(super().do_HEAD)

            def _answer(self, from_file):
                path = urllib.parse.urlsplit(self.path).path
                server.requested.append(path)
                page = server._pages.get(path)
                if page is None:
                    from_file()
                    return
                content = page()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            def end_headers(self):
                self.send_header("Content-Security-Policy", POLICY)
                super().end_headers()

            def send_error(self, code, *arguments, **named):
                server.failed.append(self.path)
                super().send_error(code, *arguments, **named)

            def log_message(self, *_):
                pass

        return Handler


def load(url):
    """Opens `url` in a fresh browser; returns the document as it is in the end, as HTML."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        ran = subprocess.run(
            [find_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={profile}", "--window-size=1400,1000",
             "--dump-dom", url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS,
            check=False)
    if ran.returncode != 0:
        raise AssertionError(f"the browser ended with {ran.returncode}:\n{ran.stderr}")
    return ran.stdout


def drive(server, script, trace):
    """Runs a script of harness.js on the viewer with `trace`; returns what it saw."""
    page = "/index.html?" + urllib.parse.urlencode({"trace": trace})
    document = load(server.url("/tests/harness.html", script=script, page=page))
    found = re.search("BEGIN(.*)END", document, re.DOTALL)
    if not found:
        raise AssertionError(f"the script {script} did not come to its end:\n{document[:2000]}")
    result = json.loads(html.unescape(found.group(1)))
    if "failed" in result:
        raise AssertionError(f"in the browser: {result['failed']}")
    return result
