"""A letter as data → bytes.

Three subjects: `texts` says it in the customer's language (with `blanks`, the only place that
knows jinja2), `wire` writes it by the rules of mail (it knows neither tickets nor templates),
`compose` puts the two together into one letter.
"""

from mailgate.letters.compose import Composed, EnvelopeSender, Letters, UnusableRecipient, sample
from mailgate.letters.texts import TemplateBroken

__all__ = ["Composed", "EnvelopeSender", "Letters", "TemplateBroken", "UnusableRecipient", "sample"]
