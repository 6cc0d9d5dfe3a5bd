"""Which parts of a good description a mail has, as values, and which others would help most.

A technical matter is well described by steps, the text of the error, a screenshot, a link, the time and how
often it happens; an administrative one by what is to be got or changed, and by which procedure.
"""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """A part of a good description."""

    STEPS = "steps"
    ERROR = "error"  # its text or its code; that there is one is not enough
    SCREENSHOT = "screenshot"  # or another attachment
    LINK = "link"
    TIME = "time"
    FREQUENCY = "frequency"
    WANTED = "wanted"  # what is to be got or changed
    PROCEDURE = "procedure"


class Matter(StrEnum):
    """What kind of request a mail is, as far as its words tell; UNCLEAR is also a greeting, a question."""

    TECHNICAL = "technical"
    ADMINISTRATIVE = "administrative"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Description:
    """How a mail describes its matter. `parts` are those that are there, in the order of Part.

    `moot` are parts that would tell nothing here: a link to mail that does not arrive, the error of a
    site that is merely slow.
    """

    matter: Matter = Matter.UNCLEAR
    parts: tuple[Part, ...] = ()
    moot: tuple[Part, ...] = ()


NOTHING_DESCRIBED = Description()

_MOST_HELPFUL = {
    Matter.TECHNICAL: (Part.ERROR, Part.LINK, Part.STEPS, Part.TIME, Part.SCREENSHOT, Part.FREQUENCY),
    Matter.ADMINISTRATIVE: (Part.WANTED, Part.PROCEDURE),
    Matter.UNCLEAR: (),
}
# In the logs of mail and servers things are found by their time.
_WITHOUT_LINKS = (Part.ERROR, Part.TIME, Part.STEPS, Part.SCREENSHOT, Part.FREQUENCY)
_ASKED = 2
_ENOUGH = 3  # parts of a technical matter


def together(before: Description, more: Description) -> Description:
    """What a writer has described by two mails on one matter."""
    matter = more.matter if before.matter is Matter.UNCLEAR else before.matter
    parts = {*before.parts, *more.parts}
    return Description(matter, tuple(part for part in Part if part in parts), before.moot)


def missing(description: Description) -> tuple[Part, ...]:
    """The parts that are absent and would tell something, those that would help most first."""
    there = set(description.parts) | set(description.moot)
    # What a screenshot shows need not be typed, and what was copied need not be photographed.
    if there & {Part.ERROR, Part.SCREENSHOT}:
        there |= {Part.ERROR, Part.SCREENSHOT}
    # Who says what he wants has named the procedure, too, if there is one: an invoice is just sent.
    if Part.WANTED in there:
        there.add(Part.PROCEDURE)
    order = _WITHOUT_LINKS if Part.LINK in description.moot else _MOST_HELPFUL[description.matter]
    return tuple(part for part in order if part not in there)


def would_help(description: Description) -> tuple[Part, ...]:
    """At most two absent parts that would help most; none where most is said or nothing is clear."""
    technical = [part for part in description.parts if part in _MOST_HELPFUL[Matter.TECHNICAL]]
    if description.matter is Matter.TECHNICAL and len(technical) >= _ENOUGH:
        return ()
    # A picture of the error would say the same as its text, which is asked for before it.
    return tuple(part for part in missing(description) if part is not Part.SCREENSHOT)[:_ASKED]
