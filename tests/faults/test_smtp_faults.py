"""What slow, greedy and vanishing clients do to the SMTP and LMTP door, and what a poor machine does.

The ids in the names are those of the list of known failures that the door was built against.
"""

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.door import SECONDS, US, Client, RunningDoor, hung_up, settings

_MAIL = b"Subject: x\r\n\r\nHello\r\n"


@pytest.fixture
def door() -> Iterator[RunningDoor]:
    with RunningDoor(settings(max_size=10_000)) as running:
        yield running


@pytest.fixture
def client(door: RunningDoor) -> Iterator[Client]:
    with door.client() as connected:
        yield connected


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("command_timeout", b""),
        ("command_timeout", b"EHL"),
        ("total_timeout", b""),
        ("block_timeout", b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\nSubject: "),
    ],
)
def test_f40_silence_ends_the_connection(limit: str, said: bytes) -> None:
    with RunningDoor(settings(**{limit: 0.2})) as door, door.client() as client:
        client.send(said)
        replies = list(iter(client.reply, ""))
        assert replies[-1].startswith("421 4.4.2")
        assert door.spool.mails == []


def test_f40_m4_a_flood_of_noops_ends_too() -> None:
    with RunningDoor(settings(total_timeout=0.3)) as door, door.client() as client:
        replies = [client.ask("NOOP")]
        while replies[-1].startswith("250"):
            replies.append(client.ask("NOOP"))
        assert replies[-1].startswith("421 4.4.2")


def test_f40_m4_a_slow_but_steady_upload_is_not_cut() -> None:
    # Each block comes within its time, all together do not: the silence of others is the clock.
    with RunningDoor(settings(block_timeout=1.0, command_timeout=0.4)) as door, door.client() as client:
        client.until_data()
        for _ in range(4):
            client.send(b"line\r\n")
            with door.client() as clock:
                assert clock.reply().startswith("421 4.4.2")
        client.send(b".\r\n")
        assert client.reply().startswith("250")


def test_f40_a_client_that_does_not_read_is_cut_off() -> None:
    with RunningDoor(settings(command_timeout=0.3)) as door, door.client() as client:
        client.socket.settimeout(SECONDS)
        with pytest.raises(ConnectionError):
            while True:
                client.send(b"EHLO x\r\n" * 10_000)


def test_f41_m3_too_much_is_dropped_and_then_cut(door: RunningDoor, client: Client) -> None:
    client.until_data()
    client.send(b"x" * 15_000 + b"\r\n.\r\n")
    assert client.reply() == "552 5.3.4 Mail too large, limit 10000 bytes"
    assert client.ask("RSET").startswith("250")
    client.until_data()
    client.send(b"x" * 25_000)
    assert client.reply() == "552 5.3.4 Mail too large, limit 10000 bytes"
    assert hung_up(client)
    assert door.spool.mails == []


def _memory() -> int:
    """The most memory this process ever had, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_f41_m3_an_endless_line_needs_no_memory() -> None:
    with RunningDoor(settings(max_size=60_000_000)) as door, door.client() as client:
        client.until_data()
        block = b"a" * 1_000_000
        client.send(block * 2)
        before = _memory()
        for _ in range(98):
            client.send(block)
        client.send(b"\r\n.\r\n")
        assert client.reply().startswith(("500 5.6.0", "552 5.3.4"))
        assert _memory() - before < 10_000


def test_f42_who_vanishes_within_data_leaves_nothing(door: RunningDoor) -> None:
    for ending in (b"", b"\r\n", b"\r\n.", b"\r\n.\r"):
        client = door.client()
        client.until_data()
        client.send(_MAIL + b"half" + ending)
        client.socket.shutdown(socket.SHUT_WR)
        assert hung_up(client)
        client.close()
    assert door.spool.mails == []


def test_f42_who_vanishes_after_the_dot_has_left_a_mail(door: RunningDoor) -> None:
    door.spool.slow = True
    client = door.client()
    client.until_data()
    client.send(_MAIL + b".\r\n")
    assert door.spool.arrived.wait(SECONDS)
    client.close()
    door.spool.slow = False
    with door.client() as other:
        assert other.ask("NOOP").startswith("250")
    assert door.spool.release() == 1
    assert door.spool.mails == [_MAIL]


def test_f06_stop_finishes_open_mails_and_turns_newcomers_away(door: RunningDoor) -> None:
    idle, sending = door.client(), door.client()
    sending.until_data()
    stopping = door.begin(door.door.stop(SECONDS))
    assert idle.reply().startswith("421 4.3.2")
    assert hung_up(idle)
    with door.connect() as newcomer:
        assert newcomer.reply().startswith("421 4.3.2")
    sending.send(_MAIL + b".\r\n")
    assert sending.reply().startswith("250 2.0.0")
    assert sending.reply().startswith("421 4.3.2")
    stopping.result(SECONDS)
    for client in (idle, sending):
        client.close()
    assert door.spool.mails == [_MAIL]
    assert door.door.listeners == ()


@pytest.mark.parametrize(
    "said", [_MAIL, _MAIL + b".\r\n"], ids=["within the mail", "before the spool's answer"]
)
def test_f06_stop_defers_what_does_not_end_in_time(door: RunningDoor, said: bytes) -> None:
    door.spool.slow = True
    with door.client() as client:
        client.until_data()
        client.send(said)
        if said.endswith(b".\r\n"):
            assert door.spool.arrived.wait(SECONDS)
        door.call(door.door.stop(0.1))
        assert client.reply().startswith("451 4.3.2")
        assert hung_up(client)
    # The spool may still keep what it was given: nobody took it back.
    assert door.spool.release() == len(door.spool.taken) == said.endswith(b".\r\n")


_FEW_DESCRIPTORS = """
import os, resource
from tests.intake.door import RunningDoor, settings
with RunningDoor(settings()) as door:
    thaw = door.freeze()
    held = [door.connect() for _ in range(15)]
    most = len(os.listdir("/proc/self/fd")) + 5
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    thaw.set()
    assert held[0].reply().startswith("220"), "the first is not served"
    for client in held:
        client.close()
    with door.connect() as client:
        assert client.reply().startswith("220"), "no greeting"
        assert client.ask("NOOP").startswith("250"), "no answer"
"""


def test_f44_without_descriptors_the_door_waits_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FEW_DESCRIPTORS], capture_output=True, timeout=60, check=False
    )
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert "Too many open files" in said


def test_others_are_served_while_one_floods(door: RunningDoor) -> None:
    with door.client() as flood:
        flood.send(b"NOOP\r\n" * 20_000)
        with smtplib.SMTP("127.0.0.1", door.port, timeout=SECONDS) as client:
            client.sendmail("a@b.ru", US, _MAIL)
    assert door.spool.mails == [_MAIL]
