"""Folders that are numbered anew, mails that vanish, connections that are dead: what a poller must bear.

The ids in the names are those of the list of known failures that the door was built against.
"""

from datetime import timedelta
from threading import Thread

import pytest
from structlog.testing import capture_logs

from mailgate.intake import imap, imap_client, imap_connection
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, ago, done_folder, raw_mail, settings
from tests.proxy import Proxy
from tests.settling import settle

DONE = done_folder(separator=".")
SENT = [raw_mail(str(number), text="words of a customer\r\n" * 20 * number) for number in range(8)]

pytestmark = pytest.mark.usefixtures("short_slices")


def test_f24_a_new_uidvalidity_doubles_nothing_and_is_loud(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    mailbox = settings(ledger.path.parent, dovecot.port, user=user, done="")
    dovecot.fill(user, SENT[:4], date=ago(days=20))
    dovecot.fill(user, SENT[4:])
    with Fetching(ledger, mailbox) as box:
        box.rest()
        assert len(box.taken()) == len(SENT)
        box.later = timedelta(days=30)
        dovecot.recreate(user)
        dovecot.append(user, raw_mail("new"))
        with capture_logs() as logs:
            box.restart().rest()
            box.look()

        assert sorted(box.taken()) == sorted([*SENT, raw_mail("new")])
        assert box.copies() == [None] * 9
        assert set(box.origins().values()) == {"stays"}
        (loud,) = [one for one in logs if one["event"] == "imap.uidvalidity"]
        assert (loud["log_level"], loud["folder"]) == ("error", "INBOX")
    assert [row["verdict"] for row in settle(ledger)] == ["opened"] * 9


def test_f24_a_uidvalidity_that_changes_while_the_folder_is_open_is_found(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.append(user, SENT[0])
    box.rest()
    dovecot.append(user, SENT[1])
    dovecot.recreate(user)
    for _ in range(3):
        box.wait(300)
        box.rest()

    assert box.taken() == SENT[:2]
    assert dovecot.messages(user) == {}


def test_f25_mails_that_vanish_between_search_and_fetch_are_nobodys_trouble(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.fill(user, SENT)
    box.step_until_listed()
    dovecot.expunge(user, 1, 4, 8)
    box.rest()
    for _ in range(5):
        box.wait(10)
        box.rest()

    assert box.taken() == [SENT[index] for index in (1, 2, 4, 5, 6)]
    assert box.stepped_over() == {}
    assert box.fares() is MailboxState.WATCHING
    dovecot.append(user, raw_mail("next"))
    box.look()
    assert box.taken()[-1] == raw_mail("next")


def test_f25_the_same_between_fetch_and_move(dovecot: Dovecot, user: str, box: Fetching) -> None:
    dovecot.fill(user, SENT)
    assert box.step()
    dovecot.expunge(user, 1, 4, 8)
    box.rest()
    box.look()

    assert box.taken() == SENT
    assert set(box.origins().values()) == {"moved"}
    assert dovecot.messages(user) == {}
    assert len(dovecot.messages(user, DONE)) == 5


def test_f26_a_dead_connection_is_found_within_a_minute_of_idle_and_nothing_is_lost(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imap._WATCH + imap_connection._DONE_SECONDS < 60
    monkeypatch.setattr(imap_connection, "_DONE_SECONDS", 0.2)
    monkeypatch.setattr(imap_client, "_CONNECT_SECONDS", 0.2)
    box.rest()
    proxy.blackhole()
    dovecot.append(user, SENT[0])
    began = box.ticks
    while box.step():
        box.wait(1)
    assert box.ticks - began <= 60
    assert box.fares() is MailboxState.UNREACHABLE
    for _ in range(3):
        box.wait(box.waits).run()
    assert box.fares() is MailboxState.UNREACHABLE
    proxy.restore()
    box.wait(box.waits)
    box.rest()

    assert box.taken() == [SENT[0]]
    assert dovecot.messages(user) == {}


@pytest.mark.parametrize("word", [b"UID FETCH", b"UID MOVE", b"UID SEARCH", b"LOGIN"])
def test_f26_a_server_that_says_no_more_is_not_waited_for(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching, monkeypatch: pytest.MonkeyPatch, word: bytes
) -> None:
    monkeypatch.setattr(imap_client, "READ_SECONDS", 0.3)
    dovecot.fill(user, SENT)
    swallowed = Swallowing(proxy, word)
    swallowed.start()
    box.run()
    swallowed.join()
    assert box.fares() is MailboxState.UNREACHABLE
    assert "timed out" in box.report.error
    proxy.restore()
    box.wait(1)
    box.rest()

    assert box.taken() == SENT
    assert dovecot.messages(user) == {}


class Swallowing(Thread):
    """Lets the proxy forget its connections as soon as clients have sent `word`."""

    def __init__(self, proxy: Proxy, word: bytes) -> None:
        super().__init__()
        self._proxy = proxy
        self._word = word

    def run(self) -> None:
        self._proxy.wait_for(self._word)
        self._proxy.blackhole()
