"""Where fetched mails came from, and how the mailboxes fare.

A mail's origin is its place in a mailbox: account, folder, UIDVALIDITY and UID together name it for ever
(RFC 9051, section 2.3.1.1). It is written in the commit that takes the mail, so a crash between taking
and moving leaves a mail that is known, and only still to be moved.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work


class Fetched(StrEnum):
    """What became of a mail in its mailbox."""

    TAKEN = "taken"  # in the ledger, and still to be moved away
    MOVED = "moved"
    STAYS = "stays"  # in the ledger, and left where it is
    STEPPED_OVER = "stepped_over"  # could not be fetched; people are told


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder under one UIDVALIDITY. Below `next_uid` everything is dealt with.

    Below `rescan` lie mails that may have been taken under an earlier UIDVALIDITY.
    """

    id: int
    uidvalidity: int
    next_uid: int
    rescan: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a mailbox: a folder's id and a UID."""

    folder: int
    uid: int


class MailboxState(StrEnum):
    """How a mailbox fares."""

    WATCHING = "watching"
    FETCHING = "fetching"
    WAITING = "waiting"  # for room in the spool
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # our user name and secret are not taken


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """How a mailbox fares: what its poller last wrote down. Times are aware; None: never.

    `since` is when the state began; `error` is the last trouble in plain words, kept when it is over.
    """

    name: str
    state: MailboxState
    since: datetime
    contact: datetime | None = None
    last_mail: datetime | None = None
    backlog: int = 0
    error: str = ""


def born(ask: Ask) -> datetime:
    """When the ledger was made, or learned of mailboxes: older mail is left alone by default."""
    return rows.time_of(ask.rows("SELECT at FROM birth")[0]["at"])


def find_folder(ask: Ask, account: str, name: str, uidvalidity: int) -> Folder | None:
    """The folder as it is known, if it is."""
    found = ask.row(
        "SELECT * FROM folder WHERE account = :account AND name = :name AND uidvalidity = :uidvalidity",
        account=account,
        name=name,
        uidvalidity=uidvalidity,
    )
    return None if found is None else _folder(found)


def add_folder(work: Work, account: str, name: str, uidvalidity: int, beyond: int) -> Folder:
    """A folder met for the first time, or under a new UIDVALIDITY; `beyond` is its next UID now."""
    earlier = work.count(
        "SELECT count(*) FROM folder WHERE account = :account AND name = :name", account=account, name=name
    )
    rescan = beyond if earlier else 0
    number = work.insert(
        """INSERT INTO folder (account, name, uidvalidity, next_uid, rescan)
        VALUES (:account, :name, :uidvalidity, 1, :rescan)""",
        account=account,
        name=name,
        uidvalidity=uidvalidity,
        rescan=rescan,
    )
    return Folder(number, uidvalidity, 1, rescan)


def advance(work: Work, folder: int, next_uid: int) -> None:
    """Everything below `next_uid` is dealt with."""
    work.run(
        "UPDATE folder SET next_uid = :next_uid WHERE id = :folder AND next_uid < :next_uid",
        folder=folder,
        next_uid=next_uid,
    )


def known(ask: Ask, folder: int, first: int) -> dict[int, Fetched]:
    """What became of the mails from UID `first` on."""
    found = ask.rows(
        "SELECT uid, state FROM origin WHERE folder = :folder AND uid >= :first", folder=folder, first=first
    )
    return {row["uid"]: Fetched(row["state"]) for row in found}


def unmoved(ask: Ask, folder: int) -> tuple[int, ...]:
    """The UIDs that were taken and are still to be moved."""
    found = ask.rows(
        "SELECT uid FROM origin WHERE folder = :folder AND state = 'taken' ORDER BY uid", folder=folder
    )
    return tuple(row["uid"] for row in found)


def mail_from(ask: Ask, origin: Origin) -> int | None:
    """The mail that was taken from there."""
    found = ask.row(
        "SELECT mail FROM origin WHERE folder = :folder AND uid = :uid", folder=origin.folder, uid=origin.uid
    )
    return None if found is None else found["mail"]


def note_taken(work: Work, origin: Origin, mail: int, at: datetime) -> None:
    """The mail was taken from there; in the commit that takes it."""
    work.run(
        """INSERT INTO origin (folder, uid, mail, state, at) VALUES (:folder, :uid, :mail, 'taken', :at)
        ON CONFLICT (folder, uid) DO UPDATE SET mail = :mail, state = 'taken', why = '', at = :at""",
        folder=origin.folder,
        uid=origin.uid,
        mail=mail,
        at=rows.time_text(at),
    )


def note_stepped_over(work: Work, origin: Origin, why: str, at: datetime) -> None:
    """The mail there could not be fetched, and the next ones must not wait for it."""
    work.run(
        """INSERT INTO origin (folder, uid, state, why, at)
        VALUES (:folder, :uid, 'stepped_over', :why, :at)
        ON CONFLICT (folder, uid) DO UPDATE SET why = :why, at = :at WHERE origin.state = 'stepped_over'""",
        folder=origin.folder,
        uid=origin.uid,
        why=why,
        at=rows.time_text(at),
    )


def stepped_over_before(ask: Ask, folder: int, moment: datetime) -> tuple[int, ...]:
    """The UIDs that could not be fetched when they were last tried, before `moment`."""
    found = ask.rows(
        """SELECT uid FROM origin WHERE folder = :folder AND state = 'stepped_over' AND at < :moment
        ORDER BY uid""",
        folder=folder,
        moment=rows.time_text(moment),
    )
    return tuple(row["uid"] for row in found)


def forget_stepped_over(work: Work, folder: int, uids: Iterable[int]) -> None:
    """These have gone from the folder."""
    for uid in uids:
        work.run(
            "DELETE FROM origin WHERE folder = :folder AND uid = :uid AND state = 'stepped_over'",
            folder=folder,
            uid=uid,
        )


def note_left(work: Work, folder: int, uids: Iterable[int], state: Fetched) -> None:
    """These were moved, or stay."""
    for uid in uids:
        work.run(
            "UPDATE origin SET state = :state WHERE folder = :folder AND uid = :uid",
            folder=folder,
            uid=uid,
            state=state,
        )


def stepped_over(ask: Ask, account: str, name: str, limit: int) -> list[Row]:
    """The mails of a folder that could not be fetched (`uid`, `uidvalidity`, `why`, `at`), latest first."""
    return ask.rows(
        """SELECT origin.uid, origin.why, origin.at, folder.uidvalidity
        FROM origin JOIN folder ON folder.id = origin.folder
        WHERE folder.account = :account AND folder.name = :name AND origin.state = 'stepped_over'
        ORDER BY origin.at DESC LIMIT :limit""",
        account=account,
        name=name,
        limit=limit,
    )


def write_report(work: Work, report: MailboxReport) -> None:
    """Write down how a mailbox fares; what is None stays as it was written before."""
    work.run(
        """INSERT INTO mailbox (name, state, since, contact, last_mail, backlog, error)
        VALUES (:name, :state, :since, :contact, :last_mail, :backlog, :error)
        ON CONFLICT (name) DO UPDATE SET state = :state, since = :since, backlog = :backlog, error = :error,
        contact = coalesce(:contact, contact), last_mail = coalesce(:last_mail, last_mail)""",
        name=report.name,
        state=report.state,
        since=rows.time_text(report.since),
        contact=None if report.contact is None else rows.time_text(report.contact),
        last_mail=None if report.last_mail is None else rows.time_text(report.last_mail),
        backlog=report.backlog,
        error=report.error,
    )


def report_of(ask: Ask, name: str) -> MailboxReport | None:
    """How the mailbox fares, if its poller has ever begun."""
    row = ask.row("SELECT * FROM mailbox WHERE name = :name", name=name)
    if row is None:
        return None
    return MailboxReport(
        name=row["name"],
        state=MailboxState(row["state"]),
        since=rows.time_of(row["since"]),
        contact=rows.time_or_none(row["contact"]),
        last_mail=rows.time_or_none(row["last_mail"]),
        backlog=row["backlog"],
        error=row["error"],
    )


def _folder(row: Row) -> Folder:
    return Folder(row["id"], row["uidvalidity"], row["next_uid"], row["rescan"])
