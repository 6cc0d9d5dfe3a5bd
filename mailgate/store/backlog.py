"""The mails that wait to be settled, in the order they came: the bulk's in a lane of their own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from mailgate.core.mail import Envelope
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Work


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that waits to be settled. `tries` counts the earlier ones; `aside`: its parse was late."""

    id: int
    envelope: Envelope
    raw: bytes
    tries: int
    aside: bool
    duplicate_of: int | None


def size(ask: Ask, *, bulk: bool = False) -> int:
    """How many mails wait: of those that may be answered, or of the bulk."""
    return ask.count("SELECT count(*) FROM mail WHERE state = 'new' AND bulk = :bulk", bulk=int(bulk))


def following(
    ask: Ask, limit: int, after: int, *, aside: bool, bulk: bool = False, most: int = 1 << 62
) -> tuple[Waiting, ...]:
    """The next mails in the order they came, beyond id `after`; those put aside, or the others.

    With `bulk` mails of that lane, else of the one whose mails may be answered. None is fetched any more once
    those before it have `most` bytes.
    """
    coming = ask.rows(
        """SELECT id, size FROM mail WHERE state = 'new' AND bulk = :bulk AND aside = :aside AND id > :after
        ORDER BY id LIMIT :limit""",
        bulk=int(bulk),
        aside=int(aside),
        after=after,
        limit=limit,
    )
    before = accumulate((row["size"] for row in coming), initial=0)
    found = ask.rows(
        """SELECT mail.*, raw.bytes FROM mail JOIN raw ON raw.mail = mail.id
        WHERE mail.id IN (SELECT value FROM json_each(:mails)) ORDER BY mail.id""",
        mails=json.dumps([row["id"] for row, size in zip(coming, before, strict=False) if size < most]),
    )
    return tuple(
        Waiting(
            row["id"],
            rows.envelope_of(row),
            row["bytes"],
            row["tries"],
            bool(row["aside"]),
            row["duplicate_of"],
        )
        for row in found
    )


def count_try(work: Work, mails: Iterable[int], step: int) -> None:
    """Count a try of each mail before it is made, or take one back that was not the mail's fault."""
    work.run(
        "UPDATE mail SET tries = tries + :step WHERE id IN (SELECT value FROM json_each(:mails))",
        step=step,
        mails=json.dumps(list(mails)),
    )


def put_aside(work: Work, mail: int) -> None:
    """The mail is late: it will be tried again alone, and blocks nobody."""
    work.run("UPDATE mail SET aside = 1, tries = 0 WHERE id = :mail AND state = 'new'", mail=mail)


def still_new(ask: Ask, mails: Iterable[int]) -> frozenset[int]:
    """The fence: those of the mails that are still to be settled, seen from inside the one transaction."""
    # "+": by their ids, and not by the index of all that wait.
    found = ask.rows(
        "SELECT id FROM mail WHERE id IN (SELECT value FROM json_each(:mails)) AND +state = 'new'",
        mails=json.dumps(list(mails)),
    )
    return frozenset(row["id"] for row in found)


def oldest(ask: Ask) -> datetime | None:
    """When the longest waiting mail that may be answered was taken in."""
    found = ask.row(
        """SELECT received FROM mail WHERE id IN (
        SELECT min(id) FROM mail WHERE state = 'new' AND bulk = 0 AND aside = 0 UNION ALL
        SELECT min(id) FROM mail WHERE state = 'new' AND bulk = 0 AND aside = 1) ORDER BY id LIMIT 1"""
    )
    return None if found is None else rows.time_of(found["received"])
