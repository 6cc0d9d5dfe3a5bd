"""imapclient, bounded: the one file that knows the library, and makes its troubles three kinds of ours.

Times, the length of a literal whatever the server claims of it, and the lines of a response are bounded.
A line that would be two is not sent, so nothing that is data ever becomes a command. `Lost` ends the
connection, `Declined` is the answer to one command, `Refused` is about our credentials.
"""

import imaplib
import re
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from mailgate.config import ImapSettings
from mailgate.errors import Temporary

READ_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_SLACK = 2 * 1024 * 1024  # octets of a response beside those asked for
_LINES = 20_000  # of one response
_MAILS = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE)\r\n", re.IGNORECASE)
# RFC 5530, section 3: the server cannot judge now.
_NO_REFUSAL = re.compile(r"\[UNAVAILABLE\]|\[INUSE\]|\[SERVERBUG\]|\[LIMIT\]")
_QUOTED = re.compile(r"^b'(.*)'$")  # octets that the library made text of


class Lost(Temporary):
    """The connection could not be had, or has ended."""


class Unreadable(Lost):
    """What the server answered makes no sense, though it came whole."""


class Declined(Temporary):
    """The server said NO or BAD to one command; the connection goes on."""


class Refused(Temporary):
    """The server does not take our user name and secret."""


class _Bounded(imaplib.IMAP4):
    """Reads no more than was asked for, sends single lines only, and knows how many mails there are.

    `has_grown`: the selected folder has more mails than it had; who looks through it sets that back.
    """

    allowance = _SLACK
    lines = _LINES
    held = 0
    has_grown = False

    def expect(self, octets: int) -> None:
        """The next response may hold so many octets, and what its lines need."""
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
        """A line, if it is within what may come."""
        try:
            line = super().readline()
        except self.error as why:  # imaplib bounds it, and goes on in the middle of it
            raise self.abort(*why.args) from why
        self.lines -= 1
        self.allowance -= len(line)
        if self.lines < 0 or self.allowance < 0:
            raise self.abort("a response without end")
        # It may be said within any response (RFC 9051, 7.4.1), and is said once.
        told = _MAILS.fullmatch(line)
        if told:
            now = int(told[1]) if told[2].upper() == b"EXISTS" else self.held - 1
            self.has_grown = self.has_grown or now > self.held
            self.held = now
        return line

    def begin_idle(self) -> bytes:
        """Say IDLE and wait until the server agrees; the command's tag."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            answer = self.tagged_commands[tag]
            if answer is not None:
                del self.tagged_commands[tag]
                raise self.error(answer[1][0])
        return tag

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
        """The next response may hold so many octets."""
        self._imap.expect(octets)

    @property
    def has_grown(self) -> bool:
        """Has the folder more mails than it had when it was last looked through?"""
        return bool(self._imap.has_grown)

    @property
    def held(self) -> int:
        """How many mails the selected folder has."""
        return int(self._imap.held)

    def begin_look(self) -> None:
        """What is told from now on was not seen by the look that begins."""
        self._imap.has_grown = False

    def idle(self) -> None:
        """Begin IDLE; news may come before the server agrees, which the library takes for a mistake."""
        self._idle_tag = self._imap.begin_idle()

    def is_spoken_to(self, seconds: float) -> bool:
        """Does the server say something within `seconds`? Nothing of it is taken. Raises when it hung up.

        The library's own way does not see what came together with the answer before, loses what comes in
        pieces, and does not tell silence from the end.
        """
        sock = self.socket()
        sock.settimeout(0)
        try:
            return bool(self._ahead()) or (_readable(sock, seconds) and self._is_readable_speech())
        finally:
            sock.settimeout(self._timeout.read)

    def _is_readable_speech(self) -> bool:
        ahead = self._ahead()
        if ahead == b"":
            raise self._imap.abort("the server hung up")
        return bool(ahead)

    def _ahead(self) -> bytes | None:
        """What was received and not taken yet; None for a part of a TLS record."""
        try:
            return bytes(self._imap.file.peek(1))
        except ssl.SSLWantReadError:
            return None

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
        raise Declined(f"{what}: {_words(why)}") from why
    # What a server says may be anything, and the library reads it with trust.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as why:
        raise Unreadable(f"{what}: the answer cannot be read: {_words(why)}") from why


def _words(why: BaseException) -> str:
    text = why.args[0] if len(why.args) == 1 else why
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = _QUOTED.sub(r"\1", str(text))
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return (words or type(why).__name__)[:300]


def _readable(sock: socket.socket, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


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
