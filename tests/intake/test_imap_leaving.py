"""How taken mails leave the folder where the server cannot move, and how done mails are purged."""

from collections.abc import Iterator

import pytest

from mailgate.intake import imap_purge
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, ago, done_folder, raw_mail, settings
from tests.proxy import Proxy, Way
from tests.scripted_imap import Line, Mail, Script, ScriptedImap

pytestmark = pytest.mark.usefixtures("short_slices")
DONE = done_folder(separator=".")
SENT = [raw_mail("one"), raw_mail("two"), raw_mail("three")]


@pytest.fixture(scope="module", params=[("MOVE",), ("MOVE", "UIDPLUS")], ids="+".join)
def lacking(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    with Dovecot(without=request.param) as running:
        yield running


def flags(dovecot: Dovecot, user: str) -> str:
    client = dovecot.imap(user)
    told = client.fetch("1:*", "(FLAGS)")[1]
    client.logout()
    return " ".join(line.decode() for line in told if isinstance(line, bytes))


def test_without_move_nothing_is_taken_twice_and_what_others_deleted_stays(
    lacking: Dovecot, user: str, ledger: Ledger
) -> None:
    lacking.fill(user, [raw_mail("deleted by hand")], date=ago(days=900))
    client = lacking.imap(user)
    client.store("1", "+FLAGS", r"(\Deleted)")
    client.logout()
    lacking.fill(user, SENT)
    mailbox = settings(ledger.path.parent, lacking.port, user=user, start=ago(days=800))
    with Fetching(ledger, mailbox) as box:
        box.run()
        box.look()
        box.restart().run()

        assert box.taken() == SENT
        left = list(lacking.messages(user).values())
        if "stays" in box.origins().values():
            assert left == [raw_mail("deleted by hand"), *SENT]
            assert flags(lacking, user).count("MailgateTaken") == 3
            assert lacking.folders(user) == ("INBOX",)
        else:
            assert left == [raw_mail("deleted by hand")]
            assert list(lacking.messages(user, DONE).values()) == SENT


def test_where_no_keyword_is_kept_either_mails_just_stay(ledger: Ledger) -> None:
    mails = tuple(Mail(0, raw) for raw in SENT)
    script = Script(mails, capabilities=Script().without("MOVE", "UIDPLUS"), keywords=False)
    with ScriptedImap(script) as server, Fetching(ledger, settings(ledger.path.parent, server.port)) as box:
        box.run()
        box.look()
        box.restart().run()

        assert box.taken() == SENT
        assert len(server.mails()) == 3
        assert not {"UID STORE", "UID COPY", "UID MOVE"} & set(server.verbs)
        assert set(box.origins().values()) == {"stays"}


def test_mails_that_cannot_be_moved_now_are_moved_later_in_lines_of_bounded_length(ledger: Ledger) -> None:
    raws = [raw_mail(str(number)) for number in range(900)]
    full = Line("UID MOVE", "NO [OVERQUOTA] the done folder is full", always=True)
    mails = tuple(Mail(10_000_000 + number, raw) for number, raw in enumerate(raws))
    script = Script(mails, lines=(full,))
    with ScriptedImap(script) as server, Fetching(ledger, settings(ledger.path.parent, server.port)) as box:
        box.run()
        assert box.taken() == raws
        assert box.fares() is MailboxState.WATCHING
        assert set(box.origins().values()) == {"taken"}
        box.look()
        server._stage.script.clear()
        box.look()

        assert set(box.origins().values()) == {"moved"}
        assert server.mails() == ()
        assert [mail.raw for mail in server.mails(done_folder())] == raws
        assert max(map(len, server.commands)) < 8000  # RFC 7162, 4
        assert box.taken() == raws


def test_a_done_folder_that_vanishes_is_made_again(dovecot: Dovecot, user: str, ledger: Ledger) -> None:
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user)) as box:
        dovecot.append(user, SENT[0])
        box.run()
        client = dovecot.imap(user)
        client.delete(DONE)
        client.logout()
        dovecot.append(user, SENT[1])
        box.look()
        box.look()

        assert box.taken() == SENT[:2]
        assert list(dovecot.messages(user, DONE).values()) == [SENT[1]]


OLD = ago(days=40)


@pytest.fixture
def purged(
    dovecot: Dovecot, user: str, ledger: Ledger, request: pytest.FixtureRequest
) -> Iterator[tuple[str, Fetching]]:
    """A mailbox whose done mails are purged after 30 days: two old ones that were taken, and one more."""
    changes = {"purge_after_days": 30, **getattr(request, "param", {})}
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user, **changes)) as box:
        box.mailbox._purge._due = float("inf")
        dovecot.fill(user, SENT[:2], date=OLD)
        dovecot.append(user, SENT[2], date=ago(days=29))
        box.run()
        assert len(dovecot.messages(user, DONE)) == 3
        yield user, box


def purge(box: Fetching) -> None:
    """Let a new poller come, which purges first of all."""
    box.restart().run()


def test_purged_is_what_is_old_and_held_by_the_ledger(
    dovecot: Dovecot, purged: tuple[str, Fetching], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_purge, "_MOST", 2)
    user, box = purged
    strange, altered = raw_mail("put in by hand"), raw_mail("one", text="other words\r\n")
    dovecot.fill(user, [strange, altered], DONE, OLD)
    dovecot.fill(user, SENT, "Done.2020-01", OLD)
    dovecot.fill(user, SENT, "Done.keep", OLD)
    dovecot.fill(user, SENT, "Other", OLD)
    dovecot.append(user, b"Received: by another way\r\n" + SENT[0], DONE, OLD)
    purge(box)

    assert list(dovecot.messages(user, DONE).values()) == [SENT[2], strange, altered]
    assert dovecot.messages(user, "Done.2020-01") == {}
    assert len(dovecot.messages(user, "Done.keep")) == len(dovecot.messages(user, "Other")) == 3
    assert len(box.taken()) == 3
    dovecot.append(user, raw_mail("later"))
    box.look()
    assert box.taken()[-1] == raw_mail("later")
    assert dovecot.messages(user) == {}


def test_a_mail_that_is_larger_than_is_ever_taken_is_not_fetched_to_be_purged(
    dovecot: Dovecot, purged: tuple[str, Fetching]
) -> None:
    user, box = purged
    huge = raw_mail("huge", text="z" * 100_000)
    dovecot.append(user, huge, DONE, OLD)
    with Proxy(dovecot.port) as proxy:
        box.settings = box.settings.model_copy(update={"max_size": 5000, "port": proxy.port})
        purge(box)
        assert proxy.octets[Way.TO_CLIENT] < 20_000

    assert list(dovecot.messages(user, DONE).values()) == [SENT[2], huge]


@pytest.mark.parametrize("purged", [{"purge_after_days": 0}], indirect=True)
def test_nothing_is_purged_unless_it_is_asked_for(dovecot: Dovecot, purged: tuple[str, Fetching]) -> None:
    user, box = purged
    purge(box)
    box.wait(10 * 86_400).look()

    assert len(dovecot.messages(user, DONE)) == 3


def test_it_is_purged_once_a_day(dovecot: Dovecot, purged: tuple[str, Fetching]) -> None:
    user, box = purged
    purge(box)
    dovecot.append(user, SENT[0], DONE, OLD)
    box.look()
    assert len(dovecot.messages(user, DONE)) == 2
    box.wait(86_400).look()
    assert list(dovecot.messages(user, DONE).values()) == [SENT[2]]


def test_where_single_mails_cannot_be_deleted_nothing_is(lacking: Dovecot, user: str, ledger: Ledger) -> None:
    lacking.fill(user, SENT, DONE, OLD)
    lacking.fill(user, SENT, date=OLD)
    mailbox = settings(ledger.path.parent, lacking.port, user=user, purge_after_days=30)
    with Fetching(ledger, mailbox) as box:
        box.run()
        box.restart().run()
        if "stays" in box.origins().values():
            assert list(lacking.messages(user, DONE).values()) == SENT
        else:
            assert lacking.messages(user, DONE) == {}
        assert box.fares() is MailboxState.WATCHING
