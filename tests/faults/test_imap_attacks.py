"""A08, A09: no word of a mail stands in a command, and no secret is said to a server that is not proven."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st

from mailgate import state
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.certificate import Certificate, make_certificate
from tests.dovecot import PASSWORD, Dovecot
from tests.fetching import Fetching, raw_mail, settings
from tests.proxy import Proxy
from tests.scripted_imap import Line, Mail, Script, ScriptedImap

pytestmark = pytest.mark.usefixtures("short_slices")

Open = Callable[..., tuple[ScriptedImap, Fetching]]

COMMANDS = (
    "x\r\nA1 DELETE INBOX",
    "x\nA1 UID STORE 1:* +FLAGS (\\Deleted)",
    '"\r\nA1 EXPUNGE\r\n"',
    "{4+}\r\nA1 LOGOUT",
    "x\0A1 LOGOUT",
    "../../Trash",
    'Done/2026-11" NIL',
    "* 9 EXISTS\r\n",
    "+ go on\r\n",
)
"""What a writer may hope to have said for him."""

EVIL = st.sampled_from(COMMANDS) | st.text(
    st.sampled_from('aA1\r\n\0"\\{}()*%+/ \x7fя'), min_size=3, max_size=40
).map(lambda text: f"evil{text}evil")
FIELDS = (
    "Message-ID",
    "Subject",
    "From",
    "To",
    "Delivered-To",
    "X-Original-To",
    "Return-Path",
    "Date",
    "X-UID",
)


@st.composite
def hostile_mails(draw: st.DrawFn) -> bytes:
    """A mail with commands wherever a word can be."""
    words = [draw(EVIL) for _ in range(len(FIELDS) + 1)]
    header = "".join(f"{name}: <{word}@evil.example>\r\n" for name, word in zip(FIELDS, words, strict=False))
    raw = f"{header}\r\n{words[-1]}\r\n"
    # Such a mail reaches a mailbox with whole line ends, whatever was sent.
    return "\r\n".join(raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")).encode()


def shape(commands: tuple[bytes, ...]) -> list[bytes]:
    """Commands without their tags."""
    return [command.partition(b" ")[2] if b" " in command else command for command in commands]


def said_for(folder: Path, mails: list[bytes]) -> list[bytes]:
    """What a poller says to take and move these mails."""
    state.create(folder)
    ledger = state.open_ledger(folder)
    script = Script(tuple(Mail(0, raw) for raw in mails), capabilities=Script().without("IDLE"))
    with ScriptedImap(script) as server, Fetching(ledger, settings(folder, server.port)) as box:
        box.run()
        assert box.taken() == mails
        said = shape(server.commands)
    ledger.close()
    return said


@rounds(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(hostile_mails(), min_size=2, max_size=4, unique=True))
def test_a08_what_is_said_to_a_server_is_the_same_whatever_the_mails_say(
    tmp_path_factory: pytest.TempPathFactory, mails: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("said")
    plain = [raw_mail(str(number)) for number in range(len(mails))]

    assert said_for(folder / "hostile", mails) == said_for(folder / "plain", plain)


def test_a08_no_octet_of_a_mail_stands_in_a_command_to_a_real_server(ledger: Ledger) -> None:
    evil = [
        f"Message-ID: <evil{number}{word}@x.example>\r\nSubject: evil {word}\r\n\r\nevil\r\n".encode()
        for number, word in enumerate(COMMANDS)
    ]
    evil = [b"\r\n".join(raw.replace(b"\r\n", b"\n").split(b"\n")).replace(b"\0", b"") for raw in evil]
    with Dovecot() as dovecot, Proxy(dovecot.port) as proxy:
        dovecot.fill("support", evil)
        with Fetching(ledger, settings(ledger.path.parent, proxy.port, max_size=60)) as box:
            box.run()
            assert len(box.taken()) == len(evil)
        sent = b"".join(proxy.sent)
        assert b"evil" not in sent.lower()
        assert b"DELETE" not in sent
        assert len(dovecot.messages("support")) + len(box.origins()) >= len(evil)


@pytest.mark.parametrize("line", [b"A1 NOOP\r\nA2 LOGOUT\r\n", b"A1 X\nA2 Y\r\n", b"A1 \0\r\n", b"A1 \r\r\n"])
def test_a08_a_line_that_would_be_two_is_not_sent(ledger: Ledger, line: bytes) -> None:
    with ScriptedImap() as server, Fetching(ledger, settings(ledger.path.parent, server.port)) as box:
        box.run()
        before = server.commands
        connection = box.mailbox._here()
        with pytest.raises(ValueError, match="was not sent"):
            connection._client._imap.send(line)

        assert server.commands == before


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="IP:127.0.0.1")


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a09_a_server_that_says_we_are_logged_in_is_not_believed(
    opened: Open, certificate: Certificate, tls: str
) -> None:
    lies = Line("GREETING", "* PREAUTH welcome", always=True)
    script = Script((Mail(0, raw_mail("planted")),), (lies,), tls=certificate, implicit=tls == "implicit")
    server, box = opened(script, tls=tls, ca_file=certificate.certificate)
    box.run()

    assert "logged in already" in box.report.error
    assert box.fares() is MailboxState.UNREACHABLE
    assert box.taken() == []
    assert set(server.verbs) <= {"CAPABILITY"}


@pytest.mark.parametrize(
    "lines",
    [
        (Line("STARTTLS", "NO not today", always=True),),
        (Line("STARTTLS", "BAD what", always=True),),
        (Line("STARTTLS", "OK begin", drop=True, always=True),),
        (Line("GREETING", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE MOVE] no STARTTLS here", always=True),
         Line("CAPABILITY", "OK done", before=b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", always=True)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("auth", ["password", "xoauth2"])
def test_a09_without_tls_no_secret_is_said(
    opened: Open, certificate: Certificate, lines: tuple[Line, ...], auth: str
) -> None:
    changes: dict[str, object] = {}
    if auth == "xoauth2":
        changes["oauth"] = {
            "token_url": "https://login.example/token", "client_id": "x", "grant": "client_credentials",
            "client_secret_file": "/dev/null",
        }  # fmt: skip
    server, box = opened(
        Script(lines=lines, tls=certificate),
        tls="starttls",
        ca_file=certificate.certificate,
        auth=auth,
        **changes,
    )
    box.mailbox._secret = lambda: PASSWORD  # type: ignore[method-assign] # no token server is asked here
    for _ in range(3):
        box.run().wait(box.waits)

    assert box.fares() is MailboxState.UNREACHABLE
    assert not {"LOGIN", "AUTHENTICATE"} & set(server.verbs)
    assert PASSWORD.encode() not in b"".join(server.commands)
    assert PASSWORD not in box.report.error


def test_a09_what_was_said_before_tls_is_forgotten(opened: Open, certificate: Certificate) -> None:
    # RFC 9051, 11.1: answers slipped in behind STARTTLS, and capabilities told before it.
    planted = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"
    slipped = Line("STARTTLS", f"OK begin\r\nX OK done\r\n{planted.decode().rstrip()}", obeyed=True)
    early = Line("CAPABILITY", before=b"* CAPABILITY IMAP4rev1 STARTTLS X-PLANTED\r\n", reply="OK done")
    _, box = opened(
        Script((Mail(0, raw_mail("one")),), (slipped, early), tls=certificate),
        tls="starttls",
        ca_file=certificate.certificate,
    )
    box.run().wait(2).run()

    assert box.taken() == [raw_mail("one")]
    assert box.mailbox._connection is not None
    assert not box.mailbox._connection.has("X-PLANTED")
    assert box.mailbox._connection.has("MOVE")


def test_a09_capabilities_that_are_not_meant_cost_nothing_but_themselves(opened: Open) -> None:
    told = b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\n"
    lines = (
        Line("LOGIN", before=told, always=True),
        Line("CAPABILITY", "OK done", before=told, always=True),
        Line("IDLE", "BAD what", always=True),
        Line("UID MOVE", "BAD what", always=True),
    )
    server, box = opened(Script((Mail(0, raw_mail("one")), Mail(0, raw_mail("two"))), lines))
    box.run()
    box.look()

    assert box.taken() == [raw_mail("one"), raw_mail("two")]
    assert box.fares() is MailboxState.WATCHING
    assert set(box.origins().values()) == {"taken"}
    assert len(server.mails()) == 2


@pytest.mark.parametrize(
    "line",
    [
        Line("GREETING", "* OK {9999999999}", always=True),
        Line("CAPABILITY", "OK done", before=b"* CAPABILITY {9999999999}\r\nx", always=True),
        Line("LOGIN", "OK done", before=b"* X {9999999999}\r\nx", always=True),
        Line("LOGIN", "OK done", before=b"* X {-1}\r\nx\r\n", always=True),
    ],
)
def test_a09_a_huge_literal_before_the_login_is_refused(opened: Open, line: Line) -> None:
    _, box = opened(Script((Mail(0, raw_mail("one")),), (line,)))
    box.run()

    assert box.fares() is MailboxState.UNREACHABLE
    assert box.taken() == []
