"""The HTTP directory against a real server: what it asks, remembers, bears, and never lets through."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailgate.config import DirectorySettings
from mailgate.core.account import Key, KeyKind, Records
from mailgate.directory import Endpoint, HttpDirectory
from mailgate.errors import Temporary
from tests.builders import NOW
from tests.certificate import make_certificate
from tests.directory.account_server import AccountServer, Send, drip, raw, reply, serving

IVAN: dict[str, Any] = {
    "id": "1001",
    "login": "u10432",
    "domains": ["stroymir.ru"],
    "mailbox": "director@stroymir.ru",
    "contacts": ["office@stroymir.ru"],
}
ANNA: dict[str, Any] = {
    "id": 1002,
    "login": "u10518",
    "contracts": [4051871],
    "tariff": {"name": "unknown to us"},
}
LOGIN = Key(KeyKind.LOGIN, "u10432")
DOMAIN = Key(KeyKind.DOMAIN, "stroymir.ru")
CONTRACT = Key(KeyKind.CONTRACT, "4051871")
NOBODY = Key(KeyKind.LOGIN, "nobody")
DOWN = Records(is_down=True)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class House:
    """A directory over a running service, its clock, and what it told."""

    def __init__(self, server: AccountServer, **changes: object) -> None:
        plain: dict[str, object] = {"kind": "http", "url": server.url, "timeout": 2}
        settings = DirectorySettings.model_validate({**plain, **changes})
        self.server = server
        self.clock = Clock()
        self.told: list[str] = []
        self.endpoint = Endpoint(settings, lambda: NOW)
        self.directory = HttpDirectory(self.endpoint, settings, self.clock, self.told.append)

    def ask(self, *keys: Key) -> Records:
        return self.directory.ask(frozenset(keys))


@pytest.fixture
def server() -> Iterator[AccountServer]:
    with serving(IVAN, ANNA) as running:
        yield running


def test_all_keys_are_asked_in_one_question_and_only_what_they_lead_to_is_taken(
    server: AccountServer,
) -> None:
    found = House(server).ask(LOGIN, DOMAIN, NOBODY)

    assert server.asked == [[DOMAIN, NOBODY, LOGIN]]
    assert [account.id for account in found.accounts] == ["1001"]
    assert found.led_to(LOGIN) == found.led_to(DOMAIN) == ("1001",)
    assert found.led_to(NOBODY) == ()
    assert not found.is_down


def test_numbers_are_read_as_texts_and_unknown_names_are_passed_over(server: AccountServer) -> None:
    (anna,) = House(server).ask(CONTRACT).accounts

    assert (anna.id, anna.contracts) == ("1002", ("4051871",))


def test_nothing_is_asked_for_no_keys(server: AccountServer) -> None:
    assert House(server).ask() == Records()
    assert server.asked == []


def test_the_token_is_shown_and_read_anew(server: AccountServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch()
    house = House(server, token_file=file, cache_seconds=0)
    for token in ("first", "second"):
        file.write_text(f"{token}\n", "ascii")
        house.ask(LOGIN)
    file.write_text("", "ascii")

    assert house.ask(LOGIN) == DOWN
    assert server.authorizations == ["Bearer first", "Bearer second"]
    assert "holds no token" in house.told[-1]


@pytest.mark.parametrize("value", ['"}], "x": [{"', "a\r\nX-Evil: 1", "ключ", "\ud800", "x" * 10_000])
def test_a_hostile_key_travels_as_json_alone(server: AccountServer, value: str) -> None:
    key = Key(KeyKind.LOGIN, value)

    assert House(server).ask(key) == Records()
    assert server.asked == [[key]]
    assert server.bodies[0].isascii()
    assert b"\n" not in server.bodies[0]


HEAD = b"HTTP/1.1 200 OK\r\n"
TROUBLES: dict[str, tuple[Send, str]] = {
    "500": (reply(b"", 500), "answered with HTTP status 500"),
    "404": (reply(b"", 404), "answered with HTTP status 404"),
    "no body": (reply(b"", 204), "answered with HTTP status 204"),
    "401": (reply(b"", 401), "is token_file right?"),
    "redirect": (reply(b"", 307, location="http://127.0.0.1:9/"), "answered with HTTP status 307"),
    "no JSON": (reply(b"<html>"), "it is not JSON"),
    "no UTF-8": (reply(b'{"accounts": ["\xeb"]}'), "it is not JSON"),
    "deep": (reply(b"[" * 200_000), "it is not JSON"),
    "a list": (reply(b"[]"), 'no list of "accounts"'),
    "no accounts": (reply(b"{}"), 'no list of "accounts"'),
    "accounts are null": (reply(b'{"accounts": null}'), 'no list of "accounts"'),
    "account is a text": (reply(b'{"accounts": ["u10432"]}'), "account 1 is not an object"),
    "no login": (reply(b'{"accounts": [{"id": "1"}]}'), "account 1 is wrong in login"),
    "wrong types": (
        reply(b'{"accounts": [{"id": "1", "login": "u", "domains": [{"name": "x.ru"}], "notes": 1.5}]}'),
        "account 1 is wrong in domains, notes",
    ),
    "compressed": (reply(b"\x1f\x8b\x08", content_encoding="gzip"), "it is not JSON"),
    "huge": (reply(b'{"accounts": [' + b" " * 5_000_000 + b"]}"), "larger than 4194304 bytes"),
    "no HTTP": (raw(b"* OK IMAP4rev1 ready\r\n"), "broke the connection"),
    "cut short": (raw(HEAD + b"Content-Length: 100\r\n\r\n{"), "broke the connection"),
    "silence": (lambda _: None, "broke the connection"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_service_in_trouble_is_down_and_says_why(server: AccountServer, name: str) -> None:
    trouble, why = TROUBLES[name]
    server.trouble = trouble
    house = House(server)

    assert house.ask(LOGIN) == DOWN
    (told,) = house.told
    assert told.startswith("the directory service 127.0.0.1 ")
    assert why in told
    assert len(server.asked) == 1


@pytest.mark.parametrize("where", ["nothing", "headers", "body"])
def test_a_service_that_is_slow_or_drips_is_left_in_time(server: AccountServer, where: str) -> None:
    head = {"nothing": b"", "headers": HEAD + b"X: ", "body": HEAD + b'\r\n{"accounts": ['}[where]
    server.trouble = drip(server, head, b"" if where == "nothing" else b" ")
    house = House(server, timeout=0.3)
    began = time.monotonic()

    assert house.ask(LOGIN) == DOWN
    assert time.monotonic() - began < 1.5
    assert house.told == ["the directory service 127.0.0.1 did not answer within 0.3 s"]


def test_a_service_that_takes_no_connection_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    house = House(AccountServer(port=port))

    assert house.ask(LOGIN) == DOWN
    assert "cannot be reached" in house.told[0]
    with pytest.raises(Temporary, match="cannot be reached"):
        house.endpoint.fetch([LOGIN])


def test_only_a_server_that_can_prove_its_name_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "tls")
    with serving(IVAN, tls=certificate) as server:
        stranger = House(server)
        assert stranger.ask(LOGIN) == DOWN
        assert "certificate verify failed" in stranger.told[0]
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        assert House(server).ask(LOGIN).led_to(LOGIN) == ("1001",)


def test_a_wrong_value_is_left_out_and_told_once(server: AccountServer) -> None:
    server.accounts = [{**IVAN, "contacts": ["Ivan <ivan@x.ru>", "office@stroymir.ru"], "language": "tlh"}]
    house = House(server, cache_seconds=0)
    with capture_logs() as logs:
        found = [house.ask(LOGIN) for _ in range(2)]

    assert [records.accounts[0].contacts for records in found] == [("office@stroymir.ru",)] * 2
    assert [line["event"] for line in logs] == ["directory.left_out"] * 2
    assert {line["why"].partition(":")[0] for line in logs} == {"contacts", "language"}


def test_what_was_said_is_remembered_for_its_age_also_that_there_is_none(server: AccountServer) -> None:
    house = House(server, cache_seconds=60)
    first = house.ask(LOGIN, NOBODY)
    house.clock.now += 59
    again = house.ask(LOGIN, NOBODY)
    house.ask(LOGIN, CONTRACT)
    house.clock.now += 1
    house.ask(LOGIN, NOBODY, CONTRACT)

    assert again == first
    assert server.asked == [[NOBODY, LOGIN], [CONTRACT], [NOBODY, LOGIN]]


def test_of_an_account_said_twice_the_newer_counts(server: AccountServer) -> None:
    house = House(server)
    house.ask(LOGIN)
    house.clock.now += 10
    server.accounts = [{**IVAN, "login": "renamed"}]
    found = house.ask(LOGIN, DOMAIN)

    assert found.led_to(DOMAIN) == ("1001",)
    assert found.led_to(LOGIN) == ()
    assert found.accounts[0].login == "renamed"


def test_memory_is_bounded_by_what_it_holds(server: AccountServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailgate.directory.service._MOST", 50)
    server.accounts = [{**IVAN, "domains": [f"site{number}.ru" for number in range(40)]}]
    house = House(server)
    keys = [Key(KeyKind.DOMAIN, f"site{number}.ru") for number in range(2)]
    for key in (*keys, keys[1], keys[0]):
        house.ask(key)

    assert server.asked == [[keys[0]], [keys[1]], [keys[0]]]


def test_after_failures_it_is_left_alone_then_tried_once(server: AccountServer) -> None:
    house = House(server, failures=2, pause_seconds=30)
    server.trouble = reply(b"", 503)
    with capture_logs() as logs:
        assert [house.ask(LOGIN) for _ in range(5)] == [DOWN] * 5
        assert len(server.asked) == 2
        house.clock.now += 29
        assert house.ask(LOGIN) == DOWN
        house.clock.now += 1
        assert [house.ask(LOGIN) for _ in range(3)] == [DOWN] * 3
        assert len(server.asked) == 3
        server.trouble = None
        house.clock.now += 30
        assert not house.ask(LOGIN).is_down
        assert not house.ask(CONTRACT).is_down

    assert len(server.asked) == 5
    assert [line["event"] for line in logs] == ["directory.down", "directory.back"]
    assert [bool(text) for text in house.told] == [True, False]


def test_what_is_remembered_is_known_even_while_it_is_down(server: AccountServer) -> None:
    house = House(server)
    known = house.ask(LOGIN)
    server.trouble = reply(b"", 503)

    assert house.ask(CONTRACT) == DOWN
    assert house.ask(LOGIN) == known


def test_threads_may_ask_at_the_same_time_and_a_trial_is_made_by_one(server: AccountServer) -> None:
    house = House(server, failures=1, pause_seconds=30)
    server.trouble = reply(b"", 503)
    house.ask(LOGIN)
    house.clock.now += 30
    arrived, go = threading.Event(), threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        arrived.set()
        go.wait(20)
        reply(json.dumps({"accounts": [IVAN]}).encode())(handler)

    server.trouble = wait
    found: list[Records] = []
    trial = threading.Thread(target=lambda: found.append(house.ask(LOGIN)))
    trial.start()
    assert arrived.wait(20)
    meanwhile = house.ask(DOMAIN)
    go.set()
    trial.join(20)

    assert meanwhile == DOWN
    assert found[0].led_to(LOGIN) == ("1001",)
    assert len(server.asked) == 2


def test_an_account_is_asked_for_by_its_id_and_remembered(server: AccountServer) -> None:
    house = House(server)
    mine, other = Key(KeyKind.ACCOUNT, "1001"), Key(KeyKind.ACCOUNT, "9999")
    found = [house.ask(mine, other) for _ in range(2)]

    assert [said.led_to(mine) for said in found] == [("1001",)] * 2
    assert [said.led_to(other) for said in found] == [()] * 2
    assert len(server.asked) == 1
