"""What a piece of work costs, in processor time, on a machine that others use as well.

A busy machine only ever makes work look dearer, so the least of some tries is nearest to the truth: a bound
is tried again before it is called broken, and code that is too slow stays so however often it is tried.
"""

import time
from collections.abc import Callable

_TRIES = 8


def seconds(work: Callable[[], object]) -> float:
    """The processor time that the work took this once."""
    began = time.process_time()
    work()
    return time.process_time() - began


def takes_less(bound: float, work: Callable[[], object]) -> bool:
    """Whether the work can be done in less than so many seconds of processor time."""
    return any(seconds(work) < bound for _ in range(_TRIES))


def costs_less(
    work: Callable[[], object], times: float, other: Callable[[], object], grain: float = 0.001
) -> bool:
    """Whether the work costs less than so many times the other, their tries taken in turn.

    `grain`: the seconds that a clock's step and one interruption may add.
    """
    least = least_other = float("inf")
    for _ in range(_TRIES):
        least_other = min(least_other, seconds(other))
        least = min(least, seconds(work))
        if least < times * least_other + grain:
            return True
    return False
