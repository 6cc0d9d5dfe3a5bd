"""What a smarthost's replies mean for the letter it was given.

A trouble is blamed where it belongs. What happens before MAIL is accepted (no answer, 421, not
authenticated) is the connection's: the letter is *untried*. From RCPT to the final dot it is the
letter's. Between the final dot and the reply nobody can know (RFC 1047): the letter is *unclear*.
"""

from dataclasses import dataclass
from enum import Enum

LOST = 0
"""In place of a reply's code: the connection was lost instead."""
# RFC 5321, section 4.2.3
OK = 250
GO_ON = 354
CLOSING = 421
_WILL_FORWARD = 251

# RFC 4954, section 6: what is said to a client that is not authenticated as it should be.
_NOT_AUTHENTICATED = frozenset({530, 534, 535, 538})
_FOR_GOOD = 5


class Fate(Enum):
    """What became of a letter at the smarthost."""

    TAKEN = "taken"
    REFUSED = "refused"  # for good
    DEFERRED = "deferred"  # may be tried again later
    UNTRIED = "untried"  # surely not handed over, and not through its own fault
    UNCLEAR = "unclear"  # all was said, no answer came


@dataclass(frozen=True, slots=True)
class Outcome:
    """A letter's fate, and the reply or the trouble it rests on: one line."""

    fate: Fate
    reply: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to a command: its code and its text, one line."""

    code: int
    text: str


def judge_mail(reply: Reply) -> Outcome:
    """What a refusal of MAIL means."""
    if reply.code in (LOST, CLOSING):
        return Outcome(Fate.UNTRIED, reply.text)
    return judge_letter(reply)


def judge_letter(reply: Reply) -> Outcome:
    """What a refusal of RCPT, DATA or the text means: 5xx is for good (RFC 5321, 4.2.1)."""
    if reply.code in _NOT_AUTHENTICATED:
        return Outcome(Fate.UNTRIED, reply.text)
    return Outcome(Fate.REFUSED if reply.code // 100 == _FOR_GOOD else Fate.DEFERRED, reply.text)


def judge_dot(reply: Reply) -> Outcome:
    """What the reply to the final dot means."""
    fates = {2: Fate.TAKEN, 4: Fate.DEFERRED, 5: Fate.REFUSED}
    return Outcome(fates.get(reply.code // 100, Fate.UNCLEAR), reply.text)


# What MAIL, RCPT and DATA are answered with when all is well, and who judges what else they are.
WANTED = ((OK,), (OK, _WILL_FORWARD), (GO_ON,))
JUDGES = (judge_mail, judge_letter, judge_letter)
