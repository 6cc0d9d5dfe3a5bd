"""What the panel vouches for: whose it is, what it may join, who is written to, and what it never proves."""

from dataclasses import replace
from typing import Any

import pytest

from mailgate.config.request import requests_of
from mailgate.core import identify
from mailgate.core.account import Account, Key, KeyKind, Records, records_of
from mailgate.core.assurance import Proof, claims, looked_up
from mailgate.core.assurance import assurance as judged
from mailgate.core.authenticity import Authentication
from mailgate.core.case import lookups
from mailgate.core.challenge_effects import MakeChallenge
from mailgate.core.decide import decide
from mailgate.core.effects import Identify, Letter, LinkTickets, OpenTicket, Reason, Reopen, Silence, Verdict
from mailgate.core.identification import NOBODY, Contact, Identification, State
from mailgate.core.identify import completed, contact, judged_anew, keys_of_mail, named_by_staff
from mailgate.core.mail import Door, Mail, Vouched
from mailgate.core.policy import Language
from mailgate.core.request import Level, Object, ObjectKind, Request
from mailgate.core.ticket import LinkKind, Status
from mailgate.core.triage import triage
from tests.builders import CLIENT, NEXT, NOW, THEIRS, case, envelope, facts, mail, mark, policy, ticket

STROY = Account("1001", "u10432", domains=("stroymir.ru",), mailbox="director@stroymir.ru",
                contacts=("office@stroymir.ru",), language=Language.EN)  # fmt: skip
OTHER = Account("1002", "u10001", mailbox="office@stroymir.ru", contacts=(CLIENT,))
SURE = Identification(State.KNOWN, "1001", accounts=(STROY,), vouched="1001")
MED = Account("1003", "u10518", domains=("med-center.ru",))
DOWN = Records(is_down=True)
CLASSES = policy(requests=requests_of(()))


def handed(
    author: str = "office@stroymir.ru", account: str = "1001", number: int = 0, **changes: Any
) -> Mail:
    """A mail of the panel's door."""
    vouched = Vouched(account, author, ticket=number)
    return mail(envelope=envelope(door=Door.PANEL, sender=author, hop="panel", vouched=vouched), **changes)


def known(read: Mail) -> Records:
    """What the directory says of a mail."""
    asked = keys_of_mail(read)
    return records_of((STROY, OTHER, MED), asked).about(asked)


def opened(read: Mail, **changes: object) -> OpenTicket:
    """The ticket that a mail opens."""
    decision = decide(case(read, facts(records=known(read), **changes)))
    return next(each for each in decision.effects if isinstance(each, OpenTicket))


def test_the_directory_is_asked_for_the_account_and_the_author() -> None:
    asked = keys_of_mail(handed())

    assert {Key(KeyKind.ACCOUNT, "1001"), Key(KeyKind.ADDRESS, "office@stroymir.ru")} <= asked


def test_the_account_is_known_and_proven_by_the_panels_word() -> None:
    found = opened(handed()).identification

    assert (found.state, found.account, found.is_proven, found.missing) == (State.KNOWN, "1001", True, ())
    assert found.language is Language.EN


def test_an_author_counts_for_the_account_of_the_panel_alone() -> None:
    """He is on record for another account, too; but the panel only knows him by that address."""
    found = opened(handed()).identification

    assert found.contacts == (Contact("office@stroymir.ru", ("1001",), is_authenticated=True),)
    assert opened(handed(author=CLIENT)).identification.contacts == ()


def test_an_account_that_is_none_proves_nothing() -> None:
    read = handed(account="9999")
    decision = decide(case(read, facts(records=known(read))))

    assert decision.identification.account == ""
    assert not decision.identification.is_proven
    assert decision.assurance.level is Level.NONE
    assert decision.answer == Silence(Reason.NOT_ON_RECORD, "account 9999")


def test_it_is_authorised_even_for_what_is_critical() -> None:
    read = handed(request=Request("domain-transfer"))
    decision = decide(case(read, facts(records=known(read))))

    assert decision.assurance.level is Level.AUTHORISED
    assert Proof.PANEL in decision.assurance.evidence


@pytest.mark.parametrize(
    ("author", "account", "to"),
    [
        ("office@stroymir.ru", "1001", "office@stroymir.ru"),
        ("director@stroymir.ru", "1001", "director@stroymir.ru"),
        (CLIENT, "1001", "director@stroymir.ru"),
        ("evil@elsewhere.example", "1002", "office@stroymir.ru"),
        ("office@stroymir.ru", "9999", ""),
    ],
)
def test_letters_go_to_the_author_on_record_else_to_the_administrative_mailbox(
    author: str, account: str, to: str
) -> None:
    read = handed(author, account)

    assert triage(read, policy(), known(read)).answer_to == to


def test_the_letter_quotes_the_subject_and_tells_of_this_account_alone() -> None:
    read = handed(subject="Перенос")
    answer = decide(case(read, facts(records=known(read)))).answer

    assert isinstance(answer, Letter)
    assert (answer.subject, answer.to) == ("Перенос", "office@stroymir.ru")
    assert [account.id for account in answer.asking.accounts] == ["1001"]
    assert not answer.asking.is_choice
    assert answer.languages == (Language.EN,)


def test_a_word_in_the_panel_does_not_show_that_a_mailbox_works_again() -> None:
    read = handed()
    decision = decide(case(read, facts(records=known(read), muted=True)))

    assert decision.answer == Silence(Reason.MUTED, "office@stroymir.ru")


def test_further_words_join_a_ticket_that_is_surely_the_accounts() -> None:
    read = handed(number=THEIRS, author="new@elsewhere.example")
    settled = ticket(identification=SURE, status=Status.RESOLVED, settled=NOW)
    decision = decide(case(read, facts(records=known(read), tickets=(settled,))))

    assert lookups(read, triage(read, policy())).numbers == (THEIRS,)
    assert (decision.verdict, decision.ticket) == (Verdict.JOINED, THEIRS)
    assert Reopen(THEIRS) in decision.effects


@pytest.mark.parametrize(
    "identification",
    [
        NOBODY,
        Identification(State.KNOWN, "1001"),  # a stranger's word
        Identification(State.KNOWN, "1002", vouched="1002"),
        Identification(State.KNOWN, "1002", by_staff=True),
    ],
)
@pytest.mark.parametrize("how", ["panel", "mark", "thread", "subject"])
def test_no_other_ticket_is_joined_by_whatever_it_is_named(identification: Identification, how: str) -> None:
    """Not even where the author's address takes part: anybody may write that down in a panel."""
    named: dict[str, dict[str, Any]] = {
        "mark": {"references": (mark(),)},
        "subject": {"subject": f"Re: [#{THEIRS}]"},
    }
    read = handed(CLIENT, number=THEIRS if how == "panel" else 0, **named.get(how, {}))
    theirs = ticket(identification=identification)
    threads = (THEIRS,) if how == "thread" else ()
    decision = decide(case(read, facts(records=known(read), tickets=(theirs,), threads=threads)))
    linked = [each for each in decision.effects if isinstance(each, LinkTickets)]

    assert (decision.rule, decision.ticket) == ("open_ticket", NEXT)
    assert [(each.link.number, each.link.kind) for each in linked] == [(THEIRS, LinkKind.CLAIMED)]


def test_a_ticket_of_the_account_is_joined_by_its_number_in_the_subject() -> None:
    read = handed(CLIENT, subject=f"[#{THEIRS}]")
    decision = decide(case(read, facts(records=known(read), tickets=(ticket(identification=SURE),))))

    assert (decision.rule, decision.ticket) == ("join_ticket", THEIRS)


def test_a_reply_by_mail_of_a_contact_joins_a_ticket_of_the_panel() -> None:
    read = mail(references=(mark(),), author=replace(mail().author, local="office", domain="stroymir.ru"))  # type: ignore[type-var]
    joined = ticket(identification=SURE, participants=())
    decision = decide(case(read, facts(records=known(read), tickets=(joined,))))

    assert (decision.rule, decision.identification.account) == ("join_ticket", "1001")


def test_known_words_of_the_panel_make_a_ticket_proven_that_staff_had_named() -> None:
    staff = Identification(State.KNOWN, "1001", by_staff=True, accounts=(STROY,))
    read = handed(number=THEIRS)
    decision = decide(case(read, facts(records=known(read), tickets=(ticket(identification=staff),))))
    found = next(each.identification for each in decision.effects if isinstance(each, Identify))

    assert (found.account, found.by_staff, found.vouched) == ("1001", True, "1001")


def test_while_the_directory_is_down_the_panels_word_stands_and_nobody_is_written_to() -> None:
    read = handed()
    decision = decide(case(read, facts(records=DOWN)))
    waiting = decision.identification

    assert (waiting.account, waiting.is_proven, waiting.waits) == ("1001", True, True)
    assert decision.answer == Silence(Reason.NOT_ON_RECORD, "account 1001: the directory was down")
    found = completed(waiting, known(read))
    assert (found.state, found.account, found.waits) == (State.KNOWN, "1001", False)
    assert found.contacts == (Contact("office@stroymir.ru", ("1001",), is_authenticated=True),)
    assert found.record("1001") is not None


def test_an_account_that_turns_out_to_be_none_is_forgotten() -> None:
    waiting = decide(case(handed(account="9999"), facts(records=DOWN))).identification
    found = completed(waiting, known(handed(account="9999")))

    assert (found.state is State.KNOWN, found.account, found.vouched) == (False, "", "")


def test_claims_looked_up_later_count_for_the_account_of_the_panel_alone() -> None:
    read = handed()
    writer = contact("office@stroymir.ru", DOWN, is_authenticated=True, vouched="1001")
    waiting = claims((), writer, Authentication.PASS, DOWN, "1001")
    found = judged("1002", looked_up(waiting, known(read)))

    assert found.level is Level.NONE


def test_staff_may_say_otherwise_and_take_that_back() -> None:
    theirs = named_by_staff(OTHER, SURE)

    assert (theirs.account, theirs.is_proven) == ("1002", True)
    assert (judged_anew(theirs).account, judged_anew(theirs).is_proven) == ("1001", True)


def test_an_account_that_an_id_leads_to_is_kept_whatever_else_is_named() -> None:
    many = [
        Account(f"2{place:03}", f"v{place}", domains=(f"d{place}.ru", f"e{place}.ru")) for place in range(30)
    ]
    asked = frozenset(
        {Key(KeyKind.ACCOUNT, "1001")}
        | {Key(KeyKind.DOMAIN, domain) for each in many for domain in each.domains}
    )

    assert records_of((*many, STROY), asked).about(asked).account("1001") is not None


def test_keys_name_the_account_of_a_waiting_ticket() -> None:
    assert identify.keys((), (), "1001") == {Key(KeyKind.ACCOUNT, "1001")}


@pytest.mark.parametrize(
    ("domain", "level"),
    [("stroymir.ru", Level.AUTHORISED), ("shop.stroymir.ru", Level.AUTHORISED),
     ("nobody.ru", Level.ON_RECORD), ("med-center.ru", Level.ON_RECORD)],
)  # fmt: skip
def test_being_logged_in_gives_a_right_to_ones_own_domains_alone(domain: str, level: Level) -> None:
    read = handed(request=Request("domain-transfer", (Object(ObjectKind.DOMAIN, domain),)))
    decision = decide(case(read, facts(records=known(read)), CLASSES))

    assert decision.assurance.level is level


def test_while_the_directory_is_down_a_critical_request_is_not_authorised_yet() -> None:
    read = handed(request=Request("domain-transfer", (Object(ObjectKind.DOMAIN, "stroymir.ru"),)))
    waiting = decide(case(read, facts(records=DOWN), CLASSES)).assurance

    assert waiting.level is Level.NONE
    later = judged("1001", looked_up(waiting.claims, known(read)), is_critical=True)
    assert later.level is Level.AUTHORISED


def test_the_owner_is_not_asked_about_what_was_written_in_the_panel() -> None:
    read = handed(request=Request("domain-transfer", (Object(ObjectKind.DOMAIN, "stroymir.ru"),)))
    decision = decide(case(read, facts(records=known(read)), CLASSES))

    assert not [each for each in decision.effects if isinstance(each, MakeChallenge)]
    assert isinstance(decision.answer, Letter)
    assert decision.answer.hints == ()
