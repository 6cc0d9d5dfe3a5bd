"""Access tokens: renewed in time, the consent never lost, troubles told apart, no secret ever shown."""

import gc
import io
import json
import os
import ssl
import stat
import subprocess
import threading
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailgate import consent, log
from mailgate.config import ImapSettings, OAuthSettings
from mailgate.consent import Consent, ConsentNeeded
from mailgate.errors import MailgateError, Permanent, Temporary
from mailgate.intake.oauth import BadRedirect, TokenSource
from tests.builders import NOW
from tests.intake.authority import CLIENT, SECRET, Authority, refusal

REDIRECT = "http://127.0.0.1/"
COMMAND = "`mailgate imap authorize office`"
CONSENT, OWN = "refresh_token", "client_credentials"
HOUR = timedelta(hours=1)


class Clock:
    """The time, as the test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Office:
    """A mailbox that wants tokens, its authority, and its state folder."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self.authority = authority
        self.clock = Clock()
        self.secret = folder / "secret"
        self.secret.write_text(SECRET + "\n", "utf-8")
        self.state = folder / "state"
        self.state.mkdir(mode=0o700)
        self.kept = self.state / "tokens" / "office.json"

    def source(self, grant: str = "refresh_token", seconds: float = 10, **changes: Any) -> TokenSource:
        """A token source as the daemon makes one at its start."""
        oauth = {
            "token_url": f"{self.authority.url}/token",
            "authorize_url": f"{self.authority.url}/authorize?prompt=consent",
            "client_id": CLIENT,
            "client_secret_file": self.secret,
            "scope": "mail offline",
            "grant": grant,
            **changes,
        }
        mailbox = ImapSettings(
            name="office",
            host="imap.example",
            user="desk@hoster.example",
            auth="xoauth2",
            oauth=OAuthSettings.model_validate(oauth),
        )
        return TokenSource(mailbox, self.state, self.clock, seconds)

    def agree(self, source: TokenSource) -> None:
        """Give consent as a user does."""
        request = source.ask_consent(REDIRECT)
        source.take_consent(request, self.authority.consent(request.url))

    def consented(self, **changes: Any) -> TokenSource:
        """A fresh source of a mailbox with consent."""
        self.agree(self.source())
        return self.source(**changes)


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, authority: Authority) -> Office:
    return Office(tmp_path, authority)


def test_a_token_for_our_own_client_is_asked_for_once_and_kept(office: Office) -> None:
    source = office.source("client_credentials")

    tokens = {source.access_token() for _ in range(3)}

    assert tokens == {office.authority.access}
    assert office.authority.asked == [
        {
            "grant_type": "client_credentials",
            "scope": "mail offline",
            "client_id": CLIENT,
            "client_secret": SECRET,
        }
    ]
    assert source.days_left() is None
    assert not office.kept.exists()


@pytest.mark.parametrize(
    ("lives", "kept_for", "renewed_at"),
    [
        (3600, 3299, 3300),  # five minutes ahead
        ("3600", 3299, 3300),  # as some servers say it
        (60, 53, 54),  # a tenth ahead
        (86400, 86099, 86100),
        (None, 539, 540),  # not told: ten minutes
        (0, 539, 540),
        (-5, 539, 540),
    ],
)
def test_a_token_is_renewed_ahead_of_its_end(
    office: Office, lives: Any, kept_for: int, renewed_at: int
) -> None:
    office.authority.lives = lives
    source = office.source("client_credentials")
    first = source.access_token()

    office.clock.now = NOW + timedelta(seconds=kept_for)
    kept = source.access_token()
    office.clock.now = NOW + timedelta(seconds=renewed_at)
    renewed = source.access_token()

    assert kept == first
    assert renewed == office.authority.access != first


def test_a_token_the_mail_server_refused_is_not_given_again(office: Office) -> None:
    source = office.source("client_credentials")
    first = source.access_token()

    source.forget()

    assert source.access_token() != first


def test_many_threads_share_one_token(office: Office) -> None:
    source = office.consented()
    before = len(office.authority.asked)
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(source.access_token())) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tokens == [office.authority.access] * 8
    assert len(office.authority.asked) == before + 1


def test_a_consent_gives_tokens_again_and_again_each_by_the_newest_refresh_token(office: Office) -> None:
    source = office.consented()
    used = []
    for hours in range(4):
        office.clock.now = NOW + hours * HOUR
        used.append(office.authority.refresh)
        assert source.access_token() == office.authority.access

    assert [asked.get("refresh_token") for asked in office.authority.asked[1:]] == used
    assert len(set(used)) == 4


def test_a_rotated_refresh_token_is_on_the_disk_before_its_access_token_is_used(office: Office) -> None:
    office.consented().access_token()  # the process dies here, before the token is used

    again = office.source()

    assert json.loads(office.kept.read_text("utf-8"))["refresh_token"] == office.authority.refresh
    assert again.access_token() == office.authority.access


@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_token_that_could_not_be_written_is_not_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch, *, rotates: bool
) -> None:
    source = office.consented()
    office.authority.rotates = rotates
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _disk_full)
        with pytest.raises(Temporary, match="No space left"):
            source.access_token()

    assert source.access_token() == office.authority.access
    assert office.source().access_token() == office.authority.access


def _disk_full(_handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_consent_given_while_the_service_runs_goes_before_what_it_holds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = office.consented()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _disk_full)
        with pytest.raises(Temporary):
            source.access_token()
    office.clock.now = NOW + HOUR
    office.agree(office.source())  # what `source` holds is void from here on

    assert source.access_token() == office.authority.access


def test_nobody_uses_a_refresh_token_that_somebody_else_is_using(office: Office) -> None:
    source, other = office.consented(), office.source()
    seen: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(Temporary, match="another process"), consent.alone(office.state, "office", 0):
            seen.append("two at a time")
        seen.append("waited")

    office.authority.before = meanwhile
    source.access_token()
    office.authority.before = lambda: None
    other.access_token()

    assert seen == ["waited"]


def test_only_the_owner_may_read_what_is_kept(office: Office) -> None:
    old = os.umask(0)
    try:
        office.consented().access_token()
    finally:
        os.umask(old)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in office.kept.parent.iterdir()}
    assert modes == {"office.json": 0o600, "office.lock": 0o600}
    assert stat.S_IMODE(office.kept.parent.stat().st_mode) == 0o700


def test_what_root_consents_to_can_be_read_by_the_service(office: Office) -> None:
    os.chown(office.state, 12345, 12346)

    office.agree(office.source())

    made = [office.kept.parent, *office.kept.parent.iterdir()]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(12345, 12346)}
    assert len(made) == 3


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_consent_that_others_may_read_is_not_used(office: Office, mode: int) -> None:
    source = office.consented()
    office.kept.chmod(mode)

    with pytest.raises(ConsentNeeded, match="others may read it"):
        source.access_token()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"refresh_token": "x"}',
        '{"refresh_token": "x", "since": 1, "ends": 2, "fixed": 0}',
        '{"refresh_token": "x", "since": "2026-11-01T00:00", "ends": "2026-11-01T00:00", "fixed": false}',
        "\udcff",
    ],
)
def test_a_damaged_file_says_what_to_do(office: Office, text: str) -> None:
    source = office.consented()
    office.kept.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConsentNeeded, match="damaged; run " + COMMAND):
        source.access_token()
    with pytest.raises(ConsentNeeded):
        source.days_left()


def test_without_consent_the_command_is_named(office: Office) -> None:
    source = office.source()

    with pytest.raises(ConsentNeeded, match="no consent for mailbox office yet: run " + COMMAND):
        source.access_token()
    assert source.days_left() == 0


@pytest.mark.parametrize(
    ("at_consent", "at_use", "left"),
    [
        ({}, {}, 90),  # each use gives the whole life anew
        ({}, {"refresh_token_expires_in": 7 * 86400}, 7),
        ({"refresh_expires_in": 10 * 86400}, {"refresh_expires_in": 20 * 86400}, 20),
        ({"refresh_token_expires_in": 7 * 86400}, {}, 6),  # an end the server named is moved by it alone
        ({"refresh_token_expires_in": 3600}, {}, 0),
        ({"refresh_expires_in": 0}, {}, 90),
    ],
)
def test_the_days_left_are_those_the_server_named_or_the_whole_life_since_the_last_use(
    office: Office, at_consent: dict[str, int], at_use: dict[str, int], left: int
) -> None:
    office.authority.extra = at_consent
    source = office.consented()
    office.authority.extra = at_use
    office.authority.rotates = False
    office.clock.now = NOW + timedelta(days=1)
    source.access_token()

    assert source.days_left() == left


def test_a_consent_that_is_not_used_runs_out(office: Office) -> None:
    source = office.consented(lifetime_days=30)
    held = consent.read(office.state, "office")

    assert held is not None
    assert [held.days_left(NOW + timedelta(days=days)) for days in (0, 1, 89, 90, 400)] == [90, 89, 1, 0, 0]
    assert source.days_left() == 90


def test_an_outage_does_not_matter_while_the_token_lives(office: Office) -> None:
    source = office.consented()
    first = source.access_token()
    office.authority.canned = (503, b"")

    office.clock.now = NOW + timedelta(minutes=59)
    assert source.access_token() == first
    office.clock.now = NOW + timedelta(minutes=60)
    with pytest.raises(Temporary, match="HTTP status 503"):
        source.access_token()

    office.authority.canned = None
    assert source.access_token() == office.authority.access


def test_a_server_that_is_down_is_tried_again_later(office: Office) -> None:
    source = office.consented()
    office.authority.close()

    with pytest.raises(Temporary, match=r"the token server 127\.0\.0\.1 cannot be reached: .*refused"):
        source.access_token()


def test_a_server_must_prove_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", pem, "-out", tmp_path / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    with pem.open("ab") as file:
        file.write((tmp_path / "crt").read_bytes())
    with Authority(pem) as authority:
        source = Office(tmp_path, authority).source("client_credentials")

        with pytest.raises(Temporary, match="certificate verify failed"):
            source.access_token()
        assert authority.asked == []

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "crt"))
        assert source.access_token() == authority.access


def stores() -> int:
    """How many sets of certificates are held."""
    return sum(isinstance(one, ssl.SSLContext) for one in gc.get_objects())


def test_certificates_do_not_stay_in_memory(office: Office) -> None:
    source = office.source("client_credentials")
    before = stores()
    gc.disable()
    try:
        for _ in range(3):
            source.access_token()
            source.forget()
        left = stores() - before
    finally:
        gc.enable()

    assert left == 0


def test_a_proxy_never_sees_what_is_meant_for_this_machine(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert office.source("client_credentials").access_token() == office.authority.access


def test_a_server_that_does_not_answer_is_given_up_in_time(office: Office) -> None:
    source = office.consented(seconds=0.2)
    office.authority.holds = True

    with pytest.raises(Temporary, match=r"did not answer within 0\.2 s"):
        source.access_token()


def test_a_server_that_answers_a_byte_at_a_time_is_given_up_in_time(office: Office) -> None:
    source = office.consented(seconds=0.3)
    office.authority.drips = True

    with pytest.raises(Temporary, match=r"did not answer within 0\.3 s"):
        source.access_token()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((500, b"{}"), "HTTP status 500"),
        ((429, b"too many"), "HTTP status 429"),
        ((404, b"<html>"), "HTTP status 404"),
        ((302, b""), "HTTP status 302"),
        ((200, b"<html>"), "cannot be read"),
        ((200, b"\xff"), "cannot be read"),
        ((200, b"[" * 100_000), "cannot be read"),
        ((200, b'{"access_token": "' + b"x" * 1_000_000 + b'"}'), "cannot be read"),
        ((200, b"{}"), "cannot be read"),
        ((200, b'{"access_token": null}'), "cannot be read"),
        ((200, b'{"access_token": "a\\u0001auth=Bearer b"}'), "cannot be read"),
        ((200, b'{"access_token": "a", "refresh_token": 7}'), "cannot be read"),
        ((200, b'{"access_token": "a", "expires_in": "soon"}'), "cannot be read"),
        ((200, b'{"access_token": "a", "expires_in": [1]}'), "cannot be read"),
        (refusal("temporarily_unavailable"), "gives no token now (temporarily_unavailable)"),
        (refusal("server_error", 503), "HTTP status 503"),
        (refusal({"code": 7}), "for a reason it does not name"),
        (refusal(None), "for a reason it does not name"),
    ],
)
def test_what_may_pass_is_temporary_and_costs_no_consent(
    office: Office, answer: tuple[int, bytes], text: str
) -> None:
    source = office.consented()
    office.authority.canned = answer
    with pytest.raises(Temporary) as why:
        source.access_token()
    office.authority.canned = None

    assert text in str(why.value)
    assert source.access_token() == office.authority.access


@pytest.mark.parametrize(
    ("grant", "answer", "text"),
    [
        (CONSENT, refusal("invalid_grant"), f"wants a new consent (invalid_grant): run {COMMAND}"),
        (CONSENT, refusal("interaction_required"), "wants a new consent (interaction_required)"),
        (CONSENT, refusal("invalid_grant", 400, "согласие отозвано"), "a new consent (invalid_grant)"),
        (
            CONSENT,
            refusal("invalid_grant", 400, "AADSTS70008: The token has expired.\r\nTrace ID: 1\r\n"),
            f"wants a new consent (invalid_grant, AADSTS70008): run {COMMAND}",
        ),
        (CONSENT, refusal("invalid_client", 401), "put client_id and client_secret_file"),
        (
            OWN,
            refusal("invalid_client", 401, "AADSTS7000215: Invalid client secret provided."),
            "does not accept our client (invalid_client, AADSTS7000215): put client_id",
        ),
        (OWN, refusal("unauthorized_client"), f"then run {COMMAND}"),
        (OWN, refusal("invalid_scope"), "put scope and grant of [imap.oauth] right"),
        (OWN, refusal("invalid_grant"), "allow our client to read the mailbox there"),
    ],
)
def test_what_no_waiting_mends_says_what_to_do(
    office: Office, grant: str, answer: tuple[int, bytes], text: str
) -> None:
    source = office.consented(grant=grant)
    office.authority.canned = answer

    with pytest.raises(ConsentNeeded) as why:
        source.access_token()

    assert text in str(why.value)
    assert isinstance(why.value, Permanent)


def test_after_a_revoked_consent_a_new_one_helps_at_once(office: Office) -> None:
    source = office.consented()
    office.authority.refresh = ""
    with pytest.raises(ConsentNeeded):
        source.access_token()

    office.agree(office.source())

    assert source.access_token() == office.authority.access


def test_a_wrong_secret_is_told_and_a_new_one_helps_at_once(office: Office) -> None:
    source = office.consented()
    office.secret.write_text("another", "utf-8")
    with pytest.raises(ConsentNeeded, match="does not accept our client"):
        source.access_token()

    office.secret.write_text(SECRET, "utf-8")

    assert source.access_token() == office.authority.access


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", None])
def test_a_secret_that_cannot_be_used_is_temporary_and_names_its_file(
    office: Office, content: bytes | None
) -> None:
    source = office.consented()
    office.secret.unlink() if content is None else office.secret.write_bytes(content)

    with pytest.raises(Temporary, match=str(office.secret)):
        source.access_token()


def test_a_client_without_a_secret_sends_none(office: Office) -> None:
    source = office.consented(client_secret_file=None)
    office.authority.canned = (200, b'{"access_token": "a"}')

    assert source.access_token() == "a"
    assert office.authority.asked[-1] == {
        "grant_type": "refresh_token",
        "refresh_token": office.authority.refresh,
        "scope": "mail offline",
        "client_id": CLIENT,
    }


def test_a_consent_is_asked_for_with_proof_and_keeps_the_authoritys_own_parameters(office: Office) -> None:
    source = office.source()
    one, two = source.ask_consent(REDIRECT), source.ask_consent(REDIRECT)

    assert one.url.startswith(f"{office.authority.url}/authorize?prompt=consent&")
    assert "login_hint=desk%40hoster.example" in one.url
    assert "scope=mail+offline" in one.url
    assert one.verifier not in one.url
    assert len({one.state, two.state, one.verifier, two.verifier}) == 4
    assert 43 <= len(one.verifier) <= 128


@pytest.mark.parametrize(
    ("redirected", "text"),
    [
        ("{url}?code=x&state=wrong", "its state differs"),
        ("{url}?code=x", "its state differs"),
        ("{url}?code=x&state={state}&state={state}", "its state differs"),
        ("{url}?error=access_denied", "its state differs"),
        ("{url}?error=access_denied&state={state}", r"no consent was given \(access_denied\)"),
        ("{url}?error=%1b[2J&state={state}", "for a reason not named"),
        ("{url}?state={state}", "no code"),
        ("{url}?code=x&code=y&state={state}", "no code"),
        ("http://[?code=x&state={state}", "its state differs"),
        ("", "its state differs"),
    ],
)
def test_an_address_that_is_not_the_answer_is_refused(office: Office, redirected: str, text: str) -> None:
    source = office.source()
    request = source.ask_consent(REDIRECT)

    with pytest.raises(BadRedirect, match=text):
        source.take_consent(request, redirected.format(url=REDIRECT, state=request.state))

    assert office.authority.asked == []
    assert not office.kept.exists()


def test_a_code_is_worth_nothing_to_whoever_did_not_ask_for_it(office: Office) -> None:
    source = office.source()
    request, other = source.ask_consent(REDIRECT), source.ask_consent(REDIRECT)
    stolen = office.authority.consent(request.url).replace(request.state, other.state)

    with pytest.raises(ConsentNeeded, match="invalid_grant"):
        source.take_consent(other, stolen)

    assert not office.kept.exists()


def test_a_server_that_gives_no_refresh_token_is_explained(office: Office) -> None:
    office.authority.canned = (200, b'{"access_token": "a"}')

    with pytest.raises(ConsentNeeded, match="offline_access at Microsoft"):
        office.agree(office.source())

    assert not office.kept.exists()


ECHO = f"{SECRET} R3fresh-1 Acc3ss-1 C0de-0"


@pytest.mark.parametrize(
    "canned",
    [
        None,
        (200, json.dumps({"access_token": "\x01" + ECHO}).encode()),
        (200, json.dumps({"access_token": "a", "refresh_token": ECHO + "\x01"}).encode()),
        (200, json.dumps({"access_token": "a", "expires_in": ECHO}).encode()),
        (200, ECHO.encode()),
        (400, ECHO.encode()),
        (500, ECHO.encode()),
        refusal("invalid_grant", 400, ECHO),
        refusal("invalid_client", 400, ECHO),
        refusal("slow_down", 400, ECHO),
        refusal(ECHO, 400, ECHO),
        refusal("R3fresh-1", 400),
    ],
)
def test_no_secret_is_ever_said(office: Office, canned: tuple[int, bytes] | None) -> None:
    stream = io.StringIO()
    log.configure(level="debug", stream=stream)
    source = office.source()
    request = source.ask_consent(REDIRECT)
    redirected = office.authority.consent(request.url)
    source.take_consent(request, redirected)
    said = [repr(source), repr(request), repr(consent.read(office.state, "office"))]
    office.authority.canned = canned
    try:
        source.access_token()
        office.clock.now = NOW + timedelta(minutes=56)
        office.authority.canned = refusal("slow_down", 400, ECHO)
        source.access_token()
    except MailgateError as why:
        said += [str(why), repr(why), "".join(traceback.format_exception(why))]
    finally:
        said.append(stream.getvalue())

    assert all(text for text in said) or canned is not None
    secrets = (SECRET, request.verifier, request.state, "R3fresh-", "Acc3ss-", "C0de-")
    assert [secret for secret in secrets if secret in "\n".join(said)] == []


def test_a_consent_does_not_show_its_token() -> None:
    assert "R3fresh" not in repr(Consent("R3fresh", NOW, NOW))
