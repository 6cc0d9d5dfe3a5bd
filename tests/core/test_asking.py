"""What letters ask and tell by what is known of the customer, and what his answers do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cli.outbox import readable
from mailgate.core.account import Account, records_of
from mailgate.core.candidate import Candidate, CandidateKind, How, Place
from mailgate.core.case import Case
from mailgate.core.decide import decide
from mailgate.core.effects import Identify, Letter, OpenTicket, Reopen, Silence, Verdict
from mailgate.core.identification import Contact, Identification, State
from mailgate.core.identify import keys_of_mail
from mailgate.core.mail import Mail
from mailgate.core.need import Need
from mailgate.core.notice import Asking
from mailgate.core.policy import Department, Extra, Identifying, Language, Policy
from mailgate.core.request import Request, RequestClass
from mailgate.core.ticket import Status
from mailgate.letters import Letters
from tests.builders import (
    CLIENT,
    NOW,
    THEIRS,
    TRUSTED,
    address,
    case,
    envelope,
    facts,
    mail,
    mark,
    policy,
    ticket,
)

LOGIN, CONTRACT, DOMAIN, EXTRA = CandidateKind
ASKED = ((LOGIN, CONTRACT, DOMAIN),)
HIS = Account("1001", "u10432", ("4051234",), ("stroymir.ru",), contacts=(CLIENT,), language=Language.EN)
ANOTHERS = Account("1002", "u10518", ("4051871",), ("kofe.ru",), contacts=("anna@kofe.ru",))
SECOND = Account("1003", "u14020", (), ("med.ru",), contacts=(CLIENT,), language=Language.EN)
PROVEN = {"Authentication-Results": "mx.hoster.example; dmarc=pass header.from=client.example"}
KNOWN = Identification(
    State.KNOWN,
    "1001",
    contacts=(Contact(CLIENT, ("1001",), is_authenticated=True),),
    accounts=(HIS,),
    required=(frozenset(Need),),
)


def value(kind: CandidateKind, text: str, place: Place = Place.WORDS, how: How = How.LABEL) -> Candidate:
    return Candidate(kind, text, text, place, how)


def came(written: Mail, base: tuple[Account, ...] = (HIS, ANOTHERS), rules: Policy = TRUSTED) -> Case:
    """A mail before its judge, with what a directory of `base` says of it."""
    records = records_of(base, keys_of_mail(written))
    return case(written, facts(records=records), rules)


def letter_of(one: Case) -> Letter:
    answer = decide(one).answer
    assert isinstance(answer, Letter)
    return answer


def opened(one: Case) -> OpenTicket:
    return next(effect for effect in decide(one).effects if isinstance(effect, OpenTicket))


def test_a_writer_who_tells_nothing_is_asked_and_reminded() -> None:
    one = came(mail())

    assert letter_of(one).asking == Asking(ASKED)
    assert opened(one).remind_at == NOW + timedelta(hours=24)
    assert opened(one).identification.state is State.PARTIAL  # From is a contact's, but anybody can say so


def test_a_writer_who_tells_his_login_is_asked_nothing() -> None:
    one = came(mail(candidates=(value(LOGIN, "u10432"),)))

    assert letter_of(one).asking == Asking()
    assert opened(one).remind_at is None
    assert opened(one).identification.account == "1001"


def test_an_authenticated_contact_is_told_his_account_in_its_language() -> None:
    letter = letter_of(came(mail(PROVEN)))

    assert letter.asking == Asking(accounts=(HIS,))
    assert letter.languages == (Language.EN,)


def test_the_same_address_unproven_is_told_nothing_and_answered_in_the_mails_language() -> None:
    letter = letter_of(came(mail()))

    assert letter.asking == Asking(ASKED)
    assert letter.languages == (Language.RU,)


def test_an_authenticated_contact_hears_what_does_not_match() -> None:
    wrong = value(LOGIN, "u10518")
    mentioned = value(DOMAIN, "example.com", how=How.BARE)
    letter = letter_of(came(mail(PROVEN, candidates=(wrong, mentioned))))

    assert letter.asking == Asking(accounts=(HIS,), strange=(wrong,))


def test_what_an_authenticated_contact_hears_does_not_tell_whether_it_is_anothers() -> None:
    def told(login: str) -> tuple[str, ...]:
        asking = letter_of(came(mail(PROVEN, candidates=(value(LOGIN, login),)))).asking
        return tuple(each.value for each in asking.strange)

    assert told("u10518") == ("u10518",)  # somebody else's
    assert told("u99999") == ("u99999",)  # nobody's


def test_an_authenticated_contact_of_two_accounts_is_asked_which() -> None:
    letter = letter_of(came(mail(PROVEN), (HIS, SECOND)))
    named = letter_of(came(mail(PROVEN, candidates=(value(DOMAIN, "med.ru"),)), (HIS, SECOND)))

    assert letter.asking == Asking(accounts=(HIS, SECOND), is_choice=True)
    assert named.asking == Asking(accounts=(SECOND,))


@pytest.mark.parametrize("login", ["u10518", "u99999"])
def test_a77_a_contact_of_two_cannot_tell_whether_a_login_is_anothers(login: str) -> None:
    words = (value(DOMAIN, "stroymir.ru"), value(LOGIN, login))
    asking = letter_of(came(mail(PROVEN, candidates=words), (HIS, SECOND, ANOTHERS))).asking

    assert asking == Asking(accounts=(HIS,), strange=(value(LOGIN, login),))


def test_a_contact_of_many_is_asked_which_whatever_records_are_kept() -> None:
    many = tuple(Account(str(n), f"u{n}", (), (f"d{n}.ru",), contacts=(CLIENT,)) for n in range(100))
    asking = letter_of(came(mail(PROVEN), many)).asking

    assert asking.is_choice
    assert 1 < len(asking.accounts) <= 10


def test_his_own_account_is_told_however_many_others_he_names() -> None:
    others = tuple(Account(f"9{n}", f"o{n}", (), (f"other{n}.ru",)) for n in range(20))
    words = tuple(value(DOMAIN, f"other{n}.ru", how=How.BARE) for n in range(20))
    asking = letter_of(came(mail(PROVEN, candidates=words), (*others, HIS))).asking

    assert asking == Asking(accounts=(HIS,))


def test_what_was_not_asked_about_is_never_called_strange() -> None:
    own = tuple(f"d{n}.ru" for n in range(50))
    reseller = replace(HIS, domains=own)
    words = tuple(value(DOMAIN, name) for name in own)
    asking = letter_of(came(mail(PROVEN, candidates=words), (reseller,))).asking

    assert asking.strange == ()


def test_a_login_behind_many_domains_is_looked_up() -> None:
    words = (*(value(DOMAIN, f"d{n}.ru", how=How.BARE) for n in range(45)), value(LOGIN, "u10432"))

    assert opened(came(mail(candidates=words))).identification.account == "1001"


def test_a_proven_contact_is_not_asked_for_what_the_letter_tells_him() -> None:
    rules = replace(TRUSTED, required=(frozenset({Need.LOGIN}),))

    assert letter_of(came(mail(PROVEN), rules=rules)).asking.questions == ()
    assert letter_of(came(mail(), rules=rules)).asking.questions == ((LOGIN,),)


def test_sales_require_nothing() -> None:
    sales = Department("sales", (address("billing@hoster.example"),), ())
    rules = replace(TRUSTED, departments=(sales,))
    to_sales = mail(envelope=envelope(recipients=("Billing+x@hoster.example",)))

    assert letter_of(came(to_sales, rules=rules)).asking == Asking()
    assert letter_of(came(mail(), rules=rules)).asking == Asking(ASKED)


def test_a_class_of_request_may_require_more_than_others() -> None:
    refund = RequestClass("refund", (("en", "refund"),), ("refund",), required=(frozenset({Need.CONTRACT}),))
    rules = replace(TRUSTED, requests=(refund,))
    words = (value(LOGIN, "u10432"),)
    asks = came(mail(request=Request("refund"), candidates=words), rules=rules)
    other = came(mail(candidates=words), rules=rules)

    assert letter_of(asks).asking.questions == ((CONTRACT,),)
    assert letter_of(other).asking.questions == ()


def test_the_operators_own_kind_is_asked_for_by_his_word() -> None:
    required = (frozenset({Need.EXTRA}),)
    rules = replace(
        TRUSTED, identifying=Identifying(extras=(Extra("invoice", ("Счёт",)),)), required=required
    )

    assert letter_of(came(mail(), rules=rules)).asking == Asking(((EXTRA,),), ("Счёт",))


@pytest.mark.parametrize("headers", [{"Precedence": "bulk"}, {"Auto-Submitted": "auto-generated"}])
def test_a_machine_is_neither_asked_nor_reminded(headers: dict[str, str]) -> None:
    one = came(mail(headers))

    assert isinstance(decide(one).answer, Silence)
    assert opened(one).remind_at is None


def reply(known: Identification, *candidates: Candidate, **changes: object) -> Case:
    """A participant's reply to a ticket of which this much was known."""
    written = mail(references=(mark(),), candidates=candidates, **changes)  # type: ignore[arg-type]
    records = records_of((HIS, ANOTHERS), keys_of_mail(written))
    return case(written, facts(tickets=(ticket(identification=known),), records=records), TRUSTED)


def test_an_answer_completes_the_ticket_silently() -> None:
    asked = Identification(missing=ASKED)
    decision = decide(reply(asked, value(LOGIN, "u10432", Place.QUOTED, How.FORM)))
    known = next(effect.identification for effect in decision.effects if isinstance(effect, Identify))

    assert isinstance(decision.answer, Silence)
    assert (known.state, known.account, known.missing) == (State.KNOWN, "1001", ())
    assert decision.identification == known


def test_further_words_change_no_account_that_is_known() -> None:
    decision = decide(reply(KNOWN, value(LOGIN, "u10518")))
    known = next(effect.identification for effect in decision.effects if isinstance(effect, Identify))

    assert known.account == "1001"
    assert known.likely[:1] == ("1002",)  # but staff see what he said


def test_a_reply_is_judged_by_what_its_ticket_requires() -> None:
    at_sales = replace(KNOWN, required=(), state=State.NONE, account="", contacts=(), accounts=())
    decision = decide(reply(at_sales))

    assert decision.identification.missing == ()


@pytest.mark.parametrize("headers", [{"Auto-Submitted": "auto-generated"}, {"Precedence": "bulk"}])
def test_what_a_program_adds_is_no_answer(headers: dict[str, str]) -> None:
    asked = Identification(required=(frozenset(Need),), missing=ASKED)
    decision = decide(reply(asked, value(LOGIN, "u10432"), headers=headers))

    assert decision.rule == "join_ticket"
    assert not [effect for effect in decision.effects if isinstance(effect, Identify)]


def test_any_reply_of_his_own_ends_the_reminding() -> None:
    asked = Identification(required=(frozenset(Need),), missing=ASKED)
    known = next(each for each in decide(reply(asked)).effects if isinstance(each, Identify))

    assert known.identification.missing == ASKED


def test_an_outsider_changes_nothing() -> None:
    one = reply(
        Identification(missing=ASKED), value(LOGIN, "u10432"), author=address("eve@elsewhere.example")
    )
    decision = decide(one)

    assert decision.rule == "join_as_outsider"
    assert not [effect for effect in decision.effects if isinstance(effect, Identify)]


def contact_writes(known: Identification, headers: dict[str, str] | None = None) -> Case:
    written = mail(headers, references=(mark(),), author=address("office@client.example"))
    owner = replace(HIS, contacts=("office@client.example",))
    records = records_of((owner,), keys_of_mail(written))
    return case(written, facts(tickets=(ticket(identification=known),), records=records), TRUSTED)


def test_a_contact_of_the_tickets_account_takes_part() -> None:
    assert decide(contact_writes(KNOWN)).rule == "join_ticket"


def test_a_contact_of_an_account_that_is_only_likely_does_not() -> None:
    assert decide(contact_writes(replace(KNOWN, state=State.PARTIAL, account=""))).rule == "join_as_outsider"


def test_a_contact_whose_mail_failed_authentication_does_not() -> None:
    failed = {"Authentication-Results": "mx.hoster.example; dmarc=fail header.from=client.example"}
    assert decide(contact_writes(KNOWN, failed)).rule == "join_as_outsider"


def test_a_contact_joins_by_the_number_too() -> None:
    one = contact_writes(KNOWN)
    named = replace(one.mail, references=(), subject=f"Re: [#{THEIRS}]")

    assert decide(case(named, one.facts, TRUSTED)).verdict is Verdict.JOINED
    assert decide(case(named, replace(one.facts, records=facts().records), TRUSTED)).verdict is Verdict.OPENED


def test_the_customers_turn_ends_with_his_reply() -> None:
    waiting = ticket(status=Status.WAITING)
    written = mail(references=(mark(),))
    decision = decide(case(written, facts(tickets=(waiting,)), TRUSTED))

    assert Reopen(THEIRS) in decision.effects
    assert isinstance(decision.answer, Silence)


WORDS = st.sampled_from(["u10432", "u10518", "u99999", "stroymir.ru", "kofe.ru", "4051234"])


@given(kind=st.sampled_from(CandidateKind), place=st.sampled_from(Place), one=WORDS, other=WORDS)
def test_a77_a_letter_to_an_unproven_writer_tells_nothing_of_the_directory(
    kind: CandidateKind, place: Place, one: str, other: str
) -> None:
    composer = Letters(policy(), None, "verp", "")

    def written(text: str, base: tuple[Account, ...]) -> bytes:
        letter = letter_of(came(mail(candidates=(value(kind, text, place),)), base))
        return composer.compose(letter, 1, NOW).raw

    assert written(one, (HIS, ANOTHERS, SECOND)) == written(other, ())
    assert one not in written(one, (HIS,)).decode("ascii")


def test_the_acknowledgement_prints_a_form() -> None:
    letter = letter_of(came(mail()))
    text = readable(Letters(policy(), None, "verp", "").compose(letter, 1, NOW).raw)

    assert "\n    Логин:\n    Договор:\n    Домен:\n" in text
