"""LMTP: one reply for each recipient, spoken to a socket and to a real Postfix."""

import smtplib
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.core.mail import Door
from mailgate.intake.smtp import SmtpDoor
from tests.builders import NOW
from tests.intake.door import OUR_DESK, SECONDS, US, Client, FakeSpool, RunningDoor, settings
from tests.postfix import postfix_before
from tests.service import wait_until

_MAIL = b"Subject: x\r\n\r\nHello\r\n"
_COUNTS = (1, 2, 10)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name that other users may enter: a socket's path has 107 octets."""
    with tempfile.TemporaryDirectory(prefix="lmtp-") as name:
        made = Path(name)
        made.chmod(0o755)
        yield made


@pytest.fixture
def door(folder: Path) -> Iterator[RunningDoor]:
    with RunningDoor(settings(lmtp=folder / "s", lmtp_mode="0666", max_size=10_000)) as running:
        yield running


@pytest.fixture
def client(door: RunningDoor) -> Iterator[Client]:
    with door.client(lmtp=True) as connected:
        yield connected


def _recipients(count: int) -> list[str]:
    return [f"support+{number}@hoster.example" for number in range(count)]


def _replies_to_mail(client: Client, mail: bytes, count: int) -> list[str]:
    """The replies to the final dot; there must be exactly `count`."""
    client.until_data(*_recipients(count), hello="LHLO client.example")
    client.send(mail + b".\r\nNOOP\r\n")
    replies = [client.reply() for _ in range(count + 1)]
    assert replies.pop() == "250 2.0.0 Ok"
    return replies


@pytest.mark.parametrize("count", _COUNTS)
def test_m2_each_recipient_gets_its_reply(door: RunningDoor, client: Client, count: int) -> None:
    assert _replies_to_mail(client, _MAIL, count) == ["250 2.0.0 Ok: queued as 1"] * count
    envelope, raw = door.spool.taken[0]
    assert (envelope.door, envelope.hop, envelope.peer) == (Door.LMTP, "lmtp", "")
    assert list(envelope.recipients) == _recipients(count)
    assert raw == _MAIL


@pytest.mark.parametrize("count", _COUNTS)
def test_m2_trouble_is_told_to_each(door: RunningDoor, client: Client, count: int) -> None:
    door.spool.broken = RuntimeError("secret")
    answers = _replies_to_mail(client, _MAIL, count)
    assert answers == ["451 4.3.0 Temporary trouble on our side, try again later"] * count


@pytest.mark.parametrize("count", _COUNTS)
def test_m2_too_large_is_told_to_each(client: Client, count: int) -> None:
    answers = _replies_to_mail(client, b"a" * 70 + b"\r\n" + b"line\r\n" * 2000, count)
    assert answers == ["552 5.3.4 Mail too large, limit 10000 bytes"] * count


def test_m2_a_recipient_named_twice_is_answered_twice(door: RunningDoor, client: Client) -> None:
    client.until_data(US, US, hello="LHLO x")
    client.send(b".\r\n")
    assert [client.reply()[:3], client.reply()[:3]] == ["250", "250"]
    assert door.spool.taken[0][0].recipients == (US,)


def test_m2_refused_recipients_are_not_answered_again(door: RunningDoor, client: Client) -> None:
    client.ask("LHLO x")
    client.ask("MAIL FROM:<>")
    answers = [client.ask(f"RCPT TO:<{to}>")[:3] for to in ("no@hoster.example", US, "a@foreign.example")]
    assert answers == ["550", "250", "550"]
    client.ask("DATA")
    client.send(b".\r\nQUIT\r\n")
    assert [client.reply()[:3], client.reply()[:3]] == ["250", "221"]
    assert door.spool.taken[0][0].recipients == (US,)


@pytest.mark.parametrize("command", ["HELO x", "EHLO x"])
def test_lmtp_is_greeted_with_lhlo_only(client: Client, command: str) -> None:
    assert client.ask(command).startswith("500 5.5.1")
    assert client.ask("MAIL FROM:<>").startswith("503")
    assert "ENHANCEDSTATUSCODES" in client.ask("LHLO x")


@pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
def test_the_socket_has_its_mode_and_goes_away(folder: Path, mode: str) -> None:
    path = folder / "s"
    with RunningDoor(settings(lmtp=path, lmtp_mode=mode)):
        assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()


def test_a_socket_left_behind_is_replaced_but_a_living_one_is_not(folder: Path) -> None:
    wanted = settings(lmtp=folder / "s")
    with RunningDoor(wanted) as first:
        (folder / "s").rename(folder / "kept")
        with pytest.raises(OSError, match="somebody else"):
            RunningDoor(settings(lmtp=folder / "kept")).__enter__()
        (folder / "kept").rename(folder / "s")
        first.call(first.door.stop(0))
    with RunningDoor(wanted) as crashed:
        (folder / "s").rename(folder / "stale")
        crashed.call(crashed.door.stop(0))
    (folder / "stale").rename(folder / "s")
    with RunningDoor(wanted) as second, second.client(lmtp=True) as client:
        assert client.ask("NOOP").startswith("250")


def test_what_is_no_socket_is_never_removed(folder: Path) -> None:
    (folder / "s").write_text("precious")
    with pytest.raises(OSError, match="it is no socket"):
        RunningDoor(settings(lmtp=folder / "s")).__enter__()
    assert (folder / "s").read_text() == "precious"


def test_a_door_may_be_made_without_a_loop() -> None:
    assert SmtpDoor(settings(), OUR_DESK, FakeSpool(), lambda: NOW).listeners == ()


def _delivered(door: RunningDoor, recipients: list[str]) -> None:
    assert door.spool.arrived.wait(SECONDS)
    assert sorted(door.spool.taken[-1][0].recipients) == sorted(recipients)


def test_m2_f43_a_real_postfix_delivers_to_one_two_and_ten(door: RunningDoor, folder: Path) -> None:
    with postfix_before(folder / "s", "hoster.example") as postfix:
        for count in _COUNTS:
            door.spool.arrived.clear()
            with smtplib.SMTP("127.0.0.1", postfix.port, timeout=SECONDS) as client:
                client.sendmail("ivan@client.example", _recipients(count), _MAIL)
            _delivered(door, _recipients(count))
        wait_until(lambda: postfix.queue() == "", "Postfix still holds mail", SECONDS)
        assert postfix.log().count("status=sent (250 2.0.0 Ok: queued as ") == sum(_COUNTS)
    assert len(door.spool.taken) == len(_COUNTS)
    assert all(raw.endswith(b"\r\n\r\nHello\r\n") for raw in door.spool.mails)


def test_f43_a_real_postfix_keeps_what_was_refused_for_now(door: RunningDoor, folder: Path) -> None:
    recipients = _recipients(2)
    door.spool.broken = OSError("disk")
    with postfix_before(folder / "s", "hoster.example") as postfix:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=SECONDS) as client:
            client.sendmail("ivan@client.example", [*recipients, "no@hoster.example"], _MAIL)
        for status, count in (("status=deferred (host", 2), ("status=bounced (host", 1)):
            wait_until(lambda: postfix.log().count(status) >= count, status, SECONDS)  # noqa: B023 - at once
        assert door.spool.taken == []
        door.spool.broken = None
        _delivered(door, recipients)
    assert len(door.spool.taken) == 1
