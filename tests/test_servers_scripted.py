"""The scripted IMAP server is a plain server to the library of the IMAP door while its script is empty."""

import imaplib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientError,
)

from tests.certificate import Certificate, make_certificate
from tests.scripted_client import MAILS, SCRIPT, A, B, connect, enter
from tests.scripted_imap import Mail, Script, ScriptedImap


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def server() -> Iterator[ScriptedImap]:
    with ScriptedImap(SCRIPT) as running:
        yield running


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
