"""What the words of a mail give away: its languages, an outage, mere thanks, numbers it quotes.

Reading words costs more than all else that is decided about a mail, so the readers of mails do it,
beside the house and within their limits; triage only looks at the result.
"""

from dataclasses import replace

from mailgate.core.language import languages
from mailgate.core.mail import Mail
from mailgate.core.number import find_numbers
from mailgate.core.phrases import is_pure_thanks, speaks_of_outage

# Characters looked at: a matter that is not told by then is not told.
_TOLD = 1_000
_LANGUAGE = 2_000


def with_gist(mail: Mail) -> Mail:
    """`mail` with what its words give away; the writer's new words count, all words for numbers."""
    words = mail.new_words or mail.text
    return replace(
        mail,
        languages=languages(words[:_LANGUAGE]),
        is_outage=speaks_of_outage(f"{mail.subject}\n{words[:_TOLD]}"),
        is_thanks=len(words) <= _TOLD and is_pure_thanks(words),
        numbers=find_numbers(mail.text),
    )
