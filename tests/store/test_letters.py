"""The outbox: what is due, what is counted, what the operator may do, what a crash leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from mailgate.core.effects import LetterKind
from mailgate.store import handover, letters
from mailgate.store.letters import Counts, LetterState
from mailgate.store.sqlite import Ledger, Work
from tests.builders import NOW
from tests.outbox import put, row

HOUR = timedelta(hours=1)


def claim(ledger: Ledger, now: datetime = NOW, limit: int = 10) -> list[int]:
    with ledger.write() as work:
        return [claimed.id for claimed in handover.claim(work, now, limit)]


def finish(ledger: Ledger, letter: int, state: LetterState, next_try: datetime | None = None) -> None:
    with ledger.write() as work:
        handover.finish(work, letter, state, "a reply", next_try, NOW)


def test_a_letter_is_kept_as_it_was_written(ledger: Ledger) -> None:
    number = put(ledger, raw=bytes(range(256)))

    kept = row(ledger, number)
    assert (kept.recipient, kept.state, kept.attempts, kept.created, kept.due_since, kept.ended) == (
        "Ivan@client.example", LetterState.DUE, 0, NOW, NOW, None,
    )  # fmt: skip
    with ledger.read() as ask:
        assert letters.raw_of(ask, number) == bytes(range(256))
        assert letters.about(ask, number + 1) is None
        assert letters.raw_of(ask, number + 1) is None


def test_an_id_is_never_given_twice_not_even_after_its_letter_is_gone(ledger: Ledger) -> None:
    number = put(ledger)
    with ledger.write() as work:
        work.run("DELETE FROM letter")
    assert put(ledger) == number + 1


def test_letters_are_claimed_in_the_order_of_their_time_and_by_nobody_else(ledger: Ledger) -> None:
    late, early, future = (
        put(ledger),
        put(ledger, created=NOW - HOUR, next_try=NOW - HOUR),
        put(ledger, created=NOW + HOUR, next_try=NOW + HOUR),
    )
    held = put(ledger, state=LetterState.HELD)

    assert claim(ledger, limit=1) == [early]
    assert claim(ledger) == [late]
    assert claim(ledger) == []
    assert row(ledger, early).handing_since == NOW
    assert [row(ledger, each).attempts for each in (late, early, future, held)] == [1, 1, 0, 0]
    assert claim(ledger, now=NOW + HOUR) == [future]


def test_an_unclaimed_letter_is_as_if_nobody_had_touched_it(ledger: Ledger) -> None:
    number = put(ledger)
    before = row(ledger, number)
    claim(ledger)
    with ledger.write() as work:
        assert handover.in_hand(work) == 1
        handover.unclaim(work, number, NOW)
        assert handover.in_hand(work) == 0
    assert row(ledger, number) == before
    assert claim(ledger) == [number]


@pytest.mark.parametrize("state", [LetterState.SENT, LetterState.GIVEN_UP])
def test_a_finished_letter_is_never_claimed_again(ledger: Ledger, state: LetterState) -> None:
    number = put(ledger)
    claim(ledger)
    finish(ledger, number, state)

    ended = row(ledger, number)
    assert (ended.state, ended.ended, ended.last_reply, ended.handing_since) == (state, NOW, "a reply", None)
    assert claim(ledger, now=NOW + 24 * HOUR) == []


def test_a_deferred_letter_comes_again_at_its_time(ledger: Ledger) -> None:
    number = put(ledger)
    claim(ledger)
    finish(ledger, number, LetterState.DUE, NOW + HOUR)

    assert claim(ledger, now=NOW + HOUR - timedelta(microseconds=1)) == []
    assert claim(ledger, now=NOW + HOUR) == [number]
    assert row(ledger, number).attempts == 2


def test_f05_what_a_stopped_service_had_in_hand_is_not_sent_again(ledger: Ledger) -> None:
    claimed, waiting = put(ledger), put(ledger, created=NOW + HOUR, next_try=NOW + HOUR)
    claim(ledger)
    with ledger.write() as work:
        assert handover.recover(work, NOW) == (claimed,)
        assert handover.recover(work, NOW) == ()

    ended = row(ledger, claimed)
    assert (ended.state, ended.last_reply, ended.ended) == (LetterState.SENT, letters.AMBIGUOUS, NOW)
    assert row(ledger, waiting).state is LetterState.DUE
    assert claim(ledger) == []


def test_what_a_budget_counts(ledger: Ledger) -> None:
    put(ledger, created=NOW - HOUR, next_try=NOW - HOUR)
    put(ledger, recipient="ivan@CLIENT.example", kind=LetterKind.DIGEST)
    put(ledger, recipient="other@client.example")
    cancelled = put(ledger)
    with ledger.write() as work:
        letters.cancel(work, cancelled, NOW)

        assert letters.sent_or_due_to(work, "ivan@client.example", NOW - HOUR) == 2
        assert letters.sent_or_due_to(work, "ivan@client.example", NOW) == 1
        assert letters.kind_to_since(work, LetterKind.DIGEST, "ivan@client.example", NOW) == 1
        assert letters.kind_to_since(work, LetterKind.RECEIPT, "ivan@client.example", NOW) == 0


def test_what_the_hour_counts(ledger: Ledger) -> None:
    sent, given_up = put(ledger), put(ledger)
    put(ledger)
    claim(ledger, limit=2)
    finish(ledger, sent, LetterState.SENT)
    finish(ledger, given_up, LetterState.GIVEN_UP)
    with ledger.read() as ask:
        assert letters.sent_since(ask, NOW) == 1
        assert letters.sent_since(ask, NOW + HOUR) == 0


def ended_as(ledger: Ledger, state: LetterState) -> int:
    """A letter in `state`."""
    number = put(ledger, state=LetterState.HELD if state is LetterState.HELD else LetterState.DUE)
    with ledger.write() as work:
        if state is LetterState.CANCELLED:
            letters.cancel(work, number, NOW)
        elif state in (LetterState.SENT, LetterState.GIVEN_UP):
            handover.finish(work, number, state, "", None, NOW)
    assert row(ledger, number).state is state
    return number


@pytest.mark.parametrize("state", LetterState)
def test_the_operator_may_send_again_what_did_not_go(ledger: Ledger, state: LetterState) -> None:
    number = ended_as(ledger, state)
    with ledger.write() as work:
        may = letters.retry(work, number, NOW + HOUR)

    assert may == (state is not LetterState.SENT)
    if may:
        again = row(ledger, number)
        assert (again.state, again.attempts, again.due_since, again.ended) == (
            LetterState.DUE, 0, NOW + HOUR, None,
        )  # fmt: skip
    assert claim(ledger, now=NOW + HOUR) == ([number] if may else [])


@pytest.mark.parametrize("state", LetterState)
def test_the_operator_may_cancel_what_waits(ledger: Ledger, state: LetterState) -> None:
    number = ended_as(ledger, state)
    with ledger.write() as work:
        assert letters.cancel(work, number, NOW) == (state in (LetterState.DUE, LetterState.HELD))
    assert claim(ledger) == []


def test_nobody_interferes_with_a_letter_in_hand_nor_sends_one_without_bytes(ledger: Ledger) -> None:
    number, empty = put(ledger), put(ledger, state=LetterState.HELD, raw=b"")
    claim(ledger)
    with ledger.write() as work:
        assert not letters.retry(work, number, NOW)
        assert not letters.cancel(work, number, NOW)
        assert not letters.retry(work, empty, NOW)
        assert not letters.retry(work, 999, NOW)


def test_counts_listing_and_the_oldest(ledger: Ledger) -> None:
    with ledger.read() as ask:
        assert (letters.counts(ask), letters.oldest_due(ask)) == (Counts(), None)
    first, second, third = put(ledger, created=NOW + HOUR, next_try=NOW + HOUR), put(ledger), put(ledger)
    finish(ledger, third, LetterState.SENT)
    with ledger.read() as ask:
        assert letters.counts(ask) == Counts(due=2, sent=1)
        assert letters.oldest_due(ask) == NOW
        assert [each.id for each in letters.listing(ask, None, 2, third + 1)] == [third, second]
        assert [each.id for each in letters.listing(ask, None, 2, second)] == [first]
        assert [each.id for each in letters.listing(ask, LetterState.SENT, 9, third + 1)] == [third]


def test_a_bounce_is_noted_at_its_letter(ledger: Ledger) -> None:
    number = put(ledger)
    with ledger.write() as work:
        assert letters.note_bounce(work, number, "5.1.1")
        assert not letters.note_bounce(work, number + 1, "5.1.1")
    assert row(ledger, number).bounced == "5.1.1"


@pytest.mark.parametrize(
    ("ask_for", "index"),
    [
        (lambda work: letters.due(work, NOW, 4), "letter_due"),
        (lambda work: letters.sent_since(work, NOW), "letter_ended"),
        (lambda work: letters.sent_or_due_to(work, "a@b.example", NOW), "letter_address"),
        (lambda work: handover.recover(work, NOW), "letter_handing"),
        (handover.in_hand, "letter_handing"),
    ],
)
def test_what_is_asked_often_is_asked_of_an_index(
    ledger: Ledger, ask_for: Callable[[Work], object], index: str
) -> None:
    seen: list[str] = []
    with ledger.write() as work:
        work._connection.set_trace_callback(seen.append)
        ask_for(work)
        work._connection.set_trace_callback(None)
        plan = [line["detail"] for line in work.rows(f"EXPLAIN QUERY PLAN {seen[0]}")]
    assert any(f"INDEX {index} " in line for line in plan), plan
    assert not any("B-TREE" in line for line in plan), plan
