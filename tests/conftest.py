"""Fixtures: a fresh ledger in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate import state
from mailgate.store.sqlite import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh state folder."""
    made = tmp_path / "state"
    state.create(made)
    return made


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    """The open ledger of `folder`."""
    opened = state.open_ledger(folder)
    yield opened
    opened.close()
