"""imapclient, bounded: the one file that knows the library, and makes its troubles three kinds of ours.

Times, the length of a literal whatever the server claims of it, and the lines of a response are bounded.
A line that would be two is not sent, so nothing that is data ever becomes a command. `Lost` ends the
connection, `Declined` is the answer to one command, `Refused` is about our credentials.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from mailgate.config import ImapSettings
from mailgate.errors import Temporary

READ_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_SLACK = 1024 * 1024  # octets of literals beside those asked for
_LINES = 100_000  # of one response
# RFC 5530, section 3: the server cannot judge now; BAD and BYE judge the command and the connection.
_NO_REFUSAL = re.compile(r"\[UNAVAILABLE\]|\[INUSE\]|\[SERVERBUG\]|\[LIMIT\]|command error: BAD|BYE")
_TOO_LONG = "got more than"  # imaplib's words for a line beyond its bound, of which the rest still comes
_QUOTED = re.compile(r"^b'(.*)'$")  # octets that the library made text of


class Lost(Temporary):
    """The connection could not be had, or has ended."""


class Declined(Temporary):
    """The server said NO or BAD to one command; the connection goes on."""


class Refused(Temporary):
    """The server does not take our user name and secret."""


class _Bounded(imaplib.IMAP4):
    """Reads no more than was asked for, and sends single lines only."""

    allowance = _SLACK
    lines = _LINES

    def expect(self, octets: int) -> None:
        """The next response may hold literals of so many octets in all."""
        self.allowance = octets + _SLACK
        self.lines = _LINES

    def read(self, size: int) -> bytes:
        """A literal, if it is within what may come."""
        if size > self.allowance:
            # Not to be read means not to be skipped either: what follows it cannot be found.
            raise self.abort(f"a literal of {size} octets was announced, {self.allowance} may come")
        self.allowance -= size
        return super().read(size)

    def readline(self) -> bytes:
        """A line, which imaplib bounds."""
        self.lines -= 1
        if self.lines < 0:
            raise self.abort(f"a response of more than {_LINES} lines")
        return super().readline()

    def send(self, data: bytes) -> None:  # type: ignore[override] # the stubs allow every buffer
        """Send one line, or a literal, which has no line ends either."""
        line = bytes(data).removesuffix(b"\r\n")
        if any(octet in line for octet in (b"\r", b"\n", b"\0")):
            raise ValueError("a command of more than one line was not sent")
        super().send(data)


class _Plain(_Bounded, IMAP4WithTimeout):  # type: ignore[misc] # the library carries no types
    """Over plain TCP."""


class _Tls(_Bounded, IMAP4_TLS):  # type: ignore[misc] # as above
    """Over TLS from the first octet."""


class Client(IMAPClient):  # type: ignore[misc] # as above
    """imapclient over our bounded reader."""

    def _create_IMAP4(self) -> _Bounded:  # noqa: N802 - the library's name
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)  # type: ignore[call-arg] # as above
        return _Plain(self.host, self.port, self._timeout.connect)

    def expect(self, octets: int) -> None:
        """The next response may hold literals of so many octets."""
        self._imap.expect(octets)

    def has_read_ahead(self) -> bool:
        """Has something arrived of which no poll tells, because it was read along with what came before?"""
        sock = self.socket()
        sock.setblocking(False)
        try:
            return bool(self._imap.file.peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            sock.settimeout(READ_SECONDS)

    def make_folder(self, name: str) -> None:
        """Make a folder that mail programs show."""
        self.create_folder(name)
        with suppress(IMAPClientError):
            self.subscribe_folder(name)

    @property
    def is_let_in(self) -> bool:
        """Are we logged in?"""
        return bool(self._imap.state != "NONAUTH")


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Every trouble of the library, the socket or TLS as one of the three kinds."""
    try:
        yield
    except LoginError as why:
        # The library makes one error of all that ends a login: few of them are about our secret.
        if isinstance(why.__context__, IMAPClientAbortError) or _NO_REFUSAL.search(str(why)):
            raise Lost(f"{what}: {_words(why)}") from why
        raise Refused(f"the server does not let us in: {_words(why)}") from why
    except (IMAPClientAbortError, OSError, EOFError) as why:
        raise Lost(f"{what}: {_words(why)}") from why
    except IMAPClientError as why:
        if _TOO_LONG in str(why):
            raise Lost(f"{what}: {_words(why)}") from why
        raise Declined(f"{what}: {_words(why)}") from why
    # What a server says may be anything, and the library reads it with trust.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as why:
        raise Lost(f"{what}: the answer cannot be read: {_words(why)}") from why


def _words(why: BaseException) -> str:
    text = why.args[0] if len(why.args) == 1 else why
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = _QUOTED.sub(r"\1", str(text))
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return (words or type(why).__name__)[:300]


def connect(mailbox: ImapSettings) -> Client:
    """A connection to the mailbox's server, not yet logged in. Raises what `saying` translates."""
    implicit = mailbox.tls == "implicit"
    client = Client(
        mailbox.host,
        mailbox.server_port,
        ssl=implicit,
        ssl_context=context(mailbox) if implicit else None,
        timeout=SocketTimeout(_CONNECT_SECONDS, READ_SECONDS),
    )
    client.normalise_times = False  # aware times, as the server wrote them
    client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if client.is_let_in:
        # RFC 9051, 7.1.4: PREAUTH would skip STARTTLS and the login alike (a man in the middle's way in).
        client.shutdown()
        raise ConnectionError("the server says that we are logged in already; that is not believed")
    return client


def context(mailbox: ImapSettings) -> ssl.SSLContext:
    """What certificates are judged by (RFC 7817)."""
    return ssl.create_default_context(cafile=str(mailbox.ca_file) if mailbox.ca_file else None)
