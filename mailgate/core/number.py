"""Ticket numbers: digits, the last one a Damm check digit, and how people quote them.

The check digit catches every single mistyped digit and every swap of neighbours, so a slip of the
finger is never another customer's ticket.
"""

import re
from itertools import islice
from string import digits

from stdnum import damm

_MOST = 20
_MOST_DIGITS = 2000
_LOOKED_BACK = 40
_LONGEST = 15
# A run is taken whole, so that no part of a longer number is one; its length is asked afterwards.
_DIGITS = re.compile(r"[0-9][0-9]{3,}")  # so written the engine skips to the first digit
_NAMED = re.compile(
    r"(?:[#№]"
    r"|\b(?:заявк[а-яё]{0,3}|тикет[а-яё]{0,3}|обращени[а-яё]{0,2}|tickets?|requests?)"
    r"(?:\s{1,3}(?:номер|number|no\.?|nr\.?))?\s{0,3}[#№:]?)"
    r"\s{0,3}$",
    re.IGNORECASE,
)


def number_of(counter: int) -> int:
    """Give the ticket number for the `counter`-th ticket: the counter, then its check digit."""
    return int(f"{counter}{damm.calc_check_digit(str(counter))}")


def counter_of(number: int) -> int:
    """Give the counter behind a ticket number."""
    return number // 10


def is_number(number: int) -> bool:
    """Does the check digit agree?"""
    return bool(damm.is_valid(str(number)))


def find_numbers(text: str) -> tuple[int, ...]:
    """Every ticket number quoted in `text` in an understood form, each once, in order.

    Understood are `[#100425]` (with any prefix inside the brackets), `#100425`, `№100425`, and the
    words заявка, тикет, обращение, ticket, request before it. Numbers whose check digit disagrees
    are not ticket numbers. At most 20 are given: a text that quotes more refers to none.
    """
    # Digits are rare, and ten searches for one character are quicker than one for ten.
    if not any(digit in text for digit in digits):
        return ()
    # Only before them is looked for what makes them a number.
    found = (
        int(run[0])
        for run in islice(_DIGITS.finditer(text), _MOST_DIGITS)
        if run.end() - run.start() <= _LONGEST
        and _NAMED.search(text, max(0, run.start() - _LOOKED_BACK), run.start())
    )
    return tuple(dict.fromkeys(number for number in found if is_number(number)))[:_MOST]


def subject_mark(number: int, prefix: str) -> str:
    """The mark our subjects carry: `[#100425]`, or `[ACME#100425]` with a prefix."""
    return f"[{prefix}#{number}]"
