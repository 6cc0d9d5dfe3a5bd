"""How it is told what is asked for and what is proven about who asks: fields, sentences, JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailgate.cli import words
from mailgate.cli.identified import shown
from mailgate.core import proven
from mailgate.core.assurance import CLAIMS, Assurance, Proof
from mailgate.core.candidate import CandidateKind
from mailgate.core.policy import Policy
from mailgate.core.request import Object, ObjectKind, Request, RequestClass
from mailgate.core.ticket import Entry, Ticket
from mailgate.store import rows
from mailgate.store.sqlite import Row


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ticket asks for, its class as the settings have it now, and what is proven by its entries.

    `proven` has an item for each entry, None for what no mail brought or no writer said. `first` is that of
    the entry that asks; where nothing of a class is asked for, of the one that opened the ticket.
    """

    request: Request
    known: RequestClass | None
    first: Assurance
    proven: tuple[Assurance | None, ...]

    @property
    def is_critical(self) -> bool:
        """Must it be confirmed?"""
        return self.known is not None and self.known.is_critical


def asked_of(
    ticket: Ticket,
    entries: tuple[Entry, ...],
    found: Mapping[int, Row],
    policy: Policy,
    *,
    is_confirmed: bool,
) -> Asked:
    """What is told of a ticket; `found` are the rows of its mails by their ids.

    `is_confirmed` says that the owner has consented to what the asking entry asks for. It is judged by what
    the mails show, for the account and the class that the ticket has now.
    """
    known = policy.request_class(ticket.request.name)
    each = proven.by_entries(
        ticket,
        entries,
        {number: rows.assurance_of(row["assurance"]).claims for number, row in found.items()},
        is_critical=known is not None and known.is_critical,
        is_confirmed=is_confirmed,
    )
    return Asked(ticket.request, known, proven.of_request(ticket, entries, each), each)


def fields(asked: Asked, entries: tuple[Entry, ...]) -> tuple[tuple[str, str], ...]:
    """Names and what they are, for a ticket."""
    level = asked.known.level if asked.known else None
    later = (
        (f"Proven, mail {entry.mail}", proven_line(one))
        for entry, one in zip(entries, asked.proven, strict=True)
        if one and (one.level, one.evidence) != (asked.first.level, asked.first.evidence)
    )
    needed = f"; needed: {words.LEVELS[level]}" if level else ""
    told = proven_line(asked.first) if any(asked.proven) else "nothing: no mail of its writer is here"
    return (*request_fields(asked.request, asked.known), ("Proven", told + needed), *later)


def request_fields(request: Request, known: RequestClass | None) -> tuple[tuple[str, str], ...]:
    """Names and what they are, for what a mail or a ticket asks for."""
    if not request.name:
        return (("Asks for", "nothing of a class: staff lifted it"),) if request.by_staff else ()
    critical = ", critical" if known and known.is_critical else ""
    title = known.title("en") if known else "a class that the settings do not know any more"
    missing = [kind for kind in known.needs if kind not in _kinds(request)] if known else []
    return (
        ("Asks for", f"{request.name} ({title}){critical}, {chosen_by(request)}"),
        *(("Object", object_line(each)) for each in request.objects),
        ("Object", f"not named yet: {', '.join(missing)}" if missing else ""),
    )


def chosen_by(request: Request) -> str:
    """How its class came about."""
    if request.by_staff:
        return "set by staff"
    return f"by “{request.phrase}”" if request.phrase else "chosen in the control panel"


def no_class(name: str, classes: tuple[RequestClass, ...]) -> str:
    """What is said about a class that is not there."""
    there = ", ".join(each.name for each in classes) or "none"
    return f"there is no class {name!r}; there are: {there}"


def _kinds(request: Request) -> frozenset[ObjectKind]:
    return frozenset(each.kind for each in request.objects)


def object_line(one: Object) -> str:
    """A thing as people read it, with its kind."""
    is_host = one.kind in {ObjectKind.DOMAIN, ObjectKind.NAMESERVER}
    return f"{one.kind} {shown(CandidateKind.DOMAIN if is_host else CandidateKind.LOGIN, one.value)}"


def proven_line(proven: Assurance) -> str:
    """A level and its evidence, in words."""
    values = [
        proof.value for proof in proven.evidence if proof in CLAIMS and proof is not Proof.CLAIMED_CONTACT
    ]
    told = [words.PROOFS[proof] for proof in proven.evidence if proof in words.PROOFS]
    if values:
        told.append(f"{_listed(values)} {'agree' if len(values) > 1 else 'agrees'}")
    if proven.claims.waits:
        told.append("the customers' directory was down")
    return words.LEVELS[proven.level] + (f" ({'; '.join(told)})" if told else "")


def _listed(values: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(values[:-1]), values[-1])))


def request_document(request: Request) -> dict[str, Any]:
    """What is asked for, as JSON."""
    return {
        "class": request.name or None,
        "objects": [{"kind": each.kind, "value": each.value} for each in request.objects],
    }


def proven_document(proven: Assurance) -> dict[str, Any]:
    """A level and its evidence, as JSON."""
    return {"level": words.LEVEL_NAMES[proven.level], "evidence": list(proven.evidence)}


def document(asked: Asked) -> dict[str, Any]:
    """What is told of a ticket besides its class and objects, as JSON."""
    return {
        "class_by_staff": asked.request.by_staff,
        "critical": asked.is_critical,
        "needed": words.LEVEL_NAMES[asked.known.level] if asked.known else None,
        "assurance": proven_document(asked.first),
    }
