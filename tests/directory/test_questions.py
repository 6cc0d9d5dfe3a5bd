"""Large questions, and those that a service cannot bear: nobody else pays for them."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from mailgate.core.account import Key, KeyKind, Records
from mailgate.directory import TableDirectory, ask_each
from mailgate.store.sqlite import Ledger
from tests import customers
from tests.directory.account_server import AccountServer, Send, reply, serving
from tests.directory.test_service import ANNA, CONTRACT, DOWN, IVAN, LOGIN, NOBODY, House


@pytest.fixture
def server() -> Iterator[AccountServer]:
    with serving(IVAN, ANNA) as running:
        yield running


REFUSED = {
    "a 4xx answer": reply(b"", 400),
    "a reply that is no JSON": reply(b"<html>"),
    "a reply that is too large": reply(b" " * 5_000_000),
}
MANY = [Key(KeyKind.LOGIN, f"u{number:05}") for number in range(3_568)]


def refuse(server: AccountServer, poison: Key, trouble: Send) -> None:
    """Let a service fail with every request that holds one key."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        if poison in server.asked[-1]:
            trouble(handler)
        else:
            reply(json.dumps({"accounts": server.accounts}).encode())(handler)

    server.trouble = send


@pytest.mark.parametrize("name", REFUSED)
def test_a_question_that_is_refused_is_no_reason_to_ask_no_other(server: AccountServer, name: str) -> None:
    refuse(server, NOBODY, REFUSED[name])
    house = House(server, failures=1, cache_seconds=0)

    assert [house.ask(NOBODY, LOGIN) for _ in range(3)] == [DOWN] * 3
    assert house.ask(LOGIN).led_to(LOGIN) == ("1001",)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_is_wrong_for_every_question_counts_as_down(server: AccountServer, status: int) -> None:
    server.trouble = reply(b"", status)
    house = House(server, failures=1)
    house.ask(LOGIN)

    assert house.ask(CONTRACT) == DOWN
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", [*REFUSED, "a 5xx answer"])
def test_of_several_questions_only_the_one_that_is_refused_is_left_open(
    server: AccountServer, name: str
) -> None:
    refuse(server, NOBODY, REFUSED.get(name, reply(b"", 500)))
    house = House(server)
    questions = [frozenset[Key](), *(frozenset({each}) for each in (LOGIN, NOBODY, CONTRACT))]
    nothing, ivan, nobody, anna = ask_each(house.directory, questions)

    assert (nothing, nobody) == (Records(), DOWN)
    assert (ivan.led_to(LOGIN), anna.led_to(CONTRACT)) == (("1001",), ("1002",))
    assert bool(house.told[0])
    assert house.told[-1] == ""


def test_several_questions_are_asked_as_one(server: AccountServer) -> None:
    ivan, anna = ask_each(House(server).directory, [frozenset({LOGIN}), frozenset({CONTRACT})])

    assert server.asked == [[CONTRACT, LOGIN]]
    assert [account.id for account in (*ivan.accounts, *anna.accounts)] == ["1001", "1002"]


def test_of_a_service_that_is_down_only_a_few_questions_are_asked(server: AccountServer) -> None:
    server.trouble = reply(b"", 503)
    found = ask_each(House(server, failures=100).directory, [frozenset({key}) for key in MANY[:20]])

    assert found == [DOWN] * 3
    assert len(server.asked) == 4


def test_a_question_of_many_keys_is_asked_in_requests_of_a_hundred(server: AccountServer) -> None:
    server.accounts = [{"id": str(n), "login": MANY[n].value} for n in (0, 1_000, 3_567)]
    found = House(server, timeout=20).ask(*MANY)

    assert sorted(map(len, server.asked)) == [68] + [100] * 35
    assert {key for asked in server.asked for key in asked} == set(MANY)
    assert [account.id for account in found.accounts] == ["0", "1000", "3567"]


def test_the_timeout_is_for_the_whole_question(server: AccountServer) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        server.over.wait(0.2)
        reply(b'{"accounts": []}')(handler)

    server.trouble = slow
    began = time.monotonic()

    house = House(server, timeout=0.5)

    assert house.ask(*MANY) == DOWN
    assert house.told == ["the directory service 127.0.0.1 did not answer within 0.5 s"]
    assert time.monotonic() - began < 1.5


def test_the_table_answers_a_question_of_many_keys(ledger: Ledger) -> None:
    customers.load(ledger, customers.base())
    found = TableDirectory(ledger).ask(frozenset((*MANY, LOGIN)))

    assert found.led_to(LOGIN) == ("1001",)
