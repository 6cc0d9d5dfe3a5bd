"""The Dovecot of the tests does what its docstrings say, seen by the library the IMAP door uses."""

import imaplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, LoginError

from tests.certificate import Certificate, make_certificate
from tests.dovecot import PASSWORD, Dovecot, wait_for
from tests.dovecot_settings import CAPABILITIES
from tests.token_server import TokenServer

MAIL = b"Subject: one\r\n\r\ntext\r\n"
OTHER = b"Subject: \xf4\xc5\xd3\xd4\r\n\r\n\xd4\xc5\xcb\xd3\xd4\r\n"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "own", names="DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def plain(server: Dovecot) -> IMAPClient:
    return IMAPClient("127.0.0.1", server.port, ssl=False, timeout=10)


def test_mails_come_back_byte_for_byte_by_uid_with_their_date(dovecot: Dovecot) -> None:
    arrived = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    dovecot.append("ivan", MAIL, date=arrived)
    dovecot.append("ivan", OTHER)
    dovecot.append("olga", OTHER)

    with plain(dovecot) as client:
        client.normalise_times = False
        client.login("ivan", PASSWORD)
        client.select_folder("INBOX", readonly=True)
        dates = {uid: items[b"INTERNALDATE"] for uid, items in client.fetch([1], ["INTERNALDATE"]).items()}

    assert dovecot.messages("ivan") == {1: MAIL, 2: OTHER}
    assert dovecot.messages("olga") == {1: OTHER}
    assert dates == {1: arrived}


def test_folders_are_made_when_filled_and_listed(dovecot: Dovecot) -> None:
    dovecot.fill("ivan", [MAIL, OTHER, MAIL], "Done.2026-11")

    assert dovecot.folders("ivan") == ("Done.2026-11", "INBOX")
    assert list(dovecot.messages("ivan", "Done.2026-11").values()) == [MAIL, OTHER, MAIL]


def test_tls_is_good_for_both_names_and_for_nobody_who_does_not_trust_it(tls: Certificate) -> None:
    with Dovecot(tls=tls) as dovecot:
        for host in ("127.0.0.1", "localhost"):
            with IMAPClient(host, dovecot.tls_port, ssl_context=tls.trusting(), timeout=10) as client:
                client.login("ivan", PASSWORD)
            with plain(dovecot) as client:
                assert client.has_capability("STARTTLS")
                client.starttls(tls.trusting())
                client.login("ivan", PASSWORD)

        with pytest.raises(ssl.SSLCertVerificationError):
            IMAPClient("127.0.0.1", dovecot.tls_port, timeout=10)


def test_without_tls_none_is_offered(dovecot: Dovecot) -> None:
    with plain(dovecot) as client:
        assert not client.has_capability("STARTTLS")


def test_a_wrong_password_is_refused_within_a_second(dovecot: Dovecot) -> None:
    for _ in range(5):
        with plain(dovecot) as client, pytest.raises(LoginError, match="AUTHENTICATIONFAILED"):
            client.socket().settimeout(1)
            client.login("ivan", "wrong")


def test_a_wrong_password_waits_where_it_shall() -> None:
    with Dovecot(slow_refusals=True) as server, plain(server) as client:
        client.socket().settimeout(1)
        with pytest.raises(TimeoutError):
            client.login("ivan", "wrong")


def present(server: Dovecot, mechanism: str, user: str, token: str) -> None:
    with plain(server) as client:
        if mechanism == "XOAUTH2":
            client.oauth2_login(user, token)
        else:
            client.oauthbearer_login(user, token)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_oauth_lets_in_by_a_token_of_the_same_user_that_lives(mechanism: str) -> None:
    now = [1000.0]
    with (
        TokenServer(lifetime=60, clock=lambda: now[0]) as tokens,
        Dovecot(introspection=f"{tokens.url}/introspect") as server,
    ):
        token = tokens.access("ivan")
        present(server, mechanism, "ivan", token)
        with plain(server) as client:
            client.login("ivan", PASSWORD)
        for user, wrong in (("olga", token), ("ivan", "made-up"), ("ivan", PASSWORD)):
            with pytest.raises(LoginError):
                present(server, mechanism, user, wrong)
        now[0] += 60
        with pytest.raises(LoginError):
            present(server, mechanism, "ivan", token)
        shown = {request.field("token") for request in tokens.asked("/introspect")}

    assert shown == {token, "made-up", PASSWORD}


def test_what_it_shall_not_offer_is_not_offered() -> None:
    with Dovecot(without=("MOVE", "UIDPLUS", "IDLE")) as dovecot, plain(dovecot) as client:
        client.login("ivan", PASSWORD)
        assert {word.decode() for word in client.capabilities()} == {
            word.upper() for word in CAPABILITIES if word not in {"MOVE", "UIDPLUS", "IDLE"}
        }
        client.select_folder("INBOX")
        with pytest.raises(CapabilityError):
            client.move([1], "Done")


def test_what_it_offers_of_itself_is_known(dovecot: Dovecot) -> None:
    with plain(dovecot) as client:
        client.login("ivan", PASSWORD)
        assert {word.decode() for word in client.capabilities()} == {word.upper() for word in CAPABILITIES}


def test_nothing_unknown_can_be_left_out() -> None:
    with pytest.raises(AssertionError, match="MOOVE"):
        Dovecot(without=("MOOVE",))


def test_an_outage_ends_every_connection_and_keeps_ports_and_mails(dovecot: Dovecot) -> None:
    dovecot.append("ivan", MAIL)
    quiet, idling = dovecot.imap("ivan"), dovecot.imap("ivan")
    idling.send(b"a IDLE\r\n")
    idling.readline()
    validity = dovecot.uidvalidity("ivan")

    dovecot.stop()

    with pytest.raises(imaplib.IMAP4.abort):
        quiet.noop()
    assert idling.readline() in (b"* BYE Server shutting down.\r\n", b"")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", dovecot.port), 5)
    for client in (quiet, idling):
        client.shutdown()

    dovecot.start()

    assert dovecot.messages("ivan") == {1: MAIL}
    assert dovecot.uidvalidity("ivan") == validity


@pytest.mark.parametrize("folder", ["INBOX", "Work"])
def test_a_folder_made_again_has_another_uidvalidity_and_the_same_mails(
    dovecot: Dovecot, folder: str
) -> None:
    dovecot.fill("ivan", [MAIL, MAIL, OTHER], folder)
    dovecot.expunge("ivan", 1, 2, folder=folder)
    assert dovecot.messages("ivan", folder) == {3: OTHER}
    seen = {dovecot.uidvalidity("ivan", folder)}

    for _ in range(3):
        dovecot.recreate("ivan", folder)
        assert dovecot.messages("ivan", folder) == {1: OTHER}
        seen.add(dovecot.uidvalidity("ivan", folder))
    dovecot.recreate("ivan", folder, empty=True)

    assert dovecot.messages("ivan", folder) == {}
    assert len(seen | {dovecot.uidvalidity("ivan", folder)}) == 5


def test_what_another_client_expunged_is_nil_until_the_next_look(dovecot: Dovecot) -> None:
    dovecot.fill("ivan", [MAIL, OTHER])
    with plain(dovecot) as client:
        client.login("ivan", PASSWORD)
        client.select_folder("INBOX")
        assert client.search() == [1, 2]
        dovecot.expunge("ivan", 1)
        found = client.fetch([1, 2], ["RFC822.SIZE", "BODY.PEEK[]"])
        assert {uid: (items[b"RFC822.SIZE"], items[b"BODY[]"]) for uid, items in found.items()} == {
            1: (0, None),
            2: (len(OTHER), OTHER),
        }
        client.noop()
        assert client.search() == [2]


def test_who_waits_hears_of_a_new_mail(dovecot: Dovecot) -> None:
    client = dovecot.imap("ivan")
    dovecot.append("ivan", MAIL)
    wait_for(client, 1)
    client.logout()


def test_a_folder_nobody_has_is_a_mistake_of_the_test(dovecot: Dovecot) -> None:
    with pytest.raises(AssertionError, match="no folder Done"):
        dovecot.messages("ivan", "Done")


def test_it_leaves_nothing_behind() -> None:
    with Dovecot() as dovecot:
        client = dovecot.imap("ivan")
        folder: Path = dovecot.folder
    client.shutdown()
    left = [file.parent.name for file in Path("/proc").glob("[0-9]*/cmdline") if str(folder) in _words(file)]

    assert not folder.exists()
    assert left == []


def _words(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
