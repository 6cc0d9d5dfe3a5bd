"""The trail in the real ledger: nobody changes it by the front door, and by the back door he is found."""

import hashlib
import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate import state
from mailgate.core.audit import GENESIS, Actor, Event, Head, Record, Role, Step, key_id, read_head
from mailgate.core.audit_check import Check, Fault, Finding
from mailgate.core.tag import Keys
from mailgate.errors import Temporary
from mailgate.store import audit, runs
from mailgate.store.sqlite import Ask, Ledger, Work
from tests.builders import KEYS, NOW
from tests.cost import seconds

MANY = 12
OLD, NEW = b"o" * 32, b"n" * 32
CUSTOMER, STAFF = Actor(Role.CUSTOMER), Actor(Role.STAFF, "anna")
TRIGGERS = ("audit_never_changed", "audit_never_removed", "audit_only_at_the_end")
_TEXTS = st.text("abcxyzABCXYZ0189=:_-+.@ \n\t\u0131\u0430\u200b")
COLUMNS = ("id", "at", "ticket", "challenge", "event", "actor", "details", "key", "chain")


class _Undone(Exception):
    """Ends a transaction that is to leave nothing behind."""


def steps(many: int) -> Iterator[Step]:
    """Steps of three tickets, of all kinds."""
    for count in range(many):
        yield Step(
            NOW + timedelta(seconds=count),
            Event.WRONG_DIGITS if count % 2 else Event.CLASS_SET,
            CUSTOMER if count % 2 else STAFF,
            100 + count % 3,
            5 if count % 2 else None,
            (("tries", str(count)), ("class", "transfer")) if count % 4 else (),
        )


def fill(ledger: Ledger, many: int, keys: Keys = KEYS) -> None:
    with ledger.write() as work:
        for each in steps(many):
            audit.append(work, keys, each)


def findings(ask: Ask, keys: Keys = KEYS, *heads: str) -> list[Finding]:
    noted = tuple(head for text in heads if (head := read_head(text)))
    assert len(noted) == len(heads)
    return list(Check(keys, noted).findings(audit.walk(ask), runs.steps(ask)))


def found_after(ledger: Ledger, change: Callable[[Work], object], *heads: str) -> list[Finding]:
    """What is found when somebody who can write to the file changes the trail; then all is as before."""
    found: list[Finding] = []
    with pytest.raises(_Undone), ledger.write() as work:
        for name in TRIGGERS:
            work.run(f"DROP TRIGGER {name}")
        change(work)
        found = findings(work, KEYS, *heads)
        raise _Undone
    return found


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger with a trail, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("trail") / "state"
    state.create(folder)
    opened = state.open_ledger(folder)
    fill(opened, MANY)
    yield opened
    opened.close()


def test_what_was_appended_is_read_back_and_checked(trail: Ledger) -> None:
    with trail.read() as ask:
        found = [sealed.record for sealed in audit.walk(ask)]
        assert found == [Record(count + 1, step) for count, step in enumerate(steps(MANY))]
        assert findings(ask) == []
        of_one = [sealed.id for sealed in audit.of_ticket(ask, 101)]
        assert audit.head(ask).id == runs.steps(ask) == MANY
    assert of_one == [2, 5, 8, 11]


def test_an_empty_trail_is_in_order_and_has_a_head(ledger: Ledger) -> None:
    with ledger.read() as ask:
        assert audit.head(ask) == Head(0, GENESIS)
        assert findings(ask, KEYS, str(audit.head(ask))) == []


def test_the_head_of_an_empty_trail_stays_in_it(trail: Ledger) -> None:
    with trail.read() as ask:
        assert findings(ask, KEYS, str(Head())) == []


def test_a_step_that_is_not_committed_leaves_no_record_and_no_gap(ledger: Ledger) -> None:
    fill(ledger, 2)
    with pytest.raises(_Undone), ledger.write() as work:
        audit.append(work, KEYS, next(steps(1)))
        raise _Undone
    fill(ledger, 1)

    with ledger.read() as ask:
        assert [sealed.id for sealed in audit.walk(ask)] == [1, 2, 3]
        assert findings(ask) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET details = 'class=other' WHERE id = 3",
        "UPDATE audit SET id = 99 WHERE id = 3",
        "UPDATE OR REPLACE audit SET id = 4 WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT id, at, 1, 1, event, actor, details, key, chain FROM audit",
        "INSERT OR IGNORE INTO audit SELECT 0, at, 1, 1, event, actor, details, key, chain FROM audit",
        "INSERT INTO audit SELECT -7, at, 1, 1, event, actor, details, key, chain FROM audit LIMIT 1",
    ],
)
def test_the_ledger_refuses_to_change_remove_or_insert(trail: Ledger, statement: str) -> None:
    with pytest.raises(Temporary, match="audit trail is"), trail.write() as work:
        work.run(statement)
    with trail.read() as ask:
        assert findings(ask) == []


@given(st.data())
def test_any_change_of_any_stored_field_is_found(trail: Ledger, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, MANY))
    column = data.draw(st.sampled_from(COLUMNS))
    with trail.read() as ask:
        (row,) = ask.rows("SELECT * FROM audit WHERE id = :number", number=number)
        others = ask.rows(f"SELECT {column} FROM audit")  # noqa: S608 - a name of the table above
    values: st.SearchStrategy[object] = st.sampled_from([other[0] for other in others])
    match column:
        case "id":
            values = st.integers(-(2**63), 2**63 - 1).filter(lambda value: not 1 <= value <= MANY)
        case "ticket" | "challenge":
            values |= st.none() | st.integers(-(2**63), 2**63 - 1)
        case "chain":
            values |= st.binary(max_size=64)
        case _:
            values |= _TEXTS
            values |= st.sampled_from([f"{row[column]} ", f" {row[column]}", row[column].upper()])
    value = data.draw(values.filter(lambda value: value != row[column]))

    found = found_after(
        trail,
        lambda work: work.run(
            f"UPDATE audit SET {column} = :value WHERE id = :number",  # noqa: S608 - as above
            value=value,
            number=number,
        ),
    )

    assert found


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("at", "2026-11-23T12:00:09.000000Z", Fault.CONTENT),
        ("at", "2026-11-23T12:00:03.000000+00:00", Fault.UNREADABLE),
        ("at", "2026-11-23T12:00:03Z", Fault.UNREADABLE),
        ("at", "2026-11-23T12:00:03.000000", Fault.UNREADABLE),
        ("at", "yesterday", Fault.UNREADABLE),
        ("ticket", 101, Fault.CONTENT),
        ("ticket", None, Fault.UNREADABLE),
        ("challenge", 6, Fault.CONTENT),
        ("challenge", None, Fault.CONTENT),
        ("event", "challenge_confirmed", Fault.CONTENT),
        ("event", "unheard_of", Fault.UNREADABLE),
        ("actor", "staff", Fault.CONTENT),
        ("actor", "customer:", Fault.UNREADABLE),
        ("actor", "somebody", Fault.UNREADABLE),
        ("details", "tries=1 class=transfer", Fault.CONTENT),
        ("details", "", Fault.CONTENT),
        ("details", "tries=3  class=transfer", Fault.UNREADABLE),
        ("details", "mailbox=ivan@client.example", Fault.UNREADABLE),
        ("chain", bytes(32), Fault.LINK),
        ("chain", b"", Fault.LINK),
        ("key", "00000000", Fault.KEY_ID),
    ],
)
def test_what_was_changed_is_told(trail: Ledger, column: str, value: object, fault: Fault) -> None:
    found = found_after(
        trail,
        lambda work: work.run(
            f"UPDATE audit SET {column} = :value WHERE id = 4",  # noqa: S608 - a name of the table above
            value=value,
        ),
    )

    assert [(each.fault, each.first, each.last) for each in found] == [(fault, 4, 4)]


def test_of_the_last_record_one_cannot_tell_what_was_changed(trail: Ledger) -> None:
    found = found_after(
        trail, lambda work: work.run("UPDATE audit SET ticket = 1 WHERE id = :last", last=MANY)
    )

    assert found == [Finding(Fault.CONTENT_OR_LINK, MANY, MANY)]


@given(st.integers(1, MANY), st.integers(1, MANY))
def test_a_removal_is_found_wherever_it_was(trail: Ledger, one: int, other: int) -> None:
    first, last = sorted((one, other))
    found = found_after(
        trail, lambda work: work.run("DELETE FROM audit WHERE id BETWEEN :one AND :two", one=first, two=last)
    )

    fault = Fault.CUT_OFF if last == MANY else Fault.MISSING
    assert found == [Finding(fault, first, last)]


@given(st.integers(1, MANY - 1))
def test_a_removal_is_found_when_the_others_are_numbered_anew(trail: Ledger, number: int) -> None:
    def close_up(work: Work) -> None:
        work.run("DELETE FROM audit WHERE id = :number", number=number)
        for each in range(number + 1, MANY + 1):
            work.run("UPDATE audit SET id = :less WHERE id = :each", each=each, less=each - 1)
        work.run("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'audit'")

    assert found_after(trail, close_up)


@given(st.integers(1, MANY), st.integers(1, MANY))
def test_a_swap_is_found(trail: Ledger, one: int, other: int) -> None:
    def swap(work: Work) -> None:
        for old, new in ((one, 99), (other, one), (99, other)):
            work.run("UPDATE audit SET id = :new WHERE id = :old", old=old, new=new)
        work.run("UPDATE sqlite_sequence SET seq = :many WHERE name = 'audit'", many=MANY)

    assert bool(found_after(trail, swap)) == (one != other)


@given(st.integers(1, MANY), st.integers(1, MANY + 1), st.none() | st.binary(min_size=32, max_size=32))
def test_an_insertion_is_found(trail: Ledger, copied: int, place: int, chain: bytes | None) -> None:
    def insert(work: Work) -> None:
        (row,) = work.rows("SELECT * FROM audit WHERE id = :copied", copied=copied)
        for each in range(MANY, place - 1, -1):
            work.run("UPDATE audit SET id = :more WHERE id = :each", each=each, more=each + 1)
        work.run(
            """INSERT INTO audit (id, at, ticket, challenge, event, actor, details, key, chain)
            VALUES (:id, :at, :ticket, :challenge, :event, :actor, :details, :key, :chain)""",
            **{**dict(row), "id": place, "chain": chain or row["chain"]},
        )

    assert found_after(trail, insert)


@pytest.mark.parametrize("number", [0, -1, -(2**63), 2**63 - 1])
def test_a_record_beyond_the_numbers_is_found(trail: Ledger, number: int) -> None:
    def insert(work: Work) -> None:
        work.run(
            "INSERT INTO audit SELECT :number, at, ticket, challenge, event, actor, details, key, chain"
            " FROM audit WHERE id = 1",
            number=number,
        )

    assert found_after(trail, insert)


def test_a_cut_off_end_is_found_by_a_noted_head_and_by_what_is_added_later(trail: Ledger) -> None:
    with trail.read() as ask:
        head = str(audit.head(ask))
        tenth = next(sealed.chain for sealed in audit.walk(ask) if sealed.id == 10)

    def cut(work: Work) -> None:
        work.run("DELETE FROM audit WHERE id > 10")

    def cut_well(work: Work) -> None:
        cut(work)
        work.run("UPDATE sqlite_sequence SET seq = 10 WHERE name = 'audit'")

    def cut_and_go_on(work: Work) -> None:
        cut(work)
        audit.append(work, KEYS, next(steps(1)))

    def cut_well_and_go_on(work: Work) -> None:
        cut_well(work)
        for each in steps(5):
            audit.append(work, KEYS, each)

    assert found_after(trail, cut) == [Finding(Fault.CUT_OFF, 11, 12)]
    assert found_after(trail, cut_well) == []
    assert found_after(trail, cut_well, str(Head(10, tenth))) == []
    assert found_after(trail, cut_well, head) == [Finding(Fault.NOTED_HEAD, 12, 12)]
    assert found_after(trail, cut_well_and_go_on, head) == [Finding(Fault.NOTED_HEAD, 12, 12)]
    assert found_after(trail, cut_and_go_on) == [Finding(Fault.MISSING, 11, 12)]


def test_a_trail_made_anew_without_the_key_is_found(trail: Ledger) -> None:
    def forge(work: Work) -> None:
        work.run("DELETE FROM audit")
        work.run("DELETE FROM sqlite_sequence WHERE name = 'audit'")
        for each in steps(MANY):
            audit.append(work, (hashlib.sha256(b"guessed").digest(),), each)
        work.run("UPDATE audit SET key = :key", key=key_id(KEYS[0]))

    found = found_after(trail, forge)

    assert (found[0].first, found[-1].last) == (1, MANY)


def test_old_records_hold_after_the_key_was_changed(ledger: Ledger) -> None:
    fill(ledger, 3, (OLD,))
    fill(ledger, 3, (NEW, OLD))

    with ledger.read() as ask:
        assert findings(ask, (NEW, OLD)) == []
        assert findings(ask, (OLD, NEW)) == []
        assert findings(ask, (NEW,)) == [Finding(Fault.UNKNOWN_KEY, 1, 3, key_id(OLD))]
        assert findings(ask, (OLD,)) == [Finding(Fault.UNKNOWN_KEY, 4, 6, key_id(NEW))]
        # Records that cannot be checked do not hide what stands beyond them.
        assert [row.key for row in audit.walk(ask)] == [key_id(OLD)] * 3 + [key_id(NEW)] * 3


def test_ten_thousand_records_are_checked_in_seconds(
    ledger: Ledger, record_property: Callable[[str, object], None]
) -> None:
    fill(ledger, 10_000)
    with ledger.read() as ask:
        took = seconds(lambda: findings(ask))
        assert findings(ask) == []

    record_property("score", f"audit trail: 10 000 records checked in {took:.2f} s")
    assert took < 10


def _append_many(folder: str, many: int, ticket: int) -> None:
    opened = Ledger(state.ledger_path(Path(folder)), busy_seconds=60)
    keys = state.read_keys(Path(folder))
    for _ in range(many):
        with opened.write() as work:
            audit.append(work, keys, Step(NOW, Event.LOCK_SET, STAFF, ticket))
    opened.close()


def test_two_processes_that_append_at_once_make_one_unbroken_chain(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_append_many, args=(str(folder), 50, ticket)) for ticket in (1, 2)]
    for other in others:
        other.start()
    for other in others:
        other.join()

    opened = state.open_ledger(folder)
    with opened.read() as ask:
        found = list(audit.walk(ask))
        assert findings(ask, state.read_keys(folder)) == []
    opened.close()
    assert [other.exitcode for other in others] == [0, 0]
    assert [sealed.id for sealed in found] == list(range(1, 101))
    assert sorted(sealed.record.step.ticket or 0 for sealed in found if sealed.record) == [1] * 50 + [2] * 50


def test_the_trail_is_closed_to_sql_of_other_programs_too(folder: Path, ledger: Ledger) -> None:
    fill(ledger, 2)
    connection = sqlite3.connect(state.ledger_path(folder))

    with pytest.raises(sqlite3.IntegrityError, match="never removed"):
        connection.execute("DELETE FROM audit")
    connection.close()
