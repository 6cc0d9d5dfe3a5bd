"""`mailgate import`: each mail once, however often it runs and wherever it ended; nobody is written to."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailgate.store import backlog, mails, rows
from mailgate.store.sqlite import Ledger, Row
from tests.cli.place import Place
from tests.service import Service, wait_until

CORPUS = Path(__file__).parents[1] / "intake" / "mailboxes"
OURS = "support@hoster.example"
MANY = 6000


def mail(count: int, *more: str, body: str = "words") -> bytes:
    headers = (
        *more,
        f"From: <client{count}@client.example>",
        f"Message-ID: <m{count}@client.example>",
        "Date: Mon, 23 Nov 2020 12:00:00 +0000",
        "Subject: Old",
    )
    return "\n".join((*headers, "", f"{body} {count}", "")).encode()


def mbox(path: Path, *raws: bytes) -> Path:
    """An mbox of these mails, which hold no line that begins with "From "."""
    path.write_bytes(b"".join(b"From a@b.example Mon Nov 23 12:00:00 2020\n" + raw + b"\n" for raw in raws))
    return path


def taken(ledger: Ledger) -> list[Row]:
    with ledger.read() as ask:
        return list(reversed(mails.listing(ask, "", 1 << 30, 1 << 60)))


def summary(place: Place, *words: object) -> tuple[int, int, int]:
    """Mails taken, known and bad, of an import that comes to its end."""
    found = place.ask("import", *words)
    assert found["finished"]
    return found["taken"], found["known"], len(found["bad"])


def test_old_mails_become_tickets_and_nobody_is_written_to(place: Place, tmp_path: Path) -> None:
    raws = (mail(1, "Delivered-To: billing@hoster.example", "Return-Path: <x@y.example>"), mail(2))
    told = place.tell("import", mbox(tmp_path / "old.mbox", *raws))
    assert told.startswith("2 mails taken, 0 known already, 0 bad, in ")
    place.settle()

    first, second = taken(place.ledger)
    assert (first["door"], first["hop"], first["bulk"]) == ("import", "import", 1)
    assert first["peer"] == f"{tmp_path}/old.mbox: mail 1 at byte 0"
    assert (first["sender"], first["recipients"]) == ("x@y.example", '["billing@hoster.example"]')
    assert (second["sender"], second["recipients"]) == ("a@b.example", f'["{OURS}"]')
    assert [(row["verdict"], row["letter"], row["silence"]) for row in (first, second)] == [
        ("opened", None, "imported")
    ] * 2
    with place.ledger.read() as ask:
        assert [mails.raw_of(ask, row["id"]) for row in (first, second)] == list(raws)


def test_what_is_known_is_left_out_and_copies_in_one_file_too(place: Place, tmp_path: Path) -> None:
    place.post(mail(1).replace(b"\n", b"\r\n"))
    path = mbox(tmp_path / "old.mbox", mail(1), mail(2), b"Received: x\n" + mail(2), mail(3))

    assert summary(place, path) == (2, 2, 0)
    assert summary(place, path, path) == (0, 8, 0)
    assert [row["duplicate_of"] for row in taken(place.ledger)] == [None] * 3


def test_mailboxes_of_all_kinds_are_taken_at_once(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "Maildir"
    for part in ("cur", "new"):
        (folder / part).mkdir(parents=True)
    (folder / "new" / "1.a").write_bytes(mail(1))
    (folder / "cur" / "2.b:2,S").write_bytes(mail(2))
    (tmp_path / "one.eml").write_bytes(mail(3))

    assert summary(place, folder, tmp_path / "one.eml", mbox(tmp_path / "m", mail(4), mail(1))) == (4, 1, 0)


def test_bad_mails_are_listed_with_their_place_and_stop_nothing(place: Place, tmp_path: Path) -> None:
    text = place.settings.read_text("utf-8") + "max_size = 400\n"
    place.settings.write_text(text, "utf-8")
    path = mbox(tmp_path / "old.mbox", mail(1), b"\n", mail(2, body="x" * 400), mail(3))

    done = place.call("import", path)
    found = place.ask("import", path)

    assert (done.exit_code, done.stdout.partition(", in")[0]) == (0, "2 mails taken, 0 known already, 2 bad")
    starts = [at for at in range(path.stat().st_size) if path.read_bytes().startswith(b"From a@", at)]
    assert [bad["place"] for bad in found["bad"]] == [
        f"{path}: mail 2 at byte {starts[1]}",
        f"{path}: mail 3 at byte {starts[2]}",
    ]
    assert done.stderr.splitlines() == [f"bad: {bad['place']}: {bad['why']}" for bad in found["bad"]]
    assert "is empty" in done.stderr
    assert "is too large" in done.stderr


def test_a_dry_run_says_the_same_and_takes_nothing(place: Place, tmp_path: Path) -> None:
    place.post(mail(1))
    path = mbox(tmp_path / "old.mbox", mail(1), mail(2), mail(2), mail(3), b"")

    assert "2 mails would be taken, 2 known already, 1 bad" in place.tell("import", "--dry-run", path)
    assert len(taken(place.ledger)) == 1
    assert summary(place, "--dry-run", path) == summary(place, path) == (2, 2, 1)


def test_with_answer_only_what_was_delivered_lately_is_answered(place: Place, tmp_path: Path) -> None:
    place.now = datetime.now(UTC)

    def took(hours: int) -> str:
        return f"Received: from a by b; {format_datetime(place.now - timedelta(hours=hours))}"

    path = "Return-Path: <x@y.example>"
    raws = (
        mail(1, path, took(1)),
        mail(2, path, took(49)),
        mail(3, path),
        mail(4, took(1)),
        mail(5, "Return-Path: <>", took(1)),
        mail(6, path, took(-1)),
        mail(7, path, took(49), took(1)),
    )
    assert summary(place, "--answer", mbox(tmp_path / "new.mbox", *raws)) == (7, 0, 0)
    place.settle()

    found = taken(place.ledger)
    assert [(row["door"], row["bulk"]) for row in found] == [
        ("pipe", 0), ("import", 1), ("import", 1), ("import", 1), ("pipe", 0), ("import", 1), ("import", 1),
    ]  # fmt: skip
    assert [row["silence"] for row in found] == [
        None, "imported", "imported", "imported", "null-sender", "imported", "imported",
    ]  # fmt: skip
    assert [bool(row["letter"]) for row in found] == [True] + [False] * 6


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("import",), 64, "PATH..."),
        (("import", "/nonexistent"), 64, "/nonexistent"),
        (("import", "{tmp}"), 65, "is no Maildir"),
        (("import", "{tmp}/mailgate.toml"), 65, "is neither an mbox"),
        (("--config", "/nonexistent", "import", "{tmp}/old.mbox"), 78, "/nonexistent"),
    ],
)
def test_what_cannot_be_imported_is_refused_before_anything_is_taken(
    place: Place, tmp_path: Path, words: tuple[str, ...], code: int, text: str
) -> None:
    mbox(tmp_path / "old.mbox", mail(1))
    done = place.call(*(word.format(tmp=tmp_path) for word in words))

    assert (done.exit_code, text in done.stderr) == (code, True)
    assert taken(place.ledger) == []


def test_a_missing_ledger_is_no_fresh_start(place: Place, tmp_path: Path) -> None:
    place.ledger.close()
    place.ledger.path.unlink()

    assert place.call("import", mbox(tmp_path / "old.mbox", mail(1))).exit_code == 69


def test_without_a_running_mailgate_a_full_lane_ends_it_and_it_goes_on_later(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_STATE__MAX_BULK_BACKLOG", "5")
    path = mbox(tmp_path / "old.mbox", *map(mail, range(600)))
    found = Counter[int]()
    while found[0] == 0:
        done = place.call("import", "--json", path)
        found[done.exit_code] += 1
        assert json.loads(done.stdout)["finished"] is (done.exit_code == 0)
        if done.exit_code:
            assert "5 allowed, and no mailgate runs" in done.stderr
            assert "run it again to go on" in done.stderr
        place.settle()

    assert set(found) == {0, 75}
    rows_ = taken(place.ledger)
    assert len({row["digest"] for row in rows_}) == len(rows_) == 600


def test_a_locked_ledger_ends_it_with_75_and_what_was_taken_is_told(place: Place, tmp_path: Path) -> None:
    path = mbox(tmp_path / "old.mbox", mail(1))
    with place.ledger.write():
        done = place.call("import", path)

    assert (done.exit_code, done.stdout.startswith("0 mails taken")) == (75, True)
    assert "the ledger is locked" in done.stderr
    assert summary(place, path) == (1, 0, 0)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An mbox large enough to be interrupted in."""
    return mbox(tmp_path_factory.mktemp("archive") / "old.mbox", *map(mail, range(MANY)))


def command(place: Place, *words: object) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "mailgate", "--config", str(place.settings), *map(str, words)]


def count(ledger: Ledger) -> int:
    with ledger.read() as ask:
        return backlog.size(ask, bulk=True)


def ended_at(place: Place, archive: Path, many: int, number: signal.Signals) -> tuple[int, str, str]:
    """End an import by a signal when it has taken `many` mails; its exit code, and what it said."""
    with subprocess.Popen(
        command(place, "import", archive), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        wait_until(lambda: count(place.ledger) >= many, "nothing was imported")
        started.send_signal(number)
        told, said = started.communicate(timeout=60)
    return started.returncode, told, said


@pytest.mark.parametrize("many", [1, 1000])
def test_after_ctrl_c_it_says_what_it_did_and_goes_on_when_run_again(
    place: Place, archive: Path, many: int
) -> None:
    code, told, said = ended_at(place, archive, many, signal.SIGINT)
    first = count(place.ledger)

    assert (code, said) == (130, "Not finished: run it again to go on.\n")
    assert told.startswith(f"{first} mails taken, 0 known already, 0 bad")
    assert many <= first < MANY
    assert summary(place, archive) == (MANY - first, first, 0)
    found = taken(place.ledger)
    assert len({row["digest"] for row in found}) == len(found) == MANY


def test_after_a_kill_at_any_moment_each_mail_is_there_once(place: Place, archive: Path) -> None:
    ended = [ended_at(place, archive, many, signal.SIGKILL)[0] for many in (1, 1500, 3000)]
    first = count(place.ledger)

    assert ended == [-signal.SIGKILL] * 3
    assert summary(place, archive) == (MANY - first, first, 0)
    found = taken(place.ledger)
    assert len({row["digest"] for row in found}) == len(found) == MANY
    assert place.ask("status")["accepted"] == MANY


def test_beside_a_running_mailgate_it_waits_for_room_and_all_are_settled(tmp_path: Path) -> None:
    service = Service(tmp_path)
    settings = service.settings.read_text("utf-8").replace("[desk]", "max_bulk_backlog = 20\n[desk]")
    service.settings.write_text(settings, "utf-8")
    path = mbox(tmp_path / "old.mbox", *map(mail, range(1000)))
    with service:
        done = subprocess.run(
            service.command("import", "--json", str(path)), capture_output=True, text=True, check=True
        )
        service.settled()
        status = service.ask("status")

    assert json.loads(done.stdout)["taken"] == 1000
    assert done.stderr.count("20 allowed: waiting until mailgate has settled some") == 1
    assert (status["opened"], status["bulk"], status["outbox"]["due"]) == (1000, 0, 0)


def test_a_terminal_gets_a_progress_bar_and_nobody_else(place: Place, tmp_path: Path) -> None:
    path = mbox(tmp_path / "old.mbox", *map(mail, range(50)))
    ours, theirs = pty.openpty()
    done = subprocess.run(command(place, "import", path), stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)

    assert b"Importing" in shown
    assert b"100%" in shown
    assert done.stdout.startswith(b"50 mails taken")
    assert place.call("import", path).stderr == ""


def test_show_says_where_an_imported_mail_came_from(place: Place, tmp_path: Path) -> None:
    path = mbox(tmp_path / "old.mbox", mail(1))
    place.tell("import", path)

    assert f"by import from {path}: mail 1 at byte 0" in place.tell("mail", "show", 1)
    assert "1 of the new" in place.tell("status")
    assert rows.list_of(taken(place.ledger)[0]["recipients"]) == (OURS,)
