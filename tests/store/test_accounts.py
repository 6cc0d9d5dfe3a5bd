"""The customer base in the ledger: keys lead to it, and its changes take effect at once or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from mailgate import state
from mailgate.core.account import Account, Key, KeyKind, keys_of
from mailgate.core.policy import Language
from mailgate.directory.changes import Changed, Changes
from mailgate.directory.load import Load, rows_of
from mailgate.errors import Temporary
from mailgate.store import accounts, schema
from mailgate.store.accounts import Pointer
from mailgate.store.migrations import MIGRATIONS
from mailgate.store.sqlite import Ledger, connect
from tests.builders import NOW

IVAN = Account(
    "1001",
    "u10432",
    ("4051234",),
    ("stroymir.ru", "stroymir-spb.ru"),
    "director@stroymir.ru",
    NOW,
    ("office@stroymir.ru",),
    Language.RU,
    is_vip=True,
    notes="Звонить\nтолько Ивану",
)
ANNA = Account("1002", "u10518", contacts=("office@stroymir.ru",))
MOVED = replace(IVAN, domains=("stroymir.ru", "new.ru"), mailbox="", mailbox_since=None, is_vip=False)


class Killed(Exception):
    """The import ends here."""


def load(ledger: Ledger, changes: Changes, killed_after: int = 1000) -> list[int]:
    """Carry out changes; what `done` was told."""
    told: list[int] = []
    turns = iter(range(killed_after))

    def pause() -> None:
        if next(turns, None) is None:
            raise Killed

    Load(ledger, pause, told.append).carry_out(changes)
    return told


def base(ledger: Ledger) -> list[Account]:
    with ledger.read() as ask:
        return list(accounts.every(ask))


def pointers(ledger: Ledger) -> set[Pointer]:
    with ledger.read() as ask:
        return set(accounts.pointers_after(ask, None, 1 << 30))


def right(*kept: Account) -> set[Pointer]:
    return {Pointer(key.kind, key.value, account.id) for account in kept for key in keys_of(account)}


def led(ledger: Ledger, *keys: Key) -> list[str]:
    with ledger.read() as ask:
        return sorted(account.id for account in accounts.led_to(ask, keys))


def test_an_account_comes_back_as_it_went_in(ledger: Ledger) -> None:
    told = load(ledger, Changes(added=[IVAN, ANNA]))

    assert base(ledger) == [IVAN, ANNA]
    assert sum(told) == rows_of(Changes(added=[IVAN, ANNA]))
    with ledger.read() as ask:
        assert accounts.find(ask, "1001") == IVAN
        assert accounts.find(ask, "u10432") is None
        assert accounts.total(ask) == 2


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (KeyKind.LOGIN, "u10432", ["1001"]),
        (KeyKind.CONTRACT, "4051234", ["1001"]),
        (KeyKind.DOMAIN, "stroymir-spb.ru", ["1001"]),
        (KeyKind.ADDRESS, "director@stroymir.ru", ["1001"]),
        (KeyKind.ADDRESS, "office@stroymir.ru", ["1001", "1002"]),
        (KeyKind.LOGIN, "4051234", []),
        (KeyKind.LOGIN, "", []),
    ],
)
def test_keys_lead_to_accounts(ledger: Ledger, kind: KeyKind, value: str, found: list[str]) -> None:
    load(ledger, Changes(added=[IVAN, ANNA]))

    assert led(ledger, Key(kind, value)) == found


def test_a_contact_of_very_many_accounts_does_not_hide_the_one_that_is_named(ledger: Ledger) -> None:
    many = [Account(f"{number:04}", f"u{number}", contacts=("agent@x.ru",)) for number in range(300)]
    load(ledger, Changes(added=many))
    agent = Key(KeyKind.ADDRESS, "agent@x.ru")

    assert len(led(ledger, agent)) == 100
    assert "0299" in led(ledger, agent, Key(KeyKind.LOGIN, "u299"))


def test_changes_and_removals_take_their_keys_along(ledger: Ledger) -> None:
    load(ledger, Changes(added=[IVAN, ANNA]))
    load(ledger, Changes(changed=[Changed(IVAN, MOVED)], removed=[ANNA]))

    assert base(ledger) == [MOVED]
    assert pointers(ledger) == right(MOVED)
    with ledger.read() as ask:
        assert not accounts.is_laid_out(ask)


@pytest.mark.parametrize("turns", range(6))
def test_killed_at_any_moment_it_is_all_or_nothing_and_the_next_tidies_up(ledger: Ledger, turns: int) -> None:
    new = Account("1003", "u3", domains=("third.ru",))
    load(ledger, Changes(added=[IVAN, ANNA]))
    with pytest.raises(Killed):
        load(ledger, Changes(added=[new], changed=[Changed(IVAN, MOVED)], removed=[ANNA]), turns)
    before, after = [IVAN, ANNA], [MOVED, new]
    left = base(ledger)

    assert left == (before if turns < 3 else after)
    assert led(ledger, Key(KeyKind.DOMAIN, "stroymir-spb.ru")) == (["1001"] if turns < 3 else [])
    assert led(ledger, Key(KeyKind.DOMAIN, "third.ru")) == ([] if turns < 3 else ["1003"])
    load(ledger, Changes())
    assert base(ledger) == left
    assert pointers(ledger) == right(*left)


def test_a_base_of_many_pages_is_gone_through_once(ledger: Ledger) -> None:
    many = [Account(f"{number:05}", f"u{number}") for number in range(4100)]
    load(ledger, Changes(added=many))
    with ledger.write() as work:
        accounts.lay_out(work, [ANNA])
        accounts.add_keys(
            work, [Pointer(KeyKind.LOGIN, "u7", "gone"), Pointer(KeyKind.DOMAIN, "x.ru", "00001")]
        )
    load(ledger, Changes())

    assert base(ledger) == many
    assert pointers(ledger) == right(*many)


@pytest.mark.parametrize(
    ("words", "vip", "after", "found"),
    [
        ("", False, "", ["1001", "1002"]),
        ("", True, "", ["1001"]),
        ("", False, "1001", ["1002"]),
        ("1002", False, "", ["1002"]),
        ("stroymir", False, "", ["1001", "1002"]),
        ("STROYMIR-spb", False, "", ["1001"]),
        ("только", False, "", ["1001"]),
        ("405", False, "", ["1001"]),
        ("%", False, "", []),
        ("_", False, "", []),
    ],
)
def test_the_list_is_narrowed(ledger: Ledger, words: str, vip: bool, after: str, found: list[str]) -> None:
    load(ledger, Changes(added=[IVAN, ANNA]))
    with ledger.read() as ask:
        listed = accounts.listing(ask, words, 10, after, only_vip=vip)

    assert [account.id for account in listed] == found


VALUES = st.lists(st.sampled_from(["a.ru", "b.ru", "c.ru"]), max_size=3, unique=True).map(tuple)
STATES = st.dictionaries(st.sampled_from(["1", "2", "3"]), st.tuples(VALUES, VALUES), max_size=3)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(STATES, min_size=1, max_size=4))
def test_keys_are_always_those_of_the_accounts(
    ledger: Ledger, states: list[dict[str, tuple[tuple[str, ...], ...]]]
) -> None:
    for wanted in states:
        old = {account.id: account for account in base(ledger)}
        new = {
            number: Account(number, f"u{number}", contracts, domains)
            for number, (contracts, domains) in wanted.items()
        }
        load(
            ledger,
            Changes(
                added=[account for number, account in new.items() if number not in old],
                changed=[Changed(old[number], new[number]) for number in old.keys() & new.keys()],
                removed=[account for number, account in old.items() if number not in new],
            ),
        )

        assert base(ledger) == sorted(new.values(), key=lambda account: account.id)
        assert pointers(ledger) == right(*new.values())


def test_the_trouble_of_a_service_is_kept_until_it_is_over(ledger: Ledger) -> None:
    def trouble() -> object:
        with ledger.read() as ask:
            return accounts.trouble(ask)

    assert trouble() is None
    for text, kept in (("down", ("down", NOW)), ("", None), ("again", ("again", NOW))):
        with ledger.write() as work:
            accounts.note_trouble(work, text, NOW)
        assert trouble() == kept


def test_one_at_a_time_changes_the_base(folder: Path) -> None:
    with (
        state.changing_accounts(folder),
        pytest.raises(Temporary, match="another import"),
        state.changing_accounts(folder),
    ):
        pass
    with state.changing_accounts(folder):
        pass


def test_an_older_ledger_gets_an_empty_base(tmp_path: Path) -> None:
    path = tmp_path / "mailgate.db"
    path.touch()
    connection = connect(path)
    MIGRATIONS.apply(Database(connection), stop_before="m004_accounts")
    connection.close()
    assert "m004_accounts" in schema.pending(path)
    schema.open_existing(path)
    ledger = Ledger(path)

    assert base(ledger) == []
    ledger.close()
