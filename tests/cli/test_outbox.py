"""`mailgate outbox`: the letters, what the customer reads, and how they are sent again or never."""

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.store import handover, letters
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import connect
from tests.builders import CLIENT
from tests.cli.place import Place, question

FIELDS = {"id", "mail", "ticket", "to", "kind", "state", "attempts", "next_try", "last_reply"}


def written(place: Place, state: LetterState = LetterState.DUE, reply: str = "") -> str:
    """A letter in a state; its id."""
    mail = place.send(question(f"m{place.now.timestamp()}"))
    place.now += timedelta(minutes=1)
    letter: int = place.row(mail)["letter"]
    if state in (LetterState.SENT, LetterState.GIVEN_UP):
        with place.ledger.write() as work:
            handover.claim(work, place.now, 10)
            handover.finish(work, letter, state, reply, None, place.now)
    elif state is LetterState.CANCELLED:
        with place.ledger.write() as work:
            letters.cancel(work, letter, place.now)
    elif state is LetterState.HELD:
        connection = connect(place.ledger.path)
        connection.execute("UPDATE letter SET state = 'held', last_reply = ? WHERE id = ?", (reply, letter))
        connection.close()
    return str(letter)


def stands(place: Place, letter: str) -> LetterState:
    with place.ledger.read() as ask:
        found = letters.about(ask, int(letter))
    assert found is not None
    return found.state


def test_the_list_has_every_field_and_says_where_a_letter_stands(place: Place) -> None:
    given_up = written(place, LetterState.GIVEN_UP, "550 no such user")
    due = written(place)

    listed = place.ask("outbox", "list")

    assert [letter["id"] for letter in listed] == [due, given_up]
    assert all(set(letter) == FIELDS for letter in listed)
    assert (listed[0]["state"], listed[0]["next_try"]) == ("due", "2026-11-23T12:01:00.000000Z")
    assert (listed[1]["state"], listed[1]["next_try"], listed[1]["last_reply"]) == (
        "given_up",
        None,
        "550 no such user",
    )
    assert listed[0]["to"] == CLIENT
    assert place.ask("outbox", "show", due) == listed[0]
    assert "550 no such user" in place.tell("outbox", "list", "--state", "given_up")


def test_the_list_is_cut_as_asked(place: Place) -> None:
    ids = [written(place) for _ in range(3)]

    assert [letter["id"] for letter in place.ask("outbox", "list", "--limit", 2)] == ids[:0:-1]
    assert [letter["id"] for letter in place.ask("outbox", "list", "--before", ids[1])] == ids[:1]
    assert place.ask("outbox", "list", "--state", "sent") == []


def test_a_letter_is_shown_as_the_customer_reads_it(place: Place) -> None:
    raw = question(subject="Вопрос", text="Здравствуйте! Не работает почта на телефоне, помогите.")
    mail = place.send(raw)
    letter = place.row(mail)["letter"]

    told = place.tell("outbox", "show", letter)

    assert "From: Служба поддержки <support@hoster.example>" in told
    assert f"[#{place.row(mail)['ticket']}] Ваша заявка принята" in told
    assert "Здравствуйте!" in told
    assert "=?utf-8" not in told


def test_the_raw_letter_is_given_byte_for_byte(place: Place) -> None:
    letter = written(place)
    with place.ledger.read() as ask:
        raw = letters.raw_of(ask, int(letter))

    assert place.call("outbox", "show", letter, "--raw").stdout_bytes == raw


@pytest.mark.parametrize(
    ("state", "verb", "after", "code"),
    [
        (LetterState.DUE, "retry", LetterState.DUE, 0),
        (LetterState.HELD, "retry", LetterState.DUE, 0),
        (LetterState.GIVEN_UP, "retry", LetterState.DUE, 0),
        (LetterState.CANCELLED, "retry", LetterState.DUE, 0),
        (LetterState.SENT, "retry", LetterState.SENT, 65),
        (LetterState.DUE, "cancel", LetterState.CANCELLED, 0),
        (LetterState.HELD, "cancel", LetterState.CANCELLED, 0),
        (LetterState.SENT, "cancel", LetterState.SENT, 65),
        (LetterState.GIVEN_UP, "cancel", LetterState.GIVEN_UP, 65),
    ],
)
def test_a_letter_is_sent_again_or_never_where_it_can(
    place: Place, state: LetterState, verb: str, after: LetterState, code: int
) -> None:
    letter = written(place, state)

    assert place.call("outbox", verb, letter).exit_code == code

    assert stands(place, letter) is after


def test_a_letter_that_is_being_handed_over_is_left_alone(place: Place) -> None:
    letter = written(place)
    with place.ledger.write() as work:
        handover.claim(work, datetime.now(UTC), 10)

    retried, cancelled = place.call("outbox", "retry", letter), place.call("outbox", "cancel", letter)

    assert "handed over at this moment" in retried.stderr
    assert "being handed over" in cancelled.stderr
    assert (retried.exit_code, cancelled.exit_code) == (65, 65)


def test_a_letter_without_text_says_what_to_do(place: Place) -> None:
    letter = written(place, LetterState.HELD, "could not be written: x.j2:3: no such name")
    connection = connect(place.ledger.path)
    connection.execute("UPDATE letter SET raw = x''")
    connection.close()

    done = place.call("outbox", "retry", letter)

    assert (done.exit_code, "x.j2:3" in done.stderr) == (65, True)
    assert "could not be written" in place.tell("outbox", "show", letter)


def test_all_that_waits_is_sent_now_and_nothing_else(place: Place) -> None:
    states = (
        LetterState.DUE,
        LetterState.HELD,
        LetterState.SENT,
        LetterState.GIVEN_UP,
        LetterState.CANCELLED,
    )
    ids = {state: written(place, state) for state in reversed(states)}

    assert place.tell("outbox", "retry", "--all").startswith("2 letters")

    assert stands(place, ids[LetterState.HELD]) is LetterState.DUE
    for state in states[2:]:
        assert stands(place, ids[state]) is state


@pytest.mark.parametrize("words", [(), ("1", "--all")])
def test_one_letter_or_all_must_be_named(place: Place, words: tuple[str, ...]) -> None:
    assert place.call("outbox", "retry", *words).exit_code == 64


@pytest.mark.parametrize("verb", ["show", "retry", "cancel"])
def test_an_unknown_letter_is_told_as_one(place: Place, verb: str) -> None:
    done = place.call("outbox", verb, 77)

    assert (done.exit_code, "no letter 77" in done.stderr) == (65, True)
