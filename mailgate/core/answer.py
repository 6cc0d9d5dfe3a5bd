"""The only maker of letters, and the guard before it.

Every helpdesk's standing bug is to answer a machine. So a letter can be made here and nowhere else,
and each maker asks `may_answer` first (RFC 3834, section 2). Suppression concerns the letter alone:
the mail itself opens or joins its ticket all the same.
"""

from dataclasses import replace

from mailgate.core import tag
from mailgate.core.account import Account, Key, KeyKind
from mailgate.core.authenticity import Authentication
from mailgate.core.candidate import Candidate, CandidateKind, How
from mailgate.core.case import Case
from mailgate.core.challenge import Challenge, Reference, key_of, secrets_of
from mailgate.core.description import would_help
from mailgate.core.effects import (
    LOST,
    Answer,
    Effect,
    Hint,
    Letter,
    LetterKind,
    Postpone,
    Reason,
    Silence,
)
from mailgate.core.identification import Contact, Identification, Question
from mailgate.core.mail import UNREADABLE, Defect, Door
from mailgate.core.notice import NOTHING_ASKED, Asking, Notice, shown_address
from mailgate.core.policy import Desk, Language, Policy
from mailgate.core.ticket import Ticket
from mailgate.core.triage import spam_verdict

_WITH_DIGITS = frozenset({LetterKind.CHALLENGE, LetterKind.CORRECTION})
_POSTPONED = frozenset({LetterKind.ACKNOWLEDGEMENT, LetterKind.RECEIPT})


def may_answer(case: Case) -> Silence | None:
    """Why the writer must not be sent an automatic letter; None when he may be."""
    triage = case.triage
    if case.mail.envelope.door is Door.IMPORT:
        return Silence(Reason.IMPORTED)
    if triage.machine is not None:
        return triage.machine
    if not triage.answer_to:
        return _nobody(case)
    spam = spam_verdict(case.mail, case.policy)
    if spam:
        return Silence(Reason.SPAM, spam.title())
    age = case.facts.now - triage.arrived
    if age > case.policy.limits.stale_after or case.mail.envelope.bulk:
        return Silence(Reason.STALE, f"{age.days * 24 + age.seconds // 3600} h")
    # His own mail lifts the mute, but only a mail that is proven to be his.
    if case.facts.muted and not unmutes(case):
        return Silence(Reason.MUTED, triage.answer_to)
    return None


def _nobody(case: Case) -> Silence:
    """There is nobody to write to."""
    vouched = case.mail.envelope.vouched
    if vouched is None:
        return Silence(Reason.NO_ADDRESS, case.mail.author_text[:60])
    down = ": the directory was down" if case.facts.records.is_down else ""
    return Silence(Reason.NOT_ON_RECORD, f"account {vouched.account[:60]}{down}")


def unmutes(case: Case) -> bool:
    """Does this mail show that its writer's address works again? It wrote, by itself."""
    if case.mail.envelope.vouched is not None:  # it was written in the panel
        return False
    return case.triage.machine is None and case.triage.authentication is not Authentication.FAIL


def _over_budget(case: Case) -> Silence | None:
    limits = case.policy.limits
    proven = case.triage.authentication is Authentication.PASS
    allowed = limits.letters_a_day_authenticated if proven else limits.letters_a_day
    sent = case.facts.letters_today
    return Silence(Reason.BUDGET, f"{sent} letters in 24 h") if sent >= allowed else None


def languages(case: Case, thread: tuple[Language, ...]) -> tuple[Language, ...]:
    """The languages of a letter: the authenticated contact's, else the thread's, else the mail's."""
    return letter_languages(_on_record(case) or thread or case.triage.languages, case.policy.desk)


def _on_record(case: Case) -> tuple[Language, ...]:
    """The one language of all accounts whose authenticated contact wrote."""
    if case.triage.authentication is not Authentication.PASS:
        return ()
    records = case.facts.records
    vouched = case.mail.envelope.vouched
    numbers = (vouched.account,) if vouched else records.led_to(Key(KeyKind.ADDRESS, case.triage.writer))
    led = map(records.account, numbers)
    spoken = {account.language for account in led if account and account.language}
    return tuple(spoken) if len(spoken) == 1 else ()


def letter_languages(wanted: tuple[Language, ...], desk: Desk) -> tuple[Language, ...]:
    """Those of the languages that the desk speaks, else its first."""
    return tuple(language for language in wanted if language in desk.languages) or desk.languages[:1]


def hints(case: Case, *, reopened: bool = False, needs_consent: bool = False) -> tuple[Hint, ...]:
    """What a letter should say besides its main matter."""
    defects = set(case.mail.defects)
    unreadable = bool(defects & UNREADABLE) and not case.mail.new_words.strip()
    found = {
        Hint.REOPENED: reopened,
        Hint.OUTAGE: case.mail.is_outage,
        Hint.UNREADABLE: unreadable,
        Hint.TOO_LARGE: bool(defects & LOST),
        Hint.OVERSIZED: Defect.OVERSIZED in defects,
        Hint.CONSENT: needs_consent,
    }
    return tuple(hint for hint, holds in found.items() if holds)


def asked(case: Case, found: Identification) -> Asking:
    """What the letter to a new ticket's writer asks, and what it tells him of his account.

    To a writer who is neither an authenticated contact nor vouched for by the panel this is a function of the
    kinds of values and words in his mail, and of nothing that the directory said: else anybody could ask us
    which logins there are.
    """
    asking = replace(question(found.missing, case.policy), parts=would_help(case.mail.description))
    if case.mail.envelope.vouched is not None and found.vouched == found.account:
        return _told(asking, found, (found.account,) if found.account else ())
    writer = next((each for each in found.contacts if each.address == case.triage.writer), None)
    if writer is None or case.triage.authentication is not Authentication.PASS or not writer.accounts:
        return asking
    return _told(asking, found, _his(found, writer))


def _told(asking: Asking, found: Identification, numbers: tuple[str, ...]) -> Asking:
    """What is asked, with what he is told of these accounts, which are his."""
    accounts = tuple(filter(None, map(found.record, numbers)))
    if len(numbers) > 1:
        return replace(asking, accounts=accounts, is_choice=True)
    own = (each for each in found.evidence if each.candidate.is_own and each.is_asked)
    strange = tuple(
        each.candidate for each in own if _is_meant(each.candidate) and not set(numbers) & set(each.accounts)
    )
    return replace(asking, accounts=accounts, strange=strange)


def _his(found: Identification, writer: Contact) -> tuple[str, ...]:
    """Those of the writer's accounts that his words allow.

    Where they lead beyond his own accounts counts nothing: the answer would tell him whether that exists.
    """
    said = (set(each.accounts) & set(writer.accounts) for each in found.evidence if each.candidate.is_own)
    agreed = set.intersection(set(writer.accounts), *filter(None, said))
    return tuple(number for number in writer.accounts if number in agreed) or writer.accounts


def _is_meant(candidate: Candidate) -> bool:
    """Does the writer say of this value that it is his account's? Other sites are named for many reasons."""
    if candidate.kind is CandidateKind.DOMAIN:
        return candidate.how in (How.FORM, How.LABEL)
    return candidate.kind is not CandidateKind.EXTRA


def question(questions: tuple[Question, ...], policy: Policy) -> Asking:
    """What is asked of anybody: kinds, and the operator's words for his own."""
    extras = tuple(extra.labels[0] for extra in policy.identifying.extras if extra.labels)
    return Asking(questions, extras if (CandidateKind.EXTRA,) in questions else ())


def write(
    case: Case,
    kind: LetterKind,
    ticket: int,
    languages: tuple[Language, ...],
    found: tuple[Hint, ...] = (),
    about: Asking | Notice = NOTHING_ASKED,
) -> tuple[Answer, tuple[Effect, ...]]:
    """A letter to the writer of the mail, or the reason why not; with what follows from either."""
    refused = may_answer(case)
    if refused is not None:
        return refused, ()
    over = _over_budget(case)
    if over is not None:
        # An outsider is told no number, so none is kept for him.
        kept = kind in _POSTPONED
        return over, (Postpone(case.triage.answer_to, ticket, languages),) if kept else ()
    proven = case.triage.authentication is Authentication.PASS
    letter = Letter(
        kind=kind,
        to=case.triage.answer_to,
        languages=languages,
        ticket=ticket,
        subject=case.mail.subject if proven else "",
        answers=case.mail.message_id,
        references=_references(case, ticket),
        asked=case.triage.arrived,
        hints=found,
        asking=about if isinstance(about, Asking) else NOTHING_ASKED,
        notice=about if isinstance(about, Notice) else None,
    )
    return letter, ()


def _references(case: Case, ticket: int) -> tuple[str, ...]:
    """The ids before the mail, less marks of other tickets: nobody learns of a thread he only named."""
    keys = case.policy.keys
    kept = []
    for text in case.mail.references:
        mark = tag.read_message_id(keys, text)
        if mark is None or mark.ticket == ticket:
            kept.append(text)
    return tuple(kept)


def nothing_to_say(case: Case, why: str) -> Silence:
    """No letter is due; a reason that forbids one goes before."""
    return may_answer(case) or Silence(Reason.NOTHING_TO_SAY, why)


def reminder(to: str, languages: tuple[Language, ...], ticket: int, after: str, asking: Asking) -> Letter:
    """The one letter that repeats a question nobody answered; `after` is the Message-ID of the first.

    Like the question itself it depends on the kinds that are missing, and on nothing else.
    """
    return Letter(LetterKind.REMINDER, to, languages, ticket, answers=after, asking=asking)


def closing(to: str, languages: tuple[Language, ...], ticket: int, after: str) -> Letter:
    """The letter that says a ticket was closed for silence, and how to go on."""
    return Letter(LetterKind.CLOSING, to, languages, ticket, answers=after)


def digest(to: str, languages: tuple[Language, ...], numbers: tuple[int, ...]) -> Letter:
    """The one letter that names all tickets whose own letters went over the address's budget.

    `may_answer` has said yes to each of the mails before its letter was postponed.
    """
    return Letter(kind=LetterKind.DIGEST, to=to, languages=languages, ticket=numbers[0], numbers=numbers)


def notice(kind: LetterKind, challenge: Challenge, account: Account | None, policy: Policy) -> Notice:
    """What a letter of this kind tells of a challenge."""
    asked = policy.request_class(challenge.name)
    told = Notice(
        titles=asked.titles if asked else (("en", challenge.name),),
        objects=challenge.objects,
        login=account.login if account else challenge.account,
        writer=shown_address(challenge.writer),
        is_verified=challenge.is_verified,
        asked=challenge.asked,
        until=challenge.expires,
    )
    key = key_of(challenge, policy.keys)
    if key is None or kind not in _WITH_DIGITS:
        return told
    secrets = secrets_of(challenge, key)
    return replace(told, digits=secrets.digits, reference=Reference(challenge.id, secrets.reference))


def about_challenge(
    kind: LetterKind,
    challenge: Challenge,
    account: Account | None,
    policy: Policy,
    to: str = "",
    hints: tuple[Hint, ...] = (),
) -> Letter:
    """A letter to the mailbox on record, or to a contact `to`, that answers no mail.

    They speak the language on record, and where none is, all of the desk's.
    """
    spoken = (account.language,) if account and account.language else policy.desk.languages
    return Letter(
        kind=kind,
        to=to or challenge.mailbox,
        languages=letter_languages(spoken, policy.desk),
        ticket=challenge.ticket,
        hints=hints,
        notice=notice(kind, challenge, account, policy),
    )


def late_acknowledgement(ticket: Ticket, to: str, languages: tuple[Language, ...]) -> Letter:
    """The one for what the panel handed in while nobody could say whose address may be written to."""
    kind = LetterKind.ACKNOWLEDGEMENT
    return Letter(kind, to, languages, ticket.number, ticket.subject, asked=ticket.opened)


def outcome(
    to: str, languages: tuple[Language, ...], ticket: int, after: str, *, is_confirmed: bool
) -> Letter:
    """The letter that tells a requester what came of the confirmation, and nothing of the account."""
    hints = (Hint.CONFIRMED,) if is_confirmed else ()
    return Letter(LetterKind.OUTCOME, to, languages, ticket, answers=after, hints=hints)
