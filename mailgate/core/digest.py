"""What makes two mails the same mail: a digest of everything but named trace headers.

Transports add trace headers to each copy (RFC 5321, 4.4), so those are left out, and so are all CRs,
which come and go with line ends. A mailbox's separator line ("From ivan@client.example Mon Nov 23 ...")
that some MTAs leave in front of a mail they pipe is trace, too. A Message-ID alone says nothing: whoever
has seen one could make us swallow the genuine mail by squatting it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

_TRACE = frozenset(
    {
        b"received", b"return-path", b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to",
        b"x-envelope-from", b"authentication-results", b"received-spf", b"x-received", b"x-spam-flag",
        b"x-spam-status", b"x-spam-score", b"x-spam-level", b"x-spam-checker-version", b"x-spamd-bar",
        b"x-spamd-result", b"x-rspamd-server", b"x-rspamd-queue-id", b"x-virus-scanned", b"x-virus-status",
        b"dkim-filter", b"x-mailgate-id",
    }
)  # fmt: skip

_SEPARATOR = (b"From ", b">From ")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`digest` is SHA-256; `is_bare` says that the mail has neither Message-ID nor Date."""

    digest: bytes
    is_bare: bool


def fingerprint(raw: bytes) -> Fingerprint:
    """The fingerprint of a mail, in one pass over its header block and one hash over the rest."""
    plain = raw.translate(None, b"\r")  # several times quicker than to replace each CR LF
    if plain.startswith(_SEPARATOR):
        plain = plain.partition(b"\n")[2]
    head, separator, body = plain.partition(b"\n\n")
    if plain.startswith(b"\n"):
        head, separator, body = b"", b"\n", plain[1:]
    kept = hashlib.sha256()
    named: set[bytes] = set()
    keep = True
    for line in head.split(b"\n"):
        # A line that begins with white space belongs to the field above (RFC 5322, 2.2.3).
        if not line.startswith((b" ", b"\t")):
            name, colon, _ = line.partition(b":")
            name = name.rstrip().lower()
            keep = not colon or name not in _TRACE
            named.add(name)
        if keep:
            kept.update(line + b"\n")
    kept.update(separator)
    kept.update(body.rstrip(b"\n"))
    return Fingerprint(kept.digest(), not named & {b"message-id", b"date"})


def fingerprint_to(raw: bytes, recipients: Iterable[str]) -> Fingerprint:
    """The fingerprint by which copies of a mail to these recipients are known.

    Without Message-ID and Date two mails may be alike by chance ("help!"), so copies of such a one must
    have the same recipients.
    """
    found = fingerprint(raw)
    return Fingerprint(with_recipients(found.digest, recipients), is_bare=True) if found.is_bare else found


def handed_in_with(digest: bytes, words: Iterable[str]) -> bytes:
    """`digest` made one of a mail that the panel hands in with these words, and no copy of any other."""
    return hashlib.sha256(b"panel\0" + digest + "\0".join(words).encode("utf-8", "replace")).digest()


def with_recipients(digest: bytes, recipients: Iterable[str]) -> bytes:
    """`digest` made one of a mail to just these recipients, in whatever order."""
    return hashlib.sha256(digest + "\n".join(sorted(recipients)).encode("utf-8", "replace")).digest()
