"""Fixtures: a fresh ledger in a folder of its own, a log as it comes, a Dovecot for each file that asks."""

import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import structlog

from mailgate import state
from mailgate.intake import imap
from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import SLICE

USERS = (f"user{number}" for number in count())


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs under test: a shell's background job hands on that it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the scores that tests have recorded."""
    reports = (
        each for kind in ("passed", "failed", "xfailed") for each in terminalreporter.stats.get(kind, ())
    )
    for report in reports:
        for name, value in report.user_properties:
            if name == "score":
                terminalreporter.write_line(value)


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


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """A reader for all tests that do it no harm."""
    made = Pool(1, 512 * 1024 * 1024)
    yield made
    made.close()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """A server for all tests of a file."""
    with Dovecot() as running:
        yield running


@pytest.fixture
def user() -> str:
    """A mailbox of its own for each test."""
    return next(USERS)


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the IMAP door watch for a moment at a time."""
    monkeypatch.setattr(imap, "_SLICE", SLICE)
