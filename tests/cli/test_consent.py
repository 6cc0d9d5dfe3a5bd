"""What staff does about the owner's consent: ask, accept, refuse, unlock; what `ticket show` tells of it."""

import re

import pytest

from mailgate import state
from mailgate.core.challenge import secrets_of
from mailgate.directory.changes import Changes
from mailgate.directory.load import Load
from mailgate.store import challenges, letters
from tests import customers
from tests.authorisation.scene import CONTACT, MX, OWNER, THIEF, TRANSFER, mail
from tests.cli.place import Place

ONE_VALUE = "Прошу выдать код авторизации для переноса домена kofe-i-bulki.ru."


@pytest.fixture(autouse=True)
def customers_base(place: Place) -> None:
    customers.load(place.ledger, customers.base())


def asked(place: Place, words: str = TRANSFER) -> str:
    """The number of a ticket that asks for a critical thing."""
    row = place.row(place.send(mail(words, THIEF, "", "Домен"), sender=THIEF))
    return str(row["ticket"])


def answered(place: Place, word: str = "да") -> None:
    """The mailbox answers the last challenge; no trusted hop vouches for it."""
    with place.ledger.read() as ask:
        (letter,) = [each for each in letters.listing(ask, None, 50, 1 << 40) if each.kind == "challenge"]
        raw = letters.raw_of(ask, letter.id)
    assert raw is not None
    digits = "".join(re.findall(rb"Reply-To: (\S+)", raw)[0].decode())
    code = code_of(place)
    place.send(mail(f"{word} {code}", OWNER, "", "Re: Согласие"), sender=OWNER, recipients=(digits,))


def code_of(place: Place) -> str:
    """The digits of the last challenge, as its mailbox sees them."""
    with place.ledger.read() as ask:
        challenge = challenges.find(ask, challenges.counter(ask))
    assert challenge is not None
    return secrets_of(challenge, state.read_keys(place.state)[0]).digits


def test_staff_sees_that_the_owner_is_asked(place: Place) -> None:
    number = asked(place)
    told = place.tell("ticket", "show", number)
    shown = place.ask("ticket", "show", number)

    assert "open, challenge 1 to anna.petrova@yandex.ru, until" in told
    assert shown["challenge"]["state"] == "open"
    assert shown["challenge"]["covers"] is True
    assert shown["assurance"]["level"] == "claimed"


def test_one_value_is_too_little_and_staff_may_ask_all_the_same(place: Place) -> None:
    number = asked(place, ONE_VALUE)
    before = place.tell("ticket", "show", number)
    told = place.tell("ticket", "challenge", number)
    again = place.call("ticket", "challenge", number)

    assert "not asked: too little speaks for it" in before
    assert f"Ticket #{number}: challenge 1 goes to anna.petrova@yandex.ru, until" in told
    assert again.exit_code == 65
    assert "he is asked already" in again.stderr
    assert "Staff asked the administrative mailbox for confirmation" in place.tell("audit", "show", number)


def test_nobody_is_asked_without_an_object_or_an_account(place: Place) -> None:
    number = asked(place, "Прошу выдать код авторизации для переноса домена.")
    unknown = place.call("ticket", "challenge", number)
    place.tell("ticket", "identify", number, "--login", "u10518")
    vague = place.call("ticket", "challenge", number)
    place.tell("ticket", "class", number, "domain-transfer", "--object", "domain=stroymir.ru")
    foreign = place.call("ticket", "challenge", number)

    assert unknown.exit_code == vague.exit_code == foreign.exit_code == 65
    assert "it is not known whose account it is" in unknown.stderr
    assert "what it is to be done to is not named" in vague.stderr
    assert "the domain is not one of the account's" in foreign.stderr


def test_nobody_is_asked_whom_the_directory_does_not_have_any_more(place: Place) -> None:
    """What the ticket remembers of the account is a record of then."""
    number = asked(place, ONE_VALUE)
    gone = next(each for each in customers.base() if each.mailbox == OWNER)
    Load(place.ledger, lambda: None, lambda _count: None).carry_out(Changes(removed=[gone]))
    refused = place.call("ticket", "challenge", number)

    assert refused.exit_code == 65
    assert "has no account 1002 with the login u10518 any more" in refused.stderr
    assert place.ask("ticket", "show", number)["challenge"] is None


def test_an_unproven_answer_waits_until_staff_accepts_it(place: Place) -> None:
    number = asked(place)
    early = place.call("ticket", "confirm", number)
    answered(place)
    waiting = place.tell("ticket", "show", number)
    listed = place.tell("ticket", "list")
    warned = place.ask("status")["warnings"]
    place.tell("ticket", "confirm", number)
    shown = place.ask("ticket", "show", number)

    assert early.exit_code == 65
    assert "no right answer yet" in early.stderr
    assert "domain-transfer  answered" in listed
    assert f"`mailgate ticket confirm {number}` accepts it" in waiting
    assert "nobody vouches that the answer came from the mailbox" in waiting
    assert f"answers of owners wait for `mailgate ticket confirm`: #{number}" in warned
    assert shown["challenge"]["state"] == "confirmed"
    assert shown["assurance"]["level"] == "authorised"
    assert "staff" in place.tell("audit", "show", number)
    assert "settled" in {letter["kind"] for letter in shown["letters"]}


def test_staff_refuses_in_the_owners_name_and_lifts_the_lock(place: Place) -> None:
    number = asked(place)
    declined = place.call("ticket", "decline", number)
    shown = place.ask("ticket", "show", number)
    locked = place.tell("ticket", "show", number)
    other = asked(place)
    refused = place.call("ticket", "challenge", other)
    told = place.tell("ticket", "unlock", number)
    place.tell("ticket", "challenge", other)

    assert declined.stderr == ""
    assert shown["challenge"]["state"] == "declined"
    assert [(each["kind"], each["value"]) for each in shown["locks"]] == [("domain", "kofe-i-bulki.ru")]
    assert "the owner refused lately" in refused.stderr
    assert "not asked anew: the owner refused lately" in locked
    assert "unlocked: domain kofe-i-bulki.ru" in told
    assert place.call("ticket", "unlock", number).exit_code == 65


def test_what_staff_changes_voids_what_was_asked(place: Place) -> None:
    number = asked(place)
    place.tell("ticket", "class", number, "deletion", "--object", "domain=kofe-i-bulki.ru")

    assert place.ask("ticket", "show", number)["challenge"]["state"] == "void"
    place.tell("ticket", "challenge", number)
    place.tell("ticket", "identify", number, "--login", "u10432")
    assert place.ask("ticket", "show", number)["challenge"]["state"] == "void"


def test_what_is_said_later_is_marked_as_not_covered(place: Place) -> None:
    number = asked(place)
    reply = mail("И побыстрее, пожалуйста.", THIEF, "", f"Re: [#{number}]")
    place.send(reply, sender=THIEF)
    told = place.tell("ticket", "show", number)
    shown = place.ask("ticket", "show", number)

    assert told.count("not covered by the confirmation") == 1
    assert [entry["covered"] for entry in shown["entries"]] == [True, False]
    assert shown["challenge"]["state"] == "open"


def test_a_letter_that_is_sent_again_stands_in_the_trail(place: Place) -> None:
    number = asked(place)
    (letter,) = [
        each for each in place.ask("ticket", "show", number)["letters"] if each["kind"] == "challenge"
    ]
    place.tell("outbox", "cancel", letter["id"])
    warned = place.ask("status")["warnings"]
    place.tell("outbox", "retry", letter["id"])

    assert f"letters that ask an owner did not reach him: #{number}; see `mailgate ticket show`" in warned
    assert "asked the administrative mailbox for confirmation again" in place.tell("audit", "show", number)


def test_a_letter_with_digits_is_shown_to_nobody(place: Place) -> None:
    number = asked(place)
    letter = next(
        each for each in place.ask("ticket", "show", number)["letters"] if each["kind"] == "challenge"
    )
    told = place.tell("outbox", "show", letter["id"])
    raw = place.call("outbox", "show", letter["id"], "--raw")

    assert "its text is for its mailbox alone" in told
    assert " ".join(code_of(place)) not in told
    assert raw.exit_code == 77
    assert raw.stdout == ""


def test_a_later_proven_mail_vouches_for_no_earlier_forged_one(place: Place) -> None:
    """A forged mail asked as a contact; the true one wondered: he did not make it his wish by that."""
    trust = f'\n[trust]\nauthserv_ids = ["{MX}"]\nhops = ["127.0.0.1:2525"]\n'
    place.settings.write_text(place.settings.read_text("utf-8") + trust, "utf-8")
    number = place.row(place.send(mail(ONE_VALUE, CONTACT, "", "Домен"), sender=CONTACT))["ticket"]
    place.send(mail("Что это?", CONTACT, "pass", f"[#{number}]"), sender=CONTACT)
    place.tell("ticket", "identify", number, "--login", "u10518")
    place.tell("ticket", "challenge", number)
    with place.ledger.read() as ask:
        (made,) = challenges.of_ticket(ask, number)

    assert (made.writer, made.is_verified, made.is_owners) == (CONTACT, False, False)
