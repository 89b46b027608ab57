"""The client of a server: what Python programs use.

Each write carries a token, so that it is done once however often it is sent (tokens.py, retry.py).

Thread-safety: none; give each thread a Client of its own. Every function blocks until the answer is
there, for `timeout` seconds at most, and raises what errors.py lists.
"""

import contextlib
import time

from . import batch as batches
from . import dependencies, handshake, messages, scan, settings
from .errors import Conflict, InvalidArgument
from .requester import Requester
from .tokens import TokenSource

_LONGEST_TIMEOUT = 1_000_000  # seconds


class Client:
    def __init__(self, host=None, port=None, *, socket=None, secret_file=None, cluster="",
                 timeout=10.0, retries=True):
        """Connects. What is not given comes from the environment, or from a file .env: settings.py.

        socket: the path of a Unix socket, instead of host and port.
        cluster: the name of the only cluster that will do; empty: any.
        timeout: seconds for a request, with everything that is tried for it.
        retries: False: every request is sent once.

        Nothing is tried again here: whoever mistyped a port wants to know at once.
        """
        if not 0 < timeout <= _LONGEST_TIMEOUT:
            raise InvalidArgument(f"a timeout is more than 0 and up to {_LONGEST_TIMEOUT} seconds")
        found = settings.find({"host": host, "port": port, "socket": socket,
                               "secret_file": secret_file})
        identity = handshake.Identity(secret=settings.read_secret(found.secret_file),
                                      cluster=batches.to_bytes(cluster))
        dependencies.module("xxhash", dependencies.XXHASH)  # if it is missing, be told now
        self._messages = messages.load()
        self._tokens = TokenSource()
        self._requester = Requester(found.endpoint, identity, timeout, retries)
        try:
            self._requester.ask_once(self._messages.Request(ping={}))
        except BaseException:
            self.close()
            raise

    # ---- Reading

    def get(self, key):
        """The value of `key`, or None if it is not there."""
        key = batches.check_key(key, self._requester.limits)
        found = self._requester.ask(self._messages.Request(get={"key": key})).get
        return found.value if found.HasField("value") else None

    def scan(self, *, prefix=None, start=None, end=None, reverse=False, limit=None):
        """Yields (key, value) in the order of keys, as of the moment of the first one.

        prefix: only keys that begin with it; or start and end: from start up to, not including,
        end. reverse: from the last to the first. limit: so many at most.

        Whoever wants no more of it may just stop, or close() it. A scan whose server goes away
        half-way raises Unavailable: a new one would not be of the same moment. A server drops a
        scan that nobody asks about for a minute.
        """
        return scan.entries(self._requester,
                            scan.request_of(prefix, start, end, reverse, limit))

    # ---- Writing

    def put(self, key, value):
        self.write(self.new_batch().put(key, value))

    def delete(self, key):
        """Not an error if `key` is not there."""
        self.write(self.new_batch().delete(key))

    def put_if_absent(self, key, value):
        """Whether it was put; if not, there was a value already."""
        return self.cas(key, None, value)

    def cas(self, key, expected, value):
        """Compare and set: puts `value` if `key` has the value `expected`, and says whether it did.

        expected: None: if the key is not there. value: None: deletes the key.
        """
        batch = self.new_batch().expect(key, expected)
        batch.delete(key) if value is None else batch.put(key, value)
        try:
            self.write(batch)
        except Conflict:
            return False
        return True

    @contextlib.contextmanager
    def batch(self):
        """Writes all that is added to it at the end of the block, or nothing:

            with client.batch() as batch:
                batch.put("a", "1").delete("b")

        If the block raises, nothing is written. Conflict if something that batch.expect() was told
        does not hold.
        """
        batch = self.new_batch()
        yield batch
        self.write(batch)

    def new_batch(self):
        """A Batch for write(), whenever that may be."""
        return batches.Batch(self._requester.limits)

    def write(self, batch):
        """Writes a Batch of this client, all or nothing."""
        if not batch.operations and not batch.conditions:
            return
        request = self._messages.Request()
        for key, value in batch.operations:
            kind = "DELETE" if value is None else "PUT"
            request.write.operations.add(kind=kind, key=key, value=value)
        for key, value in batch.conditions:
            expected = {"absent": True} if value is None else {"value": value}
            request.write.conditions.add(key=key, **expected)
        token = request.write.token
        token.client, token.sequence, token.settled_below = self._tokens.next()
        self._requester.ask(request)

    # ---- The server

    def stats(self):
        """Figures about the server and its store: {name: int, float or str}.

        A coordinator adds its own behind those of the storage process; of two with the same name
        the last counts.
        """
        found = self._requester.ask(self._messages.Request(stats={})).stats.stats
        return {one.name: getattr(one, one.WhichOneof("value") or "count") for one in found}

    def ping(self):
        """The seconds that it took to hear of the server."""
        before = time.monotonic()
        self._requester.ask(self._messages.Request(ping={}))
        return time.monotonic() - before

    # ---- Its life

    def close(self):
        """Every later request raises Unavailable."""
        self._requester.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __str__(self):
        return str(self._requester.endpoint)
