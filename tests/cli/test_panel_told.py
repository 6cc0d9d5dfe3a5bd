"""What staff and operators are told of what the panel handed in."""

from mailgate.core.mail import Door, Vouched
from tests.cli.place import Place, question
from tests.customers import load
from tests.panel import STROY

OFFICE = STROY.contacts[0]


def handed(place: Place, **changes: object) -> int:
    """A mail of the panel's door."""
    vouched = Vouched("1001", OFFICE, **changes)  # type: ignore[arg-type] # a test names fields by keyword
    return place.send(question(sender=OFFICE), door=Door.PANEL, hop="panel", sender=OFFICE, vouched=vouched)


def test_it_is_told_who_vouches(place: Place) -> None:
    load(place.ledger, (STROY,))
    mail = handed(place)
    number = place.row(mail)["ticket"]
    told = place.tell("mail", "explain", mail)
    shown = place.ask("ticket", "show", number)

    assert "Proof: the control panel vouches for account 1001." in told
    assert "the panel vouches for the account" in told
    assert "The same as then." in place.tell("mail", "explain", mail, "--again")
    assert shown["identification"]["proof"] == "panel"
    assert {"kind": "panel", "value": "1001", "accounts": ["1001"]} in shown["identification"]["evidence"]
    assert "the control panel vouches for account 1001" in place.tell("ticket", "show", number)


def test_it_is_told_that_the_class_was_chosen_there(place: Place) -> None:
    load(place.ledger, (STROY,))
    told = place.tell("mail", "explain", handed(place, request="refund"))

    assert "It asks for refund, chosen in the control panel; no object is named." in told


def test_it_is_told_why_nobody_is_written_to(place: Place) -> None:
    mail = handed(place)

    assert "its author is not on record for the account" in place.tell("mail", "explain", mail)


def test_it_is_told_whether_a_ticket_is_the_accounts(place: Place) -> None:
    load(place.ledger, (STROY,))
    number = place.row(handed(place))["ticket"]
    by_mail = place.row(place.send(question("two", sender="eve@elsewhere.example")))["ticket"]
    vouched = Vouched("1001", OFFICE, ticket=number)
    raw = question("three", f"[#{by_mail}]", sender=OFFICE)
    joined = place.send(raw, door=Door.PANEL, sender=OFFICE, vouched=vouched)
    told = place.tell("mail", "explain", joined)

    assert place.row(joined)["verdict"] == "joined"
    assert f"#{number} (open then), surely of account 1001" in told
    assert f"#{by_mail} (open then), not surely of account 1001" in told
