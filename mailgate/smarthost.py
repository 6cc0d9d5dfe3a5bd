"""One kept SMTP connection to the smarthost, and what became of each letter given to it.

What replies mean stands in `core/outcome.py`. A connection that could not be had or used is left alone
for a growing while.

TLS, when asked for, is verified and never given up for plaintext; certificates beyond the machine's
own are trusted by SSL_CERT_FILE.
"""

import random
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from mailgate.config import RelaySettings
from mailgate.core.address import parse_mailbox
from mailgate.core.outcome import (
    CLOSING,
    GO_ON,
    JUDGES,
    LOST,
    OK,
    WANTED,
    Fate,
    Outcome,
    Reply,
    judge_dot,
    judge_letter,
)
from mailgate.core.retry import connection_wait

_log = structlog.get_logger()

_IDLE_SECONDS = 30.0
_SURELY_ALIVE_SECONDS = 2.0  # a connection unused for longer is asked before it is relied on
_QUIT_SECONDS = 2.0
_DOT_FACTOR = 10  # RFC 5321, 4.5.3.2.6: ten minutes for the reply to the final dot
_REPLY_CHARS = 500


@dataclass(frozen=True, slots=True)
class MailObject:
    """What is handed over (RFC 5321, section 2.3.1): envelope and text. `sender` "" is the null sender."""

    sender: str
    recipient: str
    raw: bytes


class Smarthost:
    """The smarthost of `[relay]`. `ticks` are seconds that never jump, `jitter` is in [0, 1)."""

    def __init__(
        self,
        relay: RelaySettings,
        hostname: str,
        ticks: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._relay, self._hostname = relay, hostname
        self._ticks, self._jitter = ticks, jitter
        self._smtp: smtplib.SMTP | None = None
        self._announced: MailObject | None = None
        self._proven, self._failures = False, 0
        self._not_before = ticks()
        self._used = ticks()

    @property
    def is_open(self) -> bool:
        """Is there a connection, as far as we know?"""
        return self._smtp is not None

    def reach(self) -> bool:
        """Have a connection, the kept one or a new one; False while there is none to be had.

        After a failure no new one is tried for a growing while.
        """
        if self._smtp is not None and self._is_alive(self._smtp):
            return True
        if self._ticks() < self._not_before:
            return False
        try:
            self._smtp = self._connect()
        # UnicodeError: a host name or a password that the protocol cannot carry.
        except (OSError, UnicodeError) as why:
            self._pause(_line(why))
            return False
        self._proven = False
        self._used = self._ticks()
        return True

    def hand_over(self, mail: MailObject, following: MailObject | None = None) -> Outcome:
        """Hand over one mail on the connection that `reach` made.

        `following`, if given, is what the next call is for: it is announced together with this mail's text
        where the smarthost takes that (RFC 2920, section 3.1).
        """
        announced = self._announced
        if announced not in (None, mail):
            self._drop()  # the smarthost waits for another text
        smtp = self._smtp
        if smtp is None:
            return Outcome(Fate.UNTRIED, "no connection")
        self._used, self._announced = self._ticks(), None
        unusable = _unusable(smtp, mail)
        if unusable:
            return Outcome(Fate.REFUSED, unusable)
        replies = self._replies(smtp, () if announced is mail else _commands(smtp, mail))
        for reply, wanted, judge in zip(replies, WANTED, JUDGES, strict=False):
            if reply.code not in wanted:
                if replies[-1].code == GO_ON:
                    self._proven = True
                    self._drop()  # it works, but waits for a text to nobody (RFC 2920, 3.1): begin anew
                return self._end(judge(reply))
        reply = self._say(lambda: _send_text(smtp, mail.raw))
        if reply.code != GO_ON:
            return self._end(judge_letter(reply))
        self._announce(smtp, following)
        return self._end(judge_dot(self._say(lambda: self._read_dot_reply(smtp))))

    def _announce(self, smtp: smtplib.SMTP, following: MailObject | None) -> None:
        """Say what comes next, apart from the text: so it is known of the final dot whether it left."""
        if following is None or not smtp.has_extn("pipelining") or _unusable(smtp, following):
            return
        self._announced = following
        with suppress(OSError):  # whoever waits for the replies hears of it
            smtp.send("".join(_commands(smtp, following)).encode())

    def quit_if_idle(self) -> None:
        """End a connection that has not been used for half a minute."""
        if self._smtp is not None and self._ticks() - self._used >= _IDLE_SECONDS:
            self.quit()

    def quit(self) -> None:
        """End the connection politely, if there is one; a smarthost slow to answer is not waited for."""
        if self._announced is not None:
            self._drop()  # it waits for a text, and would take QUIT for one
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(_QUIT_SECONDS)
            smtp.quit()
        except OSError:
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        """Open, greet, secure and authenticate. Raises OSError (smtplib's errors are), UnicodeError."""
        relay = self._relay
        where = (relay.host, relay.port, self._hostname)
        if relay.tls == "implicit":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=relay.timeout, context=context)
        else:
            smtp = smtplib.SMTP(*where, timeout=relay.timeout)
        try:
            if smtp.sock is not None:
                # What is sent in two pieces before an answer must not wait for the first to be noticed.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if relay.tls == "starttls":
                # Raises when the smarthost does not offer or begin it: there is no other way on.
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
            if relay.password_file is not None:
                smtp.login(relay.user, relay.password_file.read_text(encoding="utf-8").rstrip("\r\n"))
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _is_alive(self, smtp: smtplib.SMTP) -> bool:
        """Is the kept connection still there? One that ended while nobody used it is nobody's fault."""
        if self._ticks() - self._used < _SURELY_ALIVE_SECONDS:
            return True
        try:
            alive = smtp.noop()[0] == OK
        except OSError:
            alive = False
        if not alive:
            self._drop()
        return alive

    def _say(self, command: Callable[[], tuple[int, bytes]]) -> Reply:
        try:
            code, text = command()
        except OSError as why:
            self._drop()
            return Reply(LOST, f"the connection was lost: {_line(why)}")
        if code == CLOSING:
            self._drop()
        return Reply(code, _one_line(f"{code} {text.decode('utf-8', 'replace')}"))

    def _replies(self, smtp: smtplib.SMTP, commands: tuple[str, ...]) -> list[Reply]:
        """The replies to MAIL, RCPT and DATA; where one is missing the one before it ended the matter.

        They are said together where the smarthost takes that, or were said before.
        """
        together = smtp.has_extn("pipelining")
        replies: list[Reply] = []
        for at, wanted in enumerate(WANTED):
            said = commands[at : at + 1] if not together else commands if not at else ()
            replies.append(self._say(lambda said=said: _ask(smtp, said)))  # type: ignore[misc] # bound now
            if self._smtp is None or (not together and replies[-1].code not in wanted):
                break
        return replies

    def _read_dot_reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        if smtp.sock is not None:
            smtp.sock.settimeout(self._relay.timeout * _DOT_FACTOR)
        code, text = smtp.getreply()
        if smtp.sock is not None:
            smtp.sock.settimeout(self._relay.timeout)
        return code, text

    def _end(self, outcome: Outcome) -> Outcome:
        """Leave the connection ready for the next letter, or alone if it came to nothing."""
        if self._smtp is not None and outcome.fate is Fate.UNTRIED:
            self._drop()
            self._pause(outcome.reply)
        elif self._smtp is not None:
            if outcome.fate is not Fate.TAKEN and not self._is_reset(self._smtp, outcome.fate):
                self._drop()
            self._proven, self._failures = True, 0
        elif not self._proven:
            self._pause(outcome.reply)
        return outcome

    def _is_reset(self, smtp: smtplib.SMTP, fate: Fate) -> bool:
        if fate is Fate.UNCLEAR:  # no reply we know: who speaks next is unclear as well
            return False
        if self._announced is not None:  # the text was judged, and that alone ends a transaction
            return True
        try:
            return smtp.rset()[0] == OK
        except OSError:
            return False

    def _drop(self) -> None:
        smtp, self._smtp, self._announced = self._smtp, None, None
        if smtp is not None:
            smtp.close()

    def _pause(self, why: str) -> None:
        self._failures += 1
        seconds = connection_wait(self._failures, self._jitter()).total_seconds()
        self._not_before = self._ticks() + seconds
        _log.warning("relay.unusable", host=self._relay.host, why=why, next_try_in=round(seconds, 1))


def _unusable(smtp: smtplib.SMTP, mail: MailObject) -> str:
    """Why these addresses must not go into a command; "" when they may.

    They were checked when the letter was written; what stands in a ledger may have been put there.
    """
    for address in (mail.recipient, mail.sender) if mail.sender else (mail.recipient,):
        if parse_mailbox(address) is None:
            return _one_line(f"{address!r} is not a plain mailbox")
        if not address.isascii() and not smtp.has_extn("smtputf8"):
            # RFC 6531, 3.2: without the extension such an address cannot be named.
            return f"{address} is beyond ASCII, and the smarthost does not offer SMTPUTF8"
    return ""


def _commands(smtp: smtplib.SMTP, mail: MailObject) -> tuple[str, ...]:
    sized = f" SIZE={len(mail.raw)}" if smtp.has_extn("size") else ""  # RFC 1870, section 4
    utf8 = "" if (mail.sender + mail.recipient).isascii() else " SMTPUTF8"
    return f"MAIL FROM:<{mail.sender}>{sized}{utf8}\r\n", f"RCPT TO:<{mail.recipient}>\r\n", "DATA\r\n"


def _ask(smtp: smtplib.SMTP, said: tuple[str, ...]) -> tuple[int, bytes]:
    """Say commands, if any, and read one reply."""
    if said:
        smtp.send("".join(said).encode())
    return smtp.getreply()


def _send_text(smtp: smtplib.SMTP, raw: bytes) -> tuple[int, bytes]:
    """Send the letter and the final dot in one piece: if this fails, the dot did not leave."""
    # RFC 5321, 2.3.8: no bare CR or LF; 4.5.2: a line's first dot is doubled.
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    stuffed = b"\n" + text + b"\n"
    smtp.send(stuffed.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")[2:] + b".\r\n")
    return GO_ON, b""


def _line(why: Exception) -> str:
    return _one_line(f"{type(why).__name__}: {why}")


def _one_line(text: str) -> str:
    printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:_REPLY_CHARS]
