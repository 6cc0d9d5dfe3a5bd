"""What becomes of tickets by the clock."""

import functools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from mailgate import completing
from mailgate.cli.outbox import readable
from mailgate.completing import Aside
from mailgate.config import Settings
from mailgate.core.account import NO_RECORDS, Account, Key, Records, records_of
from mailgate.core.candidate import Candidate, CandidateKind, How, Place
from mailgate.core.effects import LetterKind
from mailgate.core.identification import Contact, Evidence, Identification, State
from mailgate.core.identify import named_by_staff
from mailgate.core.need import Need
from mailgate.core.policy import Language
from mailgate.core.ticket import EntryKind, Status, Ticket
from mailgate.directory import Directory
from mailgate.followup import close_silent, remind
from mailgate.rulebook import Rulebook, rulebook_of
from mailgate.store import letters, rows, tickets
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Ledger
from tests import builders, outbox
from tests.builders import CLIENT, NOW, THEIRS

LOGIN, CONTRACT, DOMAIN, _ = CandidateKind
ASKED = Identification(required=(frozenset(Need),), missing=((LOGIN, CONTRACT, DOMAIN),))
HIS = Account("1001", "u10432", ("4051234",), ("stroymir.ru",))
U10432 = Candidate(LOGIN, "u10432", "u10432", Place.WORDS, How.LABEL)
LATER = NOW + timedelta(hours=25)
DESK = {"name": "Служба поддержки", "addresses": ["support@hoster.example"]}


def rulebook(ledger: Ledger, **limits: int) -> Rulebook:
    settings = {"state": {"dir": str(ledger.path.parent)}, "desk": DESK, "limits": limits}
    return rulebook_of(Settings.model_validate(settings))


@functools.cache
def plain_rulebook(ledger: Ledger) -> Rulebook:
    return rulebook(ledger)


def complete(ledger: Ledger, directory: Directory, aside: Aside | None = None) -> int:
    return completing.complete(ledger, directory, plain_rulebook(ledger), LATER, aside)


def opened(ledger: Ledger, known: Identification = ASKED, **changes: object) -> Ticket:
    """A ticket whose writer was asked, with its acknowledgement sent."""
    made = builders.ticket(identification=known, **changes)  # type: ignore[arg-type] # as in the builders
    with ledger.write() as work:
        tickets.open_ticket(work, made, NOW + timedelta(hours=24))
    return made


def acknowledged(ledger: Ledger, state: LetterState = LetterState.SENT, **changes: object) -> int:
    plain = {"kind": LetterKind.ACKNOWLEDGEMENT, "ticket": THEIRS, "recipient": "Ivan@client.example"}
    letter = outbox.put(ledger, **{**plain, **changes})
    with ledger.write() as work:
        ended = None if state in (LetterState.DUE, LetterState.HELD) else rows.time_text(NOW)
        work.run("UPDATE letter SET state = :s, ended = :e WHERE id = :id", s=state, e=ended, id=letter)
    return letter


def made(ledger: Ledger, kind: LetterKind) -> list[LetterRow]:
    with ledger.read() as ask:
        return [letter for letter in letters.of_ticket(ask, THEIRS) if letter.kind is kind]


def found(ledger: Ledger) -> Ticket:
    with ledger.read() as ask:
        return cast("Ticket", tickets.find(ask, THEIRS))


def text_of(ledger: Ledger, letter: LetterRow) -> str:
    with ledger.read() as ask:
        return readable(letters.raw_of(ask, letter.id) or b"")


def test_a_writer_who_does_not_answer_is_reminded_once(ledger: Ledger) -> None:
    opened(ledger)
    acknowledged(ledger)
    rules = rulebook(ledger)

    assert remind(ledger, rules, NOW + timedelta(hours=23)) == 0
    assert remind(ledger, rules, LATER) == 1
    assert remind(ledger, rules, LATER + timedelta(days=30)) == 0
    (letter,) = made(ledger, LetterKind.REMINDER)
    assert letter.recipient == "Ivan@client.example"  # as he wrote it
    text = text_of(ledger, letter)
    assert "Логин:" in text
    assert f"[#{THEIRS}] Напоминание" in text
    assert "In-Reply-To: <m@hoster.example>" in text


def test_a_proven_contact_is_reminded_in_the_language_on_record(ledger: Ledger) -> None:
    english = replace(HIS, language=Language.EN)
    proven = Contact(CLIENT, ("1001",), is_authenticated=True)
    opened(ledger, replace(ASKED, contacts=(proven,), accounts=(english,)), languages=("ru",))
    acknowledged(ledger)

    assert remind(ledger, rulebook(ledger), LATER) == 1
    (letter,) = made(ledger, LetterKind.REMINDER)
    assert "Hello," in text_of(ledger, letter)


REPLIES = {
    "he told": Identification(State.PARTIAL, evidence=(Evidence(U10432),)),
    "he wrote, but told nothing": replace(ASKED, contacts=()),
}


@pytest.mark.parametrize("name", REPLIES)
def test_whoever_answered_is_not_reminded(ledger: Ledger, name: str) -> None:
    opened(ledger)
    acknowledged(ledger)
    with ledger.write() as work:
        tickets.identify(work, THEIRS, REPLIES[name], answered=True)

    assert remind(ledger, rulebook(ledger), LATER) == 0


@pytest.mark.parametrize("status", [Status.WAITING, Status.RESOLVED, Status.CLOSED])
def test_nobody_is_reminded_of_a_ticket_that_staff_took_on(ledger: Ledger, status: Status) -> None:
    opened(ledger)
    acknowledged(ledger)
    with ledger.write() as work:
        tickets.set_status(work, THEIRS, status, NOW)

    assert remind(ledger, rulebook(ledger), LATER) == 0


def test_nobody_is_reminded_once_staff_said_whose_it_is(ledger: Ledger) -> None:
    before = opened(ledger)
    acknowledged(ledger)
    with ledger.write() as work:
        tickets.identify(work, THEIRS, named_by_staff(HIS, before.identification), answered=False)

    assert remind(ledger, rulebook(ledger), LATER) == 0


def test_nobody_is_reminded_where_the_question_did_not_arrive(ledger: Ledger) -> None:
    opened(ledger)
    letter = acknowledged(ledger)
    with ledger.write() as work:
        letters.note_bounce(work, letter, "5.2.2")

    assert remind(ledger, rulebook(ledger), LATER) == 0


def test_a_reminder_waits_until_the_question_has_left(ledger: Ledger) -> None:
    opened(ledger)
    letter = acknowledged(ledger, LetterState.DUE)
    rules = rulebook(ledger)

    assert remind(ledger, rules, LATER) == 0
    with ledger.write() as work:
        work.run("UPDATE letter SET state = 'sent', ended = next_try WHERE id = :id", id=letter)
    assert remind(ledger, rules, LATER) == 0  # looked at again in an hour
    assert remind(ledger, rules, LATER + timedelta(hours=1)) == 1


def test_no_reminder_goes_to_a_muted_address_or_beyond_the_budget(ledger: Ledger) -> None:
    opened(ledger)
    acknowledged(ledger)
    for _n in range(2):
        acknowledged(ledger, kind=LetterKind.RECEIPT, created=LATER)

    assert remind(ledger, rulebook(ledger, letters_a_day=2), LATER) == 0
    with ledger.write() as work:
        work.run("UPDATE ticket SET remind_at = '2026'")
        tickets.mute(work, CLIENT, 1, "5.1.1", NOW)
    assert remind(ledger, rulebook(ledger), LATER) == 0


def answered(ledger: Ledger, at: datetime = NOW) -> None:
    opened(ledger, Identification())
    acknowledged(ledger)
    with ledger.write() as work:
        tickets.set_status(work, THEIRS, Status.WAITING, at)


def test_a_ticket_that_a_human_answered_is_closed_for_silence_and_its_customer_told(ledger: Ledger) -> None:
    answered(ledger)
    rules = rulebook(ledger)

    assert close_silent(ledger, rules, NOW + timedelta(days=13)) == 0
    assert close_silent(ledger, rules, NOW + timedelta(days=14)) == 1
    assert found(ledger).status is Status.CLOSED
    (letter,) = made(ledger, LetterKind.CLOSING)
    assert "ответьте на это письмо" in text_of(ledger, letter)
    with ledger.read() as ask:
        (entry,) = tickets.entries(ask, THEIRS)
    assert (entry.kind, "14 days" in entry.text) == (EntryKind.STATUS, True)


@pytest.mark.parametrize("status", [Status.OPEN, Status.RESOLVED])
def test_a_ticket_that_nobody_answered_is_never_closed_for_silence(ledger: Ledger, status: Status) -> None:
    answered(ledger)
    with ledger.write() as work:
        tickets.set_status(work, THEIRS, status, NOW)

    assert close_silent(ledger, rulebook(ledger), NOW + timedelta(days=4000)) == 0
    assert found(ledger).status is status


def test_the_operator_may_close_nothing_for_silence(ledger: Ledger) -> None:
    answered(ledger)
    assert close_silent(ledger, rulebook(ledger, close_after_silence_days=0), NOW + timedelta(days=999)) == 0


class Says:
    """A directory of these accounts, or one that is down."""

    def __init__(self, *accounts: Account, is_down: bool = False) -> None:
        self._accounts = accounts
        self._is_down = is_down

    def ask(self, keys: frozenset[Key]) -> Records:
        return Records(is_down=True) if self._is_down else records_of(self._accounts, keys)


def waits(ledger: Ledger) -> None:
    opened(ledger, Identification(State.PARTIAL, evidence=(Evidence(U10432),), waits=True))


def test_a_ticket_is_identified_once_the_directory_speaks_again(ledger: Ledger) -> None:
    waits(ledger)

    assert complete(ledger, Says(is_down=True)) == 0
    assert found(ledger).identification.waits
    assert complete(ledger, Says(HIS)) == 1
    known = found(ledger).identification
    assert (known.state, known.account, known.waits) == (State.KNOWN, "1001", False)
    assert complete(ledger, Says(HIS)) == 0


def test_completing_leaves_the_reminder_in_place(ledger: Ledger) -> None:
    opened(ledger, replace(ASKED, waits=True))
    acknowledged(ledger)

    assert complete(ledger, Says()) == 1
    assert remind(ledger, rulebook(ledger), LATER) == 1


def test_what_staff_said_meanwhile_stays(ledger: Ledger) -> None:
    waits(ledger)
    other = Account("7", "u7")

    class Slow(Says):
        def ask(self, keys: frozenset[Key]) -> Records:
            with ledger.write() as work:
                known = named_by_staff(other, Identification())
                tickets.identify(work, THEIRS, known, answered=False)
            return super().ask(keys)

    complete(ledger, Slow(HIS))
    assert found(ledger).identification.account == "7"


def test_a_ticket_is_completed_even_if_nothing_is_found(ledger: Ledger) -> None:
    waits(ledger)

    assert complete(ledger, Says()) == 1
    assert found(ledger).identification.accounts == NO_RECORDS.accounts
