"""The panel's requests while mailgate dies: what was answered is there, and a key is used once (F01, F05)."""

import contextlib
import threading
from http.client import HTTPException
from pathlib import Path

from mailgate import state
from mailgate.intake.panel.keys import digest_of
from mailgate.store.sqlite import Ledger
from tests.panel import KEY, REQUEST, knock, with_customers
from tests.service import Service

_REQUESTS = 12


def hand_in(service: Service, count: int) -> str | None:
    """The mail that request number `count` became; None when nothing was answered."""
    running = state.read_running(service.state)
    if running is None:
        return None
    body = {**REQUEST, "text": f"Просьба {count}"}
    with contextlib.suppress(OSError, HTTPException, ValueError):
        reply = knock(running.listeners[-1], "POST", "/v1/tickets", body, {"Idempotency-Key": f"k{count}"})
        if reply.status == 202:
            return str(reply.body["mail"])
    return None


def test_killed_between_the_commit_and_the_answer_a_key_takes_one_request(tmp_path: Path) -> None:
    service = Service(tmp_path, f'[panel]\nlisten = "{tmp_path}/panel"\nkeys = ["{digest_of(KEY)}"]\n')
    ledger = Ledger(service.state / "mailgate.db")
    with_customers(ledger)
    answered: dict[int, str] = {}
    for turn in range(3):
        service.start()
        threads = [
            threading.Thread(target=lambda count=count: _note(answered, count, hand_in(service, count)))
            for count in range(_REQUESTS)
        ]
        for thread in threads[turn:]:
            thread.start()
        threads[turn * 3].join()
        service.kill()
        for thread in threads[turn:]:
            thread.join()
    with service:
        again = {count: hand_in(service, count) for count in range(_REQUESTS)}
        service.settled()
        status = service.ask("status")
    ledger.close()

    assert {count: again[count] for count in answered} == answered
    assert len(set(again.values())) == _REQUESTS
    assert (status["accepted"], status["opened"]) == (_REQUESTS, _REQUESTS)


def _note(answered: dict[int, str], count: int, mail: str | None) -> None:
    if mail is not None:
        assert answered.setdefault(count, mail) == mail
