"""Fixtures: readers for all tests of a file, and a scene for each."""

from collections.abc import Iterator

import pytest

from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger
from tests.authorisation.scene import Scene


@pytest.fixture
def scene(ledger: Ledger, pool: Pool) -> Iterator[Scene]:
    """A desk with customers."""
    made = Scene(ledger, pool)
    yield made
    made.spool.close()
