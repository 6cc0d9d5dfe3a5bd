"""Who is this customer? The directory of accounts, asked by what a mail tells."""

from typing import Protocol

from mailgate.core.account import Key, Records


class Directory(Protocol):
    """Whoever knows the customers."""

    def ask(self, keys: frozenset[Key]) -> Records:
        """Which of the keys exist, and the accounts they lead to."""
