"""Content-Transfer-Encoding taken off (RFC 2045, section 6). Never raises: what is broken is skipped."""

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_GROUP = 4


def decode(octets: bytes, encoding: str) -> bytes:
    """`octets` without the transfer `encoding` (lower case); unknown encodings are left as they are."""
    if encoding == "base64":
        return _base64(octets)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _uuencode(octets)
    return octets


def _base64(octets: bytes) -> bytes:
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        # Padding is missing or in the middle (two encoded texts, one behind the other).
        letters = _NOT_BASE64.sub(b"", octets)
        letters = letters[: len(letters) - (len(letters) % _GROUP == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % _GROUP))


def _uuencode(octets: bytes) -> bytes:
    lines = iter(octets.splitlines())
    decoded: list[bytes] = []
    if not any(line.startswith(b"begin ") for line in lines):
        return octets
    for line in lines:
        if line.rstrip() in {b"end", b"`"}:
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(decoded)
