"""`ticket class`, and what tickets and mails show of what is asked for and what is proven."""

import re

import pytest

from mailgate.core.audit import Event
from mailgate.store import audit
from tests import customers
from tests.builders import THEIRS
from tests.cli.place import Place, question
from tests.cli.test_ticket import opened

ASKS = "Please send me the auth code of the domain stroymir.ru to transfer it to another registrar."
TRUST = """
[trust]
authserv_ids = ["mx.hoster.example"]
hops = ["127.0.0.1:2525"]
"""
PASS = "Authentication-Results: mx.hoster.example; dmarc=pass header.from=stroymir.ru"


@pytest.fixture(autouse=True)
def customers_base(place: Place) -> None:
    customers.load(place.ledger, customers.base())
    with place.settings.open("a") as file:
        file.write(TRUST)


def asked(place: Place, text: str = ASKS, *more: str, sender: str = "ivan@client.example") -> tuple[int, str]:
    """A mail that asks, and the number of its ticket."""
    mail = place.send(question("asks", "Domain", text, sender, *more))
    return mail, str(place.row(mail)["ticket"])


def field(told: str, name: str) -> list[str]:
    return re.findall(rf"^{name}  +(.+)$", told, re.MULTILINE)


def events(place: Place, number: str) -> list[Event]:
    with place.ledger.read() as ask:
        return [each.record.step.event for each in audit.of_ticket(ask, int(number)) if each.record]


def test_a_ticket_shows_what_is_asked_for_and_what_is_proven(place: Place) -> None:
    _, number = asked(place, f"My login is u10432. {ASKS}")
    told = place.tell("ticket", "show", number)
    shown = place.ask("ticket", "show", number)

    (asks,) = field(told, "Asks for")
    assert asks.startswith("domain-transfer (transfer of a domain")
    assert "), critical, by “" in asks
    assert field(told, "Object") == ["domain stroymir.ru"]
    assert field(told, "Proven") == ["claimed (login and domain agree); needed: authorised"]
    assert (shown["class"], shown["objects"]) == (
        "domain-transfer",
        [{"kind": "domain", "value": "stroymir.ru"}],
    )
    assert (shown["critical"], shown["needed"], shown["class_by_staff"]) == (True, "authorised", False)
    assert shown["assurance"] == {"level": "claimed", "evidence": ["login", "domain"]}
    assert [entry["assurance"] for entry in shown["entries"]] == [shown["assurance"]]


def test_a_later_mail_that_proves_something_else_is_told_apart(place: Place) -> None:
    _, number = asked(place, ASKS, PASS, sender="office@stroymir.ru")
    later = place.send(question("later", f"[#{number}] Domain", "Any news?", "office@stroymir.ru"))
    told = place.tell("ticket", "show", number)
    shown = place.ask("ticket", "show", number)

    proven = "on record (an authenticated contact of the account; domain agrees); needed: authorised"
    assert field(told, "Proven") == [proven]
    assert field(told, f"Proven, mail {later}") == ["claimed (From has a contact's address, not proven)"]
    assert [entry["assurance"]["level"] for entry in shown["entries"]] == ["on_record", "claimed"]


def test_the_same_words_of_a_less_proven_writer_count_less(place: Place) -> None:
    _, number = asked(place, ASKS, PASS, sender="office@stroymir.ru")
    place.send(question("again", f"[#{number}] Domain", ASKS, "office@stroymir.ru"))

    assert place.ask("ticket", "show", number)["assurance"]["level"] == "claimed"


def test_said_of_another_account_a_mail_proves_nothing(place: Place) -> None:
    _, number = asked(place, ASKS, PASS, sender="office@stroymir.ru")
    place.tell("ticket", "identify", number, "--login", "u10518")

    assert place.ask("ticket", "show", number)["assurance"] == {"level": "none", "evidence": ["contradicted"]}


def test_a_mail_shows_and_explains_what_it_asks_for(place: Place) -> None:
    mail, _ = asked(place, f"My login is u10432. {ASKS}")
    shown = place.ask("mail", "show", mail)
    why = place.tell("mail", "explain", mail)

    assert shown["class"] == "domain-transfer"
    assert shown["objects"] == [{"kind": "domain", "value": "stroymir.ru"}]
    assert shown["assurance"] == {"level": "claimed", "evidence": ["login", "domain"]}
    assert re.search("It asks for domain-transfer, by “.+”; domain stroymir.ru[.]", why)
    assert "What is proven about its writer: claimed (login and domain agree)." in why
    assert field(place.tell("mail", "show", mail), "Proven") == ["claimed (login and domain agree)"]


def test_a_mail_that_asks_for_nothing_says_so(place: Place) -> None:
    mail, number = asked(place, "How do I add a mailbox?")
    shown = place.ask("ticket", "show", number)

    assert "It asks for nothing that belongs to a class of request." in place.tell("mail", "explain", mail)
    assert (shown["class"], shown["objects"], shown["needed"]) == (None, [], None)
    assert field(place.tell("ticket", "show", number), "Asks for") == []


def test_a_mail_that_waits_asks_for_nothing_yet(place: Place) -> None:
    shown = place.ask("mail", "show", place.post(question(text=ASKS)))

    assert (shown["class"], shown["assurance"]) == (None, None)


def test_decided_again_by_other_classes_shows_what_differs(place: Place) -> None:
    mail, _ = asked(place)
    with place.settings.open("a") as file:
        file.write('[[request]]\nname = "domain-transfer"\nenabled = false\n')

    assert "class: then domain-transfer; now none" in place.tell("mail", "explain", mail, "--again")


def test_a_call_asks_for_what_was_said(place: Place) -> None:
    number = opened(place, "Domain", ASKS)

    assert place.ask("ticket", "show", number)["class"] == "domain-transfer"
    told = place.tell("ticket", "show", number)
    assert field(told, "Proven") == ["nothing: no mail of its writer is here; needed: authorised"]


def test_staff_sets_class_and_object(place: Place) -> None:
    mail, number = asked(place, "Something about my site")
    told = place.tell("ticket", "class", number, "delegation-change", "--object", "domain=СТРОЙМИР.рф")
    shown = place.ask("ticket", "show", number)

    assert f"Ticket #{number}: asks for delegation-change; domain строймир.рф" in told
    assert (shown["class"], shown["class_by_staff"]) == ("delegation-change", True)
    assert shown["objects"] == [{"kind": "domain", "value": "xn--h1abjgjebi.xn--p1ai"}]
    assert shown["entries"][-1]["text"].startswith("by hand: asks for delegation-change")
    text = place.tell("ticket", "show", number)
    assert field(text, "Object")[1] == "not named yet: nameserver"
    assert "critical, set by staff" in text
    assert events(place, number) == [Event.CLASS_SET, Event.OBJECT_SET]
    assert place.row(mail)["request"] == ""


def test_staff_mends_an_object_and_lifts_the_class(place: Place) -> None:
    _, number = asked(place)

    place.tell("ticket", "class", number, "domain-transfer", "--object", "domain=other.ru")
    assert "already" in place.tell("ticket", "class", number, "domain-transfer")
    assert "asks for nothing of a class" in place.tell("ticket", "class", number, "--lift")
    assert "staff lifted it" in place.tell("ticket", "show", number)
    assert place.ask("ticket", "show", number)["class"] is None
    assert events(place, number) == [
        Event.CLASS_SET,
        Event.OBJECT_LIFTED,
        Event.OBJECT_SET,
        Event.CLASS_LIFTED,
        Event.OBJECT_LIFTED,
    ]
    trail = place.tell("audit", "show", number)
    assert "stroymir.ru" not in trail
    assert "other.ru" not in trail


def test_what_staff_said_no_later_mail_changes(place: Place) -> None:
    _, number = asked(place)
    place.tell("ticket", "class", number, "--lift")
    later = place.send(question("later", f"[#{number}] Domain", ASKS))

    assert place.row(later)["verdict"] == "joined"
    assert place.ask("mail", "show", later)["class"] == "domain-transfer"
    assert place.ask("ticket", "show", number)["class"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("transfer",), "there is no class 'transfer'; there are: access-recovery, owner-change"),
        (("domain-transfer", "--object", "person=Ivan"), "no object of the kind 'person'; it has: domain"),
        (("domain-transfer", "--object", "stroymir.ru"), "no object of the kind 'stroymir.ru'"),
        (("domain-transfer", "--object", "domain=a b"), "'a b' is no domain"),
        (("refund", "--object", "domain=a.ru"), "it has: none"),
    ],
)
def test_what_cannot_be_set_says_what_can(place: Place, words: tuple[str, ...], said: str) -> None:
    number = opened(place)
    refused = place.call("ticket", "class", number, *words)

    assert refused.exit_code == 65
    assert said in refused.stderr
    assert events(place, number) == []


@pytest.mark.parametrize("words", [(), ("refund", "--lift"), ("--lift", "--object", "domain=a.ru")])
def test_class_needs_a_name_or_lift(place: Place, words: tuple[str, ...]) -> None:
    assert place.call("ticket", "class", opened(place), *words).exit_code == 64


def test_an_unknown_ticket_has_no_class(place: Place) -> None:
    assert place.call("ticket", "class", THEIRS, "refund").exit_code == 65


def test_tickets_are_listed_by_class(place: Place) -> None:
    _, number = asked(place, f"My login is u10432. {ASKS}")
    other = opened(place)
    place.tell("ticket", "class", other, "refund")

    def listed(*words: str) -> list[str]:
        return [each["number"] for each in place.ask("ticket", "list", *words)]

    assert listed("--class", "domain-transfer") == [number]
    assert listed("--class", "refund", "--status", "open") == [other]
    assert listed("--class", "refund", "--status", "closed") == []
    assert listed("--class", "domain-transfer", "--account", "u10432") == [number]
    assert listed("--class", "refund", "--account", "u10432") == []
    assert listed("--class", "deletion") == []
    assert re.search(rf"#{number} .* domain-transfer ", place.tell("ticket", "list"))
    unknown = place.call("ticket", "list", "--class", "transfer")
    assert unknown.exit_code == 65
    assert "there are: access-recovery" in unknown.stderr


def test_a_class_that_is_no_more_keeps_its_tickets(place: Place) -> None:
    _, number = asked(place)
    with place.settings.open("a") as file:
        file.write('[[request]]\nname = "domain-transfer"\nenabled = false\n')

    assert [each["number"] for each in place.ask("ticket", "list", "--class", "domain-transfer")] == [number]
    shown = place.ask("ticket", "show", number)
    assert (shown["critical"], shown["needed"]) == (False, None)
    assert "do not know any more" in place.tell("ticket", "show", number)
