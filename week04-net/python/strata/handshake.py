"""What both sides make sure of before the first request: that they speak a common version, that
this is the cluster that was meant, and, where there is a secret, that the other knows it. Pure.

The secret itself never travels. Each side proves that it has it by a keyed hash over two nonces,
one of each side's, so that neither proof can be used again (FORMAT.md, "Handshake").
"""

import hashlib
import hmac
from dataclasses import dataclass

from . import errors
from .errors import NotAuthenticated, ProtocolError, ServerError

VERSION = 1
NONCE_SIZE = 16
_SERVER = b"strata server"
_CLIENT = b"strata client"


@dataclass(frozen=True)
class Identity:
    """What the client brings to it."""

    secret: bytes = b""   # empty: it has none
    cluster: bytes = b""  # whom it means to talk to; empty: anybody
    name: str = "strata python"  # for the server's log


def proof(role, client_nonce, server_nonce, secret):
    return hmac.digest(secret, role + client_nonce + server_nonce, hashlib.sha256)


def hello(messages, identity, nonce):
    """The ClientHello. `nonce`: NONCE_SIZE random bytes, new for each connection."""
    return messages.ClientHello(oldest_version=VERSION, newest_version=VERSION, nonce=nonce,
                                cluster_id=identity.cluster, client=identity.name)


def accept(messages, answer, identity, nonce):
    """Whether to go on after `answer`, a ServerHello: the ClientProof to be sent first, or None.

    Raises what the server refused us with, or NotAuthenticated where one side has a secret that
    the other does not have, or ProtocolError.
    """
    outcome = answer.WhichOneof("outcome")
    if outcome == "refusal":
        refusal = answer.refusal
        raise errors.answered(code_name(messages, refusal.code), refusal.message, is_write=False)
    if outcome != "welcome":
        raise ProtocolError("the server's hello is neither yes nor no")
    welcome = answer.welcome
    if welcome.version != VERSION:
        raise ServerError(f"the server chose version {welcome.version} of the protocol; "
                          f"this client speaks {VERSION}", "UNSUPPORTED")
    if not identity.secret:
        if welcome.wants_proof:
            raise NotAuthenticated("the server asks for a secret, and none was given; "
                                   "STRATA_SECRET_FILE names its file")
        return None
    expected = proof(_SERVER, nonce, welcome.nonce, identity.secret)
    if len(welcome.nonce) != NONCE_SIZE or not hmac.compare_digest(welcome.proof, expected):
        raise NotAuthenticated("the server does not know the secret that was given")
    return messages.ClientProof(proof=proof(_CLIENT, nonce, welcome.nonce, identity.secret))


def code_name(messages, code):
    """The name of a code in strata.proto, or None if it is not there."""
    known = messages.Error.DESCRIPTOR.enum_types_by_name["Code"].values_by_number
    return known[code].name if code in known else None
