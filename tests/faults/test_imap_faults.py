"""What networks, servers and other clients do to a mailbox: nothing is lost, nothing comes twice.

The ids in the names are those of the list of known failures that the door was built against.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from threading import Thread

import pytest
from structlog.testing import capture_logs

from mailgate.intake import imap, imap_client, imap_connection
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.builders import envelope
from tests.dovecot import Dovecot
from tests.fetching import SLICE, Fetching, ago, done_folder, fetching, raw_mail, settings
from tests.proxy import Proxy
from tests.settling import letters_of, settle

DONE = done_folder(separator=".")
USERS = (f"user{number}" for number in count())
SENT = [raw_mail(str(number), text="words of a customer\r\n" * 20 * number) for number in range(8)]


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_SLICE", SLICE)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


@pytest.fixture
def user() -> str:
    return next(USERS)


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[Proxy]:
    with Proxy(dovecot.port, piece=1000) as running:
        yield running


@pytest.fixture
def box(proxy: Proxy, user: str, ledger: Ledger) -> Iterator[Fetching]:
    with Fetching(ledger, settings(ledger.path.parent, proxy.port, user=user)) as made:
        yield made


def at_rest(box: Fetching) -> None:
    """Run until it watches, through all failures and waits."""
    for _ in range(50):
        box.run()
        if box.is_watching:
            return
        box.wait(max(box.waits, 0))
    raise AssertionError(box.report)


def test_f09_two_sections_that_name_one_mailbox_make_one_ticket_of_a_mail(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    first = settings(ledger.path.parent, dovecot.port, user=user)
    second = first.model_copy(update={"name": "again"})
    dovecot.fill(user, SENT)
    with fetching(ledger, first, second) as (one, other):
        # Both list and fetch the same mails, before either has moved one.
        one.step()
        other.step()
        one.run()
        other.run()

        assert one.taken() == SENT
        assert one.copies() == [None] * len(SENT)
        assert dovecot.messages(user) == {}
        assert len(dovecot.messages(user, DONE)) == len(SENT)
    assert [row["verdict"] for row in settle(ledger)] == ["opened"] * len(SENT)


def test_f09_a_mail_that_comes_by_smtp_and_in_two_mailboxes_is_one_ticket(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    other_user = next(USERS)
    mailboxes = [
        settings(ledger.path.parent, dovecot.port, user=name, name=name) for name in (user, other_user)
    ]
    dovecot.append(user, b"Received: by one way\r\n" + SENT[0])
    dovecot.append(other_user, b"Received: by another\r\n" + SENT[0])
    with fetching(ledger, *mailboxes) as (one, other):
        one.run()
        one.spool.accept(envelope(received=one.clock()), SENT[0].partition(b"\r\n")[2])
        other.run()
        copies = one.copies()
    rows = settle(ledger)

    assert copies == [None, 1, 1]
    assert [row["verdict"] for row in rows] == ["opened", "duplicate", "duplicate"]
    assert len({row["ticket"] for row in rows}) == 1
    assert len(letters_of(ledger)) == 1


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8, 0.999])
def test_f22_a_connection_cut_within_a_mail_gives_no_half_mail(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching, share: float, *, reset: bool
) -> None:
    dovecot.fill(user, SENT)
    box.step_until_listed()
    proxy.cut(int(share * sum(map(len, SENT))), reset=reset)
    at_rest(box)

    assert sorted(box.taken()) == sorted(SENT)
    assert dovecot.messages(user) == {}
    assert sorted(dovecot.messages(user, DONE).values()) == sorted(SENT)
    assert proxy.connections >= 2


def test_f22_wherever_a_connection_is_cut_all_mails_are_taken_once(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching
) -> None:
    dovecot.fill(user, SENT)
    for after in range(100, 10_000, 1100):
        proxy.cut_next(after)
    for _ in range(25):
        box.run().wait(max(box.waits, 0))
        box.later += timedelta(minutes=31)
        if box.is_watching:
            box.look()

    assert sorted(box.taken()) == sorted(SENT)
    assert dovecot.messages(user) == {}
    assert set(box.origins().values()) == {"moved"}


def test_f22_a_mail_that_is_cut_again_and_again_holds_no_other_up_and_is_taken_in_the_end(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching
) -> None:
    large = raw_mail("large", text="x" * 60_000)
    dovecot.fill(user, [large, *SENT])
    for _ in range(12):
        proxy.cut_next(30_000)
    with capture_logs() as logs:
        at_rest(box)
    assert sorted(box.taken()) == sorted(SENT)
    assert list(box.stepped_over()) == [1]
    assert [one["uid"] for one in logs if one["event"] == "imap.stepped_over"] == [1]
    proxy._next.clear()
    at_rest(box.restart())
    assert large not in box.taken()
    box.later = timedelta(minutes=31)
    box.look()

    assert box.taken()[-1] == large
    assert box.stepped_over() == {}
    assert dovecot.messages(user) == {}


@pytest.mark.parametrize("word", [b"UID MOVE", b"UID FETCH", b"UID SEARCH", b"CREATE", b"SELECT", b"LOGIN"])
def test_f23_a_connection_lost_after_a_command_was_sent_leaves_nothing_half(
    dovecot: Dovecot, proxy: Proxy, user: str, box: Fetching, word: bytes
) -> None:
    dovecot.fill(user, SENT)
    for _ in range(2):
        proxy.cut_reply_to(word)
    at_rest(box)

    assert box.taken() == SENT
    assert dovecot.messages(user) == {}
    assert sorted(dovecot.messages(user, DONE).values()) == sorted(SENT)
    assert set(box.origins().values()) == {"moved"}


@pytest.mark.parametrize("word", [b"UID COPY", b"UID STORE", b"UID EXPUNGE"])
def test_f23_the_same_where_mails_are_copied_and_expunged(user: str, ledger: Ledger, word: bytes) -> None:
    with Dovecot(without=("MOVE",)) as dovecot, Proxy(dovecot.port) as proxy:
        dovecot.fill(user, SENT)
        proxy.cut_reply_to(word)
        with Fetching(ledger, settings(ledger.path.parent, proxy.port, user=user)) as box:
            at_rest(box)

            assert box.taken() == SENT
            assert dovecot.messages(user) == {}
            assert set(dovecot.messages(user, DONE).values()) == set(SENT)
            assert set(box.origins().values()) == {"moved"}


def test_f24_a_new_uidvalidity_doubles_nothing_and_is_loud(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    mailbox = settings(ledger.path.parent, dovecot.port, user=user, done="")
    dovecot.fill(user, SENT[:4], date=ago(days=20))
    dovecot.fill(user, SENT[4:])
    with Fetching(ledger, mailbox) as box:
        at_rest(box)
        assert len(box.taken()) == len(SENT)
        box.later = timedelta(days=30)
        dovecot.recreate(user)
        dovecot.append(user, raw_mail("new"))
        with capture_logs() as logs:
            at_rest(box.restart())
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
    at_rest(box)
    dovecot.append(user, SENT[1])
    dovecot.recreate(user)
    for _ in range(3):
        box.wait(300)
        at_rest(box)

    assert box.taken() == SENT[:2]
    assert dovecot.messages(user) == {}


def test_f25_mails_that_vanish_between_search_and_fetch_are_nobodys_trouble(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.fill(user, SENT)
    box.step_until_listed()
    dovecot.expunge(user, 1, 4, 8)
    at_rest(box)
    for _ in range(5):
        box.wait(10)
        at_rest(box)

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
    at_rest(box)
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
    at_rest(box)
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
    at_rest(box)

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
    at_rest(box)

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


def test_f47_three_thousand_waiting_mails_are_taken_oldest_first_and_unanswered(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    sent = [raw_mail(f"{number:04}") for number in range(3000)]
    dovecot.fill(user, sent, date=ago(days=3))
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user)) as box:
        most = 0
        while box.count() < 3000:
            box.step()
            folder = box.mailbox._folder
            most = max(most, len(folder._submitted) if folder else 0)
        at_rest(box)

        assert box.taken() == sent
        assert all(envelope.bulk for envelope in box.envelopes())
        assert most <= 50
        assert dovecot.messages(user) == {}
        assert box.report.backlog == 0
