"""What can be done about challenges, as data; carried out by `apply.py` like all effects."""

from dataclasses import dataclass
from datetime import datetime

from mailgate.core.audit import Step
from mailgate.core.challenge import Challenge, Lock


@dataclass(frozen=True, slots=True)
class MakeChallenge:
    """A new challenge; the letter that asks goes with it."""

    challenge: Challenge


@dataclass(frozen=True, slots=True)
class ChangeChallenge:
    """Where an open challenge stands by now."""

    challenge: Challenge


@dataclass(frozen=True, slots=True)
class LockUp:
    """Nobody is asked about this for a while."""

    lock: Lock


@dataclass(frozen=True, slots=True)
class TellRequester:
    """When the requester of a ticket is told what came of the confirmation; None for never."""

    ticket: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A step into the audit trail."""

    step: Step


ChallengeEffect = MakeChallenge | ChangeChallenge | LockUp | TellRequester | Trace
