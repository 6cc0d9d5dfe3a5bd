"""A poller of the IMAP door that is stepped by hand, over a real Dovecot; and a panel's door that is open."""

from collections.abc import Iterator

import pytest

from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, settings
from tests.panel import Panel, with_customers


@pytest.fixture
def box(dovecot: Dovecot, user: str, ledger: Ledger, request: pytest.FixtureRequest) -> Iterator[Fetching]:
    """A poller of `user`'s mailbox; a test's parameter `box` changes its settings."""
    changes = getattr(request, "param", {})
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user, **changes)) as made:
        yield made


@pytest.fixture
def panel(ledger: Ledger, pool: Pool) -> Iterator[Panel]:
    """A panel's door with two customers' accounts and a desk behind it."""
    with Panel(with_customers(ledger), pool).settles() as made:
        yield made
