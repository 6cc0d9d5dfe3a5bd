"""How much of a mail is read: the caps that are applied before anything is parsed.

Every step behind them is linear in its input, so the caps bound the time of a whole mail. The
defaults lie far beyond real mail: the largest header blocks seen in public corpora have 60 KiB,
the richest mails some hundred parts, the deepest about ten levels.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Octets, counts and levels; `text` and `markup` (of HTML) are in characters.

    Beyond `block` or `headers` only the beginning of the header block is read and the body is not;
    a single field beyond `header` is cut; beyond `parts` or `depth` the body is not read.
    """

    block: int = 256 * 1024
    header: int = 64 * 1024
    headers: int = 1000
    parts: int = 1000
    depth: int = 50
    text: int = 1024 * 1024
    markup: int = 512 * 1024
    hops: int = 50
    addresses: int = 100
    references: int = 100


DEFAULT = ParseLimits()

FRUGAL = ParseLimits(block=64 * 1024, header=8 * 1024, headers=200, hops=20)
"""For the process that must never be late: the header block only, and little of it."""
