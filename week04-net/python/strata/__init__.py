"""A client for Strata servers.

    from strata import Client

    with Client() as client:                      # 127.0.0.1:4400, or what the settings say
        client.put("user:1", "Ada")
        client.get("user:1")                      # b"Ada"
        for key, value in client.scan(prefix="user:"):
            ...
        with client.batch() as batch:             # all or none
            batch.put("user:2", "Grace").delete("user:1")

Keys and values are bytes; a str is sent as UTF-8. What can go wrong: errors.py.

The modules, from the bottom up:

    errors, text, deadline      what all others use
    dependencies, messages      protobuf, and the messages of net/strata.proto
    wire, handshake, connection frames; who is there; one request on one connection
    retry, requester            when a request may be sent again; many requests on many connections
    tokens, batch, scan, client what a program uses, and why a write is done once
    endpoint, settings          where the server is
    command, verbs, shell, console, __main__    the shell: python3 -m strata
"""

from .batch import Batch
from .client import Client
from .errors import (Conflict, ConnectionFailed, InvalidArgument, MissingDependency,
                     NotAuthenticated, ProtocolError, ServerError, StrataError, Unavailable,
                     UnknownOutcome)

__all__ = ["Batch", "Client", "Conflict", "ConnectionFailed", "InvalidArgument",
           "MissingDependency", "NotAuthenticated", "ProtocolError", "ServerError", "StrataError",
           "Unavailable", "UnknownOutcome"]
