"""What is proven about a writer: every row of the table, by evidence and level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.account import Hit, Key, KeyKind, Records
from mailgate.core.assurance import (
    NO_CLAIMS,
    NO_WRITER,
    NOT_ASSURED,
    Assurance,
    Claims,
    Proof,
    assurance,
    claims,
    looked_up,
)
from mailgate.core.authenticity import Authentication
from mailgate.core.candidate import Candidate, CandidateKind, How, Likeness, Place
from mailgate.core.identification import Contact
from mailgate.core.request import Level
from mailgate.store import rows

OURS, OTHER = "1001", "1002"
HITS = {
    Key(KeyKind.LOGIN, "u10432"): (OURS,),
    Key(KeyKind.LOGIN, "u10518"): (OTHER,),
    Key(KeyKind.CONTRACT, "4051234"): (OURS,),
    Key(KeyKind.DOMAIN, "stroymir.ru"): (OURS,),
    Key(KeyKind.DOMAIN, "shared.ru"): (OURS, OTHER),
}
RECORDS = Records(tuple(Hit(key, number) for key, numbers in HITS.items() for number in numbers))


def value(kind: str, text: str, place: Place = Place.WORDS, likeness: Likeness = Likeness.EXACT) -> Candidate:
    return Candidate(CandidateKind(kind), text, text, place, How.BARE, likeness)


LOGIN = value("login", "u10432")
CONTRACT = value("contract", "4051234")
DOMAIN = value("domain", "www2.stroymir.ru")
SHARED = value("domain", "shared.ru")
STRANGE = value("login", "u10518")
UNKNOWN = value("login", "u99999")
CLEANED = value("login", "u10432", likeness=Likeness.NORMALISED)
LOOKALIKE = value("login", "u10432", likeness=Likeness.LOOKALIKE)
IVAN = Contact("ivan@stroymir.ru", (OURS,), is_authenticated=False)
PROVEN_IVAN = Contact("ivan@stroymir.ru", (OURS,), is_authenticated=True)
PROVEN_OTHER = Contact("max@other.example", (OTHER,), is_authenticated=True)
AGENCY = Contact("agency@other.example", (OTHER, OURS), is_authenticated=True)
PROVEN_STRANGER = Contact("eve@elsewhere.example", (), is_authenticated=True)

PASS, FAIL = Authentication.PASS, Authentication.FAIL
NONE, CLAIMED, ON_RECORD = Level.NONE, Level.CLAIMED, Level.ON_RECORD

ROWS: dict[str, tuple[tuple[Candidate, ...], Contact, Authentication, Level, tuple[Proof, ...]]] = {
    "nothing": ((), NO_WRITER, PASS, NONE, ()),
    "a login": ((LOGIN,), NO_WRITER, PASS, CLAIMED, (Proof.LOGIN,)),
    "a contract": ((CONTRACT,), NO_WRITER, PASS, CLAIMED, (Proof.CONTRACT,)),
    "a host in a domain": ((DOMAIN,), NO_WRITER, PASS, CLAIMED, (Proof.DOMAIN,)),
    "two that agree": ((DOMAIN, LOGIN), NO_WRITER, PASS, CLAIMED, (Proof.LOGIN, Proof.DOMAIN)),
    "the same twice": (
        (LOGIN, value("login", "u10432", Place.SUBJECT)),
        NO_WRITER,
        PASS,
        CLAIMED,
        (Proof.LOGIN,),
    ),
    "one of several accounts": ((SHARED,), NO_WRITER, PASS, CLAIMED, (Proof.DOMAIN,)),
    "one that does not exist": ((UNKNOWN,), NO_WRITER, PASS, NONE, ()),
    "one of another account": ((STRANGE,), NO_WRITER, PASS, NONE, (Proof.CONTRADICTED,)),
    "a76 ours and another's": ((LOGIN, STRANGE), NO_WRITER, PASS, NONE, (Proof.CONTRADICTED,)),
    "a76 quoted": ((value("login", "u10432", Place.QUOTED),), NO_WRITER, PASS, NONE, ()),
    "a76 in a signature": ((value("domain", "stroymir.ru", Place.SIGNATURE),), NO_WRITER, PASS, NONE, ()),
    "a74 a look-alike": ((LOOKALIKE,), NO_WRITER, PASS, NONE, ()),
    "a contact's address": ((), IVAN, Authentication.UNKNOWN, CLAIMED, (Proof.CLAIMED_CONTACT,)),
    "and a login": ((LOGIN,), IVAN, Authentication.UNKNOWN, CLAIMED, (Proof.CLAIMED_CONTACT, Proof.LOGIN)),
    "a proven contact": ((), PROVEN_IVAN, PASS, ON_RECORD, (Proof.AUTHENTICATED_CONTACT,)),
    "who names another's login": (
        (STRANGE,),
        PROVEN_IVAN,
        PASS,
        ON_RECORD,
        (Proof.AUTHENTICATED_CONTACT, Proof.CONTRADICTED),
    ),
    "a contact of several": ((), AGENCY, PASS, ON_RECORD, (Proof.AUTHENTICATED_CONTACT,)),
    "another's proven contact": ((), PROVEN_OTHER, PASS, NONE, ()),
    "who names our login": ((LOGIN,), PROVEN_OTHER, PASS, CLAIMED, (Proof.LOGIN,)),
    "a proven stranger": ((), PROVEN_STRANGER, PASS, NONE, ()),
    "a55 a forged From of a contact": ((), IVAN, FAIL, NONE, (Proof.FAILED,)),
    "a55 with all the data": ((LOGIN, CONTRACT, DOMAIN), IVAN, FAIL, NONE, (Proof.FAILED,)),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_proven(name: str) -> None:
    candidates, writer, authentication, level, evidence = ROWS[name]
    shown = claims(candidates, writer, authentication, RECORDS)

    assert assurance(OURS, shown) == Assurance(level, evidence, shown)
    if Proof.CONTRADICTED not in evidence:
        assert assurance(OURS, shown, is_critical=True) == Assurance(level, evidence, shown)


def test_a75_a_value_that_had_to_be_cleaned_is_too_little_for_a_critical_request() -> None:
    shown = claims((CLEANED,), NO_WRITER, PASS, RECORDS)
    both = claims((CLEANED, CONTRACT), NO_WRITER, PASS, RECORDS)

    assert assurance(OURS, shown).level is CLAIMED
    assert assurance(OURS, shown, is_critical=True) == Assurance(NONE, (Proof.INEXACT,), shown)
    assert assurance(OURS, both, is_critical=True).evidence == (Proof.CONTRACT, Proof.INEXACT)


def test_a_confirmed_request_is_authorised_whoever_wrote() -> None:
    shown = claims((), IVAN, FAIL, RECORDS)

    told = assurance(OURS, shown, is_confirmed=True)

    assert told == Assurance(Level.AUTHORISED, (Proof.CHALLENGE, Proof.FAILED), shown)


def test_the_panel_speaks_for_its_own_account_alone() -> None:
    shown = claims((), NO_WRITER, Authentication.UNKNOWN, RECORDS, panel=OURS)

    assert assurance(OURS, shown).level is Level.AUTHORISED
    assert assurance(OTHER, shown) == Assurance(NONE, (), shown)


@given(st.sampled_from([row[:3] for row in ROWS.values()]), st.booleans())
def test_nothing_is_proven_for_an_account_that_is_not_known(
    row: tuple[tuple[Candidate, ...], Contact, Authentication], is_critical: bool
) -> None:
    told = assurance("", claims(*row, RECORDS), is_critical=is_critical)

    assert told.level is NONE
    assert set(told.evidence) <= {Proof.FAILED}


def test_said_by_staff_of_another_account_the_same_mail_proves_something_else() -> None:
    shown = claims((STRANGE,), PROVEN_IVAN, PASS, RECORDS)

    assert assurance(OURS, shown).level is ON_RECORD
    assert assurance(OTHER, shown).level is CLAIMED


def test_what_could_not_be_looked_up_is_later() -> None:
    writer = Contact("ivan@stroymir.ru", (), is_authenticated=True)
    shown = claims((LOGIN, UNKNOWN), writer, PASS, Records(is_down=True))
    records = Records((*RECORDS.hits, Hit(Key(KeyKind.ADDRESS, "ivan@stroymir.ru"), OURS)))

    assert shown.waits
    assert assurance(OURS, shown).level is NONE
    assert looked_up(shown, records) == claims((LOGIN, UNKNOWN), PROVEN_IVAN, PASS, records)


def test_a_writer_who_is_nowhere_on_record_is_not_kept() -> None:
    waiting = claims((), PROVEN_STRANGER, PASS, Records(is_down=True))

    assert claims((), PROVEN_STRANGER, PASS, RECORDS) == NO_CLAIMS
    assert waiting.writer == PROVEN_STRANGER
    assert looked_up(waiting, RECORDS) == NO_CLAIMS


@pytest.mark.parametrize("shown", [NO_CLAIMS, Claims((), PROVEN_IVAN), Claims(has_failed=True)])
def test_an_assurance_is_kept_as_it_is(shown: Claims) -> None:
    told = assurance(OURS, shown)

    assert rows.assurance_of(rows.assurance_text(told)) == told
    assert rows.assurance_text(NOT_ASSURED) == ""
