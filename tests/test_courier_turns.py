"""How couriers share the outbox, the hour and the ledger; how they rest and stop."""

import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailgate.config import DeskSettings, LimitSettings, RelaySettings, Settings, StateSettings
from mailgate.courier import start_couriers
from mailgate.errors import StoreBusy
from mailgate.hourly import HourlyBound
from mailgate.store import handover, letters
from mailgate.store.letters import Counts, LetterState
from mailgate.store.sqlite import Ledger, connect
from mailgate.worker import Worker
from tests.builders import NOW
from tests.outbox import Clock, counts, hired, put, row, work
from tests.smarthost import Line, Sink


def test_couriers_at_once_hand_over_no_letter_twice(ledger: Ledger) -> None:
    everybody = threading.Barrier(4)
    expected = {f"u{n}@client.example" for n in range(120)}
    for address in expected:
        put(ledger, recipient=address)
    together = Line("EHLO", "250 sink", always=True, act=lambda: everybody.wait(10))
    with Sink(together) as sink, ExitStack() as ended:
        couriers = [hired(ended, ledger, Clock(), sink.port) for _ in range(4)]
        threads = [threading.Thread(target=work, args=(courier, 500)) for courier in couriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert Counter(sink.recipients) == Counter(expected)
    assert sink.connections == 4
    assert counts(ledger) == Counts(sent=120)


def test_letters_are_marked_only_for_their_own_turn(ledger: Ledger) -> None:
    for _ in range(10):
        put(ledger)
    seen = []

    def look() -> None:
        with ledger.read() as ask:
            seen.append((handover.in_hand(ask), letters.counts(ask).sent))

    with Sink(Line("DOT", "250 ok", always=True, act=look)) as sink, ExitStack() as ended:
        work(hired(ended, ledger, Clock(), sink.port, batch=2))

    assert seen == [(2, sent) for sent in (0, 0, 2, 2, 4, 4, 6, 6, 8, 8)]


def test_the_hours_bound_delays_and_says_so_and_drops_nothing(ledger: Ledger) -> None:
    for _ in range(10):
        put(ledger)
    clock = Clock()
    with Sink() as sink, ExitStack() as ended, capture_logs() as logs:
        courier = hired(ended, ledger, clock, sink.port, bound=6)
        for _ in range(120):
            work(courier)
            clock.move(seconds=1)
        assert len(sink.heard) == 6
        assert [line["event"] for line in logs].count("courier.bound") == 2
        clock.move(hours=1)
        work(courier)

    assert counts(ledger) == Counts(sent=10)


def test_the_hour_is_one_for_all_and_outlasts_a_restart(ledger: Ledger) -> None:
    for _ in range(10):
        put(ledger)
    clock = Clock()
    with Sink() as sink:
        for _ in range(3):
            with ExitStack() as ended:
                work(hired(ended, ledger, clock, sink.port, bound=5))
    assert len(sink.heard) == 5


def test_letters_in_other_hands_count_for_the_hour(ledger: Ledger) -> None:
    for _ in range(10):
        put(ledger)
    with ledger.write() as fence:
        handover.claim(fence, NOW, 4)
    with Sink() as sink, ExitStack() as ended:
        work(hired(ended, ledger, Clock(), sink.port, bound=5))
    assert len(sink.heard) == 1


def test_a_locked_ledger_loses_no_result(ledger: Ledger) -> None:
    numbers = [put(ledger) for _ in range(6)]
    hasty = Ledger(ledger.path, busy_seconds=0.01)
    other = connect(ledger.path)
    with Sink() as sink, ExitStack() as ended:
        ended.callback(hasty.close)
        courier = hired(ended, hasty, Clock(), sink.port)
        assert courier.step()
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(StoreBusy):
                courier.step()
        other.execute("ROLLBACK")
        work(courier)
    other.close()

    assert len(sink.heard) == 6
    assert {row(ledger, number).state for number in numbers} == {LetterState.SENT}


def test_a_courier_told_to_stop_ends_after_the_letter_in_hand(ledger: Ledger) -> None:
    for _ in range(6):
        put(ledger)
    with Sink() as sink, ExitStack() as ended:
        courier = hired(ended, ledger, Clock(), sink.port)
        sink.expect(Line("DOT", "250 ok", skip=1, act=courier.stop))
        work(courier)
        courier.close()
        # The next one was announced with the text of the second, and is not given.
        assert sink.commands[-1].upper() == "DATA"
        put(ledger)
        assert not courier.step()

    assert len(sink.heard) == 2
    with ledger.read() as ask:
        assert letters.counts(ask) == Counts(due=5, sent=2)
        assert handover.in_hand(ask) == 0
        assert {letter.attempts for letter in letters.due(ask, NOW, 10)} == {0}


def test_a_connection_is_kept_for_half_a_minute_and_asked_before_it_is_used_again(ledger: Ledger) -> None:
    clock = Clock()
    with Sink() as sink, ExitStack() as ended:
        courier = hired(ended, ledger, clock, sink.port)
        for wait in (1, 29, 31):
            put(ledger)
            work(courier)
            clock.move(seconds=wait)
            work(courier)
        put(ledger)
        work(courier)

    said = [command.partition(" ")[0].upper() for command in sink.commands]
    assert sink.connections == 2
    assert said.count("NOOP") == 1
    assert len(sink.heard) == 4


def test_a_kept_connection_that_ended_unseen_costs_nothing(ledger: Ledger) -> None:
    clock = Clock()
    first, second = put(ledger), 0
    with Sink(Line("NOOP", "421 idle too long")) as sink, ExitStack() as ended:
        courier = hired(ended, ledger, clock, sink.port)
        work(courier)
        clock.move(seconds=10)
        second = put(ledger)
        work(courier)

    assert sink.connections == 2
    assert [row(ledger, each).attempts for each in (first, second)] == [1, 1]


def settings(folder: Path, port: int) -> Settings:
    return Settings(
        state=StateSettings(dir=folder),
        desk=DeskSettings(name="Hoster", addresses=("support@hoster.example",)),
        relay=RelaySettings(host="127.0.0.1" if port else "", port=port or 25, connections=3),
        limits=LimitSettings(letters_an_hour=1000),
    )


def drained(workers: tuple[Worker, ...], ledger: Ledger, many: int) -> None:
    for worker in workers:
        worker.start()
    rest = threading.Event()
    while counts(ledger).sent < many:
        rest.wait(0.01)
    for worker in workers:
        worker.stop()
    ended = [worker.join(10) for worker in workers]
    assert all(ended)


def test_the_workers_by_the_settings_send_greet_and_quit(folder: Path, ledger: Ledger) -> None:
    for _ in range(30):
        put(ledger)
    with Sink() as sink:
        workers = start_couriers(ledger, settings(folder, sink.port), HourlyBound(100), lambda: NOW)
        drained(workers, ledger, 30)

    said = Counter(command.partition(" ")[0].upper() for command in sink.commands)
    assert len(workers) == 3
    assert "ehlo hoster.example" in sink.commands
    assert said["QUIT"] == sink.connections
    assert counts(ledger) == Counts(sent=30)


def test_without_a_smarthost_one_worker_fills_the_maildir(folder: Path, ledger: Ledger) -> None:
    for _ in range(30):
        put(ledger)
    workers = start_couriers(ledger, settings(folder, 0), HourlyBound(100), lambda: NOW)
    drained(workers, ledger, 30)

    assert len(workers) == 1
    assert len(list((folder / "letters" / "new").iterdir())) == 30
