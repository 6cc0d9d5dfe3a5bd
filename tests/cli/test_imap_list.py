"""`mailgate imap list` and `show`, and the mailboxes in `status`."""

from datetime import timedelta

import pytest

from mailgate.config import read_settings
from mailgate.store import mailboxes
from mailgate.store.mailboxes import MailboxReport, MailboxState, Origin
from tests.builders import NOW
from tests.cli.place import Place

SECTION = """
[[imap]]
name = "support"
host = "127.0.0.1"
port = 1143
tls = "none"
user = "desk"
password_file = "{folder}/password"
"""


@pytest.fixture
def reported(place: Place) -> Place:
    """A mailbox that cannot be reached, and one mail of it that could not be fetched."""
    (place.folder / "password").write_text("s3cret", "utf-8")
    with place.settings.open("a", encoding="utf-8") as file:
        file.write(SECTION.format(folder=place.folder))
    (mailbox,) = read_settings(place.settings).imap
    since = NOW - timedelta(hours=1)
    with place.ledger.write() as work:
        folder = mailboxes.add_folder(work, mailbox.account, mailbox.folder, 7, 10)
        mailboxes.note_stepped_over(work, Origin(folder.id, 4), "the server gives no text of it", since)
        found = MailboxReport("support", MailboxState.UNREACHABLE, since, None, NOW, 2, "refused\x1b[31m")
        mailboxes.write_report(work, found)
    return place


def test_list_says_how_each_fares(reported: Place) -> None:
    done = reported.call("imap", "list")

    assert done.exit_code == 0
    title, row = done.stdout.splitlines()
    assert title.split()[:2] == ["NAME", "STATE"]
    assert row.startswith("support  not running  ")
    assert "\x1b" not in row


def test_show_names_what_could_not_be_fetched(reported: Place) -> None:
    done = reported.call("imap", "show", "support")

    assert done.exit_code == 0
    assert "Where         desk at 127.0.0.1:1143, INBOX" in done.stdout
    assert "Last contact  never" in done.stdout
    assert "not fetched: UID 4: the server gives no text of it" in done.stdout
    shown = reported.ask("imap", "show", "support")
    assert shown["state"] == "unreachable"
    assert [(one["uid"], one["uidvalidity"]) for one in shown["not_fetched"]] == [(4, 7)]


def test_show_of_an_unknown_one_names_those_there_are(reported: Place) -> None:
    done = reported.call("imap", "show", "other")

    assert done.exit_code == 65
    assert "no [[imap]] is named other; there are: support" in done.stderr


def test_status_has_the_mailboxes_and_their_warnings(reported: Place) -> None:
    found = reported.ask("status")

    assert [one["name"] for one in found["mailboxes"]] == ["support"]
    assert (
        "1 mails of mailbox support could not be fetched: see `mailgate imap show support`"
        in (found["warnings"])
    )
    assert "Mailbox support  not watched: mailgate is not running" in reported.call("status").stdout
    with reported.running():
        found = reported.ask("status")
        assert any(text.startswith("mailbox support cannot be reached for ") for text in found["warnings"])
        assert "Mailbox support  cannot be reached, 2 wait: refused" in reported.call("status").stdout
