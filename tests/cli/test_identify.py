"""`ticket identify`, `list --account`, `search`: staff says and finds whose request it is."""

import re

import pytest

from tests import customers
from tests.cli.place import Place, question
from tests.cli.test_ticket import opened


@pytest.fixture(autouse=True)
def customers_base(place: Place) -> None:
    customers.load(place.ledger, customers.base())


def test_staff_says_whose_request_it_is_and_takes_it_back(place: Place) -> None:
    number = opened(place)
    told = place.tell("ticket", "identify", number, "--login", "U10432")
    (shown,) = place.ask("ticket", "list", "--account", "stroymir.ru")

    assert "account 1001, login u10432" in told
    assert shown["number"] == number
    assert (shown["identification"]["account"], shown["identification"]["proof"]) == ("1001", "staff")
    assert "identified by hand" in place.tell("ticket", "show", number)
    place.tell("ticket", "identify", number, "--undo")
    assert place.ask("ticket", "show", number)["identification"]["account"] is None


def test_values_that_agree_name_an_account_and_others_none(place: Place) -> None:
    number = opened(place)

    place.tell("ticket", "identify", number, "--contract", "4051234", "--domain", "stroymir.ru")
    for words in (
        ("--login", "u99999"),
        ("--login", "u10432", "--domain", "kofe-i-bulki.ru"),
        ("--address", "freelancer.max@gmail.com"),
    ):
        refused = place.call("ticket", "identify", number, *words)
        assert refused.exit_code == 65
        assert "not exactly one account" in refused.stderr
    assert "account 1004, account 1008" in refused.stderr
    assert place.ask("ticket", "show", number)["identification"]["account"] == "1001"


@pytest.mark.parametrize("words", [(), ("--login", "u10432", "--undo")])
def test_identify_needs_a_value_or_undo(place: Place, words: tuple[str, ...]) -> None:
    assert place.call("ticket", "identify", opened(place), *words).exit_code == 64


def test_a_person_on_the_telephone_is_found_by_whatever_he_tells(place: Place) -> None:
    number = opened(place)
    opened(place, "Another matter")
    place.tell("ticket", "identify", number, "--login", "u11007")

    for told in ("u11007", "U11007", "4052340", "пример.рф", "primer-group.com", "it@primer-group.com"):
        assert [each["number"] for each in place.ask("ticket", "search", told)] == [number], told
    assert place.ask("ticket", "search", "u99999") == []


def test_a_value_of_several_accounts_is_no_choice(place: Place) -> None:
    refused = place.call("ticket", "list", "--account", "freelancer.max@gmail.com")

    assert refused.exit_code == 65
    assert "1004, 1008" in refused.stderr


def test_what_a_ticket_shows_of_its_customer(place: Place) -> None:
    mail = place.send(question(text="My login is u10518, and example.com shows an error. Contract 4051234"))
    told = place.tell("ticket", "show", place.row(mail)["ticket"])
    why = place.tell("mail", "explain", mail)

    assert "different accounts" in told
    for text in (told, why):
        assert "login u10518 (in the new words, named as such): account 1002 (login u10518)" in text
        assert "contract 4051234 (in the new words, named as such): account 1001 (login u10432)" in text
        assert "domain example.com" in text
        assert "no such in the customer base" in text
    assert "It asks for no login, contract or domain" in why


def test_why_a_letter_asks(place: Place) -> None:
    mail = place.send(question())

    assert "It asks for login or contract or domain, because" in place.tell("mail", "explain", mail)
    told = place.tell("ticket", "show", place.row(mail)["ticket"])
    assert re.search(r"^Not told +login or contract or domain$", told, re.MULTILINE)


def test_the_customers_turn(place: Place) -> None:
    number = opened(place)

    assert "is waiting" in place.tell("ticket", "wait", number)
    assert place.call("ticket", "wait", number).exit_code == 0
    place.tell("ticket", "close", number)
    assert place.call("ticket", "wait", number).exit_code == 65
