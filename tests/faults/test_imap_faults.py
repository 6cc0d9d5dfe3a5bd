"""What networks and second ways of a mail do to a mailbox: nothing is lost, nothing comes twice.

The ids in the names are those of the list of known failures that the door was built against.
"""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.store.sqlite import Ledger
from tests.builders import envelope
from tests.dovecot import Dovecot
from tests.fetching import Fetching, ago, done_folder, fetching, raw_mail, settings
from tests.proxy import Proxy
from tests.settling import letters_of, settle

DONE = done_folder(separator=".")
SENT = [raw_mail(str(number), text="words of a customer\r\n" * 20 * number) for number in range(8)]

pytestmark = pytest.mark.usefixtures("short_slices")


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
    other_user = f"{user}-other"
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
    box.rest()

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
        box.rest()
    assert sorted(box.taken()) == sorted(SENT)
    assert list(box.stepped_over()) == [1]
    assert [one["uid"] for one in logs if one["event"] == "imap.stepped_over"] == [1]
    proxy._next.clear()
    box.restart().rest()
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
    box.rest()

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
            box.rest()

            assert box.taken() == SENT
            assert dovecot.messages(user) == {}
            assert set(dovecot.messages(user, DONE).values()) == set(SENT)
            assert set(box.origins().values()) == {"moved"}


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
        box.rest()

        assert box.taken() == sent
        assert all(envelope.bulk for envelope in box.envelopes())
        assert most <= 50
        assert dovecot.messages(user) == {}
        assert box.report.backlog == 0
