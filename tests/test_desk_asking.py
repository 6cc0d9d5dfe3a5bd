"""What the desk asks the directory about a batch of mails, and what becomes of those it cannot bear."""

from collections.abc import Iterator
from itertools import count

import pytest

from mailgate.core.account import Key, Records
from mailgate.core.identification import Identification, State
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.pool import Pool
from mailgate.store import tickets
from mailgate.store.sqlite import Ledger
from tests import customers
from tests.house import House

_COUNT = count(1)


class Choosy:
    """A directory over the table that cannot bear one login."""

    def __init__(self, ledger: Ledger) -> None:
        self._table = TableDirectory(ledger)

    def ask(self, keys: frozenset[Key]) -> Records:
        if any(key.value.startswith("poison") for key in keys):
            return Records(is_down=True)
        return self._table.ask(keys)


@pytest.fixture
def house(ledger: Ledger) -> Iterator[House]:
    customers.load(ledger, customers.base())
    pool = Pool(1, 512 * 1024 * 1024)
    made = House(ledger, pool)
    sources = Sources(pool, Choosy(ledger))
    made.desk = Desk(ledger, sources, lambda: made.rulebook, Times(), lambda: made.now, lambda: None)
    yield made
    made.spool.close()
    pool.close()


def identified(house: House, *texts: str) -> list[Identification]:
    """What is known of mails that come together."""
    ids = [
        house.post(f"From: <ivan{next(_COUNT)}@mail.ru>\r\nSubject: x\r\n\r\n{text}\r\n".encode())
        for text in texts
    ]
    house.settle()
    numbers = [house.row(mail)["ticket"] for mail in ids]
    with house.ledger.read() as ask:
        return [ticket.identification for ticket in tickets.find_all(ask, numbers)]


def test_a_mail_that_the_directory_cannot_bear_takes_no_other_with_it(house: House) -> None:
    found = identified(house, "login: u10432", "login: poison1", "the site is slow", "login: u10518")

    assert [each.waits for each in found] == [False, True, False, False]
    assert [each.account for each in found] == ["1001", "", "", "1002"]
    assert found[1].state is State.PARTIAL


def test_mails_behind_too_many_of_these_are_taken_all_the_same_and_wait(house: House) -> None:
    found = identified(house, *(f"login: poison{number}" for number in range(3)), "login: u10432")

    assert [each.waits for each in found] == [True] * 4
