"""The SMTP door over real sockets: mails taken, everything else refused with the right code."""

import smtplib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.core.mail import Door, Envelope
from mailgate.errors import BadSettings, DiskFull, Overloaded
from tests.builders import NOW, address
from tests.intake.door import CERTIFICATES, OUR_DESK, US, Client, RunningDoor, settings

_MAIL = b"Subject: x\r\n\r\nHello\r\n"


@pytest.fixture
def door() -> Iterator[RunningDoor]:
    with RunningDoor(settings(max_size=1000, max_recipients=3, max_line=200)) as running:
        yield running


@pytest.fixture
def client(door: RunningDoor) -> Iterator[Client]:
    with door.client() as connected:
        yield connected


def test_a_mail_is_taken_with_its_envelope(door: RunningDoor) -> None:
    with smtplib.SMTP("127.0.0.1", door.port) as client:
        client.sendmail("ivan@client.example", [US, US, "postmaster"], _MAIL + b".dot\r\n..\r\n")
    expected = Envelope(Door.SMTP, "ivan@client.example", (US, "postmaster"), NOW, "127.0.0.1:0", "127.0.0.1")
    assert door.spool.taken == [(expected, _MAIL + b".dot\r\n..\r\n")]


def test_the_reply_carries_the_id(client: Client) -> None:
    client.until_data()
    client.send(_MAIL + b".\r\n")
    assert client.reply() == "250 2.0.0 Ok: queued as 1"


def test_extensions_are_offered(client: Client) -> None:
    offered = client.ask("EHLO client.example").splitlines()[1:]
    words = {line[4:] for line in offered}
    assert words == {"PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "HELP"}


def test_everything_may_come_in_one_segment(door: RunningDoor, client: Client) -> None:
    mail = b"MAIL FROM:<a@b.ru>\r\nRCPT TO:<%s>\r\nDATA\r\n" % US.encode()
    client.send(b"EHLO x\r\n" + (mail + _MAIL + b".\r\n") * 3 + b"QUIT\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    codes = [client.reply()[:3] for _ in range(14)]
    assert codes == ["250", *["250", "250", "354", "250"] * 3, "221"]
    assert door.spool.mails == [_MAIL] * 3


def test_mails_in_utf8(door: RunningDoor, client: Client) -> None:
    client.ask("EHLO x")
    assert client.ask("MAIL FROM:<иван@пример.рф> SMTPUTF8 BODY=8BITMIME").startswith("250 2.1.0")
    assert client.ask(f"RCPT TO:<{US}>").startswith("250 2.1.5")
    client.ask("DATA")
    client.send("Subject: Привет\r\n\r\n".encode() + b".\r\n")
    assert client.reply().startswith("250")
    assert door.spool.taken[0][0].sender == "иван@пример.рф"


def test_the_null_sender_is_empty(door: RunningDoor, client: Client) -> None:
    for command in ("EHLO x", "MAIL FROM:<>", f"RCPT TO:<{US}>", "DATA"):
        client.ask(command)
    client.send(b".\r\n")
    assert client.reply().startswith("250")
    envelope, raw = door.spool.taken[0]
    assert (envelope.sender, raw) == ("", b"")


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["HELO"], "501 5.5.4"),
        (["HELO x"], "250 "),
        (["LHLO x"], "500 5.5.1"),
        (["MAIL FROM:<a@b.ru>"], "503 5.5.1"),
        (["EHLO x", "RCPT TO:<a@b.ru>"], "503 5.5.1"),
        (["EHLO x", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.ru>", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.ru>", "MAIL FROM:<a@b.ru>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.ru>", "RSET", "RCPT TO:<support@hoster.example>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.ru>", "EHLO x", "RCPT TO:<support@hoster.example>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.ru> SIZE=1001"], "552 5.3.4"),
        (["EHLO x", "MAIL FROM:<a@b.ru> SIZE=1000"], "250 2.1.0"),
        (["NOOP whatever"], "250 2.0.0"),
        (["RSET"], "250 2.0.0"),
        (["RSET x"], "501 5.5.4"),
        (["DATA x"], "501 5.5.4"),
        (["VRFY support"], "252 2."),
        (["EXPN staff"], "502 5.5.1"),
        (["HELP"], "214 2.0.0"),
        (["AUTH PLAIN AGEAYg=="], "502 5.5.1"),
        (["STARTTLS"], "503 5.5.1"),
        (["BDAT 5"], "500 5.5.1"),
        ([""], "500 5.5.1"),
        (["QUIT"], "221 2.0.0"),
    ],
)
def test_replies(client: Client, commands: list[str], code: str) -> None:
    answers = [client.ask(command) for command in commands]
    assert answers[-1].startswith(code)


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("support@hoster.example", "250 2.1.5"),
        ("Support+t1-abc@Hoster.Example", "250 2.1.5"),
        ("billing@hoster.example", "250 2.1.5"),
        ("abuse@hoster.example", "250 2.1.5"),
        ("Postmaster", "250 2.1.5"),
        ("nobody@hoster.example", "550 5.1.1"),
        ("ivan@client.example", "550 5.7.1"),
        ("hoster.example", "553 5.1.3"),
        ("", "553 5.1.3"),
    ],
)
def test_recipients(client: Client, recipient: str, code: str) -> None:
    client.ask("EHLO x")
    client.ask("MAIL FROM:<a@b.ru>")
    assert client.ask(f"RCPT TO:<{recipient}>").startswith(code)


def test_recipients_are_bounded(client: Client) -> None:
    client.ask("EHLO x")
    client.ask("MAIL FROM:<a@b.ru>")
    answers = [client.ask(f"RCPT TO:<{US}>")[:9] for _ in range(4)]
    assert answers == ["250 2.1.5"] * 3 + ["452 4.5.3"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"a" * 78 + b"\r\n", "250 2.0.0"),
        (b"a" * 198 + b"\r\n", "250 2.0.0"),
        (b"a" * 199 + b"\r\n", "500 5.6.0 Line too long, limit 200 bytes"),
        (b"abcdefgh\r\n" * 100, "250 2.0.0"),
        (b"abcdefgh\r\n" * 101, "552 5.3.4 Mail too large, limit 1000 bytes"),
        (b"a" * 1500 + b"\r\n", "552 5.3.4 Mail too large, limit 1000 bytes"),
    ],
)
def test_sizes(door: RunningDoor, client: Client, body: bytes, code: str) -> None:
    client.until_data()
    client.send(body + b".\r\n")
    assert client.reply().startswith(code)
    assert client.ask("NOOP").startswith("250")
    assert door.spool.mails == ([body] if code.startswith("250") else [])


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(DiskFull("secret"), "452 4.3.1"), (Overloaded("secret"), "451 4.3.2"), (OSError(), "451 4.3.0")],
)
def test_without_room_mail_is_deferred_before_it_comes(
    door: RunningDoor, client: Client, trouble: Exception, code: str
) -> None:
    client.ask("EHLO x")
    door.spool.full = trouble
    assert client.ask("MAIL FROM:<a@b.ru>").startswith(code)
    door.spool.full = None
    client.ask("MAIL FROM:<a@b.ru>")
    client.ask(f"RCPT TO:<{US}>")
    door.spool.full = trouble
    answer = client.ask("DATA")
    assert answer.startswith(code)
    assert "secret" not in answer
    door.spool.full = None
    assert client.ask("DATA").startswith("354")


def test_new_terms_hold_from_the_next_command(door: RunningDoor, client: Client) -> None:
    client.ask("EHLO x")

    async def reload() -> None:
        door.door.reload(settings(max_size=10), replace(OUR_DESK, addresses=(address("new@hoster.example"),)))

    door.call(reload())
    assert client.ask("MAIL FROM:<a@b.ru> SIZE=11").startswith("552")
    client.ask("MAIL FROM:<a@b.ru>")
    assert client.ask(f"RCPT TO:<{US}>").startswith("550 5.1.1")
    assert client.ask("RCPT TO:<new@hoster.example>").startswith("250")


def _subject(port: int) -> str:
    """The name in the certificate that a new client is shown."""
    context = ssl.create_default_context(cafile=str(CERTIFICATES / "first.pem"))
    context.load_verify_locations(CERTIFICATES / "second.pem")
    context.check_hostname = False
    with smtplib.SMTP("127.0.0.1", port) as client:
        assert client.starttls(context=context)[0] == 220
        client.ehlo()
        assert not client.has_extn("starttls")
        client.sendmail("a@b.ru", US, _MAIL * 500)
        assert isinstance(client.sock, ssl.SSLSocket)
        shown = client.sock.getpeercert()
    assert shown is not None
    return str(shown["subject"][0][0][1])


def test_mail_over_tls_and_a_new_certificate(tmp_path: Path) -> None:
    pem = tmp_path / "door.pem"
    pem.write_bytes((CERTIFICATES / "first.pem").read_bytes())
    with RunningDoor(settings(tls_certificate=pem, tls_key=pem)) as door:
        assert _subject(door.port) == "first.example"
        pem.write_bytes((CERTIFICATES / "second.pem").read_bytes())
        assert _subject(door.port) == "first.example"
        door.door.reload(door.settings, OUR_DESK)
        assert _subject(door.port) == "second.example"
        pem.write_text("nonsense")
        with pytest.raises(BadSettings, match="tls_certificate"):
            door.door.reload(door.settings, OUR_DESK)
        assert _subject(door.port) == "second.example"
        assert door.spool.mails == [_MAIL * 500] * 4


def test_a_failed_handshake_ends_in_silence() -> None:
    pem = CERTIFICATES / "first.pem"
    with RunningDoor(settings(tls_certificate=pem, tls_key=pem)) as door, door.client() as client:
        assert client.ask("STARTTLS").startswith("220")
        client.send(b"MAIL FROM:<a@b.ru>\r\n")
        assert "250" not in client.reply()


@pytest.mark.parametrize("silent", [False, True])
def test_a_connection_that_dies_within_the_handshake_gives_its_place_back(*, silent: bool) -> None:
    pem = CERTIFICATES / "first.pem"
    short = settings(tls_certificate=pem, tls_key=pem, command_timeout=0.2, max_connections_per_peer=2)
    with RunningDoor(short) as door:
        for _ in range(5):
            with door.client() as client:
                assert client.ask("STARTTLS").startswith("220")
                if silent:
                    # Our own timer ends it.
                    assert client.socket.recv(1) == b""
                else:
                    # A reset instead of a goodbye.
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            deadline = time.monotonic() + 5
            while door.door.connections and time.monotonic() < deadline:
                time.sleep(0.005)
            assert door.door.connections == 0


def test_a_second_listener_that_cannot_open_closes_the_first() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="address already in use"),
    ):
        occupied = f"127.0.0.1:{taken.getsockname()[1]}"
        RunningDoor(settings(listen=("127.0.0.1:0", occupied))).__enter__()


def test_listeners_have_real_ports() -> None:
    with RunningDoor(settings(listen=("127.0.0.1:0", "[::1]:0"))) as door:
        hosts = [listener.address.rpartition(":")[0] for listener in door.door.listeners]
        assert hosts == ["127.0.0.1", "[::1]"]
        assert door.port > 0
        assert door.door.connections == 0
