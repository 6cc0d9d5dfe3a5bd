"""The wire to a directory service: one question over HTTP, in requests bounded in size, all in one time.

The only place here that knows httpx2. Keys come from hostile mails: they travel inside JSON alone, never in
an address or a header. No text of an exception is made of what was sent or received.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog

from mailgate.config import DirectorySettings
from mailgate.core.account import Account, Key
from mailgate.directory.record import Record, record_of
from mailgate.errors import Temporary

_log = structlog.get_logger()

_REPLY_BYTES = 4 * 1024 * 1024  # a reseller's accounts have thousands of domains
_GRACE = 0.5
_MOST_SAID = 1000
_REFUSED = frozenset({401, 403})
_NOT_THE_QUESTIONS = frozenset({*_REFUSED, 404, 429})  # wrong for every question alike

MOST_KEYS = 100
"""Keys in one request; a question of more is asked in several."""

_AT_ONCE = 4  # requests of one question


class Unanswered(Temporary):
    """The service answers, but not this question: another one may fare better."""


class _Unreadable(Exception):
    """The reply is not what was agreed."""


class Endpoint:
    """A directory service as the settings name it. `now` tells the time, aware."""

    def __init__(self, settings: DirectorySettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._name = f"the directory service {urlsplit(settings.url).hostname}"
        self._said: set[str] = set()

    def fetch(self, keys: Iterable[Key]) -> tuple[Account, ...]:
        """The accounts that the service names for `keys`, whole.

        Asked in requests of at most `MOST_KEYS`; the timeout bounds them all together. Raises Unanswered when
        it is the question that the service cannot bear, and another Temporary for all else.
        """
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **self._authorization()}
        trouble = Temporary
        try:
            return tuple(one for raw in self._replies(headers, _bodies(keys)) for one in self._accounts(raw))
        except TimeoutError:  # asyncio's own, and that of waiting for the thread
            text = f"did not answer within {self._settings.timeout:g} s"
        except httpx2.HTTPStatusError as why:
            status = why.response.status_code
            hint = "; is token_file right?" if status in _REFUSED else ""
            text = f"answered with HTTP status {status}{hint}"
            if httpx2.codes.is_client_error(status) and status not in _NOT_THE_QUESTIONS:
                trouble = Unanswered
        except httpx2.ConnectError as why:  # before anything was sent
            text = f"cannot be reached: {why}"
        except (httpx2.HTTPError, httpx2.InvalidURL):
            text = "broke the connection"
        except _Unreadable as why:
            text = f"gave a reply that cannot be read: {why}"
            trouble = Unanswered
        except Exception as why:  # noqa: BLE001 - whatever a library raises: a directory stops no mail
            text = f"could not be asked: {type(why).__name__}"
        raise trouble(f"{self._name} {text}")

    def _authorization(self) -> dict[str, str]:
        """The token, read anew each time: a new one counts at once."""
        file = self._settings.token_file
        if file is None:
            return {}
        try:
            token = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as why:
            text = why.strerror if isinstance(why, OSError) else "it is not plain text"
            raise Temporary(f"token_file {file} cannot be read: {text}") from None
        if not (token and token.isprintable()):
            raise Temporary(f"token_file {file} holds no token")
        return {"Authorization": f"Bearer {token}"}  # RFC 6750, section 2.1

    def _replies(self, headers: dict[str, str], bodies: Sequence[bytes]) -> Sequence[bytes]:
        """The replies' bodies. Asked for in a thread of its own: no timeout ends a look-up of a name."""
        replies: Future[Sequence[bytes]] = Future()

        def run() -> None:
            try:
                replies.set_result(asyncio.run(self._post_all(headers, bodies)))
            except BaseException as why:  # noqa: BLE001 - raised where it is waited for
                replies.set_exception(why)

        threading.Thread(target=run, name="directory", daemon=True).start()
        return replies.result(self._settings.timeout + _GRACE)

    async def _post_all(self, headers: dict[str, str], bodies: Sequence[bytes]) -> Sequence[bytes]:
        url = self._settings.url
        # A bound on the whole: httpx2's own are on each wait, and a server that drips outlives them.
        async with (
            asyncio.timeout(self._settings.timeout),
            httpx2.AsyncClient(
                verify=self._tls,
                headers=headers,
                timeout=httpx2.Timeout(self._settings.timeout, pool=None),
                limits=httpx2.Limits(max_connections=_AT_ONCE),
                trust_env=url.startswith("https:"),  # a proxy never sees what is meant for this machine
            ) as http,
        ):
            return await asyncio.gather(*(self._post(http, body) for body in bodies))

    async def _post(self, http: httpx2.AsyncClient, body: bytes) -> bytes:
        async with http.stream("POST", self._settings.url, content=body) as answer:
            if answer.status_code != httpx2.codes.OK:  # a redirect as well: keys go where the settings say
                raise httpx2.HTTPStatusError("", request=answer.request, response=answer)
            read = bytearray()
            async for part in answer.aiter_raw():
                read += part
                if len(read) > _REPLY_BYTES:
                    raise _Unreadable(f"it is larger than {_REPLY_BYTES} bytes")
            return bytes(read)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # as for the smarthost: the machine's, or SSL_CERT_FILE

    def _accounts(self, raw: bytes) -> tuple[Account, ...]:
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            raise _Unreadable("it is not JSON") from None
        listed = said.get("accounts") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            raise _Unreadable('it has no list of "accounts"')
        return tuple(self._account(number, values) for number, values in enumerate(listed, 1))

    def _account(self, number: int, values: Any) -> Account:
        if not isinstance(values, dict):
            raise _Unreadable(f"account {number} is not an object")
        record = record_of(values, self._now())
        if not record.is_usable:
            columns = ", ".join(sorted({mistake.column for mistake in record.mistakes}))
            raise _Unreadable(f"account {number} is wrong in {columns}")
        self._tell(record)
        return record.account

    def _tell(self, record: Record) -> None:
        """Say once what was left out: one contact mistyped is no reason to know the customer no more."""
        for mistake in record.mistakes:
            fact = f"{record.account.id} {mistake}"
            if fact not in self._said and len(self._said) < _MOST_SAID:
                self._said.add(fact)
                _log.warning("directory.left_out", account=record.account.id, why=str(mistake))


def _bodies(keys: Iterable[Key]) -> list[bytes]:
    listed = [{"kind": key.kind, "value": key.value} for key in keys]
    parts = (listed[start : start + MOST_KEYS] for start in range(0, len(listed), MOST_KEYS))
    return [json.dumps({"keys": part}).encode() for part in parts]
