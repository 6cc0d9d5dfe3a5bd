"""The patterns an operator writes for his logins and contracts, tried in linear time whatever they are.

RE2 has no backtracking, so neither a mail nor a careless pattern makes a reader slow. This is the one
file that knows it.
"""

import functools
from collections.abc import Iterator
from itertools import islice

import re2

_MEMORY = 1 << 20  # octets for the states of one pattern
_MOST = 1_000  # places looked at in a text: a pattern that is found more often tells nothing


def mistake_in(pattern: str) -> str:
    """What is wrong with `pattern`, or ""."""
    try:
        # By itself: "a)|(b" is one only inside the brackets that we put around it.
        compiled = _compiled(pattern)
    except ValueError as why:
        return str(why)
    return "it matches the empty text" if compiled.fullmatch("") else ""


@functools.lru_cache(maxsize=1024)  # the same few values stand in a mail and in what it quotes
def is_whole(patterns: tuple[str, ...], value: str) -> bool:
    """Is the whole of `value` matched by one of `patterns`, in letters of either case?"""
    return bool(patterns) and _compile(patterns).fullmatch(value) is not None


def find_all(patterns: tuple[str, ...], text: str) -> Iterator[tuple[int, int]]:
    """Where in `text` one of `patterns` matches: start and end, leftmost and longest, the first thousand."""
    if patterns:
        for found in islice(_compile(patterns).finditer(text), _MOST):
            yield found.span()


@functools.lru_cache(maxsize=64)
def _compile(patterns: tuple[str, ...]) -> "re2._Regexp":
    return _compiled("|".join(f"(?:{pattern})" for pattern in patterns))


def _compiled(pattern: str) -> "re2._Regexp":
    """Raises ValueError with RE2's own words."""
    options = re2.Options()
    options.case_sensitive = False
    options.longest_match = True
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as why:
        text = why.args[0] if why.args else why
        raise ValueError(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)) from why
