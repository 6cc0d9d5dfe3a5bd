"""The panel's keys: random, shown once, and known to us by their digests alone."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

_OCTETS = 32


def new_key() -> str:
    """A fresh key of 256 random bits."""
    return secrets.token_urlsafe(_OCTETS)


def digest_of(key: str) -> str:
    """What stands in the settings for a key: SHA-256, in hex. A random key needs no slower hash."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def is_known(authorization: str, digests: Iterable[str]) -> bool:
    """Does an Authorization header (RFC 6750, section 2.1) bear one of these keys?

    All are compared, each in constant time, so that the time taken tells nothing.
    """
    scheme, _, key = authorization.partition(" ")
    given = digest_of(key.strip())
    found = [hmac.compare_digest(given, digest) for digest in digests]
    return scheme.lower() == "bearer" and any(found)
