"""What is asked for, as it is decided: what a ticket remembers of it, and what is proven about who asks."""

from dataclasses import replace

import pytest

from mailgate.config.request import requests_of
from mailgate.core.account import Account, Hit, Key, KeyKind, Records
from mailgate.core.assurance import NOT_ASSURED, Proof
from mailgate.core.candidate import Candidate, CandidateKind, How, Likeness, Place
from mailgate.core.decide import decide
from mailgate.core.effects import Ask, Decision, OpenTicket
from mailgate.core.identification import Contact, Identification, State
from mailgate.core.mail import Door, Mail
from mailgate.core.request import NO_REQUEST, Level, Object, ObjectKind, Request, asked_by, entry_digest
from tests.builders import CLIENT, THEIRS, TRUSTED, address, case, envelope, facts, mail, mark, ticket

RULES = replace(TRUSTED, requests=requests_of(()))
DOMAIN = Object(ObjectKind.DOMAIN, "stroymir.ru")
TRANSFER = Request("domain-transfer", (DOMAIN,), "auth-код")
PASSWORD = Request("access-recovery", (), "сбросить пароль")
STRANGER = address("eve@elsewhere.example")
PASS = {"Authentication-Results": "mx.hoster.example; dmarc=pass header.from=client.example"}
FAIL = {"Authentication-Results": "mx.hoster.example; dmarc=fail header.from=client.example"}
LOGIN = Candidate(CandidateKind.LOGIN, "u10432", "u10432", Place.WORDS, How.LABEL)
RECORDS = Records(
    (Hit(Key(KeyKind.LOGIN, "u10432"), "1001"), Hit(Key(KeyKind.ADDRESS, CLIENT), "1001")),
    (Account("1001", "u10432", contacts=(CLIENT,)),),
)
WORDS = "Пришлите auth-код домена stroymir.ru"
KNOWN = Identification(
    State.KNOWN,
    "1001",
    contacts=(Contact(CLIENT, ("1001",), is_authenticated=True),),
    accounts=RECORDS.accounts,
)


def asks(request: Request = TRANSFER, headers: dict[str, str] | None = None, **changes: object) -> Mail:
    return replace(mail(headers, new_words=WORDS, text=WORDS, **changes), request=request)


def joined(read: Mail, before: Request = NO_REQUEST) -> Decision:
    known = facts(tickets=(ticket(request=before, identification=KNOWN),), records=RECORDS)
    return decide(case(read, known, RULES))


def asked(decision: Decision) -> list[Request]:
    return [effect.request for effect in decision.effects if isinstance(effect, Ask | OpenTicket)]


@pytest.mark.parametrize("request_of_mail", [TRANSFER, NO_REQUEST])
def test_a_new_ticket_asks_for_what_its_mail_asks_for(request_of_mail: Request) -> None:
    (request,) = asked(decide(case(asks(request_of_mail), rules=RULES)))

    assert request == asked_by(request_of_mail, WORDS)
    assert request.entry == (entry_digest(WORDS) if request_of_mail.name else "")


BEFORE = asked_by(replace(TRANSFER, phrase="before"), "before")
LATER = {
    "the first to ask": (NO_REQUEST, asks(), [asked_by(TRANSFER, WORDS)]),
    "another class": (BEFORE, asks(PASSWORD, PASS), [asked_by(PASSWORD, WORDS, "ivan@client.example")]),
    "a63 from who is not proven as the one before": (BEFORE, asks(PASSWORD), []),
    "the same": (BEFORE, asks(), []),
    "nothing of a class": (BEFORE, asks(NO_REQUEST), []),
    "set by staff": (replace(BEFORE, by_staff=True), asks(PASSWORD), []),
    "lifted by staff": (Request(by_staff=True), asks(PASSWORD), []),
    "from a machine": (BEFORE, asks(PASSWORD, {"Auto-Submitted": "auto-generated"}), []),
    "imported": (BEFORE, asks(PASSWORD, envelope=envelope(door=Door.IMPORT, bulk=True)), []),
    "from an outsider": (BEFORE, asks(PASSWORD, author=STRANGER), []),
    "a55 from a forged participant": (BEFORE, asks(PASSWORD, FAIL), []),
}


@pytest.mark.parametrize("name", LATER)
def test_a_participants_later_mail_changes_what_is_asked_for(name: str) -> None:
    before, read, changed = LATER[name]
    decision = joined(replace(read, references=(mark(),)), before)

    assert asked(decision) == changed
    assert decision.ticket == THEIRS


PROVEN = {
    "a stranger": (asks(author=STRANGER), Level.NONE, ()),
    "a stranger with a login": (
        asks(author=STRANGER, candidates=(LOGIN,)),
        Level.CLAIMED,
        (Proof.LOGIN,),
    ),
    "a75 with a login that had to be cleaned": (
        asks(author=STRANGER, candidates=(replace(LOGIN, likeness=Likeness.NORMALISED),)),
        Level.NONE,
        (Proof.INEXACT,),
    ),
    "a75 where nothing critical is asked for": (
        asks(NO_REQUEST, author=STRANGER, candidates=(replace(LOGIN, likeness=Likeness.NORMALISED),)),
        Level.CLAIMED,
        (Proof.LOGIN,),
    ),
    "a contact nobody vouches for, with a login": (
        asks(candidates=(LOGIN,)),
        Level.CLAIMED,
        (Proof.CLAIMED_CONTACT, Proof.LOGIN),
    ),
    "a proven contact": (asks(headers=PASS), Level.ON_RECORD, (Proof.AUTHENTICATED_CONTACT,)),
    "a55 a forged contact with a login": (
        asks(headers=FAIL, candidates=(LOGIN,)),
        Level.NONE,
        (Proof.FAILED,),
    ),
}


@pytest.mark.parametrize("name", PROVEN)
def test_what_is_proven_about_who_opens_a_ticket(name: str) -> None:
    read, level, evidence = PROVEN[name]
    proven = decide(case(read, facts(records=RECORDS), RULES)).assurance

    assert (proven.level, proven.evidence) == (level, evidence)


def test_what_is_proven_about_a_later_mail_is_its_own() -> None:
    def proven(headers: dict[str, str] | None = None, **changes: object) -> tuple[Level, tuple[Proof, ...]]:
        told = joined(asks(TRANSFER, headers, references=(mark(),), **changes)).assurance
        return told.level, told.evidence

    assert proven(PASS) == (Level.ON_RECORD, (Proof.AUTHENTICATED_CONTACT,))
    assert proven() == (Level.CLAIMED, (Proof.CLAIMED_CONTACT,))
    assert proven(author=STRANGER) == (Level.NONE, ())
    assert proven(author=STRANGER, candidates=(LOGIN,)) == (Level.CLAIMED, (Proof.LOGIN,))


def test_a_copy_proves_nothing() -> None:
    copy = facts(duplicate_of=1, records=RECORDS)

    assert decide(case(asks(headers=PASS), copy, RULES)).assurance == NOT_ASSURED
