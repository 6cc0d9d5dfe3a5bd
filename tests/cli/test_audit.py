"""`mailgate audit`: the story of a ticket, the proof of the trail, and the steps that are recorded."""

import json
import re

import pytest
from structlog.testing import capture_logs

from mailgate import state
from mailgate.core.audit import Actor, Event, Role, Step
from mailgate.core.number import number_of
from mailgate.housekeeping import log_head
from mailgate.store import audit
from mailgate.store.sqlite import Ledger, connect
from tests import customers
from tests.builders import KEYS, NOW
from tests.cli.place import Place
from tests.cli.test_ticket import opened as opened_ticket


def opened(place: Place) -> int:
    """A ticket; its number."""
    return int(opened_ticket(place))


def record(place: Place, *steps: Step) -> None:
    with place.ledger.write() as work:
        for step in steps:
            audit.append(work, state.read_keys(place.state), step)


def spoil(place: Place, statement: str) -> None:
    """Change the trail as somebody does who can write to the file."""
    connection = connect(place.ledger.path)
    for name in ("audit_never_changed", "audit_never_removed", "audit_only_at_the_end"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    connection.close()


def five(place: Place, number: int) -> None:
    """Five steps at a ticket."""
    record(place, *(Step(place.now, Event.CLASS_SET, Actor(Role.STAFF), number) for _ in range(5)))


def test_identifying_by_hand_and_taking_it_back_are_recorded_and_told(place: Place) -> None:
    customers.load(place.ledger, customers.base())
    number = opened(place)
    place.tell("ticket", "identify", number, "--login", "u10432")
    place.tell("ticket", "identify", number, "--undo")

    story = place.tell("audit", "show", number).splitlines()

    assert story[0] == f"Ticket #{number}, by the clock of Europe/Moscow:"
    assert re.fullmatch(r"\S+ \S+  Staff said whose request it is: account 1001", story[1])
    assert re.fullmatch(r"\S+ \S+  Staff took back whose request it is; the mails tell it again", story[2])
    first, second = place.ask("audit", "show", number)
    assert (first["event"], first["actor"], first["staff"]) == ("identified", "staff", None)
    assert (first["id"], first["ticket"], first["details"]) == ("1", str(number), {"account": "1001"})
    assert (second["event"], second["details"]) == ("identification_undone", {})
    assert place.ask("audit", "verify")["intact"]


def test_identifying_that_is_refused_leaves_no_record(place: Place) -> None:
    customers.load(place.ledger, customers.base())
    number = opened(place)

    assert place.call("ticket", "identify", number, "--login", "u99999").exit_code == 65
    assert place.call("ticket", "identify", number_of(99999), "--login", "u10432").exit_code == 65
    assert place.ask("audit", "verify")["records"] == 0


def test_without_a_key_nothing_is_identified(place: Place) -> None:
    customers.load(place.ledger, customers.base())
    number = opened(place)
    (place.state / "signing.keys").unlink()

    assert place.call("ticket", "identify", number, "--login", "u10432").exit_code == 78
    assert place.ask("ticket", "show", number)["identification"]["account"] is None


def test_a_story_names_who_which_challenge_and_the_details(place: Place) -> None:
    number = opened(place)
    record(
        place,
        Step(place.now, Event.CHALLENGE_MADE, Actor(Role.MAILGATE), number, 3, (("object_kind", "domain"),)),
        Step(place.now, Event.CHALLENGE_CONFIRMED, Actor(Role.CUSTOMER), number, 3),
        Step(place.now, Event.LOCK_LIFTED, Actor(Role.STAFF, "anna"), number),
    )

    story = place.tell("audit", "show", number).splitlines()

    at, asked = "2026-11-23 15:00:00", "asked the administrative mailbox for confirmation"
    assert story[1:] == [
        f"{at}  mailgate {asked}: challenge 3, object kind domain",
        f"{at}  The owner confirmed the request: challenge 3",
        f"{at}  Staff (anna) lifted the lock on what the request is about",
    ]


def test_a_ticket_without_records_and_one_that_is_not_there(place: Place) -> None:
    number = opened(place)

    assert place.tell("audit", "show", number) == f"Nothing is on record for ticket #{number}.\n"
    assert place.ask("audit", "show", number) == []
    missing = place.call("audit", "show", number_of(99999))
    assert (missing.exit_code, "there is no ticket" in missing.stderr) == (65, True)


def test_the_records_of_a_ticket_outlive_it(place: Place) -> None:
    five(place, number_of(99999))

    assert len(place.ask("audit", "show", number_of(99999))) == 5


def test_a_trail_as_written_is_told_with_its_head(place: Place) -> None:
    five(place, opened(place))
    with place.ledger.read() as ask:
        head = str(audit.head(ask))

    assert place.tell("audit", "verify") == f"5 records, as written. Head: {head}\n"
    assert place.ask("audit", "verify", "--head", head) == {
        "intact": True,
        "records": 5,
        "head": head,
        "findings": [],
    }


@pytest.mark.parametrize(
    ("statement", "told", "finding"),
    [
        (
            "UPDATE audit SET event = 'lock_lifted' WHERE id = 2",
            "Record 2: what it says was changed",
            ("content", "2", "2", None),
        ),
        ("DELETE FROM audit WHERE id IN (2, 3)", "Records 2 to 3: missing;", ("missing", "2", "3", None)),
        ("DELETE FROM audit WHERE id = 5", "Record 5: missing at the end", ("cut_off", "5", "5", None)),
        (
            "UPDATE audit SET event = 'gone' WHERE id = 4",
            "Record 4: cannot be read, so it was changed ('gone' is not a valid Event)",
            ("unreadable", "4", "4", "'gone' is not a valid Event"),
        ),
    ],
)
def test_a_broken_trail_is_65_and_says_where(
    place: Place, statement: str, told: str, finding: tuple[str | None, ...]
) -> None:
    five(place, opened(place))
    spoil(place, statement)

    done, as_json = place.call("audit", "verify"), place.call("audit", "verify", "--json")

    assert (done.exit_code, as_json.exit_code) == (65, 65)
    assert told in done.stdout
    assert "NOT proven to be as written" in done.stdout
    assert "not proven to be as it was written" in done.stderr
    (only,) = json.loads(as_json.stdout)["findings"]
    assert (only["fault"], only["first"], only["last"], only["detail"]) == finding


def test_a_record_that_cannot_be_read_is_no_end_of_the_story(place: Place) -> None:
    number = opened(place)
    five(place, number)
    spoil(place, "UPDATE audit SET actor = 'a\x1b[2J' WHERE id = 2")

    story = place.tell("audit", "show", number).splitlines()

    assert len(story) == 6
    assert story[2].startswith("Record 2 cannot be read")
    assert "\x1b" not in story[2]
    assert "trouble" in place.ask("audit", "show", number)[1]


def test_a_noted_head_that_is_gone_is_65(place: Place) -> None:
    five(place, opened(place))
    gone = "5:" + "0" * 32

    done = place.call("audit", "verify", "--head", gone)

    assert (done.exit_code, "the noted head is not in the trail" in done.stdout) == (65, True)
    assert place.call("audit", "verify", "--head", "5:xyz").exit_code == 64


def test_after_a_change_of_keys_the_old_one_must_stay(place: Place) -> None:
    keys = place.state / "signing.keys"
    number, old = opened(place), keys.read_text("ascii")
    five(place, number)
    keys.write_text("11" * 32 + "\n" + old, "ascii")
    five(place, number)

    assert place.ask("audit", "verify")["records"] == 10
    keys.write_text("11" * 32 + "\n", "ascii")
    done = place.call("audit", "verify")
    assert (done.exit_code, "Records 1 to 5: signed with a key that is not in" in done.stdout) == (65, True)


def test_the_head_goes_into_the_log(ledger: Ledger) -> None:
    with ledger.write() as work:
        audit.append(work, KEYS, Step(NOW, Event.LOCK_SET, Actor(Role.STAFF), 7))
        head = str(audit.head(work))

    with capture_logs() as logs:
        log_head(ledger)

    assert logs == [{"event": "audit.head", "head": head, "log_level": "info"}]
