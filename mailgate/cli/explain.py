"""`mailgate mail explain`: a mail's fate in plain words, from what was stored when it was decided.

The facts of the decision are kept with the mail, so the story is the same at any later time; only
where its letter stands is looked up now.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from mailgate import state
from mailgate.apply import FACTS
from mailgate.cli import asked, identified, show, words
from mailgate.cli.opened import asking
from mailgate.config import Settings
from mailgate.core.account import Key, KeyKind
from mailgate.core.authenticity import Authentication
from mailgate.core.belonging import is_of_account
from mailgate.core.case import Facts
from mailgate.core.description import would_help
from mailgate.core.effects import LetterKind, Reason, Verdict
from mailgate.core.identification import NOBODY
from mailgate.core.mail import Defect, Door
from mailgate.core.ticket import Ticket
from mailgate.store import letters, mails, rows
from mailgate.store.letters import LetterRow, LetterState
from mailgate.store.sqlite import Row

_PARKED_BY_FAILURE = "park_failed"


@dataclass(frozen=True, slots=True)
class _Story:
    """All that is told of a mail. `facts` is None while nothing was decided on any."""

    row: Row
    facts: Facts | None
    letter: LetterRow | None
    copies: tuple[int, ...]
    settings: Settings

    def when(self, at: datetime | str) -> str:
        """A time, or the ledger's text of one, by the desk's clock."""
        zone = ZoneInfo(self.settings.desk.timezone)
        moment = rows.time_of(at) if isinstance(at, str) else at
        return f"{show.local(moment, zone)} {zone.key}"


def print_story(settings: Settings, row: Row) -> None:
    """Print what came, what was known, what was decided, and what the writer heard."""
    with asking(settings) as ask:
        copies = tuple(copy["id"] for copy in mails.copies_of(ask, row["id"]))
        letter = letters.about(ask, row["letter"]) if row["letter"] else None
    story = _Story(row, facts_of(row), letter, copies, settings)
    click.echo(show.one_line(f"Mail {row['id']} {_fate(row)}."))
    print_part("What came", _came(story))
    if row["state"] == "new":
        print_part("What now", _waits(story))
        return
    print_part("What was known", _known(story))
    print_part("What was decided", _decided(story))
    print_part("What the writer heard", _heard(story))
    print_part("What you can do", _next(story))


def print_part(title: str, told: tuple[str, ...]) -> None:
    """Print a part of the story under its title."""
    click.echo(f"\n{title}")
    for line in told:
        click.echo(f"  {show.one_line(line)}")


def facts_of(row: Row) -> Facts | None:
    """The facts that decided a mail; None while nothing was decided on any."""
    decided = row["rule"] and row["rule"] != _PARKED_BY_FAILURE
    return FACTS.validate_json(row["facts"]) if decided else None


def _fate(row: Row) -> str:
    if row["verdict"] is None:
        return "waits to be settled"
    ticket = f": #{row['ticket']}" if row["ticket"] else ""
    return words.VERDICTS[Verdict(row["verdict"])] + ticket


def _came(story: _Story) -> tuple[str, ...]:
    row = story.row
    by = f"{row['door']} at {row['hop']}" if row["hop"] else row["door"]
    told = (
        _writer(row),
        f"To {', '.join(rows.list_of(row['recipients']))}.",
        f"Taken {story.when(row['received'])} by {by}, {_size(row)}.",
        f"Subject: {row['subject']}" if row["subject"] else "",
        *(f"Defect {defect}: {words.DEFECTS[Defect(defect)]}." for defect in rows.list_of(row["defects"])),
        f"It is a copy of mail {row['duplicate_of']}: the same in all but its way here."
        if row["duplicate_of"]
        else "",
        f"Copies of it came too: {', '.join(f'mail {copy}' for copy in story.copies)}."
        if story.copies
        else "",
    )
    return tuple(filter(None, told))


def _size(row: Row) -> str:
    if row["whole_size"]:
        return f"{row['size']} of its {row['whole_size']} bytes: it is too large to be fetched as a whole"
    return f"{row['size']} bytes"


def _writer(row: Row) -> str:
    known = row["sender"] or row["door"] != Door.IMAP
    named = f"the envelope names <{row['sender']}>" if known else "no envelope sender is known"
    envelope = f"{named}, sent from {row['peer'] or 'this machine'}"
    if row["state"] == "new":
        return f"Not read yet; {envelope}."
    return f"From {row['author'] or 'nobody who can be identified'}; {envelope}."


def _waits(story: _Story) -> tuple[str, ...]:
    row = story.row
    told = [f"It was tried {row['tries']} times so far." if row["tries"] else "It was not tried yet."]
    if row["aside"]:
        told.append("Reading it took too long; it stepped aside and is read again alone, with more time.")
    if not state.is_running(story.settings.state.dir):
        told.append("No mailgate is running, so nothing will happen: start it with `mailgate run`.")
    return tuple(told)


def _known(story: _Story) -> tuple[str, ...]:
    facts, row = story.facts, story.row
    if facts is None:
        return ("Nothing was looked up: it failed before.",)
    told = []
    if facts.same_message_id and not row["duplicate_of"]:
        told.append(
            f"It carries the Message-ID of mail {facts.same_message_id}, but other content:"
            " so it counts as a mail of its own."
        )
    if row["vouched"]:
        told.append(f"Proof: {_vouched(row)}.")
    elif row["authentication"]:
        told.append(f"Proof: {words.AUTHENTICATION[Authentication(row['authentication'])]}.")
    told += _identified(row)
    told += _asked_for(row)
    told += [_named(ticket, row, facts) for ticket in facts.tickets] or ["It names no ticket we have."]
    told += [
        f"It is about our letter {sent.id} to {sent.recipient}{_of_ticket(sent.ticket)}."
        for sent in facts.letters
    ]
    told.append(_budget(facts, story.settings))
    if facts.muted:
        told.append("Automatic letters to the address were stopped: an earlier one came back as unknown.")
    return tuple(told)


def _identified(row: Row) -> list[str]:
    """Each value of the mail, where it was found, and what the directory said; then the verdict."""
    known = rows.identification_of(row["identification"])
    if known == NOBODY:
        return ["Nothing was found that tells whose request it is."]
    told = [f"Found: {identified.contact_line(each, known)}." for each in known.contacts]
    told += [f"Found: {identified.evidence_line(each, known)}." for each in known.evidence]
    told.append(f"Whose request it is: {identified.verdict(known)}.")
    if known.account:
        told.append(f"Account {known.account}.")
    return told


def _asked_for(row: Row) -> list[str]:
    """What the mail asks for and by which words; what is proven about its writer, and by what."""
    request = rows.request_of(row["request"])
    told = ["It asks for nothing that belongs to a class of request."]
    if request.name:
        objects = ", ".join(map(asked.object_line, request.objects)) or "no object is named"
        told = [f"It asks for {request.name}, {asked.chosen_by(request)}; {objects}."]
    if row["ticket"]:
        proven = rows.assurance_of(row["assurance"])
        told.append(f"What is proven about its writer: {asked.proven_line(proven)}.")
    return told


def _budget(facts: Facts, settings: Settings) -> str:
    few, many = settings.limits.letters_a_day, settings.limits.letters_a_day_authenticated
    sent = facts.letters_today
    return f"Letters to the address in the 24 hours before: {sent} (of {few}, or {many} if proven)."


def _vouched(row: Row) -> str:
    """What the panel says of whom it handed this in for."""
    vouched = rows.vouched_of(row["vouched"])
    return f"the control panel vouches for account {vouched.account}" if vouched else ""


def _named(ticket: Ticket, row: Row, facts: Facts) -> str:
    author, vouched = row["author"], rows.vouched_of(row["vouched"])
    how = ", by References to a mail of it" if ticket.number in facts.threads else ""
    if vouched is not None:
        its = "surely" if is_of_account(ticket, vouched.account) else "not surely"
        return f"It names ticket #{ticket.number} ({ticket.status} then), {its} of account {vouched.account}."
    led = facts.records.led_to(Key(KeyKind.ADDRESS, author))
    contact = ticket.identification.is_proven and ticket.identification.account in led
    takes = bool(author) and (author in ticket.participants or contact)
    part = "takes part in it" if takes else "takes no part in it"
    who = ", ".join(ticket.participants) or "nobody"
    return f"It names ticket #{ticket.number} ({ticket.status} then){how}; its writer {part} ({who})."


def _of_ticket(number: int | None) -> str:
    return f" at ticket #{number}" if number else ""


def _decided(story: _Story) -> tuple[str, ...]:
    row = story.row
    at = f" {story.when(row['settled'])}" if row["settled"] else ""
    told = [
        f"Rule {row['rule']} spoke{at}.",
        words.RULES.get(row["rule"], "This rule is not known any more."),
    ]
    return (*told, f"Because: {row['why']}.") if row["why"] else tuple(told)


def _heard(story: _Story) -> tuple[str, ...]:
    letter = story.letter
    if letter is not None:
        return (
            f"Letter {letter.id} to {letter.recipient}, {words.LETTERS[letter.kind]}.",
            *_asked(story, letter),
            f"It {_letter_stands(story, letter)}.",
        )
    if not story.row["silence"]:
        return ("Nothing is recorded.",)
    reason = Reason(story.row["silence"])
    told = f"Nothing: {words.REASONS[reason]}"
    detail = story.row["silence_detail"] if reason is not Reason.DUPLICATE else ""
    return (f"{told} ({detail})." if detail else f"{told}.",)


def _asked(story: _Story, letter: LetterRow) -> tuple[str, ...]:
    """What the acknowledgement asks, and why."""
    if letter.kind is not LetterKind.ACKNOWLEDGEMENT:
        return ()
    parts = would_help(rows.description_of(story.row["description"]))
    helps = " and ".join(words.PARTS[part] for part in parts)
    named = (f"It says that {helps} would help, because the mail tells none.",) if parts else ()
    return (*_questions(story), *named)


def _questions(story: _Story) -> tuple[str, ...]:
    known = rows.identification_of(story.row["identification"])
    if known.missing:
        asked = identified.questions_line(known.missing)
        return (f"It asks for {asked}, because the subject and the writer's own words name none.",)
    if known.vouched:
        return ("It asks for no login, contract or domain: the panel vouches for the account.",)
    if any(each.is_authenticated and each.accounts for each in known.contacts):
        return ("It asks for no login, contract or domain: the writer is an authenticated contact.",)
    why = "what is required stands in the mail, or nothing is; whether it exists, a stranger is never told"
    return (f"It asks for no login, contract or domain: {why}.",)


def _letter_stands(story: _Story, letter: LetterRow) -> str:
    told = words.LETTER_STATES[letter.state]
    if letter.state is LetterState.DUE:
        told += f", {letter.attempts} tries so far, the next {story.when(letter.next_try)}"
    elif letter.ended:
        told += f" {story.when(letter.ended)}"
    if letter.last_reply:
        told += f"; last word: {letter.last_reply}"
    return f"{told}; it came back {letter.bounced}".rstrip() if letter.bounced is not None else told


def _next(story: _Story) -> tuple[str, ...]:
    row, letter = story.row, story.letter
    told = [f"mailgate mail show {row['id']}", f"mailgate mail explain {row['id']} --again"]
    if row["ticket"]:
        told.append(f"mailgate ticket show {row['ticket']}")
    if letter is not None:
        told.append(f"mailgate outbox show {letter.id}")
        if letter.state in (LetterState.HELD, LetterState.GIVEN_UP):
            told.append(f"mailgate outbox retry {letter.id}")
    if row["state"] == "parked":
        before = "raise [limits] max_received, reload, then " if row["rule"] == "park_loop" else ""
        told.append(f"{before}mailgate mail retry {row['id']}")
    return tuple(told)
