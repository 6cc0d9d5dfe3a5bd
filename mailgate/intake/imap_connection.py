"""One connection to a mailbox's server, in the few words the poller needs.

Mails are named by UID in every command, and by nothing that they say of themselves.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailgate.config import ImapSettings
from mailgate.core.mailbox import Listed
from mailgate.intake.imap_client import READ_SECONDS, Declined, Unreadable, connect, context, saying

_DONE_SECONDS = 10.0  # with the 45 s an IDLE lasts, a dead connection is found within a minute
_BYE_SECONDS = 1.0
_WINDOW = 20_000  # UIDs asked for at a time where there are more mails
_PORTION = 500  # UIDs named in a command, which makes a line of at most 6 KB
_WHOLE = b"BODY[]"
_UID_MOST = 2**32 - 1  # RFC 9051, section 9: nz-number
_SIZE_MOST = 2**63 - 1  # RFC 9051, section 9: number64


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder as it was opened."""

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
        self._is_watching = False
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
            self._client.expect(0)
            found = self._client.select_folder(self._named(folder), readonly=readonly)
            return Selected(
                _number(found[b"UIDVALIDITY"]),
                _number(found.get(b"UIDNEXT", 0)) or self._last_uid() + 1,
                b"\\*" in found.get(b"PERMANENTFLAGS", ()),
            )

    def _last_uid(self) -> int:
        """For servers that do not tell UIDNEXT (RFC 3501, 6.3.1, lets them)."""
        return max(self._client.search(["UID", "*"]), default=0)

    def uids(self, first: int, beyond: int) -> list[int]:
        """The UIDs there are from `first` on; `beyond` is the folder's next one, 0 when it is not known."""
        found: list[int] = []
        self._client.begin_look()
        last = beyond - 1 if beyond else _UID_MOST
        # The answer is one line, which must not be endless; but UIDs may have wide gaps.
        window = _WINDOW if beyond and self._client.held > _WINDOW else _UID_MOST
        with saying("UID SEARCH"):
            while first <= last:
                end = min(first + window - 1, last)
                self._client.expect(0)
                # "n:*" names the last mail even if its UID is less than n (RFC 9051, 6.4.4).
                found += [
                    uid for uid in self._client.search(["UID", f"{first}:{end}"]) if first <= uid <= end
                ]
                first = end + 1
        return sorted(set(found))

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Size and arrival of those of the mails that are still there."""
        return [one for some in _portions(uids) for one in self._listed(some)]

    def _listed(self, uids: Sequence[int]) -> list[Listed]:
        try:
            found = self._fetch(uids, ("RFC822.SIZE", "INTERNALDATE"), 0)
        except (Declined, Unreadable):
            if len(uids) == 1:
                return []
            half = len(uids) // 2
            return [*self._listed(uids[:half]), *self._listed(uids[half:])]
        return [one for uid, items in found.items() if (one := _listed(uid, items))]

    def fetch(self, mails: Sequence[Listed]) -> dict[int, bytes]:
        """The mails, whole and unread as before; those that have gone meanwhile are missing."""
        octets = sum(mail.size for mail in mails)
        found = self._fetch([mail.uid for mail in mails], ("BODY.PEEK[]",), 2 * octets)
        texts = {uid: items.get(_WHOLE) for uid, items in found.items()}
        return {uid: text for uid, text in texts.items() if isinstance(text, bytes)}

    def items(self, uid: int, items: tuple[str, ...], octets: int) -> dict[bytes, Any]:
        """Data items of one mail, at most about so many octets; nothing when the mail has gone."""
        return self._fetch([uid], items, octets).get(uid, {})

    def _fetch(self, uids: Sequence[int], items: tuple[str, ...], octets: int) -> dict[int, dict[bytes, Any]]:
        with saying("UID FETCH"):
            self._client.expect(octets)
            return dict(self._client.fetch(uids, items))

    def move(self, uids: Sequence[int], folder: str) -> bool:
        """Move mails into `folder`, which is made when missing; False where the server cannot.

        RFC 6851; without it copied, then expunged by UID (RFC 4315), so that nobody else's mails go.
        """
        if not (self.has("MOVE") or self.has("UIDPLUS")):
            return False
        try:
            with saying(f"mails cannot be moved to {folder}"):
                place = self._place(folder)
                for some in _portions(uids):
                    self._client.expect(0)
                    self._move(some, place)
        except Declined:
            self._made.clear()  # it may have gone meanwhile
            raise
        return True

    def _move(self, uids: Sequence[int], place: str) -> None:
        if self.has("MOVE"):
            self._client.move(uids, place)
        else:
            self._client.copy(uids, place)
            self._expunge(uids)

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

    @property
    def has_news(self) -> bool:
        """Was a mail told of since `uids` was last asked, in whatever the server said?"""
        return self._client.has_grown

    def watch(self) -> bool:
        """Begin to be told of new mails (RFC 2177); False where the server does not do it."""
        if not self.has("IDLE"):
            return False
        try:
            with saying("IDLE"):
                self._client.expect(0)
                self._client.idle()
        except Declined:
            self._capabilities -= {b"IDLE"}  # offered, and not meant
            return False
        self._is_watching = True
        return True

    def is_told(self, seconds: float) -> bool:
        """While watching: is there news, or does the server say something within `seconds`?"""
        with saying("IDLE"):
            return self.has_news or self._client.is_spoken_to(seconds)

    def unwatch(self) -> None:
        """End the watching."""
        with saying("the end of IDLE"):
            self._say_done(_DONE_SECONDS)
            self._client.socket().settimeout(READ_SECONDS)

    def _say_done(self, seconds: float) -> None:
        self._is_watching = False
        self._client.socket().settimeout(seconds)
        self._client.idle_done()

    def ask(self) -> None:
        """Let the server tell its news, where it is not watched."""
        with saying("NOOP"):
            self._client.expect(0)
            self._client.noop()

    def close(self) -> None:
        """Say goodbye; a server slow to answer is not waited for."""
        with suppress(Exception):
            if self._is_watching:
                self._say_done(_BYE_SECONDS)
            self._client.socket().settimeout(_BYE_SECONDS)
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
                self._client.create_folder(named)
                with suppress(Declined), saying("SUBSCRIBE"):
                    self._client.subscribe_folder(named)
            self._made.add(named)
        return named


def _portions(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[at : at + _PORTION] for at in range(0, len(uids), _PORTION))


def _number(told: Any) -> int:
    """A number of at most 32 bits, as all of a folder are (RFC 9051, section 9). Raises ValueError."""
    if not 0 <= int(told) <= _UID_MOST:
        raise ValueError(f"{told} is no number of a folder")
    return int(told)


def _listed(uid: int, items: dict[bytes, Any]) -> Listed | None:
    size, arrived = items.get(b"RFC822.SIZE"), items.get(b"INTERNALDATE")
    if not (isinstance(size, int) and 0 <= size <= _SIZE_MOST and isinstance(arrived, datetime)):
        return None
    try:
        return Listed(uid, size, arrived.astimezone(UTC))
    except OverflowError:  # a year that there is not in UTC
        return None
