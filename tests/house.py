"""A desk over a fresh ledger, with real readers and letters, for tests of the whole way."""

from mailgate.config import Settings
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.parse.pool import Pool
from mailgate.rulebook import unchecked_rulebook
from mailgate.spool import Spool
from mailgate.store import letters, mails
from mailgate.store.sqlite import Ledger, Row
from tests.builders import NOW, envelope

DESK = {"name": "Служба поддержки", "addresses": ["support@hoster.example", "billing@hoster.example"]}


class House:
    """A desk over a fresh ledger, with the clock in the test's hand."""

    def __init__(self, ledger: Ledger, pool: Pool, **sections: object) -> None:
        self.ledger = ledger
        self.now = NOW
        self.settings = Settings.model_validate(
            {"state": {"dir": str(ledger.path.parent)}, "desk": DESK, **sections}
        )
        # That every template can be rendered is tested elsewhere, once.
        self.rulebook = unchecked_rulebook(self.settings)
        sources = Sources(pool, TableDirectory(ledger))
        self.desk = Desk(ledger, sources, lambda: self.rulebook, Times(), lambda: self.now, lambda: None)
        self.spool = Spool(ledger, min_free=0, max_backlog=1000, max_bulk_backlog=1000, taken=lambda: None)
        self.spool.start()

    def post(self, raw: bytes, **changes: object) -> int:
        """Take a mail in; its id."""
        return self.spool.accept(envelope(received=self.now, **changes), raw).id

    def settle(self) -> None:
        """Settle all that waits."""
        while self.desk.step() or self.desk.step_aside():
            pass

    def send(self, raw: bytes, **changes: object) -> Row:
        """Take a mail in and settle it; its row."""
        mail = self.post(raw, **changes)
        self.settle()
        return self.row(mail)

    def row(self, mail: int) -> Row:
        """The row of a mail."""
        with self.ledger.read() as ask:
            found = mails.about(ask, mail)
        assert found is not None
        return found

    def letter(self, mail: int) -> bytes:
        """The letter that answers a mail."""
        letter = self.row(mail)["letter"]
        with self.ledger.read() as ask:
            return letters.raw_of(ask, letter) or b""
