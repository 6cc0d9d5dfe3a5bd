"""A poller of the IMAP door that is stepped by hand, over a real Dovecot."""

from collections.abc import Iterator

import pytest

from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, settings


@pytest.fixture
def box(dovecot: Dovecot, user: str, ledger: Ledger, request: pytest.FixtureRequest) -> Iterator[Fetching]:
    """A poller of `user`'s mailbox; a test's parameter `box` changes its settings."""
    changes = getattr(request, "param", {})
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user, **changes)) as made:
        yield made
