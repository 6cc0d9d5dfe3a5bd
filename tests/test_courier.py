"""From the outbox to a real, scripted smarthost: what goes, what comes again, what never goes twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from mailgate.courier import Courier
from mailgate.store.letters import LetterState
from mailgate.store.sqlite import Ledger
from tests.builders import NOW
from tests.outbox import FIVE_DAYS, Clock, hired, put, row, work
from tests.smarthost import DROP, LOCKSTEP, PIPELINED, Line, Sink

Hire = Callable[..., Courier]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hire(ledger: Ledger, clock: Clock) -> Iterator[Hire]:
    """Makes couriers to a port; they are closed when the test ends."""
    with ExitStack() as ended:
        yield lambda port, batch=4: hired(ended, ledger, clock, port, batch=batch)


def test_letters_go_over_one_connection_and_are_noted(ledger: Ledger, hire: Hire) -> None:
    raw = "Subject: x\r\n\r\n.точка\r\n..\r\nlast".encode()
    numbers = [put(ledger, recipient=f"u{n}@client.example", raw=raw) for n in range(9)]
    with Sink() as sink:
        work(hire(sink.port))

    assert sink.connections == 1
    assert sink.recipients == [f"u{n}@client.example" for n in range(9)]
    assert {heard.text for heard in sink.heard} == {raw + b"\r\n"}
    assert {heard.sender for heard in sink.heard} == {"support+b1@hoster.example"}
    for number in numbers:
        ended = row(ledger, number)
        assert (ended.state, ended.last_reply, ended.attempts) == (LetterState.SENT, "250 taken", 1)


def test_the_null_sender_and_bare_line_ends(ledger: Ledger, hire: Hire) -> None:
    put(ledger, envelope_sender="", raw=b"a: b\n\n.x\ry\r\r\n\n")
    with Sink() as sink:
        work(hire(sink.port))

    (heard,) = sink.heard
    assert (heard.sender, heard.text) == ("", b"a: b\r\n\r\n.x\r\ny\r\n\r\n\r\n")


@pytest.mark.parametrize("features", [PIPELINED, LOCKSTEP])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_f32_a_letter_put_off_comes_again_at_its_time(
    ledger: Ledger, hire: Hire, clock: Clock, verb: str, features: tuple[str, ...]
) -> None:
    number, other = put(ledger), put(ledger, recipient="other@client.example")
    with Sink(Line(verb, "450 4.2.0 greylisted"), Line(verb, "451 not yet"), features=features) as sink:
        courier = hire(sink.port, batch=1)
        work(courier)
        assert [row(ledger, each).last_reply for each in (number, other)] == [
            "450 4.2.0 greylisted", "451 not yet",
        ]  # fmt: skip
        clock.move(seconds=59)
        work(courier)
        assert row(ledger, number).attempts == 1
        clock.move(seconds=1)
        work(courier)

    assert [row(ledger, each).state for each in (number, other)] == [LetterState.SENT] * 2
    assert row(ledger, number).attempts == 2


@pytest.mark.parametrize("features", [PIPELINED, LOCKSTEP])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_f33_f34_a_refused_letter_is_given_up_with_its_reason_and_hinders_no_other(
    ledger: Ledger, hire: Hire, verb: str, features: tuple[str, ...]
) -> None:
    refused, other = put(ledger), put(ledger, recipient="other@client.example")
    with Sink(Line(verb, "550-5.1.1 nobody\r\n550 5.1.1 here"), features=features) as sink:
        work(hire(sink.port))

    ended = row(ledger, refused)
    assert (ended.state, ended.last_reply) == (LetterState.GIVEN_UP, "550 5.1.1 nobody 5.1.1 here")
    assert row(ledger, other).state is LetterState.SENT
    assert sink.connections == 1


def test_a_text_for_nobody_is_never_sent(ledger: Ledger, hire: Hire) -> None:
    # RFC 2920, 3.1: a smarthost may ask for the text of a letter whose only recipient it has refused.
    refused, other = put(ledger), put(ledger, recipient="other@client.example")
    with Sink(Line("RCPT", "550 5.1.1 nobody"), Line("DATA", "354 go on")) as sink:
        work(hire(sink.port))

    assert row(ledger, refused).state is LetterState.GIVEN_UP
    assert row(ledger, other).state is LetterState.SENT
    assert sink.recipients == ["other@client.example"]


def test_mail_rcpt_and_data_are_said_together_where_the_smarthost_takes_that(
    ledger: Ledger, hire: Hire
) -> None:
    numbers = [put(ledger), put(ledger)]
    with Sink(grouped=True) as sink:
        work(hire(sink.port))

    assert [row(ledger, number).last_reply for number in numbers] == ["250 taken"] * 2


def test_a_letter_is_given_up_after_five_days_with_the_last_reply(
    ledger: Ledger, hire: Hire, clock: Clock
) -> None:
    number = put(ledger)
    with Sink(Line("RCPT", "451 later", always=True)) as sink:
        courier = hire(sink.port)
        while row(ledger, number).state is LetterState.DUE:
            work(courier)
            clock.seconds = (row(ledger, number).next_try - NOW).total_seconds()

    ended = row(ledger, number)
    assert ended.last_reply.startswith("given up after 5 days and 126 tries: 451 later")
    assert ended.ended is not None
    assert FIVE_DAYS <= ended.ended - NOW < FIVE_DAYS + timedelta(hours=1)


@pytest.mark.parametrize("last", ["421 4.3.2 too many", DROP])
def test_f32_a_connection_that_ends_between_letters_costs_no_try(
    ledger: Ledger, hire: Hire, last: str
) -> None:
    numbers = [put(ledger, recipient=f"u{n}@client.example") for n in range(6)]
    with Sink(Line("MAIL", last, skip=2)) as sink:
        work(hire(sink.port))

    assert sink.connections == 2
    assert sorted(sink.recipients) == [f"u{n}@client.example" for n in range(6)]
    assert {row(ledger, number).attempts for number in numbers} == {1}


@pytest.mark.parametrize(
    ("verb", "last"),
    [
        ("RCPT", "421 closing"),
        ("RCPT", DROP),
        ("DATA", "421 closing"),
        ("DATA", DROP),
        ("DOT", "421 closing"),
    ],
)
def test_f32_a_connection_that_ends_before_the_letter_is_taken_puts_it_off(
    ledger: Ledger, hire: Hire, clock: Clock, verb: str, last: str
) -> None:
    put_off, other = put(ledger), put(ledger, recipient="other@client.example")
    with Sink(Line(verb, last)) as sink:
        courier = hire(sink.port)
        work(courier)
        assert (row(ledger, put_off).attempts, row(ledger, other).attempts) == (1, 0)
        clock.move(minutes=1)
        work(courier)

    assert [row(ledger, each).state for each in (put_off, other)] == [LetterState.SENT] * 2
    assert (row(ledger, put_off).attempts, row(ledger, other).attempts) == (2, 1)


def test_a_connection_lost_within_the_text_puts_the_letter_off(
    ledger: Ledger, hire: Hire, clock: Clock
) -> None:
    number = put(ledger, raw=b"x: y\r\n\r\n" + (b"0123456789" * 80 + b"\r\n") * 20_000)
    with Sink(Line("TEXT", DROP)) as sink:
        courier = hire(sink.port)
        work(courier)
        assert row(ledger, number).state is LetterState.DUE
        clock.move(minutes=1)
        work(courier)

    assert row(ledger, number).state is LetterState.SENT
    assert len(sink.heard) == 1


@pytest.mark.parametrize("answer", [DROP, "9z9 gibberish", "354 go on"])
def test_f35_a_letter_without_an_answer_to_its_dot_is_not_sent_again(
    ledger: Ledger, hire: Hire, clock: Clock, answer: str
) -> None:
    number, other = put(ledger), put(ledger, recipient="other@client.example")
    with Sink(Line("DOT", answer)) as sink:
        courier = hire(sink.port)
        work(courier)
        clock.move(days=30)
        work(courier)

    ended = row(ledger, number)
    assert ended.state is LetterState.SENT
    assert ended.last_reply.startswith("no answer to the final dot, it may have arrived, not sent again")
    assert sorted(sink.recipients) == ["Ivan@client.example", "other@client.example"]
    assert row(ledger, other).state is LetterState.SENT


def test_f31_an_unreachable_smarthost_costs_no_letter_a_try(ledger: Ledger, hire: Hire, clock: Clock) -> None:
    numbers = [put(ledger) for _ in range(3)]
    with Sink(Line("CONNECT", DROP, always=True)) as sink:
        courier = hire(sink.port)
        connections = []
        for _ in range(10_000):  # two days and more of half-minute looks
            assert not courier.step()
            connections.append(sink.connections)
            clock.move(seconds=30)

    assert connections[0] == 1
    assert 900 < sink.connections < 1100  # one in five minutes at last
    untouched = {(row(ledger, number).attempts, row(ledger, number).next_try) for number in numbers}
    assert untouched == {(0, NOW)}
