"""What may be required of a request, before it can be said whose it is."""

from enum import StrEnum


class Need(StrEnum):
    """What may be required of a request: a kind of value, or the address of an authenticated contact."""

    LOGIN = "login"
    CONTRACT = "contract"
    DOMAIN = "domain"
    EXTRA = "extra"
    CONTACT = "contact"


Required = tuple[frozenset[Need], ...]
"""All of these must be met, each by any one of its needs."""
