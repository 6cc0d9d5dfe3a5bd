"""Fixtures: readers for all tests of a file, and a scene for each."""

from collections.abc import Iterator

import pytest

from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger
from tests.authorisation.scene import Scene


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Readers."""
    made = Pool(1, 512 * 1024 * 1024)
    yield made
    made.close()


@pytest.fixture
def scene(ledger: Ledger, pool: Pool) -> Iterator[Scene]:
    """A desk with customers."""
    made = Scene(ledger, pool)
    yield made
    made.spool.close()
