"""Whose request it is, door to letter: what the customer reads and what staff see."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from mailgate.cli.outbox import readable
from mailgate.completing import complete
from mailgate.core.account import Key, Records
from mailgate.core.assurance import Proof
from mailgate.core.identification import Identification, State
from mailgate.core.request import Level
from mailgate.core.ticket import Ticket
from mailgate.desk import Desk, Sources, Times
from mailgate.followup import remind
from mailgate.parse.pool import Pool
from mailgate.store import letters, mails, rows, tickets
from mailgate.store.sqlite import Ledger, Row
from tests import customers
from tests.house import House

MIB = 1024 * 1024
_COUNT = count(1)
STRANGER = "ivan@mail.ru"
CONTACT = "office@stroymir.ru"
SECTIONS = {
    "trust": {"authserv_ids": ["mx.hoster.example"], "hops": ["127.0.0.1:2525"]},
    "identify": {"login": ["u[0-9]{5}"], "contract": ["4[0-9]{6}"]},
    "limits": {"letters_a_day": 1000},
}


@pytest.fixture
def house(ledger: Ledger, pool: Pool) -> Iterator[House]:
    customers.load(ledger, customers.base())
    made = House(ledger, pool, **SECTIONS)
    yield made
    made.spool.close()


def written(
    text: str,
    sender: str = STRANGER,
    subject: str = "Вопрос",
    *more: str,
    proven: bool = False,
) -> bytes:
    domain = sender.partition("@")[2]
    heads = (
        *((f"Authentication-Results: mx.hoster.example; dmarc=pass header.from={domain}",) if proven else ()),
        f"From: <{sender}>",
        "To: support@hoster.example",
        f"Subject: {subject}",
        f"Message-ID: <{next(_COUNT)}@client.example>",
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        "Content-Type: text/plain; charset=utf-8",
        *more,
    )
    return ("\r\n".join((*heads, "", *text.splitlines())) + "\r\n").encode()


def heard(house: House, row: Row) -> str:
    """The letter that answers a mail, as its reader sees it."""
    return readable(house.letter(row["id"]))


def ticket(house: House, row: Row) -> Ticket:
    with house.ledger.read() as ask:
        found = tickets.find(ask, row["ticket"])
    assert found is not None
    return found


def known(house: House, row: Row) -> Identification:
    return ticket(house, row).identification


def answer(house: House, to: Row, text: str, sender: str = STRANGER) -> Row:
    """A reply to the letter that answered a mail."""
    with house.ledger.read() as ask:
        letter = letters.about(ask, to["letter"])
    assert letter is not None
    return house.send(written(text, sender, "Re: x", f"In-Reply-To: {letter.message_id}"))


def test_a_customer_who_tells_nothing_is_asked_and_his_login_completes_the_ticket(house: House) -> None:
    first = house.send(written("сайт не работает"))
    asked = heard(house, first)
    second = answer(house, first, "u10432")

    assert "\n    Логин:\n    Договор:\n    Домен:\n" in asked
    assert (second["verdict"], second["letter"]) == ("joined", None)
    assert second["ticket"] == first["ticket"]
    assert (known(house, first).state, known(house, first).account) == (State.KNOWN, "1001")
    assert known(house, first).missing == ()


def test_the_form_filled_in_where_it_stands_completes_the_ticket(house: House) -> None:
    first = house.send(written("сайт не работает"))
    asked = heard(house, first).partition("\n\n")[2].replace("    Логин:", "    Логин: u10432")
    answer(house, first, "\n".join(f"> {line}" for line in asked.splitlines()))

    assert known(house, first).account == "1001"


def test_a_login_that_does_not_exist_is_told_to_staff_alone(house: House) -> None:
    wrong = house.send(written("Не открывается почта, логин u99999"))
    right = house.send(written("Не открывается почта, логин u10432"))

    assert known(house, wrong).state is State.PARTIAL
    assert known(house, right).state is State.KNOWN
    assert "u99999" not in heard(house, wrong)
    assert body(house, wrong) == body(house, right)


def body(house: House, row: Row) -> str:
    """A letter's words, less its ticket's number."""
    return heard(house, row).partition("\n\n")[2].replace(str(row["ticket"]), "N")


def test_a77_a_conflict_is_told_to_staff_alone(house: House) -> None:
    both = house.send(written("логин u10432, сайт kofe-i-bulki.ru не открывается"))
    one = house.send(written("логин u10432, сайт stroymir.ru не открывается"))

    assert known(house, both).state is State.CONFLICT
    assert known(house, both).likely == ("1001", "1002")
    assert body(house, both) == body(house, one)


def test_an_authenticated_contact_is_known_without_a_word(house: House) -> None:
    row = house.send(written("Не приходит почта с утра", CONTACT, proven=True))
    text = heard(house, row)

    assert (known(house, row).state, known(house, row).account) == (State.KNOWN, "1001")
    assert "логин u10432" in text
    assert "Логин:" not in text
    assert "Напоминание" not in text


def test_the_same_address_unproven_is_asked_and_staff_see_the_claim(house: House) -> None:
    row = house.send(written("Не приходит почта с утра", CONTACT))

    assert "Логин:" in heard(house, row)
    assert "u10432" not in heard(house, row)
    assert (known(house, row).state, known(house, row).likely) == (State.PARTIAL, ("1001",))


def test_an_authenticated_contact_reads_what_does_not_match(house: House) -> None:
    row = house.send(written("Прошу помочь, логин u10518", CONTACT, proven=True))
    text = heard(house, row)

    assert known(house, row).state is State.CONFLICT
    assert "логин u10432" in text
    assert "не относятся" in text
    assert "логин u10518" in text


def test_an_idn_in_a_link_is_found(house: House) -> None:
    row = house.send(written("Ошибка на странице http://www.пример.рф/catalog?id=1 с утра"))

    assert (known(house, row).state, known(house, row).account) == (State.KNOWN, "1003")
    assert "Логин:" not in heard(house, row)


def test_english_with_a_contract_number(house: House) -> None:
    row = house.send(
        written(
            "Hello, our mail is down since this morning.\nContract no. 4055010\nRegards, Jane", subject="Mail"
        )
    )

    assert known(house, row).account == "1005"
    assert "Login:" not in heard(house, row)
    assert heard(house, row).count("Hello,") == 1


def test_a_contact_of_the_proven_account_joins_by_the_number(house: House) -> None:
    first = house.send(written("не работает сайт", "director@stroymir.ru", proven=True))
    colleague = house.send(written("Тоже не вижу сайт", CONTACT, f"Re: [#{first['ticket']}]"))
    stranger = house.send(written("Тоже не вижу сайт", "eve@mail.ru", f"Re: [#{first['ticket']}]"))

    assert (colleague["verdict"], colleague["ticket"]) == ("joined", first["ticket"])
    assert stranger["verdict"] == "opened"


def test_a77_no_ticket_of_a_stranger_tells_whose_address_is_on_record(house: House) -> None:
    first = house.send(written("логин u10432, не работает сайт", "eve@mail.ru"))
    verdicts = {
        sender: house.send(written("Тоже не вижу сайт", sender, f"Re: [#{first['ticket']}]"))["verdict"]
        for sender in (CONTACT, "nobody@stroymir.ru")
    }

    assert verdicts == {CONTACT: "opened", "nobody@stroymir.ru": "opened"}


def test_a_victims_reply_to_all_proves_nothing_in_a_strangers_ticket(house: House) -> None:
    asked = house.send(written("Прошу сменить административный ящик, логин u10432", "eve@mail.ru"))
    with house.ledger.read() as ask:
        message_id = mails.about(ask, asked["id"])["message_id"]  # type: ignore[index] # it was just written
    reply = house.send(
        written("Да, не возражаю", "director@stroymir.ru", "Re: x", f"References: {message_id}", proven=True)
    )

    assert reply["ticket"] != asked["ticket"]
    assert not known(house, asked).is_proven
    assert all(not each.is_authenticated for each in known(house, asked).contacts)


def test_a_customer_who_does_not_answer_is_reminded_once_by_the_same_form(house: House) -> None:
    first = house.send(written("сайт не работает"))
    with house.ledger.write() as work:
        work.run("UPDATE letter SET state = 'sent', ended = created")

    assert remind(house.ledger, house.rulebook, house.now + timedelta(hours=24)) == 1
    with house.ledger.read() as ask:
        last = letters.of_ticket(ask, first["ticket"])[-1]
        raw = letters.raw_of(ask, last.id) or b""
    assert last.recipient == STRANGER
    assert "\n    Логин:\n    Договор:\n    Домен:\n" in readable(raw)


class Down:
    """A directory that cannot be asked."""

    def ask(self, keys: frozenset[Key]) -> Records:
        assert keys
        return Records(is_down=True)


def test_a_directory_that_is_down_holds_up_no_mail(house: House, pool: Pool) -> None:
    whole = house.desk
    house.desk = Desk(
        house.ledger,
        Sources(pool, Down()),
        lambda: house.rulebook,
        Times(),
        lambda: house.now,
        lambda: None,
    )
    row = house.send(written("логин u10432, не работает сайт"))
    house.desk = whole

    assert (row["verdict"], known(house, row).waits) == ("opened", True)
    assert "Логин:" not in heard(house, row)
    assert rows.assurance_of(row["assurance"]).claims.waits
    assert complete(house.ledger, whole._directory, house.rulebook, house.now) == 1
    assert (known(house, row).account, known(house, row).waits) == ("1001", False)
    proven = rows.assurance_of(house.row(row["id"])["assurance"])
    assert (proven.level, proven.evidence, proven.claims.waits) == (Level.CLAIMED, (Proof.LOGIN,), False)


def test_an_outsider_completes_nothing(house: House) -> None:
    first = house.send(written("сайт не работает"))
    answer(house, first, "u10432", "eve@mail.ru")

    assert known(house, first).account == ""


def test_a_mail_keeps_what_it_told(house: House) -> None:
    first = house.send(written("сайт не работает"))
    second = answer(house, first, "u10432")
    told = [rows.identification_of(row["identification"]) for row in (first, second)]

    assert [each.account for each in told] == ["", "1001"]


def test_a_language_on_record_goes_before_the_mails(house: House) -> None:
    row = house.send(
        written("Сайт не открывается с утра, помогите", "jane@northwind-traders.com", proven=True)
    )

    assert known(house, row).account == "1005"
    assert "Hello," in heard(house, row)
    assert "Здравствуйте" not in heard(house, row)


def test_the_facts_of_the_directory_are_kept_with_the_mail(house: House) -> None:
    row = house.send(written("логин u10432"))
    with house.ledger.read() as ask:
        about = mails.about(ask, row["id"])

    assert about is not None
    assert "u10432" in about["facts"]
