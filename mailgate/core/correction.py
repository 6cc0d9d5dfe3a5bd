"""What staff makes of a ticket's request by hand, and which steps of the audit trail that is."""

from datetime import datetime

from mailgate.core.audit import Actor, Details, Event, Role, Step, digest, named
from mailgate.core.request import Object, Request, RequestClass, entry_digest
from mailgate.core.ticket import Entry, EntryKind, Ticket

_SAYS = frozenset({EntryKind.REQUEST, EntryKind.REPLY})


def corrected(
    before: Request, known: RequestClass | None, objects: tuple[Object, ...], entries: tuple[Entry, ...]
) -> Request:
    """The request as staff set it; as staff lifted it, where `known` is None.

    Without `objects` those that belong to the class stay. The entry that asked stays where the class does;
    else it is the customer's last word, which staff has before its eyes.
    """
    if known is None:
        return Request(by_staff=True)
    kept = tuple(each for each in before.objects if each.kind in known.kinds)
    is_same = before.name == known.name
    entry = before.entry if is_same and before.entry else _last_word(entries)
    phrase = before.phrase if is_same else ""
    return Request(known.name, tuple(dict.fromkeys(objects)) or kept, phrase, by_staff=True, entry=entry)


def _last_word(entries: tuple[Entry, ...]) -> str:
    said = [entry_digest(entry.text) for entry in entries if entry.kind in _SAYS]
    return said[-1] if said else ""


def steps(ticket: Ticket, after: Request, now: datetime) -> tuple[Step, ...]:
    """What is recorded of a change by staff, the objects as digests."""
    before = ticket.request
    made: list[tuple[Event, Details]] = []
    if after.name and (after.name != before.name or not before.by_staff):
        made.append((Event.CLASS_SET, (("class", named(after.name)),)))
    elif not after.name:
        made.append((Event.CLASS_LIFTED, (("class", named(before.name)),) if before.name else ()))
    made += [(Event.OBJECT_LIFTED, _details(each)) for each in before.objects if each not in after.objects]
    made += [(Event.OBJECT_SET, _details(each)) for each in after.objects if each not in before.objects]
    return tuple(Step(now, event, Actor(Role.STAFF), ticket.number, details=told) for event, told in made)


def _details(one: Object) -> Details:
    return (("kind", one.kind.value), ("object", digest(one.value)))
