"""The scripted IMAP server is a plain server to the library of the IMAP door, until its script speaks."""

import imaplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from tests.certificate import Certificate, make_certificate
from tests.scripted_imap import Line, Mail, Script, ScriptedImap

A = b"Subject: a\r\nTo: x@y\r\n\r\ntext of a\r\n"
B = b"Subject: b\r\n\r\ntext (of) {3}\r\n\xd4\xc5\xcb\r\n"
MAILS = (Mail(3, A), Mail(7, B, flags=(r"\Seen", "done")))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def server() -> Iterator[ScriptedImap]:
    with ScriptedImap(Script(MAILS, folders=("INBOX", "Done"), uidvalidity=42)) as running:
        yield running


def connect(server: ScriptedImap, timeout: float = 10) -> IMAPClient:
    return IMAPClient("127.0.0.1", server.port, ssl=False, timeout=timeout)


def enter(server: ScriptedImap, timeout: float = 10) -> IMAPClient:
    client = connect(server, timeout)
    client.login("ivan", "anything")
    client.select_folder("INBOX")
    return client


def test_a_client_finds_what_it_holds(server: ScriptedImap) -> None:
    with connect(server) as client:
        client.normalise_times = False
        client.login("ivan", "anything")
        chosen = client.select_folder("INBOX")
        assert (chosen[b"UIDVALIDITY"], chosen[b"UIDNEXT"], chosen[b"EXISTS"]) == (42, 8, 2)
        assert rb"\*" in chosen[b"PERMANENTFLAGS"]
        assert client.search() == [3, 7]
        found = client.fetch([3, 7], ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"])
        assert {uid: items[b"BODY[]"] for uid, items in found.items()} == {3: A, 7: B}
        assert {uid: items[b"RFC822.SIZE"] for uid, items in found.items()} == {3: len(A), 7: len(B)}
        assert found[7][b"FLAGS"] == (rb"\Seen", b"done")
        assert found[3][b"INTERNALDATE"] == datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
        assert client.folder_status("Done", ["MESSAGES", "UIDNEXT"]) == {b"MESSAGES": 0, b"UIDNEXT": 1}
        assert [name for _, _, name in client.list_folders()] == ["INBOX", "Done"]
        assert client.namespace().personal == (("", "/"),)
        assert client.folder_exists("Done")
        assert not client.folder_exists("Nothing")
        assert client.id_({"name": "test"}) == ((b"name", b"scripted"),)
        client.unselect_folder()

    assert server.mails() == MAILS


@pytest.mark.parametrize(
    ("item", "key", "content"),
    [
        ("BODY.PEEK[HEADER]", b"BODY[HEADER]", b"Subject: a\r\nTo: x@y\r\n\r\n"),
        ("BODY.PEEK[TEXT]<0.4>", b"BODY[TEXT]<0>", b"text"),
        ("BODY.PEEK[1]", b"BODY[1]", b"text of a\r\n"),
        ("BODY.PEEK[]<5.6>", b"BODY[]<5>", A[5:11]),
    ],
)
def test_parts_of_a_mail_are_given(server: ScriptedImap, item: str, key: bytes, content: bytes) -> None:
    with enter(server) as client:
        assert client.fetch([3], [item])[3][key] == content
        with pytest.raises(IMAPClientError, match="unknown section"):
            client.fetch([3], ["BODY.PEEK[HEADER.FIELDS (TO)]"])


@pytest.mark.parametrize(
    ("criteria", "uids"),
    [
        ("ALL", [3, 7]),
        ("UID 4:*", [7]),
        ("UID 99:*", [7]),
        ("UID 1,3", [3]),
        ("UNSEEN", [3]),
        ("UID 1:* UNKEYWORD done", [3]),
        ("KEYWORD done UNDELETED", [7]),
    ],
)
def test_search_knows_what_a_poller_asks(server: ScriptedImap, criteria: str, uids: list[int]) -> None:
    with enter(server) as client:
        assert client.search(criteria) == uids
        with pytest.raises(IMAPClientError, match="unknown criterion"):
            client.search("SINCE 1-Jan-2026")


def test_mails_are_moved_marked_copied_and_expunged(server: ScriptedImap) -> None:
    with enter(server) as client:
        client.move([3], "Done")
        assert [mail.raw for mail in server.mails("Done")] == [A]
        with pytest.raises(IMAPClientError, match="TRYCREATE"):
            client.copy([7], "2026")
        client.create_folder("2026")
        assert client.copy([7], "2026") is None  # its COPYUID stands where imapclient does not look
        client.add_flags([7], [r"\Deleted", "mailgate"])
        assert [mail.uid for mail in server.mails()] == [7]
        client.uid_expunge([3])
        assert [mail.flags for mail in server.mails()] == [(r"\Seen", "done", r"\Deleted", "mailgate")]
        client.uid_expunge([7])
        client.fetch([7], ["FLAGS"])

    assert server.folders == ("INBOX", "Done", "2026")
    assert server.mails() == ()
    assert [mail.raw for mail in server.mails("2026")] == [B]


def test_reading_without_peek_is_seen(server: ScriptedImap) -> None:
    with enter(server) as client:
        client.fetch([3], ["BODY.PEEK[]"])
        assert server.mails()[0].flags == ()
        client.fetch([3], ["BODY[]"])
        assert server.mails()[0].flags == (r"\Seen",)


def test_where_a_capability_lacks_its_command_is_unknown() -> None:
    script = Script(
        MAILS, capabilities=Script().without("MOVE", "IDLE", "UIDPLUS"), folders=("INBOX", "Done")
    )
    with ScriptedImap(script) as server, enter(server) as client:
        for command in (lambda: client.move([3], "Done"), client.idle, lambda: client.uid_expunge([3])):
            with pytest.raises(CapabilityError):
                command()
        client.copy([3], "Done")
        assert [mail.raw for mail in server.mails("Done")] == [A]
        with pytest.raises(IMAPClientError, match="unknown command"):
            client._imap.uid("MOVE", "3", "Done")


def test_without_keywords_none_is_kept() -> None:
    with ScriptedImap(Script(MAILS, keywords=False)) as server, enter(server) as client:
        assert client.folder_status("INBOX", ["UIDVALIDITY"]) == {b"UIDVALIDITY": 1}
        with pytest.raises(IMAPClientError, match="no keywords"):
            client.add_flags([3], ["mailgate"])
        client.add_flags([3], [r"\Seen"], silent=True)
        assert server.mails()[0].flags == (r"\Seen",)


@pytest.mark.parametrize("how", ["login", "plain", "xoauth2", "oauthbearer"])
def test_everybody_may_enter_by_every_way(server: ScriptedImap, how: str) -> None:
    with connect(server) as client:
        client._imap.state = "AUTH"  # or the library itself would refuse
        with pytest.raises(IMAPClientError, match="log in first"):
            client.select_folder("INBOX")
        client._imap.state = "NONAUTH"
        match how:
            case "login":
                client.login("ivan", 'pass "word')
            case "plain":
                client.plain_login("ivan", "password")
            case "xoauth2":
                client.oauth2_login("ivan", "token")
            case "oauthbearer":
                client.oauthbearer_login("ivan", "token")
        client.select_folder("INBOX")

    assert ("AUTHENTICATE" in server.verbs) == (how != "login")


def test_every_command_is_recorded_with_its_literals(server: ScriptedImap) -> None:
    with enter(server) as client:
        client._imap.literal = b"two\r\nlines"
        with pytest.raises(imaplib.IMAP4.error, match="SUBJECT"):
            client._imap.uid("SEARCH", "SUBJECT")

    said = [command.split(b" ", 1)[1] for command in server.commands]
    assert said[:3] == [b"CAPABILITY", b'LOGIN ivan "anything"', b'SELECT "INBOX"']
    assert said[3] == b"UID SEARCH SUBJECT {10}\r\ntwo\r\nlines"
    assert server.verbs == ("CAPABILITY", "LOGIN", "SELECT", "UID SEARCH", "LOGOUT")


def test_who_waits_is_told_of_mail_and_whatever_else(server: ScriptedImap) -> None:
    with enter(server) as client:
        client.idle()
        server.add(Mail(0, A))
        assert client.idle_check(10) == [(3, b"EXISTS")]
        server.tell(b"* OK still here\r\n")
        assert client.idle_check(10) == [(b"OK", b"still here")]
        assert client.idle_done() == (b"done", [])
        assert client.search() == [3, 7, 8]
        server.remove(3)
        assert client.search() == [7, 8]
    assert server.verbs[-5:] == ("IDLE", "DONE", "UID SEARCH", "UID SEARCH", "LOGOUT")


@pytest.mark.parametrize("implicit", [False, True])
def test_tls_is_spoken_at_once_or_when_asked_for(tls: Certificate, *, implicit: bool) -> None:
    with ScriptedImap(Script(MAILS, tls=tls, implicit=implicit)) as server:
        trusted = tls.trusting()
        if implicit:
            client = IMAPClient("127.0.0.1", server.port, ssl_context=trusted, timeout=10)
        else:
            client = connect(server)
            client.starttls(trusted)
        with client:
            assert not client.has_capability("STARTTLS")
            client.login("ivan", "secret")
            client.select_folder("INBOX")
            assert client.fetch([3], ["BODY.PEEK[]"])[3][b"BODY[]"] == A
    assert ("STARTTLS" in server.verbs[:2]) != implicit


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


@pytest.mark.timeout(30)
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
    with pytest.raises((TimeoutError, MemoryError, OSError)):
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
        Mail(3, A, is_gone=True),
        Mail(4, A, is_withheld=True),
        Mail(5, A),
    )
    with ScriptedImap(Script(liars)) as server, enter(server) as client:
        assert client.search() == [1, 2, 3, 4, 5]
        found = client.fetch([1, 2, 3, 4, 5], ["RFC822.SIZE", "BODY.PEEK[]"])

    assert {uid: items[b"RFC822.SIZE"] for uid, items in found.items()} == {
        1: 5,
        2: 5_000_000_000,
        4: len(A),
        5: len(A),
    }
    assert {uid: items.get(b"BODY[]") for uid, items in found.items()} == {1: A, 2: A, 4: None, 5: A}


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
