"""Whose tickets are listed: an id goes before other values, and what is nobody's is told."""

from collections.abc import Iterator

import pytest

from mailgate.core.account import Account
from tests import customers
from tests.builders import CLIENT
from tests.cli.place import Place
from tests.cli.test_ticket import opened
from tests.directory.account_server import AccountServer, reply, serving

CLASH = Account("9001", "u90001", contracts=("1001",))
IVAN = {"id": "1001", "login": "u10432", "domains": ["stroymir.ru"], "contacts": ["office@stroymir.ru"]}


@pytest.fixture
def table(place: Place) -> Place:
    customers.load(place.ledger, (*customers.base(), CLASH))
    return place


@pytest.fixture
def server(place: Place) -> Iterator[AccountServer]:
    with serving(IVAN) as running:
        with place.settings.open("a") as file:
            file.write(f'[directory]\nkind = "http"\nurl = "{running.url}"\nfailures = 100\n')
        yield running


def listed(place: Place, account: str) -> list[str]:
    return [ticket["number"] for ticket in place.ask("ticket", "list", "--account", account)]


def test_an_id_goes_before_a_contract_of_another(table: Place) -> None:
    his, other = opened(table), opened(table)
    table.tell("ticket", "identify", his, "--id", "1001")
    table.tell("ticket", "identify", other, "--id", "9001")

    assert listed(table, "1001") == listed(table, " 1001 ") == listed(table, "u10432") == [his]
    assert listed(table, "9001") == listed(table, "u90001") == [other]
    assert listed(table, "1002") == []


def test_the_id_of_an_account_that_was_removed_still_finds_its_tickets(table: Place) -> None:
    number = opened(table)
    table.tell("ticket", "identify", number, "--id", "1005")
    with table.ledger.write() as work:
        work.run("DELETE FROM account WHERE id = '1005'")

    assert listed(table, "1005") == [number]


def test_a_value_that_is_nobodys_is_refused(table: Place) -> None:
    opened(table)
    refused = table.call("ticket", "list", "--account", "u99999")

    assert refused.exit_code == 65
    assert "'u99999' is no account's" in refused.stderr
    assert "mailgate account show" in refused.stderr


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_value_is_wrong_usage(table: Place, empty: str) -> None:
    refused = table.call("ticket", "list", "--account", empty)

    assert (refused.exit_code, "leave it out" in refused.stderr) == (64, True)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--id", "7777"), 65, "no account with the id '7777'"),
        (("--id", "1001", "--login", "u90001"), 65, "not exactly one account"),
        (("--id", "1001", "--undo"), 64, "--undo alone"),
    ],
)
def test_an_id_that_does_not_fit_identifies_nothing(
    table: Place, words: tuple[str, ...], code: int, why: str
) -> None:
    number = opened(table)
    refused = table.call("ticket", "identify", number, *words)

    assert refused.exit_code == code
    assert why in refused.stderr
    assert table.ask("ticket", "show", number)["identification"]["account"] is None


def test_a_service_knows_values_and_tickets_know_ids(place: Place, server: AccountServer) -> None:
    number = opened(place)
    place.tell("ticket", "identify", number, "--login", "u10432")

    assert listed(place, "stroymir.ru") == [number]
    assert listed(place, "1001") == [number]
    assert place.call("ticket", "list", "--account", "1002").exit_code == 65
    asked = len(server.asked)
    refused = place.call("ticket", "identify", number, "--id", "1001")
    assert refused.exit_code == 78
    assert "cannot be asked by an id; give --login" in refused.stderr
    assert len(server.asked) == asked


def test_while_the_service_is_down_ids_still_find_tickets(place: Place, server: AccountServer) -> None:
    number = opened(place)
    place.tell("ticket", "identify", number, "--login", "u10432")
    server.trouble = reply(b"", 503)

    assert listed(place, "1001") == [number]
    refused = place.call("ticket", "list", "--account", "stroymir.ru", "--json")
    assert (refused.exit_code, refused.stdout) == (75, "")
    assert "directory is down" in refused.stderr
    assert place.ask("ticket", "search", "office@stroymir.ru") == []


def test_a_call_is_identified_by_what_was_said(table: Place) -> None:
    told = table.tell(
        "ticket", "open", "--from", CLIENT, "--subject", "Site", "--text", "his login is u10432"
    )
    (ticket,) = table.ask("ticket", "list", "--account", "1001")

    assert "Account: 1001, login u10432" in told
    assert ticket["identification"]["account"] == "1001"
    assert ticket["identification"]["missing"] == []
    with table.ledger.read() as ask:
        assert ask.count("SELECT count(*) FROM ticket WHERE remind_at IS NOT NULL") == 0
    assert table.ask("outbox", "list") == []


def test_a_call_that_asks_for_something_critical_says_how_its_owner_is_asked(table: Place) -> None:
    words = "Просит код авторизации для переноса домена stroymir.ru, логин u10432"
    told = table.tell("ticket", "open", "--from", CLIENT, "--subject", "Звонок", "--text", words)
    (ticket,) = table.ask("ticket", "list")

    assert "Asks for: domain-transfer (transfer of a domain" in told
    assert "Object: domain stroymir.ru" in told
    assert f"To ask the owner: mailgate ticket challenge {ticket['number']}" in told


def test_a_callers_address_is_a_claim(table: Place) -> None:
    told = table.tell("ticket", "open", "--from", "office@stroymir.ru", "--subject", "Mail is slow")
    (ticket,) = table.ask("ticket", "list")

    assert "perhaps account 1001 (login u10432)" in told
    assert f"mailgate ticket identify {ticket['number']}" in told
    assert ticket["identification"]["account"] is None
    assert ticket["identification"]["evidence"][0]["proof"] == "claimed"


def test_a_call_while_the_service_is_down_is_identified_later(place: Place, server: AccountServer) -> None:
    server.trouble = reply(b"", 503)
    done = place.call("ticket", "open", "--from", CLIENT, "--subject", "s", "--text", "login: u10432")

    assert (done.exit_code, "directory was down" in done.stdout) == (0, True)
    assert "[warning" not in done.stdout
    (ticket,) = place.ask("ticket", "list")
    assert ticket["identification"]["waits"]
