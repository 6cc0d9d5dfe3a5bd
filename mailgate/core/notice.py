"""What letters ask and tell besides their main matter.

Those about a challenge tell fields of strict grammar and never what somebody wrote. A stranger asks, and a
letter of ours goes to somebody who trusts us. So nothing of his text, no link and no name of his comes into
it: only the class of his request, objects that passed their grammar, and his address in a form that no
program makes a link of.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailgate.core.account import Account
from mailgate.core.candidate import Candidate
from mailgate.core.challenge import Reference
from mailgate.core.description import Part
from mailgate.core.identification import Question
from mailgate.core.request import Object

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Asking:
    """What a letter asks for, and what it tells of the account.

    `questions` are printed as a form to fill in, `extras` are the words for its EXTRA. `parts` of a
    description would help. `accounts` are told only to an authenticated contact of them: one that is his, or,
    where it `is_choice`, the first of those among which he is asked to choose; `strange` are values of his
    mail that are not of the one.
    """

    questions: tuple[Question, ...] = ()
    extras: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    accounts: tuple[Account, ...] = ()
    is_choice: bool = False
    strange: tuple[Candidate, ...] = ()


NOTHING_ASKED = Asking()


@dataclass(frozen=True, slots=True)
class Notice:
    """Of one challenge. Times are aware.

    `titles` are pairs of a language and the class's name. `login` is the account's; `writer` the address
    that asked, as `shown_address` makes it. `until` is when the challenge ends, or the lock of a refusal.
    `digits` and `reference` are given only to the mailbox, in letters that are to be answered by them.
    """

    titles: tuple[tuple[str, str], ...]
    objects: tuple[Object, ...]
    login: str
    writer: str
    is_verified: bool
    asked: datetime
    until: datetime
    digits: str = field(default="", repr=False)
    reference: Reference | None = field(default=None, repr=False)


def shown_address(address: str) -> str:
    """An address that nobody can click: `ivan(at)client.example`, cut where it is long."""
    shown = "".join(char if char.isalnum() or char in "@._+-" else "?" for char in address)
    shown = shown.replace("@", "(at)")
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
