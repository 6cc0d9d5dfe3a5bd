"""The token server of the tests keeps to RFC 6749, 7636 and 7662, and fails as it is told."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.token_server import OAuthClient, Reply, TokenServer, error

BASIC = "Basic " + base64.b64encode(b"mailgate:s3cret").decode()
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-43"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
HOME = "http://127.0.0.1:9/done"


class Clock:
    """Stands until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Iterator[TokenServer]:
    with TokenServer(lifetime=600, clock=clock) as server:
        yield server


def ask(
    server: TokenServer, path: str, fields: dict[str, str] | None = None, authorization: str = ""
) -> Reply:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Authorization": authorization} if authorization else {}
    body = None if fields is None else urlencode(fields)
    with closing(connection):
        connection.request("GET" if fields is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), answer.headers.get("Location", ""))


def token(server: TokenServer, authorization: str = BASIC, **fields: str) -> dict[str, object]:
    reply = ask(server, "/token", fields, authorization)
    found: dict[str, object] = json.loads(reply.body)
    assert (reply.status == 200) == ("access_token" in found)
    return found


def owner(server: TokenServer, access: object) -> object:
    found = json.loads(ask(server, "/introspect", {"token": str(access)}).body)
    assert found["active"] == ("username" in found)
    return found.get("username")


def consented(server: TokenServer, **changes: str) -> dict[str, list[str]]:
    fields = {
        "response_type": "code",
        "client_id": "mailgate",
        "redirect_uri": HOME,
        "state": "x y&z",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    reply = ask(server, f"/authorize?{urlencode(fields | changes)}")
    assert reply.status == 302
    assert reply.location.startswith(HOME)
    return parse_qs(urlsplit(reply.location).query)


def test_a_client_gets_tokens_for_its_own_mailbox_until_they_expire(
    tokens: TokenServer, clock: Clock
) -> None:
    given = token(tokens, grant_type="client_credentials", scope="imap")
    assert given["expires_in"] == 600
    assert "refresh_token" not in given
    assert owner(tokens, given["access_token"]) == "support"

    clock.now += 599
    assert owner(tokens, given["access_token"]) == "support"
    clock.now += 1
    assert owner(tokens, given["access_token"]) is None


def test_credentials_may_stand_in_the_body_and_must_be_right(tokens: TokenServer) -> None:
    right = {"grant_type": "client_credentials", "client_id": "mailgate", "client_secret": "s3cret"}
    assert "access_token" in token(tokens, "", **right)
    assert token(tokens, "", **right | {"client_secret": "wrong"})["error"] == "invalid_client"
    assert token(tokens, "", grant_type="client_credentials")["error"] == "invalid_client"


def test_each_client_has_a_mailbox() -> None:
    clients = (OAuthClient("a", "b", "ivan"), OAuthClient("c", "d", "olga"))
    with TokenServer(*clients) as tokens:
        given = token(tokens, "", grant_type="client_credentials", client_id="c", client_secret="d")
        assert owner(tokens, given["access_token"]) == "olga"
        refresh = tokens.consent("ivan")
        stolen = {"grant_type": "refresh_token", "refresh_token": refresh}
        assert token(tokens, "", **stolen, client_id="c", client_secret="d")["error"] == "invalid_grant"


def test_a_refresh_token_serves_for_ever_without_rotation(tokens: TokenServer) -> None:
    refresh = tokens.consent("ivan")
    for _ in range(3):
        given = token(tokens, grant_type="refresh_token", refresh_token=refresh)
        assert "refresh_token" not in given
        assert owner(tokens, given["access_token"]) == "ivan"


def test_a_rotated_refresh_token_serves_once() -> None:
    with TokenServer(rotate=True) as tokens:
        first = tokens.consent("ivan")
        second = str(token(tokens, grant_type="refresh_token", refresh_token=first)["refresh_token"])
        assert token(tokens, grant_type="refresh_token", refresh_token=first)["error"] == "invalid_grant"
        third = token(tokens, grant_type="refresh_token", refresh_token=second)
        assert owner(tokens, third["access_token"]) == "ivan"
        assert third["refresh_token"] not in {first, second}


def test_what_is_revoked_opens_nothing(tokens: TokenServer) -> None:
    refresh, access, other = tokens.consent("ivan"), tokens.access("ivan"), tokens.access("olga")
    tokens.revoke("ivan")
    assert token(tokens, grant_type="refresh_token", refresh_token=refresh)["error"] == "invalid_grant"
    assert owner(tokens, access) is None
    assert owner(tokens, other) == "olga"


def test_consent_gives_a_code_once_for_the_verifier_and_the_address(tokens: TokenServer) -> None:
    def redeem(**changes: str) -> dict[str, object]:
        (code,) = consented(tokens, login_hint="ivan")["code"]
        fields = {"code": code, "code_verifier": VERIFIER, "redirect_uri": HOME, **changes}
        return token(tokens, grant_type="authorization_code", **fields)

    assert consented(tokens)["state"] == ["x y&z"]
    given = redeem()
    assert owner(tokens, given["access_token"]) == "ivan"
    renewed = token(tokens, grant_type="refresh_token", refresh_token=str(given["refresh_token"]))
    assert owner(tokens, renewed["access_token"]) == "ivan"

    assert redeem(code_verifier="x" * 43)["error"] == "invalid_grant"
    assert redeem(redirect_uri=HOME + "x")["error"] == "invalid_grant"
    (code,) = consented(tokens)["code"]
    assert "error" not in redeem(code=code)
    assert redeem(code=code)["error"] == "invalid_grant"


def test_consent_can_be_refused_and_needs_a_challenge(tokens: TokenServer) -> None:
    assert consented(tokens, code_challenge_method="plain")["error"] == ["invalid_request"]
    assert ask(tokens, "/authorize?client_id=mailgate").status == 400
    tokens.denies = True
    assert consented(tokens) == {"error": ["access_denied"], "state": ["x y&z"]}


@pytest.mark.parametrize("trouble", [Reply(503, b"down"), error("invalid_grant"), Reply(200, b"<html>")])
def test_trouble_is_what_every_request_for_a_token_gets(tokens: TokenServer, trouble: Reply) -> None:
    access = tokens.access("ivan")
    tokens.trouble = trouble
    reply = ask(tokens, "/token", {"grant_type": "client_credentials"}, BASIC)
    assert (reply.status, reply.body) == (trouble.status, trouble.body)
    assert owner(tokens, access) == "ivan"
    tokens.trouble = None
    assert "access_token" in token(tokens, grant_type="client_credentials")


def test_stopped_it_refuses_connections_and_keeps_tokens(tokens: TokenServer) -> None:
    access = tokens.access("ivan")
    tokens.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(tokens, "/token", {})
    tokens.start()
    assert owner(tokens, access) == "ivan"


def test_slow_it_answers_when_it_is_allowed_to(tokens: TokenServer) -> None:
    given: list[dict[str, object]] = []
    asker = threading.Thread(target=lambda: given.append(token(tokens, grant_type="client_credentials")))
    with tokens.slow():
        asker.start()
        tokens.wait_for("/token")
        assert given == []
    asker.join(10)
    assert len(given) == 1


def test_it_remembers_what_it_was_asked(tokens: TokenServer) -> None:
    token(tokens, grant_type="client_credentials", scope="a b")
    (request,) = tokens.asked()
    assert request.field("scope") == "a b"
    assert request.field("nothing") == ""
    assert request.credentials() == ("mailgate", "s3cret")
    assert token(tokens, grant_type="password")["error"] == "unsupported_grant_type"
    assert ask(tokens, "/other").status == 404
