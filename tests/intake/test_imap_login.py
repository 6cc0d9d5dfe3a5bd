"""Who the IMAP door speaks to, and how it proves who it is: TLS, passwords, access tokens."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate import consent
from mailgate.consent import Consent
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.certificate import Certificate, make_certificate
from tests.dovecot import PASSWORD, Dovecot
from tests.fetching import Fetching, raw_mail, settings
from tests.proxy import Proxy
from tests.scripted_imap import Script, ScriptedImap
from tests.token_server import Reply, TokenServer

pytestmark = pytest.mark.usefixtures("short_slices")
ONE = raw_mail("one")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="IP:127.0.0.1")


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    with TokenServer(rotate=True) as running:
        yield running


@pytest.fixture(scope="module")
def dovecot(certificate: Certificate, tokens: TokenServer) -> Iterator[Dovecot]:
    with Dovecot(tls=certificate, introspection=f"{tokens.url}/introspect") as running:
        yield running


def port(dovecot: Dovecot, tls: str) -> int:
    return dovecot.tls_port if tls == "implicit" else dovecot.port


@pytest.mark.parametrize("tls", ["none", "implicit", "starttls"])
def test_mails_are_fetched_over_tls_and_in_plain(
    dovecot: Dovecot, certificate: Certificate, ledger: Ledger, tls: str
) -> None:
    dovecot.append(f"user-{tls}", ONE)
    with Proxy(port(dovecot, tls)) as proxy:
        changes = {"tls": tls, "ca_file": certificate.certificate, "user": f"user-{tls}"}
        with Fetching(ledger, settings(ledger.path.parent, proxy.port, **changes)) as box:
            box.run()
            assert box.taken() == [ONE]
        assert (PASSWORD.encode() in proxy.sent[0]) == (tls == "none")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize(
    ("names", "last", "trusted", "why"),
    [
        ("IP:127.0.0.1", "20991231", False, "self-signed certificate"),
        ("DNS:other.example", "20991231", True, "IP address mismatch"),
        ("IP:127.0.0.1", "20210101", True, "certificate has expired"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused_before_the_password_is_said(  # noqa: PLR0913
    tmp_path: Path, ledger: Ledger, tls: str, names: str, last: str, why: str, *, trusted: bool
) -> None:
    wrong = make_certificate(tmp_path / "wrong", last=last, names=names)
    script = Script(tls=wrong, implicit=tls == "implicit")
    with ScriptedImap(script) as server:
        changes = {"tls": tls, "ca_file": wrong.certificate if trusted else None}
        with Fetching(ledger, settings(ledger.path.parent, server.port, **changes)) as box:
            box.run()
            assert box.fares() is MailboxState.UNREACHABLE
            assert why in box.report.error
        assert not {"LOGIN", "AUTHENTICATE"} & set(server.verbs)


def test_a_wrong_password_is_told_in_words_and_tried_slowly(dovecot: Dovecot, ledger: Ledger) -> None:
    with Proxy(dovecot.port) as proxy:
        with Fetching(ledger, settings(ledger.path.parent, proxy.port)) as box:
            (ledger.path.parent / "password").write_text("wrong", "utf-8")
            for wait in (60, 120, 240):
                box.run()
                assert box.waits == wait
                assert not box.wait(wait - 0.1).step()
                box.wait(0.1)
            assert box.fares() is MailboxState.REFUSED
            assert "Authentication failed" in box.report.error
            (ledger.path.parent / "password").write_text(f"{PASSWORD}\n", "utf-8")
            box.run()
            assert box.fares() is MailboxState.WATCHING
        assert proxy.connections == 4
        assert "wrong" not in box.report.error


def test_a_mended_password_or_a_reload_ends_the_wait(dovecot: Dovecot, ledger: Ledger) -> None:
    password = ledger.path.parent / "password"
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port)) as box:
        password.write_text("wrong", "utf-8")
        box.run()
        assert (box.fares(), box.waits) == (MailboxState.REFUSED, 60)
        assert not box.step()
        password.write_text(PASSWORD, "utf-8")
        os.utime(password, ns=(1, 1))  # a file system's clock may be coarse
        box.run()
        assert box.fares() is MailboxState.WATCHING

        password.write_text("wrong", "utf-8")
        box.restart().run()
        assert not box.step()
        box.mailbox.hurry()
        box.run()
        assert (box.fares(), box.waits) == (MailboxState.REFUSED, 120)


def test_after_a_mended_password_all_that_waited_is_taken_and_moved(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    dovecot.fill(user, [raw_mail(f"mail {number}") for number in range(51)])  # more than one batch
    password = ledger.path.parent / "password"
    with Fetching(ledger, settings(ledger.path.parent, dovecot.port, user=user)) as box:
        password.write_text("wrong", "utf-8")
        box.run()
        password.write_text(PASSWORD, "utf-8")
        os.utime(password, ns=(1, 1))
        box.run()
        assert (box.is_watching, set(box.origins().values()), box.count()) == (True, {"moved"}, 51)


def test_a_password_that_cannot_be_read_is_told_and_nobody_is_asked(dovecot: Dovecot, ledger: Ledger) -> None:
    with Proxy(dovecot.port) as proxy:
        with Fetching(ledger, settings(ledger.path.parent, proxy.port)) as box:
            (ledger.path.parent / "password").unlink()
            box.run()
            assert box.fares() is MailboxState.REFUSED
            assert box.report.error.startswith("the password cannot be read: ")
            assert box.waits == 60
        assert proxy.connections == 0


def oauth(tokens: TokenServer, auth: str, folder: Path, grant: str, **changes: object) -> dict[str, object]:
    """The settings of a mailbox that takes tokens only."""
    (folder / "client").write_text("s3cret", "utf-8")
    given = {
        "token_url": f"{tokens.url}/token",
        "authorize_url": f"{tokens.url}/authorize",
        "client_id": "mailgate",
        "client_secret_file": folder / "client",
        "grant": grant,
    }
    return {"auth": auth, "oauth": given, **changes}


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_a_mailbox_that_takes_tokens_is_read_by_the_clients_own_right(
    dovecot: Dovecot, tokens: TokenServer, ledger: Ledger, auth: str
) -> None:
    folder = ledger.path.parent
    dovecot.append("support", raw_mail(auth))
    with Fetching(
        ledger, settings(folder, dovecot.port, **oauth(tokens, auth, folder, "client_credentials"))
    ) as box:
        box.run()
        assert box.taken() == [raw_mail(auth)]
        # A token that has been taken back is not believed in twice.
        tokens.revoke("support")
        box.mailbox.cut()
        while box.step():
            pass
        box.wait(box.waits).run()
        assert box.fares() is MailboxState.REFUSED
        assert "does not let us in" in box.report.error
        assert box.waits == 1
        box.wait(1).run()
        assert box.fares() is MailboxState.WATCHING


def test_a_mailbox_is_read_by_consent(dovecot: Dovecot, tokens: TokenServer, ledger: Ledger) -> None:
    folder = ledger.path.parent
    chosen = oauth(tokens, "xoauth2", folder, "refresh_token", user="olga")
    dovecot.append("olga", ONE)
    with Fetching(ledger, settings(folder, dovecot.port, **chosen)) as box:
        box.run()
        assert box.fares() is MailboxState.REFUSED
        assert "run `mailgate imap authorize support`" in box.report.error
        give_consent(box, tokens)
        box.wait(60).run()
        assert box.taken() == [ONE]
        tokens.revoke("olga")
        box.restart().run()
        assert box.fares() is MailboxState.REFUSED
        assert "mailgate imap authorize support" in box.report.error


def give_consent(box: Fetching, tokens: TokenServer) -> None:
    """As `mailgate imap authorize` does."""
    with consent.alone(box.ledger.path.parent, "support"):
        consent.write(
            box.ledger.path.parent,
            "support",
            Consent(tokens.consent("olga"), since=box.clock(), ends=box.clock() + timedelta(days=90)),
        )


def test_a_token_server_in_trouble_is_no_refusal(
    dovecot: Dovecot, tokens: TokenServer, ledger: Ledger
) -> None:
    folder = ledger.path.parent
    chosen = oauth(tokens, "xoauth2", folder, "client_credentials")
    with Fetching(ledger, settings(folder, dovecot.port, **chosen)) as box:
        tokens.trouble = Reply(503)
        box.run()
        tokens.trouble = None
        assert box.fares() is MailboxState.UNREACHABLE
        assert box.waits == 1
        box.wait(1).run()
        assert box.fares() is MailboxState.WATCHING
