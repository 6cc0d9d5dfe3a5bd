"""The README's examples for whoever writes a control panel do what stands below them."""

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from mailgate.config import PanelSettings
from mailgate.core.challenge import Challenge
from mailgate.parse.pool import Pool
from mailgate.store import challenges, tickets
from mailgate.store.sqlite import Ledger
from tests.builders import NOW
from tests.panel import KEY, STROY, Panel, socket_in, with_customers

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("## The control panel\n")[2].partition("\n## ")[0]


class Example(NamedTuple):
    """A curl command, and the answer that is printed below it."""

    path: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    answer: Any


def examples(number: str) -> list[Example]:
    """The examples, with a real ticket's number and a real key."""
    found = re.findall(r"^(curl [^#]+?)\n# (\d+) ([\[{].+[\]}])$", SECTION, re.MULTILINE)
    return [_example(command.replace("100425", number), status, answer) for command, status, answer in found]


def _example(command: str, status: str, answer: str) -> Example:
    words = shlex.split(command.replace("\\\n", " ").replace("$KEY", KEY))
    given: dict[str, list[str]] = {"": []}
    place = iter(words[1:])
    for word in place:
        given.setdefault(word if word.startswith("-") else "", []).append(
            next(place) if word.startswith("-") else word
        )
    (url,) = given[""]
    body = "".join(given.get("-d", ())).encode() or None
    if given.get("--data-binary") == ["@mail.eml"]:
        body = b"Subject: a mail\r\n\r\nhello\r\n"
    assert given["--unix-socket"] == ["/run/mailgate/panel"]
    return Example(
        url.removeprefix("http://localhost"),
        dict(header.split(": ", 1) for header in given["-H"]),
        body,
        int(status),
        json.loads(answer.replace("[...]", "[]").replace(", ...", "")),
    )


def ask_the_owner(ledger: Ledger, number: int) -> None:
    """Challenge 12 of account 1001, about what the ticket asks for."""
    with ledger.write() as work:
        ticket = tickets.find(work, number)
        assert ticket is not None
        asked = ticket.request
        made = Challenge(
            12, number, "1001", STROY.mailbox, asked.name, asked.objects, asked.entry, "ivan@client.example",
            is_verified=False, is_owners=False, asked=NOW, made=NOW, expires=NOW + timedelta(days=7),
            key="0" * 8,
        )  # fmt: skip
        challenges.make(work, made)


def is_as_told(told: Any, answer: Any) -> bool:
    """Has the answer every name that the example shows?"""
    if isinstance(told, list):
        return len(told) == len(answer) and all(map(is_as_told, told, answer))
    return set(told) <= set(answer)


def test_the_examples_are_answered_as_they_say(ledger: Ledger, pool: Pool, tmp_path: Path) -> None:
    with Panel(with_customers(ledger), pool, listen=socket_in(tmp_path)).settles() as panel:
        number = panel.hand_in().body["ticket"]
        ask_the_owner(ledger, int(number))
        found = examples(number)
        replies = [
            panel.knock("GET" if each.body is None else "POST", each.path, each.body, each.headers, key=None)
            for each in found
        ]

    assert [reply.status for reply in replies] == [each.status for each in found]
    assert [reply.status for reply in replies] == [202, 200, 202, 202, 200, 200]
    assert all(map(is_as_told, (each.answer for each in found), (reply.body for reply in replies)))
    assert replies[5].body["state"] == "confirmed"
    assert replies[2].body["ticket"] == number


def test_the_settings_shown_can_be_used() -> None:
    listen, keys = re.findall(r'^listen = "(.+)"$|^keys = \["(.+)"\]$', SECTION, re.MULTILINE)

    assert PanelSettings(listen=listen[0], keys=(keys[1],)).socket == Path("/run/mailgate/panel")
