"""F05: the courier is killed between the smarthost's dot and its own note."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailgate.store import handover
from mailgate.store.letters import AMBIGUOUS, LetterState
from mailgate.store.sqlite import Ledger
from tests.builders import NOW
from tests.outbox import Clock, hired, put, row, work
from tests.smarthost import Line, Sink

PROCESS = Path(__file__).with_name("courier_process.py")
ROOT = PROCESS.parents[2]


def run_until_killed(folder: Path, sink: Sink, connections: int, line: Line) -> None:
    """Start a courier process that dies by SIGKILL when the sink comes to `line`."""
    command = (sys.executable, str(PROCESS), str(folder), str(sink.port), str(connections))
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        sink.expect(Line(line.verb, line.reply, skip=line.skip, act=process.kill))
        assert process.wait(30) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("verb", ["MAIL", "DATA", "DOT"])
@pytest.mark.parametrize("connections", [1, 4])
def test_f05_after_a_kill_no_letter_goes_twice_and_few_are_unclear(
    folder: Path, ledger: Ledger, verb: str, connections: int
) -> None:
    numbers = {f"u{n}@client.example": 0 for n in range(40)}
    with Sink() as sink, ExitStack() as ended:
        numbers = {address: put(ledger, recipient=address) for address in numbers}
        run_until_killed(folder, sink, connections, Line(verb, "250 too late", skip=9))
        with ledger.write() as again:
            marked = handover.in_hand(again)
            left = handover.recover(again, NOW)
        work(hired(ended, ledger, Clock(), sink.port))

    copies = Counter(sink.recipients)
    assert set(copies.values()) == {1}
    assert marked == len(left) <= 4 * connections
    assert {number for address, number in numbers.items() if address not in copies} <= set(left)
    assert all(row(ledger, number).state is LetterState.SENT for number in numbers.values())
    assert {row(ledger, number).last_reply for number in left} == {AMBIGUOUS}
