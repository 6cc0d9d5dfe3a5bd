"""What stands behind the panel's door."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailgate.core.account import Key, KeyKind, Records
from mailgate.core.identify import keys_of_domain
from mailgate.core.policy import Policy
from mailgate.directory import Directory
from mailgate.rulebook import Rulebook
from mailgate.spool import Spool
from mailgate.store.sqlite import Ledger


@dataclass(frozen=True, slots=True)
class Behind:
    """The rooms behind the door, the rules in force, and a clock that gives aware UTC times.

    `letters_made` is called when letters may be due.
    """

    ledger: Ledger
    spool: Spool
    directory: Directory
    rulebook: Callable[[], Rulebook]
    now: Callable[[], datetime]
    letters_made: Callable[[], None]

    def ask_about(self, account: str, domains: tuple[str, ...]) -> Records:
        """What the directory says of an account that the panel names, and of these domains."""
        asked = {key for each in domains for key in keys_of_domain(each)}
        return self.directory.ask(frozenset({Key(KeyKind.ACCOUNT, account), *asked}))

    def policy(self) -> Policy:
        """The policy in force."""
        return self.rulebook().policy
