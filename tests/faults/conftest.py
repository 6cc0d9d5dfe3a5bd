"""Fixtures of the faults of mailboxes: a Dovecot, a proxy before it, and a poller that is stepped by hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mailgate.intake import imap_client
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, settings
from tests.proxy import Proxy
from tests.scripted_imap import Script, ScriptedImap


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[Proxy]:
    """Between poller and server."""
    with Proxy(dovecot.port, piece=1000) as running:
        yield running


@pytest.fixture
def box(proxy: Proxy, user: str, ledger: Ledger, short_slices: None) -> Iterator[Fetching]:
    """A poller of `user`'s mailbox, through the proxy."""
    del short_slices
    with Fetching(ledger, settings(ledger.path.parent, proxy.port, user=user)) as made:
        yield made


Open = Callable[..., tuple[ScriptedImap, Fetching]]


@pytest.fixture
def opened(ledger: Ledger, short_slices: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make a scripted server and a poller of its mailbox."""
    del short_slices
    monkeypatch.setattr(imap_client, "READ_SECONDS", 5.0)
    with ExitStack() as ended:

        def make(script: Script, **changes: object) -> tuple[ScriptedImap, Fetching]:
            server = ended.enter_context(ScriptedImap(script))
            mailbox = settings(ledger.path.parent, server.port, **changes)
            return server, ended.enter_context(Fetching(ledger, mailbox))

        yield make
