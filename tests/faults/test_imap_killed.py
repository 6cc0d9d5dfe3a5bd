"""The service is killed between fetch and move: nothing is lost, nothing comes twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mailgate import state
from mailgate.intake import imap
from mailgate.store import mails
from mailgate.store.sqlite import Ledger
from tests.dovecot import PASSWORD, Dovecot
from tests.faults.imap_process import POINTS
from tests.fetching import SLICE, Fetching, done_folder, raw_mail, settings
from tests.service import Service, wait_until
from tests.settling import settle

PROCESS = Path(__file__).with_name("imap_process.py")
ROOT = PROCESS.parents[2]
DONE = done_folder(separator=".")
MAILBOX = """\
[[imap]]
name = "support"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "support"
password_file = "{folder}/password"
"""
MANY_TRIES = "[limits]\nmax_tries = 20\n"
"""Of a mail that is being settled at each of many kills nobody can tell that it is not the one that kills."""


def from_customers(many: int) -> list[bytes]:
    """As many mails, each of another customer."""
    mails = (raw_mail(f"{number:03}") for number in range(many))
    return [raw.replace(b"ivan@", b"ivan%d@" % number) for number, raw in enumerate(mails)]


def run_until_killed(folder: Path, port: int, point: str, times: int) -> None:
    command = (sys.executable, str(PROCESS), str(folder), str(port), point, str(times))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def letters_by_mail(ledger: Ledger) -> Counter[int]:
    with ledger.read() as ask:
        return Counter(row["mail"] for row in ask.rows("SELECT mail FROM letter WHERE mail IS NOT NULL"))


@pytest.mark.parametrize(
    ("point", "times"), [*((point, 1) for point in POINTS), ("fetched", 2), ("committed", 2), ("moved", 2)]
)
def test_killed_anywhere_between_fetch_and_move_every_mail_is_taken_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, point: str, times: int
) -> None:
    monkeypatch.setattr(imap, "_SLICE", SLICE)
    sent = from_customers(70)
    with Dovecot() as dovecot:
        dovecot.fill("support", sent)
        run_until_killed(folder, dovecot.port, point, times)
        ledger = state.open_ledger(folder)
        with Fetching(ledger, settings(folder, dovecot.port)) as box:
            box.run()

            assert box.taken() == sent
            assert set(box.origins().values()) == {"moved"}
        assert dovecot.messages("support") == {}
        assert sorted(dovecot.messages("support", DONE).values()) == sorted(sent)
    rows = settle(ledger)
    letters = letters_by_mail(ledger)
    ledger.close()

    assert [row["verdict"] for row in rows] == ["opened"] * 70
    assert set(letters.values()) == {1}


def test_a_service_that_is_killed_again_and_again_answers_every_mail_once(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - it chooses moments
    sent = from_customers(240)
    with Dovecot() as dovecot:
        (tmp_path / "password").write_text(PASSWORD, "utf-8")
        service = Service(tmp_path, MANY_TRIES + MAILBOX.format(port=dovecot.port, folder=tmp_path))
        dovecot.fill("support", sent)
        ledger = Ledger(state.ledger_path(service.state))

        def taken() -> int:
            with ledger.read() as ask:
                return mails.totals(ask)["accepted"]

        for _ in range(4):
            goal = min(taken() + chance.randrange(1, 60), len(sent))
            service.start()
            wait_until(lambda goal=goal: taken() >= goal, "nothing is taken")  # type: ignore[misc] # bound now
            service.kill()
        with service:
            wait_until(lambda: taken() == len(sent), "not all are taken")
            service.settled()
            wait_until(lambda: not dovecot.messages("support"), "not all are moved")

        assert sorted(dovecot.messages("support", DONE).values()) == sorted(sent)
    with ledger.read() as ask:
        rows = ask.rows("SELECT * FROM mail ORDER BY id")
        raws = [mails.raw_of(ask, row["id"]) for row in rows]
        totals = mails.totals(ask)
    letters = letters_by_mail(ledger)
    ledger.close()

    assert sorted(raw for raw in raws if raw) == sorted(sent)
    assert totals == {"accepted": len(sent), "opened": len(sent)}
    assert set(letters.values()) == {1}
    assert len(letters) == len(sent)


def test_stopping_the_service_in_idle_takes_under_two_seconds(tmp_path: Path) -> None:
    with Dovecot() as dovecot:
        (tmp_path / "password").write_text(PASSWORD, "utf-8")
        dovecot.append("support", raw_mail("one"))
        with Service(tmp_path, MAILBOX.format(port=dovecot.port, folder=tmp_path)) as service:
            ledger = Ledger(state.ledger_path(service.state))

            def is_watching() -> bool:
                with ledger.read() as ask:
                    return bool(ask.count("SELECT count(*) FROM mailbox WHERE state = 'watching'"))

            wait_until(is_watching, "it does not watch")
            began = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - began < 2.5
            ledger.close()
