"""The IMAP door's threads: each mailbox has its own, none waits for another, and all stop in time."""

import socket
import time
from collections.abc import Iterator

import pytest

from mailgate.intake import imap, imap_worker
from mailgate.intake.imap_folder import Post
from mailgate.intake.imap_worker import start_mailboxes
from mailgate.spool import Spool
from mailgate.store import mailboxes, mails
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from mailgate.worker import Worker
from tests.builders import policy
from tests.dovecot import Dovecot
from tests.fetching import now, raw_mail, settings
from tests.proxy import Proxy
from tests.scripted_imap import Line, Mail, Script, ScriptedImap
from tests.service import wait_until

ONE, TWO = raw_mail("one"), raw_mail("two")


@pytest.fixture
def post(ledger: Ledger) -> Iterator[Post]:
    spool = Spool(ledger, min_free=0, max_backlog=1000, max_bulk_backlog=1000, taken=lambda: None)
    spool.start()
    yield Post(ledger, spool, policy, now)
    spool.close()


def begin(post: Post, **ports: int) -> tuple[Worker, ...]:
    """Look after mailboxes at these ports, each of a user of its name."""
    folder = post.ledger.path.parent
    wanted = tuple(settings(folder, port, name=name, user=name) for name, port in ports.items())
    workers = start_mailboxes(wanted, post, folder)
    for worker in workers:
        worker.start()
    return workers


def end(*workers: Worker) -> float:
    """Stop workers; how many seconds that took."""
    began = time.monotonic()
    for worker in workers:
        worker.stop()
    ended = [worker.join(10) for worker in workers]
    assert all(ended)
    return time.monotonic() - began


def finish(*workers: Worker) -> None:
    """Wait for those, too, that a stop leaves behind: the ledger will be closed."""
    for worker in workers:
        worker._thread.join(20)
        assert not worker.is_alive


def fares(post: Post, name: str) -> MailboxState | None:
    with post.ledger.read() as ask:
        found = mailboxes.report_of(ask, name)
    return None if found is None else found.state


def taken(post: Post) -> int:
    with post.ledger.read() as ask:
        return mails.totals(ask)["accepted"]


def test_f27_mailboxes_in_trouble_delay_no_other(post: Post) -> None:
    refusing = Script(lines=(Line("LOGIN", "NO [AUTHENTICATIONFAILED] no", always=True),))
    stuck = Script((Mail(0, ONE),), lines=(Line("UID FETCH", "", always=True),))
    with (
        Dovecot() as dovecot,
        ScriptedImap(refusing) as wrong,
        ScriptedImap(stuck) as slow,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        ports = {"wrong": wrong.port, "slow": slow.port, "silent": silent.getsockname()[1], "gone": 1}
        workers = begin(post, **ports, good=dovecot.port)
        slow.wait_for("UID FETCH")
        wait_until(lambda: fares(post, "good") is MailboxState.WATCHING, "it does not watch")
        dovecot.append("good", ONE)
        wait_until(lambda: taken(post) == 1, "not taken", 5)
        dovecot.append("good", TWO)
        wait_until(lambda: taken(post) == 2, "not taken", 5)

        wait_until(lambda: fares(post, "good") is MailboxState.WATCHING, "it does not watch")
        assert fares(post, "wrong") is MailboxState.REFUSED
        assert fares(post, "gone") is MailboxState.UNREACHABLE
        assert wrong.verbs.count("LOGIN") == 1
        began = time.monotonic()
        for worker in workers:
            worker.stop()
        left = [worker.name for worker in workers if not worker.join(10)]
        assert left == ["imap-silent"]
        assert time.monotonic() - began < 5
    finish(*workers)


def test_a_server_that_was_away_is_found_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_SLICE", 0.05)
    with Dovecot() as dovecot:
        workers = begin(post, good=dovecot.port)
        wait_until(lambda: fares(post, "good") is MailboxState.WATCHING, "it does not watch")
        dovecot.stop()
        wait_until(lambda: fares(post, "good") is MailboxState.UNREACHABLE, "it does not notice")
        dovecot.start()
        dovecot.append("good", ONE)
        wait_until(lambda: taken(post) == 1, "not taken")
        end(*workers)

        assert dovecot.messages("good") == {}


def test_stop_takes_under_two_seconds_in_idle_and_says_goodbye(post: Post) -> None:
    with ScriptedImap() as server:
        workers = begin(post, **{f"box{number}": server.port for number in range(4)})
        server.wait_for("IDLE", 4)
        assert end(*workers) < 2

        assert server.verbs.count("LOGOUT") == 4


@pytest.mark.parametrize("verb", ["UID FETCH", "UID SEARCH", "UID MOVE", "LOGIN", "DONE"])
def test_stop_waits_for_no_server(post: Post, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_worker, "_POLITE", 0.2)
    # What a server does not answer is cut short; of a login nothing can be lost.
    script = Script((Mail(0, ONE),), lines=(Line(verb, "", always=True),))
    with ScriptedImap(script) as server:
        workers = begin(post, box=server.port)
        if verb == "DONE":
            server.wait_for("IDLE")
            server.tell(b"* OK still here\r\n")
        server.wait_for(verb)
        began = time.monotonic()
        for worker in workers:
            worker.stop()
        ended = [worker.join(10) for worker in workers]

        assert time.monotonic() - began < 2
        assert ended == [True] or verb == "LOGIN"
    finish(*workers)


def test_stop_waits_for_those_who_are_connecting_together(post: Post) -> None:
    script = Script(lines=(Line("LOGIN", "", always=True),))
    with ScriptedImap(script) as server:
        workers = begin(post, **{f"box{number}": server.port for number in range(4)})
        server.wait_for("LOGIN", 4)
        began = time.monotonic()
        for worker in workers:
            worker.stop()
        ended = [worker.join(10) for worker in workers]

        assert time.monotonic() - began < 2
        assert ended == [False] * 4
    finish(*workers)


def test_stop_in_a_black_hole_takes_as_long_as_politeness(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_worker, "_POLITE", 0.2)
    with ScriptedImap() as server, Proxy(server.port) as proxy:
        workers = begin(post, one=proxy.port, two=proxy.port)
        server.wait_for("IDLE", 2)
        proxy.blackhole()
        assert end(*workers) < 2
