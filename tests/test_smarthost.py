"""The connection to the smarthost: secured or not made, authenticated, and never led astray by an address."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailgate.config import RelaySettings
from mailgate.core.address import parse_mailbox
from mailgate.core.outcome import Fate, Outcome
from mailgate.smarthost import MailObject, Smarthost
from tests.certificate import Certificate, make_certificate
from tests.outbox import Clock
from tests.smarthost import DROP, LOCKSTEP, PIPELINED, Line, Sink

SENDER, RECIPIENT = "support@hoster.example", "ivan@client.example"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificate, Certificate]:
    """A valid one and one that has expired."""
    folder = tmp_path_factory.mktemp("tls")
    return (
        make_certificate(folder / "valid", "20200101", "20991231"),
        make_certificate(folder / "expired", "20200101", "20210101"),
    )


@pytest.fixture
def valid(certificates: tuple[Certificate, Certificate], monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate that this machine trusts for the time of a test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0].certificate))
    return certificates[0]


@pytest.fixture
def expired(certificates: tuple[Certificate, Certificate], monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """One that would be trusted, had it not expired."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[1].certificate))
    return certificates[1]


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    return file


def smarthost(sink: Sink, **changes: object) -> Smarthost:
    plain = {"host": "localhost", "port": sink.port, "timeout": 5}
    relay = RelaySettings.model_validate({**plain, **changes})
    return Smarthost(relay, "desk.hoster.example", Clock().ticks, lambda: 0.0)


@pytest.fixture
def plain() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def hand_over(host: Smarthost, sender: str = SENDER, recipient: str = RECIPIENT) -> Outcome:
    assert host.reach()
    outcome = host.hand_over(MailObject(sender, recipient, b"Subject: x\r\n\r\nbody\r\n"))
    host.quit()
    return outcome


def verbs(sink: Sink) -> list[str]:
    return [command.partition(" ")[0].upper() for command in sink.commands]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_letter_goes_over_verified_tls(valid: Certificate, tls: str) -> None:
    with Sink(tls=valid, implicit=tls == "implicit") as sink:
        assert hand_over(smarthost(sink, tls=tls)) == Outcome(Fate.TAKEN, "250 taken")

    assert ("STARTTLS" in verbs(sink)) == (tls == "starttls")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_f36_an_expired_certificate_is_refused(expired: Certificate, tls: str) -> None:
    with Sink(tls=expired, implicit=tls == "implicit") as sink, capture_logs() as logs:
        assert not smarthost(sink, tls=tls).reach()

    assert "certificate has expired" in logs[0]["why"]
    assert "MAIL" not in verbs(sink)


@pytest.mark.parametrize(
    ("host", "why"), [("localhost", "self-signed certificate"), ("127.0.0.1", "not valid for '127.0.0.1'")]
)
def test_f36_a_certificate_of_another_or_of_nobody_is_refused(
    certificates: tuple[Certificate, Certificate], monkeypatch: pytest.MonkeyPatch, host: str, why: str
) -> None:
    if host != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0].certificate))
    with Sink(tls=certificates[0]) as sink, capture_logs() as logs:
        assert not smarthost(sink, tls="starttls", host=host).reach()
    assert why in logs[0]["why"]


@pytest.mark.parametrize(
    ("script", "offered"),
    [
        ((), False),
        ((Line("STARTTLS", "454 4.7.0 not now"),), True),
        ((Line("STARTTLS", "500 what"),), True),
        ((Line("STARTTLS", DROP),), True),
    ],
)
def test_f36_tls_that_is_asked_for_and_not_had_never_becomes_plaintext(
    valid: Certificate, password: Path, script: tuple[Line, ...], *, offered: bool
) -> None:
    with Sink(*script, tls=valid if offered else None, login="\0desk\0s3cret") as sink:
        assert not smarthost(sink, tls="starttls", user="desk", password_file=password).reach()

    assert {"AUTH", "MAIL"}.isdisjoint(verbs(sink))
    assert not sink.heard


def test_tls_to_a_smarthost_that_speaks_plainly_is_no_connection(plain: Sink) -> None:
    assert not smarthost(plain, tls="implicit").reach()


def test_the_password_is_read_when_it_is_needed(valid: Certificate, password: Path) -> None:
    with Sink(tls=valid, login="\0desk\0other") as sink, capture_logs() as logs:
        clock = Clock()
        relay = RelaySettings(
            host="localhost", port=sink.port, tls="starttls", user="desk", password_file=password, timeout=5
        )
        host = Smarthost(relay, "desk.hoster.example", clock.ticks, lambda: 0.0)
        assert not host.reach()
        password.write_text("other")
        assert not host.reach()
        clock.move(seconds=1)
        assert hand_over(host).fate is Fate.TAKEN

    assert len(logs) == 1
    assert "535" in logs[0]["why"]
    assert "s3cret" not in str(logs)


@pytest.mark.parametrize("written", [None, b"\xff\xfe", "пароль".encode()])
def test_a_password_that_cannot_be_used_is_the_connections_trouble(
    tmp_path: Path, written: bytes | None
) -> None:
    file = tmp_path / "password"
    file.write_bytes(written or b"")
    with Sink(login="\0desk\0s3cret") as sink:
        made = smarthost(sink, user="desk", password_file=file)
        if written is None:
            file.unlink()
        assert not made.reach()


@pytest.mark.parametrize(
    "line",
    [
        Line("CONNECT", "554 5.7.1 not you", always=True),
        Line("CONNECT", "421 4.3.2 too many", always=True),
        Line("CONNECT", DROP, always=True),
        Line("EHLO", DROP, always=True),
        Line("MAIL", "530 5.7.0 authentication required", always=True),
        Line("RCPT", "530 5.7.0 authentication required", always=True),
        Line("MAIL", "421 4.7.0 go away", always=True),
        Line("MAIL", DROP, always=True),
    ],
)
@pytest.mark.parametrize("features", [PIPELINED, LOCKSTEP])
def test_trouble_that_is_not_the_letters_pauses_the_connection(line: Line, features: tuple[str, ...]) -> None:
    with Sink(line, features=features) as sink:
        host = smarthost(sink)
        for _ in range(3):
            if host.reach():
                outcome = host.hand_over(MailObject(SENDER, RECIPIENT, b"x: y\r\n\r\n"))
                assert outcome.fate is Fate.UNTRIED
                assert not host.is_open

    assert sink.connections == 1
    assert not sink.heard


def test_a_smarthost_that_knows_no_ehlo_is_greeted_in_the_old_way() -> None:
    with Sink(Line("EHLO", "502 what", always=True)) as sink:
        assert hand_over(smarthost(sink)).fate is Fate.TAKEN
    assert "MAIL FROM:<support@hoster.example>" in sink.commands


def test_the_size_is_told_where_it_is_understood(plain: Sink) -> None:
    hand_over(smarthost(plain))
    assert any("SIZE=20" in command.upper() for command in plain.commands)


INJECTIONS = (
    "a@b.example>\r\nDATA",
    "a@b.example\nRCPT TO:<evil@x.example>",
    "a@b.example> SIZE=1",
    "<a@b.example>",
    "a b@c.example",
    "a@b.example\0",
    '"a\r\nDATA"@b.example',
    "@relay.example:a@b.example",
    "a@[127.0.0.1]",
    "a@b@c.example",
    "\u2028a@b.example",
    "a@b.example, c@d.example",
    "postmaster",
)


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_a10_no_address_becomes_a_command(plain: Sink, hostile: str) -> None:
    for outcome in (
        hand_over(smarthost(plain), recipient=hostile),
        hand_over(smarthost(plain), sender=hostile),
    ):
        assert outcome.fate is Fate.REFUSED
        assert outcome.reply.endswith("is not a plain mailbox")
        assert outcome.reply.isprintable()
    assert {"MAIL", "RCPT", "DATA"}.isdisjoint(verbs(plain))
    assert hand_over(smarthost(plain), recipient="").fate is Fate.REFUSED


LOCAL = st.text("abcXYZ019!#$%&'*+/=?^_`{|}~-.<>,; \r\n\0\u2028иванфёд", min_size=1, max_size=20)


@given(LOCAL.map(lambda local: f"{local}@client.example"))
def test_a10_what_the_grammar_accepts_cannot_end_its_path_or_line(address: str) -> None:
    if parse_mailbox(address):
        assert address.isprintable()
        assert set(address).isdisjoint(" <>\r\n")


@pytest.mark.parametrize("offered", [True, False])
def test_an_address_beyond_ascii_needs_smtputf8(*, offered: bool) -> None:
    with Sink(features=("SMTPUTF8", "8BITMIME") if offered else ()) as sink:
        host = smarthost(sink)
        outcome = hand_over(host, recipient="иван@xn--e1afmkfd.xn--p1ai")
        assert hand_over(host).fate is Fate.TAKEN

    assert outcome.fate is (Fate.TAKEN if offered else Fate.REFUSED)
    assert ("иван@xn--e1afmkfd.xn--p1ai" in sink.recipients) == offered
    assert ("SMTPUTF8" in outcome.reply) == (not offered)
