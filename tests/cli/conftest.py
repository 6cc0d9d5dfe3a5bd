"""Fixtures: a mailgate to give commands to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.parse.pool import Pool
from tests.cli.place import Place


@pytest.fixture(scope="session")
def readers() -> Iterator[Pool]:
    """The parse workers of all tests here."""
    made = Pool(1, 512 * 1024 * 1024)
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path, readers: Pool) -> Iterator[Place]:
    """A fresh mailgate with nothing in it."""
    made = Place(tmp_path, readers)
    yield made
    made.ledger.close()
