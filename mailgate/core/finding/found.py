"""A value found in one text, before it is known in which part of the mail that text stands."""

from dataclasses import dataclass

from mailgate.core.candidate import CandidateKind, How, Likeness


@dataclass(frozen=True, slots=True)
class Found:
    """A value at `start`:`end` of a text. `value`, `written` and `name` are as those of a Candidate."""

    kind: CandidateKind
    value: str
    written: str
    start: int
    end: int
    how: How
    likeness: Likeness = Likeness.EXACT
    name: str = ""
