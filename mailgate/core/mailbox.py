"""What is done with the mails that lie in a mailbox: which are taken, in what order, how many at a time."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail as its server lists it: `size` in octets as the server claims, `arrived` is INTERNALDATE."""

    uid: int
    size: int
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides: mails older than `start` are left alone, those older than `stale` are never answered.

    Mails from UID `later` on came after the first connection, whatever date they bear: they are not left.
    """

    start: datetime
    stale: datetime
    later: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The mails to take, each lane in the order of arrival: the `bulk` only while nothing is `fresh`."""

    fresh: tuple[Listed, ...] = ()
    bulk: tuple[Listed, ...] = ()


def plan(listed: Iterable[Listed], terms: Terms) -> Plan:
    """Sort what lies there into lanes."""
    meant = (one for one in listed if one.uid >= terms.later or one.arrived >= terms.start)
    ours = sorted(meant, key=lambda one: one.uid)
    return Plan(
        tuple(one for one in ours if one.arrived >= terms.stale),
        tuple(one for one in ours if one.arrived < terms.stale),
    )


def next_batch(
    lane: Iterable[Listed], suspects: AbstractSet[int], most: int, octets: int
) -> tuple[Listed, ...]:
    """The first mails of a lane, at most `most` of at most `octets` together.

    A larger mail is a batch of its own, and so is a suspect, who may take down whoever is with him.
    """
    batch: list[Listed] = []
    size = 0
    for one in lane:
        alone = one.uid in suspects
        if batch and (alone or len(batch) >= most or size + one.size > octets):
            break
        batch.append(one)
        size += one.size
        if alone:
            break
    return tuple(batch)
