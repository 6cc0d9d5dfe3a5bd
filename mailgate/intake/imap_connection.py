"""One connection to a mailbox's server, in the few words the poller needs.

Mails are named by UID in every command, and by nothing that they say of themselves.
"""

import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailgate.config import ImapSettings
from mailgate.core.mailbox import Listed
from mailgate.intake.imap_client import READ_SECONDS, Lost, connect, context, saying

_DONE_SECONDS = 10.0  # with the 45 s an IDLE lasts, a dead connection is found within a minute
_EMPTY = 3  # a reading may find half a record of TLS, but not so often in a row
_WINDOW = 20_000  # UIDs asked for at a time, so that no response is a line without end
_LISTED_AT_ONCE = 500
_HEADER = b"BODY[HEADER]"
_WHOLE = b"BODY[]"
_UID_MOST = 2**32 - 1  # RFC 9051, section 9: nz-number


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder as it was opened. `next_uid` is 0 where the server does not tell."""

    uidvalidity: int
    next_uid: int
    keywords: bool


class ImapConnection:
    """A connection, logged in and with the folder open. Every method raises Lost or Declined."""

    def __init__(self, mailbox: ImapSettings, secret: str) -> None:
        """Connect and log in with the password or access token. Raises Lost, Refused, Declined."""
        self._mailbox = mailbox
        self._made: set[str] = set()
        self._found_separator = ""
        self._empty = 0
        with saying(f"{mailbox.host}:{mailbox.server_port} cannot be reached"):
            self._client = connect(mailbox)
        try:
            with saying("login"):
                self._login(secret)
                # Before the login a server may offer less.
                self._capabilities = frozenset(name.upper() for name in self._client.capabilities())
        except BaseException:
            self.cut()
            raise

    def _login(self, secret: str) -> None:
        client, user = self._client, self._mailbox.user
        if self._mailbox.tls == "starttls":
            client.starttls(context(self._mailbox))
        match self._mailbox.auth:
            case "password":
                client.login(user, secret)
            case "xoauth2":
                client.oauth2_login(user, secret)
            case "oauthbearer":
                client.oauthbearer_login(user, secret)

    def has(self, capability: str) -> bool:
        """Does the server offer it?"""
        return capability.encode() in self._capabilities

    def select(self, folder: str, *, readonly: bool = False) -> Selected:
        """Open a folder; "/" in its name stands for the server's separator."""
        with saying(f"folder {folder} cannot be opened"):
            found = self._client.select_folder(self._named(folder), readonly=readonly)
            return Selected(
                int(found[b"UIDVALIDITY"]),
                int(found.get(b"UIDNEXT", 0)),
                b"\\*" in found.get(b"PERMANENTFLAGS", ()),
            )

    def uids(self, first: int, beyond: int) -> list[int]:
        """The UIDs there are from `first` on; `beyond` is the folder's next one, 0 when it is not known."""
        found: list[int] = []
        last = beyond - 1 if beyond else _UID_MOST
        with saying("UID SEARCH"):
            while first <= last:
                end = min(first + _WINDOW - 1, last) if beyond else last
                self._client.expect(0)
                # "n:*" names the last mail even if its UID is less than n (RFC 9051, 6.4.4).
                found += [
                    uid for uid in self._client.search(["UID", f"{first}:{end}"]) if first <= uid <= end
                ]
                first = end + 1
        return sorted(set(found))

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Size and arrival of those of the mails that are still there."""
        found: list[Listed] = []
        for at in range(0, len(uids), _LISTED_AT_ONCE):
            some = uids[at : at + _LISTED_AT_ONCE]
            for uid, items in self._fetch(some, ("RFC822.SIZE", "INTERNALDATE"), 0).items():
                size, arrived = items.get(b"RFC822.SIZE"), items.get(b"INTERNALDATE")
                if isinstance(size, int) and isinstance(arrived, datetime):
                    found.append(Listed(uid, size, arrived.astimezone(UTC)))
        return found

    def fetch(self, mails: Sequence[Listed]) -> dict[int, bytes]:
        """The mails, whole and unread as before; those that have gone meanwhile are missing."""
        octets = sum(mail.size for mail in mails)
        found = self._fetch([mail.uid for mail in mails], ("BODY.PEEK[]",), 2 * octets)
        return {uid: bytes(items[_WHOLE]) for uid, items in found.items() if items.get(_WHOLE) is not None}

    def beginning(self, mail: Listed, octets: int) -> bytes | None:
        """The header and the first `octets` of what follows; None when the mail has gone."""
        text = f"BODY.PEEK[TEXT]<0.{octets}>"
        found = self._fetch([mail.uid], ("BODY.PEEK[HEADER]", text), 2 * octets).get(mail.uid, {})
        head = found.get(_HEADER)
        if head is None:
            return None
        body = next((value for key, value in found.items() if key.startswith(b"BODY[TEXT]")), b"")
        return bytes(head)[:octets] + bytes(body or b"")

    def _fetch(self, uids: Sequence[int], items: tuple[str, ...], octets: int) -> dict[int, dict[bytes, Any]]:
        with saying("UID FETCH"):
            self._client.expect(octets)
            return dict(self._client.fetch(uids, items))

    def move(self, uids: Sequence[int], folder: str) -> bool:
        """Move mails into `folder`, which is made when missing; False where the server cannot.

        RFC 6851; without it copied, then expunged by UID (RFC 4315), so that nobody else's mails go.
        """
        with saying(f"mails cannot be moved to {folder}"):
            if self.has("MOVE"):
                self._client.move(uids, self._place(folder))
                return True
            if self.has("UIDPLUS"):
                self._client.copy(uids, self._place(folder))
                self._expunge(uids)
                return True
        return False

    def delete(self, uids: Sequence[int]) -> bool:
        """Delete mails for good; False where the server cannot delete just these."""
        with saying("mails cannot be deleted"):
            if not self.has("UIDPLUS"):
                return False
            self._expunge(uids)
            return True

    def _expunge(self, uids: Sequence[int]) -> None:
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        self._client.uid_expunge(uids)

    def mark(self, uids: Sequence[int], keyword: str) -> None:
        """Set a keyword, for people who look into the folder."""
        with saying("UID STORE"):
            self._client.add_flags(uids, [keyword.encode()], silent=True)

    def folders(self, prefix: str) -> list[str]:
        """The folders whose names begin with `prefix`, with "/" as the separator."""
        with saying("LIST"):
            self._client.expect(0)
            found = self._client.list_folders()
            names = [(name, (separator or b"/").decode()) for _flags, separator, name in found]
            shown = [name.replace(separator, "/") for name, separator in names if isinstance(name, str)]
            return [name for name in shown if name.startswith(prefix)]

    def watch(self) -> bool:
        """Begin to be told of new mails (RFC 2177); was something told at once?"""
        with saying("IDLE"):
            self._client.expect(0)
            self._client.idle()
            # A mail that came just before is told together with the "+", and would not be heard for long.
            return self._client.has_read_ahead()

    def news(self, seconds: float) -> bool:
        """Was something said while watching, within `seconds`?"""
        began = time.monotonic()
        with saying("IDLE"):
            said = bool(self._client.idle_check(timeout=seconds))
        # The library does not tell that the server hung up: it finds nothing, again and again and at once.
        at_once = not said and time.monotonic() - began < seconds / 2
        self._empty = self._empty + 1 if at_once else 0
        if self._empty >= _EMPTY:
            raise Lost("IDLE: the server hung up")
        return said

    def unwatch(self) -> bool:
        """End the watching; was something said meanwhile?"""
        with saying("the end of IDLE"):
            self._client.socket().settimeout(_DONE_SECONDS)
            _text, said = self._client.idle_done()
            self._client.socket().settimeout(READ_SECONDS)
            return bool(said)

    def ask(self) -> bool:
        """Ask whether there is news; also, what others have deleted is gone from our view only then."""
        with saying("NOOP"):
            self._client.expect(0)
            return bool(self._client.noop()[1])

    def close(self) -> None:
        """Say goodbye; a server slow to answer is not waited for."""
        with suppress(Exception):
            self._client.socket().settimeout(1.0)
            self._client.logout()
        self.cut()

    def cut(self) -> None:
        """End the connection at once; from any thread, and whoever reads from it hears of it."""
        with suppress(Exception):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(Exception):
            self._client.shutdown()

    def _named(self, folder: str) -> str:
        """The folder's name with the server's own separator."""
        return folder if self._separator() == "/" else folder.replace("/", self._separator())

    def _separator(self) -> str:
        if not self._found_separator:
            found = self._client.list_folders("", "")
            self._found_separator = (found[0][1] or b"/").decode() if found else "/"
        return self._found_separator

    def _place(self, folder: str) -> str:
        """The folder's own name, made when it is not there."""
        named = self._named(folder)
        if named not in self._made:
            if not self._client.folder_exists(named):
                self._client.make_folder(named)
            self._made.add(named)
        return named
