"""Ticket numbers never come back, whatever happened to the ledger."""

from pathlib import Path

import pytest

from mailgate import state
from mailgate.errors import Temporary
from mailgate.store import tickets
from mailgate.store.mark import HighWater


def test_numbers_are_reserved_in_blocks_before_they_are_used(tmp_path: Path) -> None:
    mark = HighWater(tmp_path)

    assert [mark.following(counter) for counter in (10000, 10001, 10099)] == [10001, 10002, 10100]
    assert mark.read() == 10100
    assert mark.following(10100) == 10101
    assert mark.read() == 10200


def test_another_process_that_moved_the_mark_is_noticed(tmp_path: Path) -> None:
    one, other = HighWater(tmp_path), HighWater(tmp_path)
    one.following(10000)
    other.following(10100)

    assert one.following(10101) == 10102
    assert one.read() == 10200


def test_f18_a_restored_ledger_jumps_to_the_mark(tmp_path: Path) -> None:
    HighWater(tmp_path).write(20000)

    assert HighWater(tmp_path).following(10050) == 20001


@pytest.mark.parametrize(("mark", "behind"), [(10000, 0), (10040, 40), (30000, 20000)])
def test_f18_the_daemon_continues_at_the_mark(folder: Path, mark: int, behind: int) -> None:
    HighWater(folder).write(mark)
    ledger = state.open_ledger(folder)

    assert state.continue_numbers(ledger) == behind
    with ledger.read() as ask:
        assert tickets.counter(ask) == mark
    ledger.close()


def test_a_clean_stop_skips_no_number(folder: Path) -> None:
    ledger = state.open_ledger(folder)
    with ledger.write() as work:
        tickets.set_counter(work, HighWater(folder).following(tickets.counter(work)))
    state.end_numbers(ledger)

    assert state.continue_numbers(ledger) == 0
    assert HighWater(folder).read() == 10001
    ledger.close()


def test_a_damaged_mark_is_an_error_and_not_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "numbers.mark").write_text("garbage")

    with pytest.raises(Temporary, match="damaged"):
        HighWater(tmp_path).following(10000)
