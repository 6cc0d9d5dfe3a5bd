"""Where a registered domain ends and the public suffix begins (publicsuffix.org)."""

import functools

from publicsuffixlist import PublicSuffixList

_REMEMBERED = 4096


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisational(domain: str) -> str:
    """The domain somebody registered, of which `domain` is part; "" for a bare public suffix.

    A suffix that is not in the list counts as one label, so that no two of its domains are one.
    """
    return _suffixes().privatesuffix(domain) or ""


@functools.lru_cache(maxsize=_REMEMBERED)
def is_registered(domain: str) -> bool:
    """Is `domain` (A-labels) one that was registered below a suffix of the list, or part of one?"""
    return bool(_suffixes().privatesuffix(domain, accept_unknown=False))


@functools.lru_cache(maxsize=_REMEMBERED)
def is_top(label: str) -> bool:
    """Is `label`, an A-label, at the top of a suffix of the list?"""
    return bool(_suffixes().publicsuffix(label, accept_unknown=False))
