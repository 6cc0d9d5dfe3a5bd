"""Many tickets at once by the clock: no ticket keeps another waiting, and none is closed in silence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.completing import Aside
from mailgate.core.account import Account, Key, Records, records_of
from mailgate.core.candidate import Candidate, CandidateKind, How, Place
from mailgate.core.effects import LetterKind
from mailgate.core.identification import Evidence, Identification, State
from mailgate.core.number import number_of
from mailgate.core.ticket import Entry, EntryKind, Status
from mailgate.followup import close_silent, remind
from mailgate.spool import Spool
from mailgate.store import letters, tickets
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import Ledger
from tests import builders
from tests.builders import CLIENT, NOW
from tests.outbox import Clock
from tests.test_followup import ASKED, LATER, acknowledged, complete, rulebook

MANY = 120  # more than two pages
NUMBERS = [number_of(10_042 + count) for count in range(MANY)]
SILENT = NOW + timedelta(days=14)


def open_many(ledger: Ledger, known: Callable[[int], Identification] = lambda _: ASKED) -> None:
    """Tickets of as many customers."""
    with ledger.write() as work:
        for count, number in enumerate(NUMBERS):
            who = f"c{count}@client.example"
            made = builders.ticket(number, identification=known(count), requester=who, participants=(who,))
            tickets.open_ticket(work, made, NOW + timedelta(hours=24))


def acknowledge(ledger: Ledger, count: int, state: LetterState = LetterState.SENT) -> None:
    acknowledged(ledger, state, ticket=NUMBERS[count], recipient=f"c{count}@client.example")


def spoil(ledger: Ledger, number: int) -> None:
    """Make a ticket unreadable."""
    with ledger.write() as work:
        work.run("UPDATE ticket SET identification = '{' WHERE number = :number", number=number)


def test_all_are_reminded_at_once_and_one_in_trouble_keeps_no_other(ledger: Ledger) -> None:
    open_many(ledger)
    for count in range(MANY):
        acknowledge(ledger, count)
    spoil(ledger, NUMBERS[0])

    with capture_logs() as logs:
        assert remind(ledger, rulebook(ledger), LATER) == MANY - 1
        assert remind(ledger, rulebook(ledger), LATER) == 0
    assert [(line["event"], line["ticket"]) for line in logs] == [("ticket.not_followed_up", NUMBERS[0])]


def test_those_whose_question_has_not_left_keep_no_other_waiting(ledger: Ledger) -> None:
    open_many(ledger)
    for count in range(MANY):
        acknowledge(ledger, count, LetterState.DUE if count < MANY - 1 else LetterState.SENT)

    assert remind(ledger, rulebook(ledger), LATER) == 1


def test_all_that_are_silent_are_closed_but_one_in_trouble_and_one_who_cannot_be_told(ledger: Ledger) -> None:
    open_many(ledger)
    for count in range(MANY):
        acknowledge(ledger, count)
    with ledger.write() as work:
        for number in NUMBERS:
            tickets.set_status(work, number, Status.WAITING, NOW)
        tickets.mute(work, "c1@client.example", 1, "5.1.1", NOW)
    spoil(ledger, NUMBERS[0])

    with capture_logs() as logs:
        assert close_silent(ledger, rulebook(ledger), SILENT) == MANY - 2
    assert [line["ticket"] for line in logs if line["event"] == "ticket.not_followed_up"] == [NUMBERS[0]]
    with ledger.read() as ask:
        assert [row["number"] for row in tickets.listing(ask, "waiting", 10)] == [NUMBERS[1], NUMBERS[0]]


def told(count: int) -> Identification:
    login = Candidate(CandidateKind.LOGIN, f"u{count}", f"u{count}", Place.WORDS, How.LABEL)
    return Identification(State.PARTIAL, evidence=(Evidence(login),), waits=True)


class Choosy:
    """A directory that cannot bear some logins: every question with one of them fails."""

    def __init__(self, *poisons: int) -> None:
        self.asked: list[frozenset[Key]] = []
        self.poisons = {f"u{count}" for count in poisons}

    def ask(self, keys: frozenset[Key]) -> Records:
        self.asked.append(keys)
        if any(key.value in self.poisons for key in keys):
            return Records(is_down=True)
        return records_of([Account(f"a-{key.value}", key.value) for key in keys], keys)


def waiting(ledger: Ledger) -> list[int]:
    with ledger.read() as ask:
        return [NUMBERS.index(number) for number in tickets.unidentified(ask, MANY)]


def test_all_are_identified_at_once(ledger: Ledger) -> None:
    open_many(ledger, told)
    directory = Choosy()

    assert complete(ledger, directory) == MANY
    assert len(directory.asked) == 3


def test_a_ticket_the_directory_cannot_bear_goes_on_waiting_alone_and_is_asked_ever_less(
    ledger: Ledger,
) -> None:
    open_many(ledger, told)
    directory = Choosy(0, 70)
    clock = Clock()
    aside = Aside(clock.ticks)

    assert complete(ledger, directory, aside) == MANY - 2
    assert waiting(ledger) == [0, 70]
    directory.asked.clear()
    for _ in range(24 * 60):
        clock.move(minutes=1)
        complete(ledger, directory, aside)
    assert 2 * 24 <= len(directory.asked) <= 3 * 24 + 30
    directory.poisons.clear()
    clock.move(hours=1)
    assert complete(ledger, directory, aside) == 2


def test_many_in_a_row_are_passed_in_a_few_minutes(ledger: Ledger) -> None:
    open_many(ledger, told)
    directory = Choosy(*range(10))
    clock = Clock()
    aside = Aside(clock.ticks)
    for _ in range(10):
        clock.move(minutes=1)
        complete(ledger, directory, aside)

    assert waiting(ledger) == list(range(10))


def test_a_directory_that_is_down_is_asked_a_few_times_and_then_left(ledger: Ledger) -> None:
    open_many(ledger, told)
    directory = Choosy(*range(MANY))

    assert complete(ledger, directory) == 0
    assert len(directory.asked) == 4


def test_a_ticket_that_cannot_be_read_keeps_no_other_from_being_identified(ledger: Ledger) -> None:
    open_many(ledger, told)
    spoil(ledger, NUMBERS[5])
    aside = Aside(lambda: 0.0)

    with capture_logs() as logs:
        assert complete(ledger, Choosy(), aside) == MANY - 1
        assert complete(ledger, Choosy(), aside) == 0
    assert [line["ticket"] for line in logs if line["event"] == "ticket.unreadable"] == [NUMBERS[5]]


def by_hand(ledger: Ledger, mail: int | None = None, requester: str = CLIENT) -> int:
    """A ticket that waits for its customer and got no letter."""
    number = NUMBERS[0]
    with ledger.write() as work:
        made = builders.ticket(number, requester=requester)
        tickets.open_ticket(work, replace(made, opened=NOW))
        tickets.add_entry(work, number, Entry(requester, EntryKind.REQUEST, NOW, "since noon", mail))
        tickets.set_status(work, number, Status.WAITING, NOW)
    return number


def closing(ledger: Ledger) -> list[str]:
    with ledger.read() as ask:
        found = letters.of_ticket(ask, NUMBERS[0])
    return [letter.recipient for letter in found if letter.kind is LetterKind.CLOSING]


def test_a_customer_who_called_is_told_that_his_ticket_is_closed(ledger: Ledger) -> None:
    by_hand(ledger)

    assert close_silent(ledger, rulebook(ledger), SILENT) == 1
    assert closing(ledger) == [CLIENT]


def muted(ledger: Ledger) -> None:
    with ledger.write() as work:
        tickets.mute(work, CLIENT, 1, "5.1.1", NOW)


def over_budget(ledger: Ledger) -> None:
    for _ in range(3):
        acknowledged(ledger, ticket=None, created=SILENT)


def bounced(ledger: Ledger) -> None:
    letter = acknowledged(ledger)
    with ledger.write() as work:
        letters.note_bounce(work, letter, "5.2.2")


UNTOLD: dict[str, Callable[[Ledger], object]] = {
    "muted": muted,
    "over budget": over_budget,
    "the last letter came back": bounced,
    "the last letter has not left": lambda ledger: acknowledged(ledger, LetterState.DUE),
    "the last letter was given up": lambda ledger: acknowledged(ledger, LetterState.GIVEN_UP),
}


@pytest.mark.parametrize("name", UNTOLD)
def test_a_ticket_whose_customer_cannot_be_told_goes_on_waiting(ledger: Ledger, name: str) -> None:
    by_hand(ledger)
    UNTOLD[name](ledger)

    assert close_silent(ledger, rulebook(ledger, letters_a_day=3), SILENT) == 0
    assert closing(ledger) == []


def test_a_mail_that_got_no_letter_gets_none_now_for_it_may_be_a_machines(ledger: Ledger) -> None:
    spool = Spool(ledger, min_free=0, max_backlog=9, max_bulk_backlog=9, taken=lambda: None)
    spool.start()
    mail = spool.accept(builders.envelope(), b"Auto-Submitted: auto-generated\r\n\r\nx\r\n").id
    spool.close()
    by_hand(ledger, mail)

    assert close_silent(ledger, rulebook(ledger), SILENT) == 0
    assert closing(ledger) == []


def test_a_ticket_of_nobody_goes_on_waiting(ledger: Ledger) -> None:
    by_hand(ledger, requester="")

    assert close_silent(ledger, rulebook(ledger), SILENT) == 0
