"""The product's behaviour: who joins what, what is noted, who is answered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core import tag
from mailgate.core.case import Case, SentLetter
from mailgate.core.decide import RULES, decide
from mailgate.core.effects import (
    AddEntry,
    Hint,
    Letter,
    LetterKind,
    LinkTickets,
    Mute,
    NoteBounce,
    OpenTicket,
    Postpone,
    Reason,
    Reopen,
    Send,
    Silence,
    Unmute,
    Verdict,
)
from mailgate.core.mail import Defect, Door, Header, Mail, Report, ReportKind
from mailgate.core.number import number_of
from mailgate.core.ticket import EntryKind, Link, LinkKind, Status
from tests.builders import (
    CLIENT,
    DESK,
    KEYS,
    NEXT,
    NOW,
    THEIRS,
    TRUSTED,
    address,
    bounce_address,
    case,
    envelope,
    facts,
    mail,
    mark,
    ticket,
)

STRANGER = address("eve@elsewhere.example")
OTHER = number_of(10040)
REPLY_ADDRESS = tag.reply_address(KEYS, THEIRS, DESK, "+").mailbox
BOUNCE_ADDRESS = bounce_address(7)
KNOWN = facts(tickets=(ticket(),))
SENT = facts(tickets=(ticket(),), letters=(SentLetter(7, THEIRS, CLIENT),))


def with_results(results: str) -> dict[str, str]:
    return {"Authentication-Results": f"mx.hoster.example; {results}"}


def settled(status: Status, ago: timedelta) -> Case:
    known = facts(tickets=(ticket(status=status, settled=NOW - ago),))
    return case(mail(references=(mark(),)), known)


JOINS = {
    "a participant answers a letter of ours": (mail(references=(mark(),)), KNOWN, "join_ticket"),
    "the mark in upper case": (mail(references=(mark().upper(),)), KNOWN, "join_ticket"),
    "the root of the thread is enough": (mail(references=(mark(letter=0),)), KNOWN, "join_ticket"),
    "a participant refers to a stored mail": (
        mail(references=("<zero@client.example>",)),
        replace(KNOWN, threads=(THEIRS,)),
        "join_ticket",
    ),
    "a participant names the number": (mail(subject=f"Re: [#{THEIRS}]"), KNOWN, "join_ticket"),
    "in words": (mail(subject=f"по заявке {THEIRS}"), KNOWN, "join_ticket"),
    "a stranger holds our letter": (
        mail(references=(mark(),), author=STRANGER),
        KNOWN,
        "join_as_outsider",
    ),
    "an unidentified writer holds our letter": (
        mail(references=(mark(),), author=None, defects=(Defect.FROM_UNUSABLE,)),
        KNOWN,
        "join_as_outsider",
    ),
    "a stranger refers to a stored mail": (
        mail(references=("<zero@client.example>",), author=STRANGER),
        replace(KNOWN, threads=(THEIRS,)),
        "open_ticket",
    ),
    "a40 a stranger names the number": (
        mail(subject=f"Re: [#{THEIRS}]", author=STRANGER),
        KNOWN,
        "open_ticket",
    ),
    "a48 two numbers": (mail(subject=f"#{THEIRS} #{OTHER}"), KNOWN, "open_ticket"),
    "a number in the text": (mail(text=f"как в заявке {THEIRS}"), KNOWN, "open_ticket"),
    "a mark in the address only": (
        mail(envelope=envelope(recipients=(REPLY_ADDRESS,))),
        KNOWN,
        "open_ticket",
    ),
    "a mistyped number": (mail(subject=f"Re: [#{THEIRS + 1}]"), KNOWN, "open_ticket"),
    "a number of no ticket": (mail(subject=f"Re: [#{OTHER}]"), KNOWN, "open_ticket"),
    "a42 a forged mark": (
        mail(references=(f"<mg.{THEIRS}.7.aaaaaaaaaaaaaaaaaaaa@hoster.example>",), author=STRANGER),
        KNOWN,
        "open_ticket",
    ),
    "Cc makes nobody a participant": (
        mail(subject=f"Re: [#{THEIRS}]", author=STRANGER, cc=(address(CLIENT),)),
        KNOWN,
        "open_ticket",
    ),
    "Reply-To is no identity": (
        mail(subject=f"Re: [#{THEIRS}]", author=STRANGER, reply_to=(address(CLIENT),)),
        KNOWN,
        "open_ticket",
    ),
    "an envelope sender is no identity": (
        mail(subject=f"Re: [#{THEIRS}]", author=None),
        KNOWN,
        "open_ticket",
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_who_joins_what(name: str) -> None:
    read, known, rule = JOINS[name]

    assert decide(case(read, known)).rule == rule


@pytest.mark.parametrize(
    ("results", "rule"),
    [
        ("dmarc=pass header.from=client.example", "join_ticket"),
        ("dmarc=none header.from=client.example", "join_ticket"),
        ("dmarc=fail header.from=client.example", "open_ticket"),
    ],
)
def test_a_writer_who_failed_authentication_is_a_stranger(results: str, rule: str) -> None:
    read = mail(with_results(results), subject=f"Re: [#{THEIRS}]")

    assert decide(case(read, KNOWN, TRUSTED)).rule == rule


def test_a_failed_participant_with_our_mark_is_an_outsider() -> None:
    read = mail(with_results("dmarc=fail header.from=client.example"), references=(mark(),))

    assert decide(case(read, KNOWN, TRUSTED)).rule == "join_as_outsider"


def test_an_outsider_changes_nothing_but_adds_his_words() -> None:
    closed = facts(tickets=(ticket(status=Status.CLOSED, settled=NOW),))
    decision = decide(case(mail(references=(mark(),), author=STRANGER), closed))

    kinds = {type(effect) for effect in decision.effects}
    assert kinds == {AddEntry, Send}
    assert decision.effects[0] == AddEntry(THEIRS, STRANGER.key, EntryKind.OUTSIDER, mail().new_words)
    assert isinstance(decision.answer, Letter)
    assert decision.answer.kind is LetterKind.OUTSIDER


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_a_reply_reopens_within_the_time_and_says_so(status: Status) -> None:
    decision = decide(settled(status, timedelta(days=29)))

    assert Reopen(THEIRS) in decision.effects
    assert isinstance(decision.answer, Letter)
    assert decision.answer.kind is LetterKind.RECEIPT
    assert Hint.REOPENED in decision.answer.hints


def test_a_reply_after_the_time_opens_a_new_one_that_continues() -> None:
    decision = decide(settled(Status.CLOSED, timedelta(days=31)))

    assert decision.verdict is Verdict.OPENED
    assert LinkTickets(NEXT, Link(THEIRS, LinkKind.CONTINUES)) in decision.effects


@pytest.mark.parametrize("ago", [timedelta(days=1), timedelta(days=400)])
def test_pure_thanks_reopen_nothing(ago: timedelta) -> None:
    closed = facts(tickets=(ticket(status=Status.CLOSED, settled=NOW - ago),))
    thanks = mail(references=(mark(),), new_words="Спасибо, всё заработало!")
    decision = decide(case(thanks, closed))

    assert decision.rule == "join_ticket"
    assert Reopen(THEIRS) not in decision.effects
    assert isinstance(decision.answer, Silence)


def test_age_is_judged_by_the_time_of_acceptance_never_by_date() -> None:
    read = mail(references=(mark(),), date=NOW - timedelta(days=400))
    closed = facts(tickets=(ticket(status=Status.CLOSED, settled=NOW - timedelta(days=31)),))

    assert decide(case(read, closed)).verdict is Verdict.OPENED


def test_a_reply_joins_silently_unless_something_was_lost() -> None:
    silent = decide(case(mail(references=(mark(),)), KNOWN))
    lost = decide(case(mail(references=(mark(),), defects=(Defect.TEXT_CUT,)), KNOWN))

    assert silent.answer == Silence(Reason.NOTHING_TO_SAY, "a reply joins its ticket silently")
    assert isinstance(lost.answer, Letter)
    assert lost.answer.hints == (Hint.TOO_LARGE,)


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (mail(subject=f"Re: [#{THEIRS}]", author=STRANGER), LinkKind.CLAIMED),
        (mail(text=f"как в заявке {THEIRS}"), LinkKind.MENTIONED),
        (mail(envelope=envelope(recipients=(REPLY_ADDRESS,))), LinkKind.CLAIMED),
    ],
)
def test_what_does_not_join_is_linked_for_staff(read: Mail, kind: LinkKind) -> None:
    decision = decide(case(read, KNOWN))

    assert LinkTickets(NEXT, Link(THEIRS, kind)) in decision.effects
    assert str(THEIRS) in decision.why or kind is not LinkKind.CLAIMED or read.envelope.recipients


def test_a47_the_letter_is_the_same_whether_the_named_ticket_exists_or_not() -> None:
    read = mail(subject=f"Re: [#{THEIRS}]", author=STRANGER)

    assert decide(case(read, KNOWN)).answer == decide(case(read)).answer


def test_a_new_ticket_is_acknowledged() -> None:
    decision = decide(case())

    assert decision.rule == "open_ticket"
    assert decision.ticket == NEXT
    opened = decision.effects[0]
    assert isinstance(opened, OpenTicket)
    assert (opened.number, opened.subject, opened.requester) == (NEXT, "Вопрос", CLIENT)
    assert isinstance(decision.answer, Letter)
    assert decision.answer.to == CLIENT
    assert decision.answer.subject == ""
    assert decision.effects[-1] == Send(decision.answer)


def test_an_authenticated_writer_gets_his_own_subject() -> None:
    read = mail(with_results("dmarc=pass header.from=client.example"))
    letter = decide(case(read, rules=TRUSTED)).answer

    assert isinstance(letter, Letter)
    assert letter.subject == "Вопрос"


def test_a41_the_letter_names_no_mark_of_another_ticket() -> None:
    read = mail(references=(mark(OTHER), "<zero@client.example>"), author=STRANGER)
    letter = decide(case(read)).answer

    assert isinstance(letter, Letter)
    assert letter.references == ("<zero@client.example>",)


def bounce(status: str) -> Mail:
    report = Report(ReportKind.DELIVERY, "failed", status, CLIENT, (mark(),))
    return mail(
        author=address("mailer-daemon@client.example"),
        envelope=envelope(sender=""),
        report=report,
        content_type="multipart/report",
    )


@pytest.mark.parametrize(
    ("status", "mutes"), [("5.1.1", True), ("5.1.10", True), ("5.2.2", False), ("4.4.7", False)]
)
def test_a33_a_bounce_is_noted_at_its_letter_and_mutes_only_a_bad_address(
    status: str, *, mutes: bool
) -> None:
    decision = decide(case(bounce(status), SENT))

    assert decision.rule == "note_bounce"
    assert decision.verdict is Verdict.NOTED
    assert NoteBounce(7, status) in decision.effects
    assert mutes is (Mute(CLIENT, 7, status) in decision.effects)
    assert decision.answer == Silence(Reason.NOTED, "bounce")


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.7"), ("delivered", "2.0.0"), ("relayed", "2.0.0"), ("expanded", "2.0.0")],
)
def test_a33_a_report_that_a_letter_goes_on_or_arrived_is_no_bounce(action: str, status: str) -> None:
    told = replace(bounce(status), report=Report(ReportKind.DELIVERY, action, status, CLIENT, (mark(),)))
    decision = decide(case(told, SENT))

    assert (decision.rule, decision.verdict) == ("note_bounce", Verdict.NOTED)
    assert [type(effect) for effect in decision.effects] == [AddEntry]
    assert decision.why == f"letter 7 is {action} {status}"


def test_a_bounce_that_proves_nothing_opens_a_ticket_unanswered() -> None:
    forwarded = replace(bounce("5.1.1"), report=Report(ReportKind.DELIVERY, "failed", "5.1.1"))
    decision = decide(case(forwarded))

    assert decision.verdict is Verdict.OPENED
    assert isinstance(decision.answer, Silence)


def test_any_mail_to_a_bounce_address_is_noted_and_never_answered() -> None:
    decision = decide(case(mail(envelope=envelope(recipients=(BOUNCE_ADDRESS,))), SENT))

    assert decision.verdict is Verdict.NOTED
    assert decision.answer == Silence(Reason.NOTED, "bounce")


def test_a_read_receipt_is_noted() -> None:
    receipt = mail(
        report=Report(ReportKind.DISPOSITION, original_ids=(mark(),)), content_type="multipart/report"
    )

    decision = decide(case(receipt, SENT))

    assert (decision.rule, decision.ticket) == ("note_receipt_or_absence", THEIRS)


@pytest.mark.parametrize(
    "read",
    [
        mail({"Auto-Submitted": "auto-replied"}, references=(mark(),)),
        mail({"X-Autoreply": "yes"}, references=(mark(),)),
        mail(
            {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
            subject="Automatic reply: Ticket",
            references=(mark(),),
        ),
        mail({"X-Auto-Response-Suppress": "All"}, envelope=envelope(sender=""), references=(mark(),)),
        mail({"Precedence": "bulk"}, envelope=envelope(sender=""), references=(mark(),)),
        mail(subject="Автоответ: Вне офиса", references=(mark(),)),
        mail({"Auto-Submitted": "auto-replied"}, envelope=envelope(recipients=(REPLY_ADDRESS,))),
    ],
)
def test_an_absence_in_answer_to_our_letter_is_noted(read: Mail) -> None:
    decision = decide(case(read, KNOWN))

    assert decision.rule == "note_receipt_or_absence"
    assert decision.ticket == THEIRS


MACHINES = {
    "null sender": (mail(envelope=envelope(sender="")), Reason.NULL_SENDER),
    "auto-replied": (mail({"Auto-Submitted": "auto-replied"}), Reason.AUTO_SUBMITTED),
    "auto-generated": (mail({"Auto-Submitted": "Auto-Generated; x=y"}), Reason.AUTO_SUBMITTED),
    "bulk": (mail({"Precedence": "bulk"}), Reason.PRECEDENCE),
    "junk": (mail({"Precedence": "JUNK"}), Reason.PRECEDENCE),
    "list": (mail({"Precedence": "list"}), Reason.PRECEDENCE),
    "list id": (mail({"List-Id": "<a.b>"}), Reason.MAILING_LIST),
    "list archive": (mail({"List-Archive": "<https://a.b>"}), Reason.MAILING_LIST),
    "list unsubscribe post": (mail({"List-Unsubscribe-Post": ""}), Reason.MAILING_LIST),
    "the second of two": (
        replace(mail(), headers=(Header("auto-submitted", "no"), Header("auto-submitted", "auto-replied"))),
        Reason.AUTO_SUBMITTED,
    ),
    "two precedences": (
        replace(mail(), headers=(Header("precedence", "first"), Header("precedence", "bulk"))),
        Reason.PRECEDENCE,
    ),
    "a daemon without a mailbox": (
        mail(author=None, author_text="MAILER-DAEMON@mx1", envelope=envelope(sender="x@y.example")),
        Reason.MACHINE_ADDRESS,
    ),
    "a named daemon": (
        mail(author=None, author_text="Mail Delivery Subsystem <MAILER-DAEMON>"),
        Reason.MACHINE_ADDRESS,
    ),
    "an envelope daemon": (mail(envelope=envelope(sender="daemon@mx1.example")), Reason.MACHINE_ADDRESS),
    "list unsubscribe": (mail({"List-Unsubscribe": "<mailto:a@b>"}), Reason.MAILING_LIST),
    "suppress all": (mail({"X-Auto-Response-Suppress": "All"}), Reason.RESPONSE_SUPPRESSED),
    "suppress oof": (mail({"X-Auto-Response-Suppress": "DR, OOF"}), Reason.RESPONSE_SUPPRESSED),
    "x-autoreply": (mail({"X-Autoreply": "yes"}), Reason.AUTOREPLY_HEADER),
    "x-autorespond": (mail({"X-Autorespond": "yes"}), Reason.AUTOREPLY_HEADER),
    "report": (mail(content_type="multipart/report"), Reason.REPORT),
    "feedback": (mail(report=Report(ReportKind.FEEDBACK)), Reason.REPORT),
    "mailer-daemon": (mail(author=address("MAILER-DAEMON@x.example")), Reason.MACHINE_ADDRESS),
    "no-reply": (mail(author=address("no-reply@x.example")), Reason.MACHINE_ADDRESS),
    "envelope noreply": (mail(envelope=envelope(sender="noreply@x.example")), Reason.MACHINE_ADDRESS),
    "a35 our own address": (mail(author=DESK), Reason.OUR_OWN),
    "our own sub-address": (mail(author=address("support+x@hoster.example")), Reason.OUR_OWN),
    "our own message id": (mail(message_id=mark(OTHER)), Reason.OUR_OWN),
    "out of office": (mail(subject="Out of Office: back on Monday"), Reason.MACHINE_SUBJECT),
    "бамп": (mail(subject="Недоставленное сообщение"), Reason.MACHINE_SUBJECT),
    "import": (mail(envelope=envelope(door=Door.IMPORT)), Reason.IMPORTED),
    "nobody to write to": (mail(author=None, envelope=envelope(sender="broken")), Reason.NO_ADDRESS),
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_opens_a_ticket_and_is_never_answered(name: str) -> None:
    read, reason = MACHINES[name]
    decision = decide(case(read))

    assert decision.verdict is Verdict.OPENED
    assert isinstance(decision.answer, Silence)
    assert decision.answer.reason is reason
    assert not any(isinstance(effect, Send) for effect in decision.effects)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "no"},
        {"X-Auto-Response-Suppress": "DR, RN"},
        {"Precedence": "first-class"},
        {"X-Spam-Flag": "NO"},
        {"X-Mailgate-Ticket": "1"},
    ],
)
def test_a_person_is_answered(headers: dict[str, str]) -> None:
    assert isinstance(decide(case(mail(headers))).answer, Letter)


@pytest.mark.parametrize(
    ("headers", "hop", "silent"),
    [
        ({"X-Spam-Flag": "YES"}, "127.0.0.1:2525", True),
        ({"X-Spam-Status": "Yes, score=9"}, "127.0.0.1:2525", True),
        ({"X-Spam-Status": "No, score=1"}, "127.0.0.1:2525", False),
        ({"X-Spam-Flag": "YES"}, "elsewhere", False),
    ],
)
def test_only_the_trusted_hop_condemns_as_spam(headers: dict[str, str], hop: str, *, silent: bool) -> None:
    decision = decide(case(mail(headers, envelope=envelope(hop=hop)), rules=TRUSTED))

    assert silent is (isinstance(decision.answer, Silence) and decision.answer.reason is Reason.SPAM)
    assert decision.verdict is Verdict.OPENED


def test_a_stale_mail_opens_its_ticket_silently() -> None:
    old = envelope(received=NOW - timedelta(hours=49))
    decision = decide(case(mail(envelope=old)))

    assert decision.answer == Silence(Reason.STALE, "49 h")


def test_a_mail_that_waited_at_our_mta_is_stale_by_its_received() -> None:
    waited = mail(hops=(NOW - timedelta(days=31),), envelope=envelope(door=Door.LMTP, hop="lmtp"))

    assert decide(case(waited)).answer == Silence(Reason.STALE, "744 h")


@pytest.mark.parametrize(
    "claimed",
    [
        mail(hops=(NOW - timedelta(hours=60),)),
        mail(hops=(NOW + timedelta(hours=1),), envelope=envelope(door=Door.LMTP)),
        mail(hops=(NOW - timedelta(hours=60),), received_count=2, envelope=envelope(door=Door.LMTP)),
    ],
)
def test_a_received_that_need_not_be_ours_makes_no_age(claimed: Mail) -> None:
    assert isinstance(decide(case(claimed)).answer, Letter)


@pytest.mark.parametrize(
    ("sent", "proven", "silent"),
    [(19, False, False), (20, False, True), (20, True, False), (200, True, True)],
)
def test_budgets_postpone_to_one_digest(sent: int, *, proven: bool, silent: bool) -> None:
    result = "pass" if proven else "none"
    read = mail(with_results(f"dmarc={result} header.from=client.example"))
    decision = decide(case(read, facts(letters_today=sent), TRUSTED))

    assert silent is any(isinstance(effect, Postpone) for effect in decision.effects)
    assert silent is isinstance(decision.answer, Silence)


def test_an_outsider_over_the_budget_is_promised_no_number() -> None:
    known = facts(tickets=(ticket(),), letters_today=20)
    decision = decide(case(mail(references=(mark(),), author=STRANGER), known))

    assert decision.rule == "join_as_outsider"
    assert not any(isinstance(effect, Postpone) for effect in decision.effects)


def test_writing_lifts_the_mute() -> None:
    decision = decide(case(known=facts(muted=True)))

    assert Unmute(CLIENT) in decision.effects
    assert isinstance(decision.answer, Letter)


def test_a_machine_does_not_lift_the_mute() -> None:
    decision = decide(case(mail({"Auto-Submitted": "auto-generated"}), facts(muted=True)))

    assert Unmute(CLIENT) not in decision.effects


def test_a_copy_is_linked_and_does_nothing_more() -> None:
    decision = decide(case(known=facts(duplicate_of=5, duplicate_ticket=THEIRS)))

    assert (decision.rule, decision.verdict) == ("link_duplicate", Verdict.DUPLICATE)
    assert decision.effects == ()
    assert decision.ticket == THEIRS


@pytest.mark.parametrize(("hops", "rule"), [(50, "open_ticket"), (51, "park_loop")])
def test_a_mail_that_runs_in_circles_is_parked(hops: int, rule: str) -> None:
    assert decide(case(mail(received_count=hops))).rule == rule


@given(
    name=st.sampled_from(sorted(MACHINES)),
    known=st.sampled_from([facts(), KNOWN, SENT, facts(muted=True)]),
    references=st.sampled_from([(), (mark(),), (mark(OTHER),)]),
    defects=st.sampled_from([(), (Defect.ENCRYPTED,), (Defect.TEXT_CUT,)]),
)
def test_no_machine_is_ever_answered(
    name: str, known: object, references: tuple[str, ...], defects: tuple[Defect, ...]
) -> None:
    read = replace(MACHINES[name][0], references=references, defects=defects)
    decision = decide(case(read, known))  # type: ignore[arg-type] # hypothesis loses the type

    assert isinstance(decision.answer, Silence)
    assert not any(isinstance(effect, Send) for effect in decision.effects)


def test_every_decision_bears_the_name_of_a_rule() -> None:
    names = {rule.__name__ for rule in RULES}

    assert {decide(case(read, known)).rule for read, known, _ in JOINS.values()} <= names
    assert len(names) == len(RULES)
