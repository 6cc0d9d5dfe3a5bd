"""The scripted IMAP server refuses, lies and breaks off as its script says."""

import socket
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from tests.certificate import Certificate, make_certificate
from tests.scripted_client import MAILS, SCRIPT, A, B, connect, enter
from tests.scripted_imap import Line, Mail, Script, ScriptedImap, Told


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def server() -> Iterator[ScriptedImap]:
    with ScriptedImap(SCRIPT) as running:
        yield running


def perform(client: IMAPClient, verb: str) -> None:
    match verb:
        case "SELECT":
            client.select_folder("INBOX")
        case "UID SEARCH":
            client.search()
        case "UID FETCH":
            client.fetch([3], ["FLAGS"])
        case "UID MOVE":
            client.move([3], "Done")
        case "UID STORE":
            client.add_flags([3], ["x"])


@pytest.mark.parametrize("word", ["NO [UNAVAILABLE] later", "BAD what", "NO [ALERT] over quota"])
@pytest.mark.parametrize("verb", ["SELECT", "UID SEARCH", "UID FETCH", "UID MOVE", "UID STORE"])
def test_a_refusal_comes_once_and_does_nothing(server: ScriptedImap, verb: str, word: str) -> None:
    server.expect(Line(verb, word))
    with connect(server) as client:
        client.login("ivan", "x")
        if verb != "SELECT":
            client.select_folder("INBOX")
        with pytest.raises(IMAPClientError) as refused:
            perform(client, verb)
        assert word.split(" ", 1)[1] in str(refused.value)
        assert server.mails() == MAILS
        perform(client, verb)


def test_refused_at_the_door(server: ScriptedImap) -> None:
    server.expect(Line("LOGIN", "NO [AUTHENTICATIONFAILED] wrong", always=True))
    for _ in range(2):
        with connect(server) as client, pytest.raises(LoginError, match="AUTHENTICATIONFAILED"):
            client.login("ivan", "x")
    error = b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"
    server.expect(Line("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] expired", before=error))
    with connect(server) as client, pytest.raises(LoginError, match="expired"):
        client.oauth2_login("ivan", "token")
    assert server.connections == 3


def test_the_greeting_may_be_anything() -> None:
    script = Script(
        lines=(
            Line("GREETING", "* PREAUTH come in"),
            Line("GREETING", "* BYE too busy", drop=True),
            Line("GREETING", "", drop=True),
            Line("GREETING", ""),
        )
    )
    with ScriptedImap(script) as server:
        with connect(server) as client:
            client.select_folder("INBOX")
        for end, timeout in ((IMAPClientError, 10), (IMAPClientAbortError, 10), (TimeoutError, 0.2)):
            with pytest.raises(end):
                connect(server, timeout)
        connect(server).shutdown()


def test_bye_and_the_end_come_when_told(server: ScriptedImap) -> None:
    server.expect(Line("NOOP", "* BYE shutting down", drop=True))
    client = enter(server)
    with pytest.raises(IMAPClientAbortError):
        client.noop()
    client.shutdown()


def test_a_command_may_be_carried_out_and_not_answered(server: ScriptedImap) -> None:
    server.expect(Line("UID MOVE", "", obeyed=True, drop=True), Line("UID MOVE", "", drop=True))
    for uid, left in ((3, [7]), (7, [7])):
        client = enter(server)
        with pytest.raises(IMAPClientAbortError):
            client.move([uid], "Done")
        client.shutdown()
        assert [mail.uid for mail in server.mails()] == left


@pytest.mark.parametrize(
    "line",
    [
        Line("UID FETCH", "", before=b"* 1 FETCH (UID 3 BODY[] {10737418240}\r\nbeginning"),
        Line("UID SEARCH", ""),
    ],
)
def test_a_promise_may_be_left_unkept(server: ScriptedImap, line: Line) -> None:
    server.expect(line)
    client = enter(server, 0.3)
    with pytest.raises((TimeoutError, MemoryError)):
        perform(client, line.verb)
    client.shutdown()


def test_a_line_may_have_no_end(server: ScriptedImap) -> None:
    server.expect(Line("UID SEARCH", before=b"* OK ", endless=b"x" * 65536, reply=""))
    client = enter(server)
    with pytest.raises(IMAPClientError, match="1000000 bytes"):
        client.search()
    client.shutdown()


def test_lies_are_told_of_mails() -> None:
    liars = (
        Mail(1, A, size=5),
        Mail(2, A, size=5_000_000_000),
        Mail(3, A, told=Told.NOTHING),
        Mail(4, A, told=Told.NO_BODY),
        Mail(5, A),
        Mail(6, A, told=Told.NIL),
    )
    with ScriptedImap(Script(liars)) as server, enter(server) as client:
        assert client.search() == [1, 2, 3, 4, 5, 6]
        found = client.fetch([1, 2, 3, 4, 5, 6], ["RFC822.SIZE", "BODY.PEEK[]"])

    assert {uid: items[b"RFC822.SIZE"] for uid, items in found.items()} == {
        1: 5,
        2: 5_000_000_000,
        4: len(A),
        5: len(A),
        6: 0,
    }
    assert [b"BODY[]" in found[uid] for uid in (4, 6)] == [False, True]
    assert {uid: items.get(b"BODY[]") for uid, items in found.items()} == {1: A, 2: A, 4: None, 5: A, 6: None}


def test_what_nobody_asked_for_may_come_first(server: ScriptedImap) -> None:
    server.expect(
        Line("UID FETCH", before=b"* 2 FETCH (UID 7 FLAGS (x))\r\n* 1 EXPUNGE\r\n* OK [ALERT] hello\r\n"),
        Line("UID FETCH", before=b"* 1 FETCH (UID\r\n"),
    )
    with enter(server) as client:
        assert list(client.fetch([3], ["RFC822.SIZE"])) == [3]
        with pytest.raises(ProtocolError):
            client.fetch([3], ["RFC822.SIZE"])


def test_a_line_may_wait_for_its_time(server: ScriptedImap) -> None:
    server.expect(
        Line("UID FETCH", "NO third", skip=2),
        Line("UID FETCH", only="BODY", act=lambda: server.remove(7)),
    )
    with enter(server) as client:
        assert list(client.fetch([3, 7], ["FLAGS"])) == [3, 7]
        assert list(client.fetch([3, 7], ["BODY.PEEK[]"])) == [3]
        with pytest.raises(IMAPClientError, match="third"):
            client.fetch([3], ["FLAGS"])


def test_a_folder_made_again_is_another(server: ScriptedImap) -> None:
    with enter(server) as client:
        server.recreate(43, Mail(0, B))
        assert client.search() == [3, 7]
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] == 43
        assert client.search() == [1]


def test_words_may_stand_before_tls_that_seem_to_come_after(tls: Certificate) -> None:
    forged = Line("STARTTLS", "OK go\r\n* CAPABILITY FORGED", obeyed=True)
    with ScriptedImap(Script(tls=tls, lines=(forged, forged))) as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
            raw.recv(1000)
            raw.sendall(b"a STARTTLS\r\n")
            assert raw.recv(1000) == b"a OK go\r\n* CAPABILITY FORGED\r\n"
        with connect(server) as client:
            client.starttls(tls.trusting())
            assert not client.has_capability("FORGED")
