"""`mailgate pipe`: an MTA returns a mail for every exit code but 0 and 75, so each code is proven."""

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailgate import state
from mailgate.cli.exits import Gate
from mailgate.core.digest import fingerprint
from mailgate.store import mails, rows
from mailgate.store.sqlite import Row, connect
from tests.cli.place import Place, question

OURS = "support@hoster.example"
RAW = question().replace(b"\r\n", b"\n")
LIMITS = {"MAILGATE_SMTP__MAX_SIZE": "5000", "MAILGATE_SMTP__MAX_LINE": "1000"}


def pipe(
    place: Place, words: Sequence[str | bytes], raw: bytes = RAW, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Start `mailgate WORDS` as an MTA does."""
    return subprocess.run(
        [sys.executable, "-m", "mailgate", *words],
        input=raw,
        env={**os.environ, "MAILGATE_CONFIG": str(place.settings), **LIMITS, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )


def taken(place: Place) -> list[Row]:
    with place.ledger.read() as ask:
        return mails.listing(ask, "", 10, 1 << 60)


@pytest.mark.parametrize(
    ("words", "sender", "recipients"),
    [
        (("-f", "ivan@client.example", "--", OURS), "ivan@client.example", (OURS,)),
        (("-f", "", "--", OURS), "", (OURS,)),
        (("-f", "<>", "--", OURS), "", (OURS,)),
        (("-f", "<ivan@client.example>", "--", OURS), "ivan@client.example", (OURS,)),
        (("--sender=a@b.example", OURS), "a@b.example", (OURS,)),
        (("-f", "-x@client.example", "--", OURS), "-x@client.example", (OURS,)),
        (("-f", "a@b.example", "--", OURS, "Billing+a@HOSTER.example", OURS), "a@b.example",
         (OURS, "Billing+a@HOSTER.example")),
        (("-f", "иван@пример.рф", "--", "postmaster"), "иван@пример.рф", ("postmaster",)),
        (("-f", b"\xc9\xd7\xc1\xce@client.example", "--", OURS), "\ufffd" * 4 + "@client.example", (OURS,)),
    ],
)  # fmt: skip
def test_a_mail_is_taken_byte_for_byte(
    place: Place, words: tuple[str | bytes, ...], sender: str, recipients: tuple[str, ...]
) -> None:
    done = pipe(place, ("pipe", *words))

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (row,) = taken(place)
    assert (row["door"], row["hop"], row["sender"]) == ("pipe", "pipe", sender)
    assert rows.list_of(row["recipients"]) == recipients
    with place.ledger.read() as ask:
        assert mails.raw_of(ask, row["id"]) == RAW


TO_OURS = ("-f", "ivan@client.example", "--", OURS)


@pytest.mark.parametrize(
    ("recipients", "code", "text"),
    [
        (("nobody@hoster.example",), 67, b"5.1.1 No such address here: nobody@hoster.example"),
        ((OURS, "nobody@hoster.example"), 67, b"5.1.1 "),
        (("no address",), 67, b"5.1.3 Malformed address: no address"),
        ((b"\xff@hoster.example",), 67, b"5.1.3 "),
        (("ivan@elsewhere.example",), 69, b"5.7.1 We do not relay: ivan@elsewhere.example"),
        ((OURS, "a%b@hoster.example"), 69, b"5.7.1 "),
    ],
)
def test_an_address_that_is_not_ours_is_refused_for_good(
    place: Place, recipients: tuple[str | bytes, ...], code: int, text: bytes
) -> None:
    done = pipe(place, ("pipe", "-f", "ivan@client.example", "--", *recipients))

    assert (done.returncode, done.stderr[: len(text)], done.stderr.count(b"\n")) == (code, text, 1)
    assert taken(place) == []


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        (b"", 65, b"5.6.0 The mail is empty"),
        (b"\r\n\n", 65, b"5.6.0 The mail is empty"),
        (b"A: b\n\n" + b"x\n" * 2497, 0, b""),
        (b"A: b\n\n" + b"x\n" * 2498, 65, b"5.3.4 Mail too large, limit 5000 bytes"),
        (b"A: b\n\n" + b"x" * 999 + b"\n" + b"y" * 1000, 0, b""),
        (b"A: b\n\n" + b"x" * 1000 + b"\n", 65, b"5.6.0 Line too long, limit 1000 bytes"),
        (b"A: b\n\nx\n" + b"y" * 1001, 65, b"5.6.0 Line too long, limit 1000 bytes"),
    ],
)
def test_a_mail_that_cannot_be_taken_is_refused_for_good(
    place: Place, raw: bytes, code: int, text: bytes
) -> None:
    done = pipe(place, ("pipe", *TO_OURS), raw)

    assert (done.returncode, done.stderr.rstrip()) == (code, text)
    assert len(taken(place)) == (code == 0)


@pytest.mark.parametrize(
    "words",
    [
        ("pipe",),
        ("pipe", "-f", "a@b.example"),
        ("pipe", OURS),
        ("pipe", "--nonsense", *TO_OURS),
        ("--nonsense", "pipe", *TO_OURS),
        ("--config", "/nonexistent/mailgate.toml", "pipe", *TO_OURS),
        ("--config", "/etc/passwd", "pipe", *TO_OURS),
        ("--config", "mail", "pipe", *TO_OURS),
        ("--config=/nonexistent", "pipe", *TO_OURS),
    ],
    ids=" ".join,
)
def test_wrong_usage_and_settings_are_temporary(place: Place, words: tuple[str, ...]) -> None:
    done = pipe(place, words)

    assert done.returncode == 75
    assert done.stderr
    assert b"Traceback" not in done.stderr
    assert taken(place) == []


def test_a_standard_input_that_is_closed_is_temporary(place: Place) -> None:
    command = (sys.executable, "-m", "mailgate", "pipe", *TO_OURS)
    environment = {**os.environ, "MAILGATE_CONFIG": str(place.settings)}

    done = subprocess.run(
        ("sh", "-c", 'exec "$@" <&-', "sh", *command), env=environment, capture_output=True, check=False
    )

    assert done.returncode == 75
    assert done.stderr == b"mailgate: there is no standard input to read the mail from\n"
    assert taken(place) == []


def test_the_codes_of_other_commands_stay_theirs(place: Place) -> None:
    assert pipe(place, ("mail", "show", "pipe")).returncode == 64
    assert pipe(place, ("pipe", "--help")).returncode == 0


def missing(place: Place) -> dict[str, str]:
    place.ledger.path.unlink()
    return {}


def none(place: Place) -> dict[str, str]:
    for path in place.state.glob("mailgate.db-*"):
        path.unlink()
    place.ledger.path.write_bytes(b"this is not a ledger" * 100)
    return {}


def newer(place: Place) -> dict[str, str]:
    connection = connect(place.ledger.path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('mailgate', 'm999', '')"
    )
    connection.close()
    return {}


def full(_place: Place) -> dict[str, str]:
    return {"MAILGATE_STATE__MIN_FREE_MB": str(1 << 40)}


def crowded(place: Place) -> dict[str, str]:
    place.post(question("other"))
    return {"MAILGATE_STATE__MAX_BACKLOG": "1"}


@pytest.mark.parametrize("trouble", [missing, none, newer, full, crowded])
def test_our_own_trouble_is_temporary(place: Place, trouble: object) -> None:
    assert callable(trouble)
    environment = trouble(place)
    place.ledger.close()

    done = pipe(place, ("pipe", *TO_OURS), **environment)

    assert done.returncode == 75
    assert done.stderr.startswith(b"mailgate: ")


def test_a_locked_ledger_is_temporary(place: Place) -> None:
    with place.ledger.write():
        done = pipe(place, ("pipe", *TO_OURS))

    assert done.returncode == 75
    assert b"the ledger is locked" in done.stderr
    assert taken(place) == []


def test_an_import_that_waits_does_not_close_the_pipe(place: Place) -> None:
    place.post(question("old"), bulk=True)

    assert pipe(place, ("pipe", *TO_OURS), MAILGATE_STATE__MAX_BACKLOG="1").returncode == 0


@pytest.mark.parametrize(
    "why", [KeyboardInterrupt, MemoryError, RecursionError, SystemExit(1), OSError(32, "x")]
)
def test_whatever_is_raised_is_temporary(
    monkeypatch: pytest.MonkeyPatch, place: Place, why: BaseException | type[BaseException]
) -> None:
    def broken(*_words: object) -> None:
        raise why

    for where, name in ((importlib.import_module("mailgate.cli.pipe"), "read_settings"), (Gate, "_ended")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, broken)
            assert place.call("pipe", *TO_OURS).exit_code == 75


def test_the_gate_finds_what_is_meant_without_its_parser() -> None:
    gate = Gate(name="gate")
    gate.add_command(click_command := Gate(name="pipe"))

    assert gate._meant(["--config", "pipe", "--bad", "x", "pipe"]) is click_command
    assert gate._meant(["--config", "pipe"]) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_while_the_mail_comes_is_temporary(place: Place, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mailgate", "--config", str(place.settings), "pipe", *TO_OURS],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as started:
        assert started.stdin is not None
        started.stdin.write(b"x" * 100_000)  # more than a pipe holds: it reads, so it has begun
        started.stdin.flush()
        started.send_signal(number)
        with contextlib.suppress(BrokenPipeError):
            started.stdin.close()
        assert started.wait(30) == 75
    assert taken(place) == []


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "2>/dev/full", ">&-"])
def test_streams_that_cannot_be_used_are_temporary_or_no_matter(place: Place, closed: str) -> None:
    command = f'"{sys.executable}" -m mailgate --config "$0" pipe -f "" -- "$1" {closed}'
    codes = {}
    for recipient in (OURS, "nobody@hoster.example"):
        done = subprocess.run(
            ["sh", "-c", command, str(place.settings), recipient], input=RAW, capture_output=True, check=False
        )
        codes[recipient] = done.returncode

    assert codes[OURS] == (75 if closed == "<&-" else 0)
    assert codes["nobody@hoster.example"] in (67, 75)


def test_a_program_that_is_being_replaced_keeps_no_mail(place: Place, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "mailgate").mkdir(parents=True)
    source = Path(state.__file__).with_name("__main__.py")
    (broken / "mailgate" / "__main__.py").write_bytes(source.read_bytes())

    done = subprocess.run(
        [sys.executable, "-m", "mailgate", "pipe", *TO_OURS],
        cwd=broken,
        input=RAW,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, b"No module named 'mailgate.cli'" in done.stderr) == (75, True)
    assert taken(place) == []


def test_a_separator_line_of_an_old_mta_is_kept_and_makes_no_other_mail(place: Place) -> None:
    line = b"From ivan@client.example Mon Nov 23 12:00:00 2026\n"
    for raw in (RAW, line + RAW):
        assert pipe(place, ("pipe", *TO_OURS), raw).returncode == 0
    place.settle()

    later, first = taken(place)
    assert (first["verdict"], later["verdict"], later["duplicate_of"]) == ("opened", "duplicate", first["id"])
    assert later["digest"] == fingerprint(RAW).digest
    with place.ledger.read() as ask:
        assert mails.raw_of(ask, later["id"]) == line + RAW
