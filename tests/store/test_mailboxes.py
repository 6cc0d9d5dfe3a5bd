"""Where fetched mails came from, and how mailboxes fare, as the ledger keeps it."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from mailgate import state
from mailgate.errors import Temporary
from mailgate.spool import Spool
from mailgate.store import backlog, mailboxes, mails, schema
from mailgate.store.mailboxes import Fetched, Folder, MailboxReport, MailboxState, Origin
from mailgate.store.migrations import MIGRATIONS
from mailgate.store.sqlite import Ledger, connect
from tests.builders import NOW, envelope

ACCOUNT = "support@imap.example:993"
REPORT = MailboxReport("support", MailboxState.FETCHING, NOW)


def mail(ledger: Ledger) -> int:
    """A mail in the ledger that origins can point to."""
    with ledger.write() as work:
        return mails.add(work, mails.Arrival(envelope(), b"raw", b"digest", is_bare=False), None)


@pytest.fixture
def folder_id(ledger: Ledger) -> int:
    with ledger.write() as work:
        return mailboxes.add_folder(work, ACCOUNT, "INBOX", 7, 5).id


def test_a_folder_is_known_by_account_name_and_uidvalidity(ledger: Ledger) -> None:
    with ledger.write() as work:
        made = mailboxes.add_folder(work, ACCOUNT, "INBOX", 7, 5)
        others = [
            mailboxes.add_folder(work, account, name, validity, 5)
            for account, name, validity in (
                (ACCOUNT, "INBOX", 8),
                (ACCOUNT, "Other", 7),
                ("else@imap.example:993", "INBOX", 7),
            )
        ]
    with ledger.read() as ask:
        assert mailboxes.find_folder(ask, ACCOUNT, "INBOX", 7) == made == Folder(made.id, 7, 1, 0)
        assert mailboxes.find_folder(ask, ACCOUNT, "INBOX", 9) is None
    assert len({made.id, *(other.id for other in others)}) == 4


def test_only_a_folder_that_was_known_under_another_uidvalidity_is_rescanned(ledger: Ledger) -> None:
    with ledger.write() as work:
        rescans = [
            mailboxes.add_folder(work, ACCOUNT, name, validity, beyond).rescan
            for name, validity, beyond in (
                ("INBOX", 1, 40), ("INBOX", 2, 30), ("INBOX", 3, 20), ("Other", 9, 10)
            )
        ]  # fmt: skip

    assert rescans == [0, 30, 20, 0]


def test_the_cursor_only_goes_forward(ledger: Ledger, folder_id: int) -> None:
    for target, reached in ((5, 5), (3, 5), (9, 9)):
        with ledger.write() as work:
            mailboxes.advance(work, folder_id, target)
        with ledger.read() as ask:
            found = mailboxes.find_folder(ask, ACCOUNT, "INBOX", 7)
        assert found is not None
        assert found.next_uid == reached


def test_an_origin_goes_its_way_from_taken_to_moved(ledger: Ledger, folder_id: int) -> None:
    one = mail(ledger)
    with ledger.write() as work:
        for uid in (1, 2, 3):
            mailboxes.note_taken(work, Origin(folder_id, uid), one, NOW)
        mailboxes.note_stepped_over(work, Origin(folder_id, 4), "the server gives no text of it", NOW)
        mailboxes.note_left(work, folder_id, [1], Fetched.MOVED)
        mailboxes.note_left(work, folder_id, [2], Fetched.STAYS)
        mailboxes.note_left(work, folder_id, [99], Fetched.MOVED)  # of a mail nobody took

    with ledger.read() as ask:
        assert mailboxes.known(ask, folder_id, 1) == {
            1: Fetched.MOVED, 2: Fetched.STAYS, 3: Fetched.TAKEN, 4: Fetched.STEPPED_OVER
        }  # fmt: skip
        assert mailboxes.known(ask, folder_id, 3) == {3: Fetched.TAKEN, 4: Fetched.STEPPED_OVER}
        assert mailboxes.unmoved(ask, folder_id) == (3,)
        assert mailboxes.mail_from(ask, Origin(folder_id, 3)) == one
        assert mailboxes.mail_from(ask, Origin(folder_id, 4)) is None
        assert mailboxes.mail_from(ask, Origin(folder_id, 5)) is None


def test_a_mail_that_was_stepped_over_may_be_taken_later_but_not_the_other_way(
    ledger: Ledger, folder_id: int
) -> None:
    one = mail(ledger)
    with ledger.write() as work:
        mailboxes.note_stepped_over(work, Origin(folder_id, 1), "lost", NOW)
        mailboxes.note_taken(work, Origin(folder_id, 1), one, NOW)
        mailboxes.note_stepped_over(work, Origin(folder_id, 1), "lost again", NOW)

    with ledger.read() as ask:
        assert mailboxes.known(ask, folder_id, 1) == {1: Fetched.TAKEN}
        assert mailboxes.stepped_over(ask, ACCOUNT, "INBOX", 10) == []


def test_what_was_stepped_over_is_told_latest_first(ledger: Ledger, folder_id: int) -> None:
    with ledger.write() as work:
        for uid in range(1, 6):
            at = NOW + timedelta(minutes=uid)
            mailboxes.note_stepped_over(work, Origin(folder_id, uid), f"why {uid}", at)

    with ledger.read() as ask:
        found = mailboxes.stepped_over(ask, ACCOUNT, "INBOX", 3)
        assert [(row["uid"], row["uidvalidity"], row["why"]) for row in found] == [
            (5, 7, "why 5"), (4, 7, "why 4"), (3, 7, "why 3")
        ]  # fmt: skip
        assert mailboxes.stepped_over(ask, ACCOUNT, "Other", 3) == []


def test_what_was_stepped_over_is_known_by_its_last_try_and_forgotten_when_it_has_gone(
    ledger: Ledger, folder_id: int
) -> None:
    one = mail(ledger)
    with ledger.write() as work:
        for uid in (1, 2, 3):
            mailboxes.note_stepped_over(work, Origin(folder_id, uid), "first", NOW)
        mailboxes.note_taken(work, Origin(folder_id, 4), one, NOW)
        mailboxes.note_stepped_over(work, Origin(folder_id, 2), "second", NOW + timedelta(hours=1))
    with ledger.read() as ask:
        later = NOW + timedelta(minutes=1)
        assert mailboxes.stepped_over_before(ask, folder_id, NOW) == ()
        assert mailboxes.stepped_over_before(ask, folder_id, later) == (1, 3)
        assert mailboxes.stepped_over_before(ask, folder_id + 1, later) == ()
        assert mailboxes.stepped_over(ask, ACCOUNT, "INBOX", 1)[0]["why"] == "second"

    with ledger.write() as work:
        mailboxes.forget_stepped_over(work, folder_id, [1, 4, 99])
    with ledger.read() as ask:
        assert sorted(mailboxes.known(ask, folder_id, 1)) == [2, 3, 4]


@pytest.mark.parametrize(
    ("state", "with_mail"), [("taken", False), ("stepped_over", True), ("lost", False), ("moved", False)]
)
def test_an_origin_that_makes_no_sense_cannot_be_written(
    ledger: Ledger, folder_id: int, state: str, *, with_mail: bool
) -> None:
    one = mail(ledger) if with_mail else None
    with pytest.raises(Temporary, match="CHECK"), ledger.write() as work:
        work.run(
            "INSERT INTO origin (folder, uid, mail, state, at) VALUES (:folder, 1, :one, :state, '')",
            folder=folder_id,
            one=one,
            state=state,
        )


def test_what_came_from_a_place_is_not_stored_again(ledger: Ledger, folder_id: int) -> None:
    spool = Spool(ledger, min_free=0, max_backlog=100, max_bulk_backlog=100, taken=lambda: None)
    spool.start()
    raw = b"Message-ID: <1@b.example>\r\n\r\nbody\r\n"
    receipts = [
        spool.submit(came, sent, once=once, origin=Origin(folder_id, uid)).result()
        for uid, came, sent, once in (
            (1, envelope(), raw, False),
            (1, envelope(), b"X-Scanned: changed on the way\r\n" + raw, False),
            (2, envelope(), raw, False),
            (3, replace(envelope(), received=NOW + timedelta(days=99)), raw, True),
        )
    ]
    spool.close()

    first = receipts[0].id
    assert [(one.known, one.duplicate_of) for one in receipts] == [
        (False, None), (True, None), (False, first), (True, None)
    ]  # fmt: skip
    with ledger.read() as ask:
        assert mailboxes.known(ask, folder_id, 1) == dict.fromkeys((1, 2, 3), Fetched.TAKEN)
        assert mails.totals(ask)["accepted"] == 2


def test_a_commit_that_fails_leaves_neither_mail_nor_origin(ledger: Ledger) -> None:
    spool = Spool(ledger, min_free=0, max_backlog=100, max_bulk_backlog=100, taken=lambda: None)
    spool.start()
    nowhere = spool.submit(envelope(), b"raw", origin=Origin(4711, 1))
    with pytest.raises(Temporary, match="FOREIGN KEY"):
        nowhere.result()
    spool.close()

    with ledger.read() as ask:
        assert ask.count("SELECT count(*) FROM mail") == ask.count("SELECT count(*) FROM origin") == 0


def test_reports_are_kept_and_what_is_not_known_stays_as_it_was(ledger: Ledger) -> None:
    first = replace(REPORT, contact=NOW, last_mail=NOW, backlog=7, error="folder INBOX cannot be opened")
    with ledger.read() as ask:
        assert mailboxes.report_of(ask, "support") is None
    with ledger.write() as work:
        mailboxes.write_report(work, first)
        mailboxes.write_report(work, replace(REPORT, name="other"))
    with ledger.read() as ask:
        assert mailboxes.report_of(ask, "support") == first

    later = NOW + timedelta(minutes=1)
    with ledger.write() as work:
        mailboxes.write_report(work, MailboxReport("support", MailboxState.UNREACHABLE, later, error="gone"))
    with ledger.read() as ask:
        assert mailboxes.report_of(ask, "support") == MailboxReport(
            "support", MailboxState.UNREACHABLE, later, contact=NOW, last_mail=NOW, backlog=0, error="gone"
        )


def second_ledger(path: Path) -> None:
    """A ledger from before mailboxes, with two mails."""
    path.touch()
    connection = connect(path)
    MIGRATIONS.apply(Database(connection), stop_before="m003_mailboxes")
    connection.execute(
        """INSERT INTO mail (state, verdict, door, hop, peer, sender, recipients, received, size, digest,
        bulk) SELECT column1, column2, 'smtp', '', '', 'a@b.example', '["x@y.example"]',
        '2026-11-23T12:00:00.000000Z', 4, x'00', 1 FROM (VALUES ('done', 'opened'), ('new', NULL))"""
    )
    connection.execute("INSERT INTO raw (mail, bytes) SELECT id, x'74657374' FROM mail")
    connection.close()


def test_f19_mails_from_before_mailboxes_are_kept_and_the_ledger_is_born_at_its_migration(
    tmp_path: Path,
) -> None:
    path = state.ledger_path(tmp_path)
    second_ledger(path)
    assert schema.pending(path)[0] == "m003_mailboxes"
    before = datetime.now(UTC)
    opened = state.open_ledger(tmp_path)

    with opened.read() as ask:
        (waiting,) = backlog.following(ask, 10, 0, aside=False, bulk=True)
        assert (waiting.id, waiting.raw, waiting.envelope.whole_size) == (2, b"test", 0)
        assert [row["state"] for row in mails.listing(ask, "", 10, 99)] == ["new", "done"]
        assert before <= mailboxes.born(ask) <= datetime.now(UTC)
        born = mailboxes.born(ask)
    with opened.write() as work:
        folder = mailboxes.add_folder(work, ACCOUNT, "INBOX", 1, 1)
        mailboxes.note_taken(work, Origin(folder.id, 1), 2, NOW)
    opened.close()

    assert schema.pending(path) == ()
    again = state.open_ledger(tmp_path)
    with again.read() as ask:
        assert mailboxes.born(ask) == born
    again.close()
    copy = sqlite3.connect(tmp_path / "mailgate.before-migration.db")
    assert copy.execute("SELECT count(*) FROM mail").fetchone() == (2,)
    copy.close()
