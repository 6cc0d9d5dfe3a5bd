"""What is asked for, door to ledger: by the classes in force, completed by later mails."""

from collections.abc import Iterator
from itertools import count

import pytest

from mailgate.core.request import Object, ObjectKind, entry_digest
from mailgate.core.ticket import Ticket
from mailgate.parse.pool import Pool
from mailgate.rulebook import rulebook_of
from mailgate.store import rows, tickets
from mailgate.store.sqlite import Ledger, Row
from tests.house import House

MIB = 1024 * 1024
_COUNT = count(1)
OWNER = "owner@client.example"


@pytest.fixture
def house(ledger: Ledger, pool: Pool) -> Iterator[House]:
    made = House(ledger, pool)
    yield made
    made.spool.close()


def written(text: str, subject: str = "Вопрос", sender: str = OWNER) -> bytes:
    heads = (
        f"From: <{sender}>",
        f"Subject: {subject}",
        f"Message-ID: <{next(_COUNT)}@client.example>",
        "Content-Type: text/plain; charset=utf-8",
    )
    return ("\r\n".join((*heads, "", text)) + "\r\n").encode()


def ticket(house: House, row: Row) -> Ticket:
    with house.ledger.read() as ask:
        found = tickets.find(ask, row["ticket"])
    assert found is not None
    return found


def reply(house: House, to: Row, text: str, sender: str = OWNER) -> Row:
    return house.send(written(text, f"[#{to['ticket']}] Вопрос", sender))


def test_a_mail_asks_and_a_later_one_names_the_object(house: House) -> None:
    first = house.send(written("Пришлите, пожалуйста, auth-код для переноса домена."))
    before = ticket(house, first).request
    text = "Пришлите auth-код домена stroymir.ru."
    second = reply(house, first, text)
    after = ticket(house, first).request

    assert (before.name, before.objects) == ("domain-transfer", ())
    assert rows.request_of(second["request"]).name == "domain-transfer"
    assert after.objects == (Object(ObjectKind.DOMAIN, "stroymir.ru"),)
    with house.ledger.read() as ask:
        texts = [entry.text for entry in tickets.entries(ask, first["ticket"])]
    assert [entry_digest(each) for each in texts] == [before.entry, after.entry]


def test_a_stranger_changes_nothing_of_what_is_asked_for(house: House) -> None:
    first = house.send(written("Пришлите auth-код домена stroymir.ru."))
    before = ticket(house, first).request
    other = reply(house, first, "Прошу сбросить пароль от ящика info@stroymir.ru.", "eve@elsewhere.example")

    assert other["ticket"] != first["ticket"]
    assert ticket(house, first).request == before


def test_after_a_reload_the_new_classes_are_in_force(house: House) -> None:
    asks = "Пришлите auth-код домена stroymir.ru."
    first = house.send(written(asks))
    off = {"name": "domain-transfer", "enabled": False}
    house.rulebook = rulebook_of(
        house.settings.model_validate({**house.settings.model_dump(), "request": [off]})
    )
    second = house.send(written(asks, "Другой вопрос"))

    assert ticket(house, first).request.name == "domain-transfer"
    assert ticket(house, second).request.name == ""
