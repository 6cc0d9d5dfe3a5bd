"""When to try again; None is give up.

Waits double from try to try up to a bound, so that a trouble of a moment costs a moment and a trouble
of days costs little (RFC 5321, 4.5.4.1). A random part keeps what failed together from coming back
together. A letter's tries and a connection's are counted apart: that nobody answers at the smarthost
is no letter's fault.
"""

from datetime import timedelta

_LETTER_FIRST = timedelta(minutes=1)
_LETTER_LONGEST = timedelta(hours=1)
_CONNECTION_FIRST = timedelta(seconds=1)
_CONNECTION_LONGEST = timedelta(minutes=5)
_REFUSAL_FIRST = timedelta(minutes=1)
_REFUSAL_LONGEST = timedelta(minutes=30)
_SPREAD = 0.25


def next_wait(attempts: int, age: timedelta, give_up: timedelta, spread: float) -> timedelta | None:
    """How long a letter waits after its `attempts`-th failed try; None when it is older than `give_up`.

    `spread` in [0, 1) lengthens the wait by up to a quarter.
    """
    if age >= give_up:
        return None
    return _growing(_LETTER_FIRST, _LETTER_LONGEST, attempts, spread)


def connection_wait(failures: int, spread: float) -> timedelta:
    """How long to leave a server alone after `failures` connections in a row that came to nothing."""
    return _growing(_CONNECTION_FIRST, _CONNECTION_LONGEST, failures, spread)


def refusal_wait(refusals: int, spread: float) -> timedelta:
    """How long to leave a server alone that refused our name and secret so often in a row.

    Quick tries would not help, and get an account locked.
    """
    return _growing(_REFUSAL_FIRST, _REFUSAL_LONGEST, refusals, spread)


def _growing(first: timedelta, longest: timedelta, tries: int, spread: float) -> timedelta:
    doublings = min(max(tries - 1, 0), 16)  # a bound on the power: 2¹⁶ passes every `longest`
    return min(first * (1 << doublings), longest) * (1 + _SPREAD * spread)
