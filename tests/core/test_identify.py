"""Whose request it is: verdicts by evidence, and what is asked of whom."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.account import NO_RECORDS, Account, Records, records_of
from mailgate.core.candidate import Candidate, CandidateKind, How, Likeness, Place
from mailgate.core.identification import NOBODY, Contact, Identification, State
from mailgate.core.identify import completed, contact, identify, keys, missing, named_by_staff
from mailgate.core.need import Need

LOGIN, CONTRACT, DOMAIN, EXTRA = CandidateKind
STROY = Account("1001", "u10432", ("4051234",), ("stroymir.ru",), contacts=("office@stroymir.ru",))
KOFE = Account("1002", "u10518", ("4051871",), ("kofe.ru", "shop.stroymir.ru"), contacts=("max@gmail.com",))
MED = Account("1003", "u14020", ("4059990",), ("med.ru",), contacts=("max@gmail.com",))
BASE = (STROY, KOFE, MED)
ANY = (frozenset(Need),)
ASKED = ((LOGIN, CONTRACT, DOMAIN),)


def found(
    kind: CandidateKind,
    value: str,
    place: Place = Place.WORDS,
    how: How = How.LABEL,
    likeness: Likeness = Likeness.EXACT,
) -> Candidate:
    return Candidate(kind, value, value, place, how, likeness)


def verdict(
    *candidates: Candidate, writer: str = "", proven: bool = False, earlier: Identification = NOBODY
) -> Identification:
    """What is known of a mail with these values by this writer, against the base."""
    records = records_of(BASE, keys(candidates, (writer,)))
    who = contact(writer, records, is_authenticated=proven)
    return identify(candidates, who, records, ANY, earlier)


LOGIN_STROY = found(LOGIN, "u10432")
LOGIN_KOFE = found(LOGIN, "u10518")
NO_SUCH = found(LOGIN, "u99999")

VERDICTS = {
    "nothing": ((), "", False, State.NONE, ""),
    "a login": ((LOGIN_STROY,), "", False, State.KNOWN, "1001"),
    "a login in the subject": ((found(LOGIN, "u10432", Place.SUBJECT),), "", False, State.KNOWN, "1001"),
    "agreeing values": ((LOGIN_STROY, found(CONTRACT, "4051234")), "", False, State.KNOWN, "1001"),
    "a login that does not exist": ((NO_SUCH,), "", False, State.PARTIAL, ""),
    "an invoice alone": ((found(EXTRA, "12345"),), "", False, State.PARTIAL, ""),
    "a mistyped login beside a right contract": (
        (NO_SUCH, found(CONTRACT, "4051234")), "", False, State.KNOWN, "1001",
    ),
    "another site beside a right login": (
        (LOGIN_STROY, found(DOMAIN, "example.com", how=How.BARE)), "", False, State.KNOWN, "1001",
    ),
    "a login of one, a domain of another": (
        (LOGIN_STROY, found(DOMAIN, "kofe.ru", how=How.BARE)), "", False, State.CONFLICT, "",
    ),
    "a host below a domain": ((found(DOMAIN, "mail.stroymir.ru"),), "", False, State.KNOWN, "1001"),
    "the longest parent wins": ((found(DOMAIN, "x.shop.stroymir.ru"),), "", False, State.KNOWN, "1002"),
    "quoted values are a hint": ((found(LOGIN, "u10432", Place.QUOTED),), "", False, State.PARTIAL, ""),
    "a quoted form is his own": (
        (found(LOGIN, "u10432", Place.QUOTED, How.FORM),), "", False, State.KNOWN, "1001",
    ),
    "quoted values of another do no harm": (
        (LOGIN_STROY, found(LOGIN, "u10518", Place.QUOTED)), "", False, State.KNOWN, "1001",
    ),
    "a domain in the signature": (
        (found(DOMAIN, "stroymir.ru", Place.SIGNATURE, How.BARE),), "", False, State.PARTIAL, "",
    ),
    "a domain in a log": ((found(DOMAIN, "stroymir.ru", Place.LOG),), "", False, State.PARTIAL, ""),
    "his domain, which is a customer's": (
        (found(DOMAIN, "stroymir.ru", Place.SENDER, How.ADDRESS),), "", False, State.PARTIAL, "",
    ),
    "his domain, which is nobody's": (
        (found(DOMAIN, "elsewhere.com", Place.SENDER, How.ADDRESS),), "", False, State.NONE, "",
    ),
    "a look-alike never matches": (
        (found(LOGIN, "u10432", likeness=Likeness.LOOKALIKE),), "", False, State.PARTIAL, "",
    ),
    "found after normalising": (
        (found(LOGIN, "u10432", likeness=Likeness.NORMALISED),), "", False, State.KNOWN, "1001",
    ),
    "an authenticated contact": ((), "office@stroymir.ru", True, State.KNOWN, "1001"),
    "the same address, unproven": ((), "office@stroymir.ru", False, State.PARTIAL, ""),
    "an unproven contact with another's login": (
        (LOGIN_KOFE,), "office@stroymir.ru", False, State.KNOWN, "1002",
    ),
    "an authenticated contact with another's login": (
        (LOGIN_KOFE,), "office@stroymir.ru", True, State.CONFLICT, "",
    ),
    "an authenticated contact of two": ((), "max@gmail.com", True, State.PARTIAL, ""),
    "who says which": ((found(DOMAIN, "med.ru"),), "max@gmail.com", True, State.KNOWN, "1003"),
    "an authenticated nobody": ((), "eve@elsewhere.example", True, State.NONE, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(name: str) -> None:
    candidates, writer, proven, state, account = VERDICTS[name]
    known = verdict(*candidates, writer=writer, proven=proven)

    assert (known.state, known.account) == (state, account)
    assert (known.account != "") == (known.record(known.account) is not None)


def test_hints_name_the_likely_account_and_bring_its_record() -> None:
    known = verdict(found(LOGIN, "u10432", Place.QUOTED))

    assert known.likely == ("1001",)
    assert known.record("1001") == STROY


ASKINGS = {
    "nothing": ((), ASKED),
    "a login": ((LOGIN_STROY,), ()),
    "a login that does not exist": ((NO_SUCH,), ()),
    "a look-alike": ((found(LOGIN, "u10432", likeness=Likeness.LOOKALIKE),), ()),
    "a domain in the words": ((found(DOMAIN, "example.com", how=How.BARE),), ()),
    "a domain in the signature": ((found(DOMAIN, "example.com", Place.SIGNATURE),), ()),
    "a domain in a log": ((found(DOMAIN, "example.com", Place.LOG),), ASKED),
    "a quoted domain": ((found(DOMAIN, "example.com", Place.QUOTED),), ASKED),
    "a quoted login": ((found(LOGIN, "u1", Place.QUOTED),), ()),
    "a form in the quoted words": ((found(DOMAIN, "example.com", Place.QUOTED, How.FORM),), ()),
    "the domain he writes from": ((found(DOMAIN, "stroymir.ru", Place.SENDER),), ASKED),
    "an invoice": ((found(EXTRA, "1"),), ()),
}


@pytest.mark.parametrize("name", ASKINGS)
def test_what_is_asked(name: str) -> None:
    candidates, asked = ASKINGS[name]
    assert verdict(*candidates).missing == asked


def test_an_authenticated_contact_is_asked_nothing_and_the_same_address_unproven_is() -> None:
    assert verdict(writer="office@stroymir.ru", proven=True).missing == ()
    assert verdict(writer="office@stroymir.ru").missing == ASKED
    assert verdict(writer="eve@elsewhere.example", proven=True).missing == ASKED


def test_what_is_required_is_the_operators_choice() -> None:
    known = verdict(LOGIN_STROY)
    both = (frozenset({Need.LOGIN}), frozenset({Need.CONTRACT, Need.DOMAIN}))
    contact_alone = frozenset({Need.CONTACT})  # no form can be filled in with that

    assert missing(replace(known, required=())) == ()
    assert missing(replace(known, required=both)) == ((CONTRACT, DOMAIN),)
    assert missing(replace(NOBODY, required=both)) == ((LOGIN,), (CONTRACT, DOMAIN))
    assert missing(replace(NOBODY, required=(contact_alone | {Need.EXTRA},))) == ((EXTRA,),)
    assert missing(replace(NOBODY, required=(contact_alone,))) == ()


KINDS = st.sampled_from(CandidateKind)
PLACES = st.sampled_from(Place)
HOWS = st.sampled_from(How)


@given(
    shapes=st.lists(st.tuples(KINDS, PLACES, HOWS), max_size=6),
    values=st.lists(st.sampled_from(["u10432", "u10518", "4051234", "kofe.ru", "med.ru", "zz"]), min_size=6),
    others=st.lists(st.sampled_from(["u10432", "u14020", "4059990", "med.ru", "yy", "xx"]), min_size=6),
    down=st.booleans(),
)
def test_a77_an_unproven_writer_is_asked_by_the_kinds_of_his_values_alone(
    shapes: list[tuple[CandidateKind, Place, How]], values: list[str], others: list[str], down: bool
) -> None:
    def asked(of: list[str], base: tuple[Account, ...], writer: str) -> object:
        candidates = tuple(found(k, of[n], place, how) for n, (k, place, how) in enumerate(shapes))
        records = Records(is_down=True) if down else records_of(base, keys(candidates, (writer,)))
        who = contact(writer, records, is_authenticated=False)
        return identify(candidates, who, records, ANY).missing

    assert asked(values, BASE, "office@stroymir.ru") == asked(others, (), "eve@elsewhere.example")


def test_an_answer_completes_what_was_missing() -> None:
    first = verdict(writer="max@gmail.com")
    then = verdict(LOGIN_STROY, writer="max@gmail.com", earlier=first)

    assert (first.state, first.missing) == (State.PARTIAL, ASKED)
    assert (then.state, then.account, then.missing) == (State.KNOWN, "1001", ())


def test_an_answer_with_half_of_the_form_meets_the_other_half_given_before() -> None:
    first = verdict(found(CONTRACT, "4051234"))
    then = verdict(LOGIN_KOFE, earlier=first)

    assert (then.state, then.likely) == (State.CONFLICT, ("1002", "1001"))


def test_a_mistyped_login_is_mended_by_the_next_mail() -> None:
    first = verdict(LOGIN_STROY, found(DOMAIN, "kofe.ru"))
    then = verdict(LOGIN_KOFE, earlier=first)

    assert first.state is State.CONFLICT
    assert (then.state, then.account) == (State.KNOWN, "1002")


def test_a_login_that_does_not_exist_takes_nobodys_place() -> None:
    first = verdict(LOGIN_STROY)
    then = verdict(NO_SUCH, found(DOMAIN, "other.com", how=How.BARE), earlier=first)

    assert (then.state, then.account) == (State.KNOWN, "1001")
    assert ("1001",) in [each.accounts for each in then.evidence]


def test_a_proven_contact_mends_what_a_stranger_typed() -> None:
    first = verdict(LOGIN_KOFE)
    then = verdict(LOGIN_STROY, writer="office@stroymir.ru", proven=True, earlier=first)

    assert (then.account, then.is_proven) == ("1001", True)


def test_a_proven_account_stays_whatever_is_said_later() -> None:
    first = verdict(writer="office@stroymir.ru", proven=True)
    then = verdict(LOGIN_KOFE, writer="office@stroymir.ru", earlier=first)

    assert (then.state, then.account, then.is_proven) == (State.KNOWN, "1001", True)
    assert then.missing == ()


def test_an_outage_undoes_no_verdict_of_staff() -> None:
    known = named_by_staff(MED, verdict())
    down = Records(is_down=True)
    reply = identify((LOGIN_STROY,), contact("", down, is_authenticated=False), down, ANY, known)
    later = completed(reply, records_of(BASE, keys((LOGIN_STROY,), ())))

    assert (later.state, later.account, later.by_staff) == (State.KNOWN, "1003", True)


def test_what_decided_is_never_cut_away() -> None:
    first = verdict(LOGIN_STROY, found(DOMAIN, "kofe.ru"))
    noise = tuple(found(DOMAIN, f"n{n}.ru", Place.LOG) for n in range(200))
    then = verdict(*noise, earlier=first)

    assert (first.state, then.state) == (State.CONFLICT, State.CONFLICT)


def test_quoted_values_take_nobodys_place() -> None:
    first = verdict(NO_SUCH)
    then = verdict(found(LOGIN, "u10432", Place.QUOTED), earlier=first)

    assert [each.candidate.value for each in then.evidence] == ["u99999", "u10432"]  # his own first
    assert then.state is State.PARTIAL


def test_a_directory_that_is_down_leaves_the_verdict_open_and_completes_it_later() -> None:
    candidates = (LOGIN_STROY, NO_SUCH)
    down = Records(is_down=True)
    who = contact("office@stroymir.ru", down, is_authenticated=True)
    waiting = identify(candidates, who, down, ANY)
    later = completed(waiting, records_of(BASE, keys(candidates, ("office@stroymir.ru",))))

    assert (waiting.state, waiting.waits) == (State.PARTIAL, True)
    assert (later.state, later.account, later.waits) == (State.KNOWN, "1001", False)
    assert later.contacts == (Contact("office@stroymir.ru", ("1001",), is_authenticated=True),)


def test_a_contact_who_wrote_while_the_directory_was_down_is_asked_no_more() -> None:
    down = Records(is_down=True)
    who = contact("office@stroymir.ru", down, is_authenticated=True)
    waiting = identify((), who, down, ANY)

    assert waiting.missing == ASKED
    assert completed(waiting, records_of(BASE, keys((), ("office@stroymir.ru",)))).missing == ()
    assert completed(waiting, NO_RECORDS).missing == ASKED


def test_no_notes_of_a_record_are_kept_with_a_ticket() -> None:
    noted = replace(STROY, notes="secret")
    records = records_of((noted,), keys((LOGIN_STROY,), ()))
    known = identify((LOGIN_STROY,), contact("", records, is_authenticated=False), records, ANY)

    assert known.record("1001") == STROY
    assert named_by_staff(noted, NOBODY).record("1001") == STROY


def test_staff_stand_above_all_evidence() -> None:
    before = verdict(LOGIN_STROY, found(DOMAIN, "kofe.ru"))
    known = named_by_staff(MED, before)
    then = verdict(LOGIN_KOFE, earlier=known)

    assert (known.state, known.account, known.by_staff) == (State.KNOWN, "1003", True)
    assert known.evidence == before.evidence
    assert (then.account, then.by_staff) == ("1003", True)


def test_what_the_directory_is_asked() -> None:
    asked = keys((LOGIN_STROY, found(DOMAIN, "a.b.c.d.example.ru"), found(EXTRA, "1")), ("i@x.ru", ""))
    values = {each.value for each in asked}

    assert values == {"u10432", "a.b.c.d.example.ru", "b.c.d.example.ru", "c.d.example.ru", "d.example.ru",
                      "i@x.ru"}  # fmt: skip
    assert keys((replace(LOGIN_STROY, likeness=Likeness.LOOKALIKE),), ()) == frozenset()


def test_a_hostile_mail_asks_a_bounded_question() -> None:
    many = tuple(found(DOMAIN, f"a{n}.example.ru") for n in range(10_000))
    known = verdict(*many)

    assert len(keys(many, ())) <= 200
    assert len(known.evidence) <= 60
