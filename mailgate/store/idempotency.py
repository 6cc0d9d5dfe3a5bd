"""The keys by which the control panel hands a request in once, however often it has to send it.

A key is written in the commit that takes its mail, so a panel that heard no answer may ask again: it is told
the mail that was taken, or, after a crash before that commit, it is taken now.
"""

from dataclasses import dataclass
from datetime import datetime

from mailgate.store import rows
from mailgate.store.sqlite import Ask, Work


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key of the panel's choice, and the SHA-256 of the whole request that it stands for."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """What a key was used for before: the mail, and whether it was this very request."""

    mail: int
    is_same: bool


def find(ask: Ask, wanted: IdempotencyKey) -> Handed | None:
    """What was handed in under this key."""
    found = ask.row("SELECT * FROM idempotency WHERE key = :key", key=wanted.key)
    return None if found is None else Handed(found["mail"], found["digest"] == wanted.digest)


def note(work: Work, used: IdempotencyKey, mail: int, at: datetime) -> None:
    """The mail was handed in under this key; in the commit that takes it."""
    work.run(
        "INSERT INTO idempotency (key, digest, mail, at) VALUES (:key, :digest, :mail, :at)",
        key=used.key,
        digest=used.digest,
        mail=mail,
        at=rows.time_text(at),
    )
