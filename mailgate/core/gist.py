"""What the words of a mail give away: its languages, an outage, mere thanks, numbers it quotes.

Reading words costs more than all else that is decided about a mail, so the readers of mails do it,
beside the house and within their limits; triage only looks at the result.
"""

from dataclasses import dataclass

from mailgate.core.language import languages
from mailgate.core.number import find_numbers
from mailgate.core.outage import speaks_of_outage
from mailgate.core.phrases import is_pure_thanks
from mailgate.core.policy import Language

# Characters looked at: a matter that is not told by then is not told.
_TOLD = 1_000
_LANGUAGE = 2_000


@dataclass(frozen=True, slots=True)
class Gist:
    """What the words of a mail give away; as the fields of the same names of a Mail."""

    languages: tuple[Language, ...]
    is_outage: bool
    is_thanks: bool
    numbers: tuple[int, ...]


def gist(subject: str, text: str, new_words: str) -> Gist:
    """What a mail's words give away: the writer's new ones count, all of them for numbers."""
    words = new_words or text
    return Gist(
        languages=languages(words[:_LANGUAGE]),
        is_outage=speaks_of_outage(f"{subject}\n{words[:_TOLD]}"),
        is_thanks=len(words) <= _TOLD and is_pure_thanks(words),
        numbers=find_numbers(text),
    )
