"""`mailgate ticket`: what is shown, and what is done by hand."""

from datetime import timedelta

import pytest
from click.testing import Result

from mailgate import state
from mailgate.core.number import counter_of, is_number, number_of
from mailgate.store import tickets
from mailgate.store.mark import HighWater
from tests.builders import CLIENT
from tests.cli.place import Place, question

LISTED = {
    "number",
    "status",
    "subject",
    "requester",
    "participants",
    "language",
    "identification",
    "description",
    "class",
    "objects",
}
SHOWN = (
    LISTED
    | {"class_by_staff", "critical", "needed", "assurance"}
    | {"challenge", "owner_not_asked", "locks"}
    | {"links", "entries", "addresses", "letters"}
)


def opened(place: Place, subject: str = "Site is down", text: str = "since noon", who: str = CLIENT) -> str:
    """A ticket opened by telephone; its number."""
    number: str = place.ask("ticket", "open", "--from", who, "--subject", subject, "--text", text)["number"]
    return number


def test_a_call_opens_a_ticket_with_a_number_to_dictate_and_no_letter(place: Place) -> None:
    told = place.tell("ticket", "open", "--from", CLIENT, "--subject", "Site is down", "--text", "since noon")
    (ticket,) = place.ask("ticket", "list")

    number = ticket["number"]
    assert is_number(int(number))
    assert f"Ticket #{number} is open" in told
    assert " ".join(number) in told
    shown = place.ask("ticket", "show", number)
    assert set(shown) == SHOWN
    assert shown["requester"] == CLIENT
    assert shown["participants"] == [CLIENT]
    assert [(entry["kind"], entry["text"], entry["mail"]) for entry in shown["entries"]] == [
        ("request", "since noon", None)
    ]
    assert place.ask("outbox", "list") == []


def test_a_reply_to_a_call_joins_its_ticket(place: Place) -> None:
    number = opened(place)

    mail = place.send(question(subject=f"about {number} and #{number}"))

    assert place.row(mail)["verdict"] == "joined"


def test_the_words_of_a_call_may_come_from_standard_input(place: Place) -> None:
    words = ("ticket", "open", "--from", CLIENT, "--subject", "s", "--text", "-")
    assert place.call(*words, stdin="many\nlines\n").exit_code == 0
    number = place.ask("ticket", "list")[0]["number"]

    assert place.call("ticket", "note", number, "-", stdin="noted").exit_code == 0

    assert [entry["text"] for entry in place.ask("ticket", "show", number)["entries"]] == [
        "many\nlines\n",
        "noted",
    ]


def test_numbers_never_come_back_after_an_unclean_stop_or_a_restored_ledger(place: Place) -> None:
    HighWater(place.state).write(20_000)

    first, second = opened(place), opened(place)

    assert counter_of(int(first)) == 20_001
    assert counter_of(int(second)) == 20_002


def test_while_a_daemon_runs_its_counter_is_shared(place: Place) -> None:
    with state.alone(place.state):
        numbers = [opened(place) for _ in range(3)]

    assert [counter_of(int(number)) for number in numbers] == [10_001, 10_002, 10_003]
    with place.ledger.read() as ask:
        assert tickets.counter(ask) == 10_003


@pytest.mark.parametrize("wrong", ["", "ivan", "Ivan <ivan@client.example>", "a@b@c.example"])
def test_a_caller_needs_a_plain_mailbox(place: Place, wrong: str) -> None:
    done = place.call("ticket", "open", "--from", wrong, "--subject", "x")

    assert (done.exit_code, "plain mailbox" in done.stderr) == (64, True)
    assert place.ask("ticket", "list") == []


@pytest.mark.parametrize("form", ["{}", "#{}", "[#{}]", "№{}", "[ACME#{}]"])
def test_a_number_is_understood_as_people_write_it(place: Place, form: str) -> None:
    number = opened(place)

    assert place.ask("ticket", "show", form.format(number))["number"] == number


def test_a_mistyped_number_is_told_as_one(place: Place) -> None:
    number = opened(place)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    done = place.call("ticket", "show", wrong)

    assert (done.exit_code, "mistyped" in done.stderr) == (65, True)


@pytest.mark.parametrize("verb", ["show", "resolve", "close", "reopen"])
def test_an_unknown_number_is_told_as_one(place: Place, verb: str) -> None:
    done = place.call("ticket", verb, number_of(77_777))

    assert (done.exit_code, f"no ticket #{number_of(77_777)}" in done.stderr) == (65, True)


def test_what_is_no_number_is_wrong_usage(place: Place) -> None:
    assert place.call("ticket", "show", "ten").exit_code == 64


@pytest.mark.parametrize(
    ("verbs", "status", "entries"),
    [
        (("resolve",), "resolved", 2),
        (("resolve", "resolve"), "resolved", 2),
        (("resolve", "close"), "closed", 3),
        (("close", "reopen"), "open", 3),
        (("resolve", "reopen"), "open", 3),
        (("reopen",), "open", 1),
    ],
)
def test_a_ticket_moves_and_remembers_it(
    place: Place, verbs: tuple[str, ...], status: str, entries: int
) -> None:
    number = opened(place)

    for verb in verbs:
        assert f"#{number} is" in place.tell("ticket", verb, number)

    shown = place.ask("ticket", "show", number)
    assert shown["status"] == status
    assert len(shown["entries"]) == entries
    assert all(entry["kind"] == "status" for entry in shown["entries"][1:])


def test_a_closed_ticket_is_not_resolved(place: Place) -> None:
    number = opened(place)
    place.tell("ticket", "close", number)

    done: Result = place.call("ticket", "resolve", number)

    assert (done.exit_code, "reopen it first" in done.stderr) == (65, True)
    assert place.ask("ticket", "show", number)["status"] == "closed"


def test_a_note_is_kept_and_sent_to_nobody(place: Place) -> None:
    number = opened(place)

    place.tell("ticket", "note", number, "Called back")

    entry = place.ask("ticket", "show", number)["entries"][-1]
    assert (entry["kind"], entry["author"], entry["text"]) == ("note", "", "Called back")
    assert place.ask("outbox", "list") == []


def test_tickets_are_listed_by_their_latest_change_and_page_by_page(place: Place) -> None:
    numbers = [opened(place, f"call {count}") for count in range(4)]
    place.tell("ticket", "note", numbers[0], "changed last")
    order = [numbers[0], numbers[3], numbers[2], numbers[1]]

    assert all(set(ticket) == LISTED for ticket in place.ask("ticket", "list"))
    assert [ticket["number"] for ticket in place.ask("ticket", "list")] == order
    assert [ticket["number"] for ticket in place.ask("ticket", "list", "--limit", 2)] == order[:2]
    page = place.ask("ticket", "list", "--limit", 2, "--before", order[1])
    assert [ticket["number"] for ticket in page] == order[2:]


def test_tickets_are_listed_by_status(place: Place) -> None:
    left, done = opened(place), opened(place)
    place.tell("ticket", "resolve", done)

    assert [ticket["number"] for ticket in place.ask("ticket", "list", "--status", "resolved")] == [done]
    assert [ticket["number"] for ticket in place.ask("ticket", "list", "--status", "open")] == [left]


@pytest.mark.parametrize("words", ["САЙТ", "сайт", "Сайт", "ПОЧТА"])
def test_a_search_makes_no_difference_between_cases_in_russian_either(place: Place, words: str) -> None:
    number = opened(place, "Сайт не работает")
    place.tell("ticket", "note", number, "и Почта тоже")
    opened(place, "Другое")

    assert [ticket["number"] for ticket in place.ask("ticket", "search", words)] == [number]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("certificate",), 1),
        (("since", "noon"), 1),
        (("ivan@client",), 1),
        (("%",), 0),
        (("_",), 0),
        (("x'; DROP TABLE ticket; --",), 0),
    ],
)
def test_a_search_looks_into_subject_entries_and_participants(
    place: Place, words: tuple[str, ...], found: int
) -> None:
    number = opened(place, "Renew a certificate")

    assert [ticket["number"] for ticket in place.ask("ticket", "search", *words)] == [number] * found


def test_a_ticket_knows_every_address_it_was_written_to(place: Place) -> None:
    mail = place.send(question(), recipients=("Support+t1@hoster.example", "eve@elsewhere.example"))
    place.send(question(), recipients=("billing@hoster.example",))

    shown = place.ask("ticket", "show", place.row(mail)["ticket"])

    assert shown["addresses"] == ["support@hoster.example", "billing@hoster.example"]


def test_a_ticket_shows_its_links_both_ways(place: Place) -> None:
    first = place.row(place.send(question()))["ticket"]
    other = place.row(place.send(question("s", f"#{first}", "x", "eve@elsewhere.example")))["ticket"]

    assert place.ask("ticket", "show", other)["links"] == [{"number": str(first), "kind": "claimed"}]
    assert place.ask("ticket", "show", first)["links"] == [{"number": str(other), "kind": "claimed"}]
    assert f"#{other}" in place.tell("ticket", "show", first)


def test_times_of_a_ticket_are_the_desks_for_people_and_utc_for_programs(place: Place) -> None:
    place.now += timedelta(minutes=30)
    number = place.row(place.send(question()))["ticket"]

    assert "2026-11-23 15:30:00 Europe/Moscow" in place.tell("ticket", "show", number)
    assert place.ask("ticket", "show", number)["entries"][0]["at"] == "2026-11-23T12:30:00.000000Z"
