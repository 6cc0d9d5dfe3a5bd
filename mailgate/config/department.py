"""`[[department]]`: parts of the company with addresses of their own, and what each requires of a request."""

from typing import Annotated

from pydantic import AfterValidator, Field

from mailgate.config.values import Mailbox, Section
from mailgate.core.policy import Need, Required


def _needs(text: str) -> str:
    known = ", ".join(Need)
    for word in text.split("|"):
        if word.strip() not in list(Need):
            raise ValueError(f"{word.strip()!r} is none of {known}; alternatives are parted by |")
    return text


Needs = Annotated[str, AfterValidator(_needs)]
"""Alternatives such as "login | contract"."""


def required_of(requirements: tuple[str, ...]) -> Required:
    """The requirements as decisions read them."""
    return tuple(frozenset(Need(word.strip()) for word in text.split("|")) for text in requirements)


class DepartmentSettings(Section):
    """One `[[department]]`; its addresses are the desk's too. Without `required`, `[identify]`'s holds."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    addresses: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    required: tuple[Needs, ...] | None = None
