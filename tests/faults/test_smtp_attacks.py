"""What hostile clients say to the SMTP and LMTP door, over real sockets.

The ids in the names are those of the list of known attacks that the door was built against.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.errors import StoreBusy
from tests.intake.door import CERTIFICATES, US, Client, RunningDoor, hung_up, settings

_MAIL = b"Subject: x\r\n\r\nHello\r\n"
_SECRET = "password-in-an-exception"
_FALSE_ENDS = {
    "lf.lf": b"\n.\n",
    "lf.crlf": b"\n.\r\n",
    "crlf.lf": b"\r\n.\n",
    "cr.cr": b"\r.\r",
    "cr.crlf": b"\r.\r\n",
    "crlf.cr": b"\r\n.\r",
    "crcrlf.crcrlf": b"\r\r\n.\r\r\n",
    "crlf.nul.crlf": b"\r\n.\x00\r\n",
    "crlf.nul.nul.crlf": b"\r\n\x00.\r\n",
}


@pytest.fixture
def door() -> Iterator[RunningDoor]:
    limits = settings(max_size=10_000, max_bad_commands=3)
    with RunningDoor(limits) as running:
        yield running


@pytest.fixture
def client(door: RunningDoor) -> Iterator[Client]:
    with door.client() as connected:
        yield connected


@pytest.mark.parametrize(
    "trouble", [RuntimeError, StoreBusy, OSError, MemoryError, KeyError], ids=lambda one: one.__name__
)
def test_m1_our_own_trouble_is_temporary_and_tells_nothing(
    door: RunningDoor, client: Client, trouble: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    for place in ("broken", "full"):
        setattr(door.spool, place, trouble(_SECRET))
        client.ask("EHLO x")
        answers = [client.ask("MAIL FROM:<a@b.ru>")]
        if place == "broken":
            answers += [client.ask(f"RCPT TO:<{US}>"), client.ask("DATA")]
            client.send(_MAIL + b".\r\n")
            answers.append(client.reply())
        assert answers[-1] == "451 4.3.0 Temporary trouble on our side, try again later"
    door.spool.broken = door.spool.full = None
    client.until_data()
    client.send(_MAIL + b".\r\n")
    assert client.reply().startswith("250")
    assert trouble.__name__ in capsys.readouterr().out


@pytest.mark.parametrize("end", _FALSE_ENDS.values(), ids=_FALSE_ENDS.keys())
def test_m5_a01_a_false_end_is_part_of_the_one_mail(door: RunningDoor, client: Client, end: bytes) -> None:
    smuggled = b"MAIL FROM:<admin@bank.example>\r\nRCPT TO:<%s>\r\nDATA\r\nforged\r\n" % US.encode()
    client.until_data()
    client.send(_MAIL + b"text" + end + smuggled + b"\r\n.\r\n")
    assert client.reply().startswith("250 2.0.0")
    assert client.ask("NOOP").startswith("250")
    # On the wire a dot at the start of a line stands for none (RFC 5321, 4.5.2); all else is kept.
    sent = (_MAIL + b"text" + end + smuggled + b"\r\n").replace(b"\r\n.", b"\r\n")
    assert door.spool.mails == [sent]
    assert door.spool.taken[0][0].sender == "ivan@client.example"


def test_m5_a02_plain_text_behind_starttls_is_forgotten() -> None:
    pem = CERTIFICATES / "first.pem"
    trusting = ssl.create_default_context(cafile=str(pem))
    with RunningDoor(settings(tls_certificate=pem, tls_key=pem)) as door, door.client() as client:
        client.ask("EHLO x")
        client.ask("MAIL FROM:<before@b.ru>")
        client.send(b"STARTTLS\r\nEHLO attacker\r\nMAIL FROM:<attacker@b.ru>\r\nNOO")
        assert client.reply().startswith("220")
        client.wrap(trusting.wrap_socket(client.socket, server_hostname="first.example"))
        assert client.ask("NOOP") == "250 2.0.0 Ok"
        assert client.ask("MAIL FROM:<a@b.ru>").startswith("503")
        assert "STARTTLS" not in client.ask("EHLO x")
        assert client.ask("MAIL FROM:<a@b.ru>").startswith("250")


@pytest.mark.parametrize(
    "recipient",
    [
        "a@foreign.example",
        "@hoster.example:a@foreign.example",
        "@hoster.example,@x.example:a@foreign.example",
        "@foreign.example:support@hoster.example",
        "a%foreign.example@hoster.example",
        "support%foreign.example@hoster.example",
        "foreign.example!a@hoster.example",
        '"a@foreign.example"@hoster.example',
        "a@foreign.example@hoster.example",
        "support@hoster.example@foreign.example",
        "support@hoster.example.foreign.example",
        "support@[127.0.0.1]",
        "support@",
        "@hoster.example",
        "support",
        "<support@hoster.example>",
        "support@hoster.example\\",
    ],
)
def test_a03_no_spelling_relays(client: Client, recipient: str) -> None:
    client.ask("EHLO x")
    client.ask("MAIL FROM:<a@b.ru>")
    assert client.ask(f"RCPT TO:<{recipient}>")[:9] in {"550 5.7.1", "550 5.1.1", "553 5.1.3"}
    assert client.ask("DATA").startswith("503")


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1", b"POST /x HTTP/1.1", b"CONNECT a:25 HTTP/1.1", b"\x16\x03\x01", b"{}", b"\xff"],
)
def test_a04_another_protocol_is_cut_off(door: RunningDoor, client: Client, line: bytes) -> None:
    body = b"EHLO x\r\nMAIL FROM:<a@b.ru>\r\nRCPT TO:<%s>\r\nDATA\r\nforged\r\n.\r\n" % US.encode()
    client.send(line + b"\r\nHost: x\r\n\r\n" + body)
    assert client.reply().startswith("554 5.5.1")
    assert hung_up(client)
    assert door.spool.mails == []


@pytest.mark.parametrize("said", [b"EHLO x\r\nMAIL FROM:<a@b.ru>\r\n", b"x"])
def test_a05_who_speaks_before_the_greeting_is_cut_off(door: RunningDoor, said: bytes) -> None:
    thaw = door.freeze()
    with door.connect() as client:
        client.send(said)
        thaw.set()
        assert client.reply().startswith("554 5.5.0")
        assert hung_up(client)


def test_a06_connections_are_bounded_by_peer_and_in_all(tmp_path: Path) -> None:
    limits = settings(lmtp=tmp_path / "s", max_connections=10, max_connections_per_peer=4)
    with RunningDoor(limits) as door:
        held = [door.client() for _ in range(4)]
        with door.connect() as one_more:
            assert one_more.reply().startswith("421 4.7.0")
            assert hung_up(one_more)
        held += [door.client(lmtp=True) for _ in range(6)]
        with door.connect(lmtp=True) as one_more:
            assert one_more.reply().startswith("421 4.7.0")
        assert door.door.connections == 10
        assert all(client.ask("NOOP").startswith("250") for client in held)
        assert held[0].ask("QUIT").startswith("221")
        assert hung_up(held[0])
        with door.client() as newcomer:
            assert newcomer.ask("NOOP").startswith("250")
        for client in held:
            client.close()


def test_a06_3000_recipients(door: RunningDoor, client: Client) -> None:
    client.ask("EHLO x")
    client.send(b"MAIL FROM:<a@b.ru>\r\n" + b"RCPT TO:<%s>\r\n" % US.encode() * 3000)
    codes = [client.reply()[:9] for _ in range(3001)]
    assert codes == ["250 2.1.0", *["250 2.1.5"] * 100, *["452 4.5.3"] * 2900]
    assert door.spool.mails == []


@pytest.mark.parametrize(
    "recipient",
    [
        b"sup\x00port@hoster.example",
        b"\xcf\xf0@hoster.example",
        "иван@hoster.example".encode(),
        b"a" * 1000 + b"@x.ru",
    ],
)
def test_a07_addresses_that_are_none(client: Client, recipient: bytes) -> None:
    client.ask("EHLO x")
    client.send(b"MAIL FROM:<" + recipient + b">\r\n")
    assert client.reply()[:3] in {"501", "553"}
    client.ask("MAIL FROM:<a@b.ru>")
    client.send(b"RCPT TO:<" + recipient + b">\r\n")
    assert client.reply()[:3] in {"501", "553"}


def test_bad_commands_are_bounded(client: Client) -> None:
    client.send(b"FOO\r\n" + b"x" * 9000 + b"\r\nNOOP\n")
    assert [client.reply()[:9] for _ in range(3)] == ["500 5.5.1", "500 5.5.2", "421 4.7.0"]
    assert hung_up(client)
