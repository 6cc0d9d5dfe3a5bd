"""How the IMAP door hears of new mails: at once where the server offers IDLE, by asking where it does not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailgate.intake import imap
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.certificate import Certificate, make_certificate
from tests.fetching import SLICE, Fetching, raw_mail, settings
from tests.proxy import Proxy
from tests.scripted_imap import Line, Mail, Script, ScriptedImap

Open = Callable[..., tuple[ScriptedImap, Fetching]]


@pytest.fixture
def opened(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make a scripted server and a poller of its mailbox; the first look is done."""
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    with ExitStack() as ended:

        def make(script: Script, **changes: object) -> tuple[ScriptedImap, Fetching]:
            server = ended.enter_context(ScriptedImap(script))
            mailbox = settings(ledger.path.parent, server.port, **changes)
            return server, ended.enter_context(Fetching(ledger, mailbox)).run()

        yield make


def until_taken(box: Fetching, many: int = 1) -> None:
    """Step until so many mails are in the ledger; time by `ticks` does not go on."""
    while len(box.taken()) < many:
        box.step()


def test_a_mail_told_of_together_with_the_beginning_of_idle_is_taken_at_once(opened: Open) -> None:
    together = Line("IDLE", "+ idling\r\n* 1 EXISTS", obeyed=True)
    server, box = opened(Script(lines=(Line("IDLE"), together)))
    server.tell(b"* OK still here\r\n")
    while box.is_watching:
        box.step()
    server.add(Mail(0, raw_mail("one")))
    until_taken(box)

    assert server.connections == 1


def test_a_mail_told_of_before_the_server_agrees_to_idle_is_taken_at_once(opened: Open) -> None:
    server, box = opened(Script())
    server.expect(Line("IDLE", act=lambda: server.add(Mail(0, raw_mail("one")))))
    server.tell(b"* OK still here\r\n")
    until_taken(box)

    assert (server.connections, box.ticks) == (1, 1000)


def test_a_mail_told_of_in_the_answer_to_another_command_is_taken_at_once(opened: Open) -> None:
    server, box = opened(Script())
    server.expect(Line("UID SEARCH", "OK done", before=b"* SEARCH\r\n* 1 EXISTS\r\n"))
    box.ticks += box.settings.poll_seconds
    while box.is_watching:
        box.step()
    server.add(Mail(0, raw_mail("one")))
    until_taken(box)

    assert box.ticks == 1000 + box.settings.poll_seconds


def test_a_mail_told_of_while_a_batch_is_moved_is_taken_at_once(opened: Open) -> None:
    server, box = opened(Script())
    server.expect(
        Line("UID MOVE", before=b"* 2 EXISTS\r\n", act=lambda: server.add(Mail(0, raw_mail("two"))))
    )
    server.add(Mail(0, raw_mail("one")))
    until_taken(box, 2)

    assert box.ticks == 1000


def test_only_mails_are_a_reason_to_look(opened: Open) -> None:
    server, box = opened(Script())
    looks = server.verbs.count("UID SEARCH")
    for words in (
        b"* OK still here\r\n",
        b"* 1 FETCH (FLAGS (\\Seen))\r\n",
        b"* 0 RECENT\r\n",
        b"* 0 EXISTS\r\n",
    ):
        server.tell(words)
        while box.is_watching:
            box.step()
        box.run()

    assert server.verbs.count("UID SEARCH") == looks
    assert server.verbs.count("IDLE") == 5


def test_a_server_that_always_tells_more_mails_than_there_are_is_not_asked_in_a_storm(opened: Open) -> None:
    server, box = opened(
        Script(lines=(Line("UID SEARCH", "OK done", before=b"* SEARCH\r\n* 9 EXISTS\r\n", always=True),))
    )
    for _ in range(20):
        box.run()

    assert server.verbs.count("UID SEARCH") <= 2


def test_idle_is_said_anew_every_45_seconds_and_the_folder_looked_through_by_the_clock(opened: Open) -> None:
    server, box = opened(Script(), poll_seconds=100)
    for _ in range(20):
        box.wait(5)
        box.step()
        if not box.is_watching:
            box.run()

    assert server.verbs.count("DONE") == 3
    assert server.verbs.count("UID SEARCH") == 1  # at the first one the folder was empty by its UIDNEXT
    server.wait_for("IDLE", 4)


def test_a_mail_the_server_does_not_tell_of_is_found_by_the_next_look(opened: Open) -> None:
    server, box = opened(Script(lines=(Line("IDLE", "+ idling", obeyed=True, always=True),)))
    server._stage.folders["INBOX"].add(Mail(0, raw_mail("one")))
    box.look()

    assert box.taken() == [raw_mail("one")]


def test_without_idle_it_is_asked_every_30_seconds(opened: Open) -> None:
    server, box = opened(Script(capabilities=Script().without("IDLE")))
    assert "IDLE" not in server.verbs
    assert box.fares() is MailboxState.WATCHING
    server.add(Mail(0, raw_mail("one")))
    assert not box.wait(29).step()
    assert box.taken() == []
    box.wait(1).run()

    assert box.taken() == [raw_mail("one")]
    assert [box.wait(1).step() for _ in range(29)] == [False] * 29


def test_without_idle_a_shorter_interval_is_kept(opened: Open) -> None:
    server, box = opened(Script(capabilities=Script().without("IDLE")), poll_seconds=10)
    server.add(Mail(0, raw_mail("one")))
    box.wait(10).run()

    assert box.taken() == [raw_mail("one")]


@pytest.mark.parametrize("reply", ["NO not today", "BAD what is that"])
def test_where_idle_is_offered_and_refused_it_is_asked(opened: Open, reply: str) -> None:
    server, box = opened(Script(lines=(Line("IDLE", reply, always=True),)))
    server.add(Mail(0, raw_mail("one")))
    assert not box.step()
    assert not box.wait(29).step()
    box.wait(1).run()

    assert box.taken() == [raw_mail("one")]
    assert (server.connections, server.verbs.count("IDLE")) == (1, 1)
    assert box.fares() is MailboxState.WATCHING


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="IP:127.0.0.1")


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_words_that_come_in_pieces_are_no_trouble(
    ledger: Ledger, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    script = Script(tls=certificate, implicit=True) if tls == "implicit" else Script()
    with ScriptedImap(script) as server, Proxy(server.port, piece=3) as proxy:
        mailbox = settings(ledger.path.parent, proxy.port, tls=tls, ca_file=certificate.certificate)
        with Fetching(ledger, mailbox) as box:
            box.run()
            for number in range(3):
                server.add(Mail(0, raw_mail(str(number))))
                until_taken(box, number + 1)

        assert proxy.connections == 1
        assert box.ticks == 1000


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_a_server_that_hangs_up_while_watched_is_noticed_at_once(
    ledger: Ledger, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    script = Script(tls=certificate, implicit=True) if tls == "implicit" else Script()
    with ScriptedImap(script) as server:
        mailbox = settings(ledger.path.parent, server.port, tls=tls, ca_file=certificate.certificate)
        with Fetching(ledger, mailbox) as box:
            box.run()
            server.hang_up()
            while box.step():
                pass
            assert box.fares() is MailboxState.UNREACHABLE
            assert box.ticks == 1000
            server.add(Mail(0, raw_mail("one")))
            box.wait(2).run()

            assert box.taken() == [raw_mail("one")]
            assert box.fares() is MailboxState.WATCHING


def test_closing_says_goodbye_even_while_watched(opened: Open) -> None:
    server, box = opened(Script())
    assert box.is_watching
    box.mailbox.close()

    assert server.verbs[-2:] == ("DONE", "LOGOUT")


def test_one_connection_is_kept_while_the_ledger_is_locked(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    ledger._busy_seconds = 0.01
    with ScriptedImap(Script(mails=(Mail(0, raw_mail("one")),))) as server:
        with Fetching(ledger, settings(ledger.path.parent, server.port)) as box:
            other = Ledger(ledger.path)
            with other.write():
                for _ in range(3):
                    box.run().wait(1)
            box.run()

            assert server.connections == 1
            assert box.taken() == [raw_mail("one")]
        other.close()
