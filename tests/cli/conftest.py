"""Fixtures: a mailgate to give commands to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.parse.pool import Pool
from tests.cli.place import Place


@pytest.fixture
def place(tmp_path: Path, pool: Pool) -> Iterator[Place]:
    """A fresh mailgate with nothing in it."""
    made = Place(tmp_path, pool)
    yield made
    made.ledger.close()
