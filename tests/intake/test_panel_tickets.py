"""What becomes of what the panel hands in, and who sees it."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from mailgate.completing import complete
from mailgate.core.request import Level, Object, ObjectKind
from mailgate.core.ticket import Entry, EntryKind, Status
from mailgate.directory import TableDirectory
from mailgate.parse.pool import Pool
from mailgate.store import audit, letters, rows, tickets
from mailgate.store.sqlite import Ledger
from tests.builders import NOW, THEIRS, ticket
from tests.panel import MED, REQUEST, STROY, Down, Panel, with_customers

NONE_SUCH = {"errors": ["no such ticket of this account"]}


def test_a_request_is_authorised_and_gets_its_number_at_once(panel: Panel) -> None:
    reply = panel.hand_in(**{"class": "domain-transfer", "object": "СТРОЙМИР.рф"})
    row = panel.row(reply.body["mail"])
    with panel.ledger.read() as ask:
        found = tickets.find(ask, int(reply.body["ticket"]))

    assert reply.status == 202
    assert (row["door"], row["verdict"], str(row["ticket"])) == ("panel", "opened", reply.body["ticket"])
    assert rows.assurance_of(row["assurance"]).level is Level.AUTHORISED
    assert found is not None
    assert (found.identification.account, found.identification.is_proven) == ("1001", True)
    assert found.request.name == "domain-transfer"
    with panel.ledger.read() as ask:
        (step,) = audit.of_ticket(ask, found.number)
    assert step.record is not None
    assert (step.record.step.event, step.record.step.actor.role) == ("panel_request", "panel")
    assert found.request.objects == (Object(ObjectKind.DOMAIN, "xn--h1abjgjebi.xn--p1ai"),)


def test_the_same_key_takes_a_request_once_and_no_other(panel: Panel) -> None:
    key = {"Idempotency-Key": "7f3c"}
    first, again = panel.hand_in("7f3c"), panel.hand_in("7f3c")
    other = panel.hand_in("7f3c", text="Передумал.")
    elsewhere = panel.knock(
        "POST",
        f"/v1/tickets/{first.body['ticket']}/entries",
        {name: REQUEST[name] for name in ("account", "author", "text")},
        key,
    )

    assert first.body == again.body
    assert (other.status, elsewhere.status) == (422, 422)
    assert other.body == {"errors": ["Idempotency-Key: was used for another request"]}


def test_the_same_key_at_the_same_time_takes_one(panel: Panel) -> None:
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(panel.hand_in("k"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {reply.body["mail"] for reply in replies} == {replies[0].body["mail"]}
    assert [reply.status for reply in replies] == [202] * 8


def test_the_same_words_twice_are_two_requests(panel: Panel) -> None:
    first, second = panel.hand_in(), panel.hand_in()

    assert panel.row(second.body["mail"])["verdict"] == "opened"
    assert first.body["ticket"] != second.body["ticket"]


def test_a_whole_mail_is_taken_as_it_is_and_never_for_another_account(panel: Panel) -> None:
    raw = (
        "From: Bot <bot@panel.example>\r\nMessage-ID: <1@panel.example>\r\nSubject: Вопрос\r\n\r\n"
        "Как дела?\r\n"
    ).encode()
    kind = {"Content-Type": "message/rfc822"}
    query = "/v1/tickets?account={}&author={}&class=refund"
    his = panel.knock("POST", query.format("1001", "office@stroymir.ru"), raw, kind)
    again = panel.knock("POST", query.format("1001", "office@stroymir.ru"), raw, kind)
    others = panel.knock("POST", query.format("1003", "ivan@med-center.ru"), raw, kind)
    keyed = panel.knock(
        "POST", query.format("1001", "office@stroymir.ru"), raw, {**kind, "Idempotency-Key": "another"}
    )
    verdicts = [panel.row(reply.body["mail"])["verdict"] for reply in (his, again, others, keyed)]

    assert verdicts == ["opened", "duplicate", "opened", "opened"]
    assert panel.row(his.body["mail"])["author"] == "office@stroymir.ru"
    assert panel.texts(his.body["ticket"]) == ["Как дела?"]


def test_a_whole_mail_says_in_the_query_for_whom(panel: Panel) -> None:
    kind = {"Content-Type": "message/rfc822"}
    nobody = panel.knock("POST", "/v1/tickets", b"Subject: x\r\n\r\nx", kind)
    both = panel.knock("POST", "/v1/tickets?account=1001", REQUEST)

    assert nobody.body == {"errors": ["query.account: is required", "query.author: is required"]}
    assert both.body == {"errors": ["query.account: belongs into the body"]}


@pytest.mark.parametrize(
    ("changes", "to", "silence"),
    [
        ({}, "office@stroymir.ru", None),
        ({"author": "Director@stroymir.ru"}, "director@stroymir.ru", None),
        ({"author": "somebody@elsewhere.example"}, "director@stroymir.ru", None),
        ({"author": "ivan@med-center.ru"}, "director@stroymir.ru", None),
        ({"account": "1003", "author": "office@stroymir.ru"}, None, "not-on-record"),
        ({"author": "no-reply@stroymir.ru"}, None, "machine-address"),
    ],
)
def test_the_acknowledgement_goes_to_whom_the_account_has_on_record(
    panel: Panel, changes: dict[str, Any], to: str | None, silence: str | None
) -> None:
    row = panel.row(panel.hand_in(**changes).body["mail"])
    with panel.ledger.read() as ask:
        letter = letters.about(ask, row["letter"]) if row["letter"] else None

    assert (letter.recipient if letter else None, row["silence"]) == (to, silence)


def test_while_the_directory_is_down_it_is_taken_and_known_by_the_panels_word(
    ledger: Ledger, pool: Pool
) -> None:
    with Panel(ledger, pool, Down()).settles() as panel:
        reply = panel.hand_in()
        with ledger.read() as ask:
            found = tickets.find(ask, int(reply.body["ticket"]))

    assert found is not None
    assert (found.identification.account, found.identification.waits) == ("1001", True)
    assert panel.row(reply.body["mail"])["silence"] == "not-on-record"


@pytest.mark.parametrize(
    ("author", "to"),
    [("office@stroymir.ru", ["office@stroymir.ru"]), ("thief@freemail.example", ["director@stroymir.ru"])],
)
def test_what_came_while_the_directory_was_down_is_acknowledged_once_it_is_back(
    ledger: Ledger, pool: Pool, author: str, to: list[str]
) -> None:
    with Panel(ledger, pool, Down()).settles() as panel:
        number = int(panel.hand_in(author=author, subject="Вопрос").body["ticket"])
    directory = TableDirectory(with_customers(ledger))
    for _ in range(2):
        complete(ledger, directory, panel.rulebook, NOW)
    with ledger.read() as ask:
        sent = letters.of_ticket(ask, number)
        raw = letters.raw_of(ask, sent[0].id)

    assert [(letter.kind, letter.recipient) for letter in sent] == [("acknowledgement", each) for each in to]
    assert str(number).encode() in (raw or b"")


def test_without_a_number_in_time_the_mail_alone_is_told(ledger: Ledger, pool: Pool) -> None:
    with Panel(with_customers(ledger), pool, wait_seconds=0.05) as panel:
        reply = panel.hand_in()

    assert (reply.status, reply.body) == (202, {"mail": "1", "ticket": None})


def test_a_ticket_is_shown_to_its_account_as_its_customer_may_see_it(panel: Panel) -> None:
    number = panel.hand_in(**{"class": "refund"}).body["ticket"]
    with panel.ledger.write() as work:
        for kind in EntryKind:
            tickets.add_entry(work, int(number), Entry("x@y.ru", kind, NOW, f"said as {kind}"))
    shown = panel.knock("GET", f"/v1/tickets/{number}?account=1001").body

    assert (shown["number"], shown["status"], shown["subject"]) == (number, "open", "Перенос домена")
    assert (shown["class"], shown["objects"]) == ("refund", [])
    assert shown["identification"] == {"state": "known", "account": "1001"}
    assert shown["assurance"] == {"level": "authorised", "evidence": ["panel", "authenticated-contact"]}
    assert [entry["text"] for entry in shown["entries"]] == [
        REQUEST["text"],
        "said as request",
        "said as reply",
    ]
    assert shown["opened"].endswith("Z")


@pytest.mark.parametrize("number", ["100421", "THEIRS", "nonsense", "9" * 40, "0", "-1", "%00", "١٠٠٤٢٠"])
def test_another_accounts_ticket_is_not_there(panel: Panel, number: str) -> None:
    number = panel.hand_in().body["ticket"] if number == "THEIRS" else number
    path = f"/v1/tickets/{number.encode().hex() if not number.isascii() else number}"
    looked = panel.knock("GET", f"{path}?account=1003")
    added = panel.knock(
        "POST", f"{path}/entries", {"account": "1003", "author": "ivan@med-center.ru", "text": "Дай"}
    )

    assert [(looked.status, looked.body), (added.status, added.body)] == [(404, NONE_SUCH)] * 2


def test_a_ticket_that_only_claims_the_account_is_not_there(panel: Panel) -> None:
    number = panel.hand_in().body["ticket"]
    with panel.ledger.write() as work:
        found = tickets.find(work, int(number))
        assert found is not None
        claimed = replace(found.identification, vouched="", contacts=())
        tickets.identify(work, int(number), claimed, answered=False)

    assert panel.knock("GET", f"/v1/tickets/{number}?account=1001").body == NONE_SUCH


def test_further_words_join_and_reopen(panel: Panel) -> None:
    number = panel.hand_in().body["ticket"]
    with panel.ledger.write() as work:
        tickets.set_status(work, int(number), Status.RESOLVED, NOW)
    words = {"account": "1001", "author": "other@elsewhere.example", "text": "Всё ещё не работает."}
    reply = panel.knock("POST", f"/v1/tickets/{number}/entries", words)
    row = panel.row(reply.body["mail"])

    assert (reply.status, reply.body["ticket"], row["verdict"]) == (202, number, "joined")
    assert panel.texts(number) == [REQUEST["text"], "Всё ещё не работает."]
    with panel.ledger.read() as ask:
        assert [each["status"] for each in tickets.listing(ask, "", 9)] == ["open"]


def test_an_author_who_takes_part_elsewhere_joins_nothing_by_that(panel: Panel) -> None:
    """In a panel anybody may write down another's address: it must not lead into his tickets."""
    with panel.ledger.write() as work:
        tickets.open_ticket(work, ticket(requester=MED.contacts[0], participants=MED.contacts))
    reply = panel.hand_in(author=MED.contacts[0], subject=f"Re: [#{THEIRS}]")

    assert reply.body["ticket"] != str(THEIRS)
    assert panel.texts(str(THEIRS)) == []
    assert panel.row(reply.body["mail"])["verdict"] == "opened"


def test_the_account_is_that_of_the_panel_whatever_the_text_names(panel: Panel) -> None:
    reply = panel.hand_in(text=f"Мой логин {MED.login}, домен {MED.domains[0]}")
    with panel.ledger.read() as ask:
        found = tickets.find(ask, int(reply.body["ticket"]))

    assert found is not None
    assert found.identification.account == STROY.id
    assert found.identification.missing == ()


def test_another_accounts_domain_is_refused(panel: Panel) -> None:
    asked = {"class": "domain-transfer", "object": MED.domains[0]}

    assert panel.hand_in(**asked).body == {"errors": ["object: is not this account's"]}
