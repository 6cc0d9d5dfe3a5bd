"""Access tokens for a mailbox that takes no password, and the consent that some of them rest on.

A token is renewed before its life ends. A refresh token that came with it is on the disk before the
access token is handed out, so that no crash loses the consent.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import structlog

from mailgate import consent
from mailgate.config import ImapSettings
from mailgate.consent import Consent, ConsentNeeded, command
from mailgate.errors import Permanent, Temporary
from mailgate.intake.token_endpoint import Granted, TokenEndpoint, shown_error

_log = structlog.get_logger()

_SECONDS = 20.0
_SHARE = 10  # renewed when a tenth of its life is left,
_AHEAD = timedelta(minutes=5)  # or five minutes of a long one
_VERIFIER_BYTES = 48  # RFC 7636, 4.1: 43 to 128 characters; this gives 64


class BadRedirect(Permanent):
    """An address that is not the answer to the consent asked for, or that says no."""


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A consent asked for: the `url` where it is given, and what proves that an answer belongs to it."""

    url: str = field(repr=False)
    redirect_url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def is_answered_by(self, redirected: str) -> bool:
        """Does this address carry our state (RFC 6749, section 10.12)?"""
        return secrets.compare_digest(_parameter(redirected, "state").encode(), self.state.encode())

    def code(self, redirected: str) -> str:
        """The code in an address that the browser was sent to. Raises BadRedirect."""
        if not self.is_answered_by(redirected):
            raise BadRedirect("this address is not the answer to the one above: its state differs")
        error = _parameter(redirected, "error")
        if error:
            raise BadRedirect(f"no consent was given ({shown_error(error) or 'for a reason not named'})")
        code = _parameter(redirected, "code")
        if not code:
            raise BadRedirect("there is no code in this address: take it whole, from http on")
        return code


def _parameter(url: str, name: str) -> str:
    """A parameter of an address; "" when it is not there just once (RFC 6749, section 3.1)."""
    try:
        found = parse_qs(urlsplit(url.strip()).query).get(name, [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Held:
    """An access token, when a new one is due, and when it ends."""

    text: str = field(repr=False)
    due: datetime
    ends: datetime


class TokenSource:
    """The access tokens of one mailbox, for any thread.

    `mailbox` has its `oauth`, refresh tokens are kept in `state_dir`, `now` gives aware times, `seconds`
    bound each wait for the token server.
    """

    def __init__(
        self, mailbox: ImapSettings, state_dir: Path, now: Callable[[], datetime], seconds: float = _SECONDS
    ) -> None:
        if mailbox.oauth is None:
            raise ValueError(f"mailbox {mailbox.name} has no [imap.oauth]")
        self._mailbox = mailbox
        self._oauth = mailbox.oauth
        self._state_dir = state_dir
        self._now = now
        # Whoever holds the lock waits for the token server: to connect, to be read, and to be answered.
        self._patience = 4 * seconds
        self._endpoint = TokenEndpoint(mailbox.name, mailbox.oauth, seconds)
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._unwritten: Consent | None = None

    def access_token(self) -> str:
        """A valid access token: the one we hold, or a new one when the end of its life is near.

        Raises Temporary when the token server gives none now and the one we hold has ended; ConsentNeeded
        when an operator has to do something first.
        """
        with self._lock:
            now, held = self._now(), self._held
            if held is not None and now < held.due:
                return held.text
            try:
                self._held = held = self._renew(now)
            except Temporary as why:
                if held is None or now >= held.ends:
                    raise
                _log.warning("token.not_renewed", mailbox=self._mailbox.name, why=str(why))
            return held.text

    def forget(self) -> None:
        """The mail server refused the token: the next one will be a new one."""
        with self._lock:
            self._held = None

    def days_left(self) -> int | None:
        """Whole days until the consent ends if it is not used; 0: there is none; None: none is needed.

        Raises ConsentNeeded when what is kept of it cannot be used, OSError.
        """
        if self._oauth.grant == "client_credentials":
            return None
        held = consent.read(self._state_dir, self._mailbox.name)
        return 0 if held is None else held.days_left(self._now())

    def ask_consent(self, redirect_url: str) -> ConsentRequest:
        """A fresh request for consent, to be answered at `redirect_url`."""
        state, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(_VERIFIER_BYTES)
        url = self._endpoint.consent_url(self._mailbox.user, state, verifier, redirect_url)
        return ConsentRequest(url, redirect_url, state, verifier)

    def take_consent(self, request: ConsentRequest, redirected: str) -> Consent:
        """Turn the address that answers `request` into a consent, and keep it.

        Raises BadRedirect, Temporary, ConsentNeeded, OSError.
        """
        code = request.code(redirected)
        granted = self._endpoint.by_code(code, request.verifier, request.redirect_url)
        if not granted.refresh_token:
            raise ConsentNeeded(
                "the token server gave no refresh token: ask for one by scope (offline_access at "
                "Microsoft) or in authorize_url (?access_type=offline&prompt=consent at Google), then "
                f"run {command(self._mailbox.name)}"
            )
        now = self._now()
        fresh = self._renewed(Consent(granted.refresh_token, since=now, ends=now), granted, now)
        with consent.alone(self._state_dir, self._mailbox.name, self._patience):
            consent.write(self._state_dir, self._mailbox.name, fresh)
        return fresh

    def _renew(self, now: datetime) -> _Held:
        if self._oauth.grant == "client_credentials":
            granted = self._endpoint.by_secret()
        else:
            try:
                granted = self._use_consent(now)
            except OSError as why:
                raise Temporary(f"tokens of mailbox {self._mailbox.name} cannot be kept: {why}") from why
        _log.info("token.renewed", mailbox=self._mailbox.name, seconds=int(granted.lives.total_seconds()))
        ends = now + granted.lives
        return _Held(granted.access_token, ends - min(granted.lives / _SHARE, _AHEAD), ends)

    def _use_consent(self, now: datetime) -> Granted:
        name = self._mailbox.name
        with consent.alone(self._state_dir, name):
            held = self._newest(consent.read(self._state_dir, name))
            if held is None:
                raise ConsentNeeded(f"there is no consent for mailbox {name} yet: run {command(name)}")
            granted = self._endpoint.by_refresh_token(held.refresh_token)
            # The old one may be worth nothing from here on: a full disk must not lose the new one.
            self._unwritten = self._renewed(held, granted, now)
            consent.write(self._state_dir, name, self._unwritten)
            self._unwritten = None
        return granted

    def _newest(self, kept: Consent | None) -> Consent | None:
        """What is kept, or what could not be written; a consent given since then goes before it."""
        unwritten = self._unwritten
        if unwritten is None or (kept is not None and kept.since > unwritten.since):
            return kept
        return unwritten

    def _renewed(self, held: Consent, granted: Granted, now: datetime) -> Consent:
        token = granted.refresh_token or held.refresh_token
        lifetime = timedelta(days=self._oauth.lifetime_days)
        return held.renewed(token, now, lifetime, granted.consent_lives)
