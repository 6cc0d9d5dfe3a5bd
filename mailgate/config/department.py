"""`[[department]]`: parts of the company with addresses of their own, and what each requires of a request."""

from typing import Annotated

from pydantic import Field

from mailgate.config.values import Mailbox, Needs, Section


class DepartmentSettings(Section):
    """One `[[department]]`; its addresses are the desk's too. Without `required`, `[identify]`'s holds."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    addresses: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    required: tuple[Needs, ...] | None = None
