"""The token endpoint of an authorization server (RFC 6749): what we ask there, and what it may answer.

The only place that knows Authlib. Authlib's own client over httpx2 is left aside: it loads a
cryptographic library that nothing here needs, and reads an answer of any size. No text of an exception
is made of what was sent or received, so that no secret gets into a log; hence no exception has a cause.
"""

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.oauth2.client import OAuth2Client

from mailgate.config import OAuthSettings
from mailgate.consent import ConsentNeeded, command
from mailgate.errors import Temporary

_ANSWER_BYTES = 256 * 1024
_UNTOLD = timedelta(minutes=10)  # RFC 6749, 5.1: expires_in is only recommended
_LONGEST = timedelta(days=3650)
_TOKEN = re.compile(r"[\x20-\x7e]+")  # RFC 6749, A.12 and A.17: VSCHAR
_CODE = re.compile(r"[a-z_]{1,40}")
_MICROSOFT = re.compile(r"AADSTS\d{4,8}\b")  # tells an operator more than the standard's few codes

# RFC 6749, 5.2, and OpenID Connect Core, 3.1.2.6: what no waiting mends, and what an operator can do.
_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
_REQUEST = frozenset({"invalid_request", "invalid_scope", "unsupported_grant_type"})
_CONSENT = frozenset(
    {"invalid_grant", "access_denied", "interaction_required", "consent_required", "login_required"}
)


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token and how long it lives; "" where no refresh token came, and its life if it was told."""

    access_token: str = field(repr=False)
    lives: timedelta
    refresh_token: str = field(repr=False)
    consent_lives: timedelta | None


class _Refused(Exception):
    """The authorization server said no, in the words of RFC 6749, section 5.2."""

    # Authlib's own class takes ASCII only and raises over the line ends in Microsoft's descriptions.
    def __init__(self, error: object = None, description: object = None) -> None:
        super().__init__()
        self.error = error if isinstance(error, str) and _CODE.fullmatch(error) else ""
        number = _MICROSOFT.search(description) if isinstance(description, str) else None
        self.shown = ", ".join(filter(None, (self.error, number and number[0])))


class _Wire:
    """What Authlib sends through: httpx2, with a bound on the size of an answer and on the time it takes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def post(self, url: str, data: dict[str, str], headers: dict[str, str], auth: Any) -> httpx2.Response:
        """Send a form and read the answer whole."""
        url, headers, form = auth.prepare("POST", url, dict(headers), urlencode(data))
        headers["Accept-Encoding"] = "identity"
        # Made here and not kept: Authlib's objects hold each other, and would hold all certificates as well.
        with self._client(url) as http, http.stream("POST", url, content=form, headers=headers) as answer:
            read = self._read(answer)
        return httpx2.Response(answer.status_code, content=read, request=answer.request)

    def _client(self, url: str) -> httpx2.Client:
        return httpx2.Client(
            verify=ssl.create_default_context(),  # as for the smarthost: the machine's, or SSL_CERT_FILE
            timeout=self._seconds,
            trust_env=url.startswith("https:"),  # a proxy never sees what is meant for this machine
        )

    def _read(self, answer: httpx2.Response) -> bytes:
        deadline = time.monotonic() + self._seconds
        read = bytearray()
        for part in answer.iter_raw():
            read += part
            if len(read) > _ANSWER_BYTES:
                raise ValueError("the answer is too large")
            if time.monotonic() > deadline:
                raise httpx2.ReadTimeout("the answer takes too long")
        return bytes(read)


class TokenEndpoint:
    """Asks for the tokens of `mailbox`. `seconds` bound each wait, and the reading of an answer.

    Everything that asks raises Temporary when it may be answered later, ConsentNeeded when an operator
    has to do something first.
    """

    def __init__(self, mailbox: str, oauth: OAuthSettings, seconds: float) -> None:
        self._mailbox = mailbox
        self._oauth = oauth
        self._seconds = seconds
        self._name = f"the token server {urlsplit(oauth.token_url).hostname}"

    def by_secret(self) -> Granted:
        """An access token for our own client (RFC 6749, section 4.4)."""
        return self._ask(
            lambda client: client.fetch_token(self._oauth.token_url, grant_type="client_credentials")
        )

    def by_refresh_token(self, refresh_token: str) -> Granted:
        """An access token for a consent given before (RFC 6749, section 6)."""
        return self._ask(lambda client: client.refresh_token(self._oauth.token_url, refresh_token))

    def by_code(self, code: str, verifier: str, redirect_url: str) -> Granted:
        """The tokens for a consent given just now (RFC 6749, section 4.1.3; RFC 7636, section 4.5)."""
        return self._ask(
            lambda client: client.fetch_token(
                self._oauth.token_url,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=redirect_url,
            )
        )

    def consent_url(self, user: str, state: str, verifier: str, redirect_url: str) -> str:
        """Where `user` gives consent (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""
        oauth = self._oauth
        client = OAuth2Client(None, oauth.client_id, scope=oauth.scope or None, code_challenge_method="S256")
        url, _ = client.create_authorization_url(
            oauth.authorize_url,
            state=state,
            code_verifier=verifier,
            redirect_uri=redirect_url,
            login_hint=user,
        )
        return str(url)

    def _ask(self, question: Callable[[Any], Any]) -> Granted:
        client = self._client()
        try:
            return _granted(question(client))
        except _Refused as why:
            raise self._refusal(why) from None
        except httpx2.HTTPStatusError as why:
            text = f"answered with HTTP status {why.response.status_code}"
        except httpx2.TimeoutException:
            text = f"did not answer within {self._seconds:g} s"
        except httpx2.ConnectError as why:  # before anything was sent
            text = f"cannot be reached: {why}"
        except (httpx2.HTTPError, httpx2.InvalidURL):
            text = "broke the connection"
        except (ValueError, TypeError, OverflowError, RecursionError):
            text = "gave an answer that cannot be read; is token_url right?"
        raise Temporary(f"{self._name} {text}")

    def _client(self) -> Any:
        secret = self._secret()
        client = OAuth2Client(
            _Wire(self._seconds),
            self._oauth.client_id,
            secret,
            # Of the two ways to show a secret, the one every large provider documents.
            token_endpoint_auth_method="client_secret_post" if secret else "none",
            scope=self._oauth.scope or None,
        )
        client.oauth_error_class = _Refused
        return client

    def _secret(self) -> str:
        """Our client's secret, "" for a public client. Read anew each time: a new one counts at once."""
        file = self._oauth.client_secret_file
        if file is None:
            return ""
        try:
            secret = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as why:
            text = why.strerror if isinstance(why, OSError) else "it is not text"
            raise Temporary(f"client_secret_file {file} cannot be read: {text}") from None
        if not secret:
            raise Temporary(f"client_secret_file {file} is empty")
        return secret

    def _refusal(self, why: _Refused) -> Temporary | ConsentNeeded:
        then = f"then run {command(self._mailbox)}"
        if why.error in _CLIENT:
            todo = f"put client_id and client_secret_file of [imap.oauth] right, {then}"
            return ConsentNeeded(f"{self._name} does not accept our client ({why.shown}): {todo}")
        if why.error in _REQUEST:
            todo = f"put scope and grant of [imap.oauth] right, {then}"
            return ConsentNeeded(f"{self._name} refuses what we ask for ({why.shown}): {todo}")
        if why.error not in _CONSENT:
            return Temporary(
                f"{self._name} gives no token now ({why.shown or 'for a reason it does not name'})"
            )
        if self._oauth.grant == "client_credentials":
            todo = f"allow our client to read the mailbox there, {then}"
            return ConsentNeeded(f"{self._name} refuses our client the mailbox ({why.shown}): {todo}")
        todo = f"run {command(self._mailbox)}"
        return ConsentNeeded(f"{self._name} wants a new consent ({why.shown}): {todo}")


def shown_error(error: str) -> str:
    """The code of an error as it may be shown; "" when it is not one."""
    return error if _CODE.fullmatch(error) else ""


def _granted(said: Any) -> Granted:
    access, refresh = said.get("access_token"), said.get("refresh_token") or ""
    # Control characters would write further fields of the IMAP login (RFC 7628, section 3.1).
    if not (isinstance(access, str) and _TOKEN.fullmatch(access)):
        raise ValueError("no access token")
    if not (isinstance(refresh, str) and (not refresh or _TOKEN.fullmatch(refresh))):
        raise ValueError("no refresh token")
    # Google, and Keycloak; the standard has no word for it.
    consent = said.get("refresh_token_expires_in") or said.get("refresh_expires_in")
    return Granted(access, _life(said.get("expires_in")) or _UNTOLD, refresh, _life(consent))


def _life(seconds: Any) -> timedelta | None:
    """How long something lives, if that was told: a number, or as some servers say it a text."""
    if not isinstance(seconds, int | float | str) or isinstance(seconds, bool) or seconds == "":
        return None
    told = float(seconds)
    return timedelta(seconds=min(told, _LONGEST.total_seconds())) if told > 0 else None
