"""Fixtures: a fresh ledger in a folder of its own, and a log that no other test has set up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from mailgate import state
from mailgate.store.sqlite import Ledger


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Each test begins with the log as it comes, whatever the one before set up."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


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
