"""One mail on its way in: MAIL, RCPT, DATA as questions, each answered with the reply to send."""

import structlog

from mailgate.core.mail import Door, Envelope
from mailgate.core.policy import Acceptance, acceptance
from mailgate.errors import DiskFull, Overloaded
from mailgate.intake.smtp_command import Refusal, read_mail, read_rcpt
from mailgate.intake.smtp_host import Host
from mailgate.intake.smtp_reader import Fault, MailData
from mailgate.spool import Receipt

_log = structlog.get_logger()

TROUBLE = "451 4.3.0 Temporary trouble on our side, try again later"
_OK = "250 2.1.0 Ok"
_RCPT = {
    Acceptance.OURS: "250 2.1.5 Ok",
    Acceptance.UNKNOWN: "550 5.1.1 No such address here",
    Acceptance.FOREIGN: "550 5.7.1 We do not relay",
    Acceptance.MALFORMED: "553 5.1.3 Malformed address",
}


class Transaction:
    """What the client at listener `hop` has said about the mail it is about to send."""

    __slots__ = ("_door", "_hop", "_host", "_peer", "_recipients", "_sender", "_utf8", "accepted")

    def __init__(self, host: Host, door: Door, hop: str, peer: str) -> None:
        self._host = host
        self._door = door
        self._hop = hop
        self._peer = peer
        self.reset()

    def reset(self) -> None:
        """Forget this mail (RFC 5321, 4.1.1.5)."""
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: dict[str, None] = {}  # in the client's order, each once
        self.accepted = 0

    @property
    def answers(self) -> int:
        """How many replies the final dot gets: in LMTP one for each accepted RCPT (RFC 2033, 4.2)."""
        return self.accepted if self._door is Door.LMTP else 1

    def mail(self, argument: str) -> str:
        """The reply to MAIL."""
        if self._sender is not None:
            return "503 5.5.1 The sender was given already"
        command = read_mail(argument)
        if isinstance(command, Refusal):
            return command.reply
        if command.size > self._host.terms.settings.max_size:  # RFC 1870, 6.1
            return self._too_large()
        full = self._no_room()
        if not full:
            self._sender = command.sender
            self._utf8 = command.utf8
        return full or _OK

    def rcpt(self, argument: str) -> str:
        """The reply to RCPT."""
        if self._sender is None:
            return "503 5.5.1 MAIL first"
        recipient = read_rcpt(argument, utf8=self._utf8)
        if isinstance(recipient, Refusal):
            return recipient.reply
        verdict = acceptance(recipient, self._host.terms.desk)
        if verdict is not Acceptance.OURS:
            _log.info(
                "door.recipient_refused", hop=self._hop, peer=self._peer, to=recipient, why=verdict.value
            )
        elif self.accepted >= self._host.terms.settings.max_recipients:
            return "452 4.5.3 Too many recipients"  # RFC 5321, 4.5.3.1.10
        else:
            self._recipients[recipient] = None
            self.accepted += 1
        return _RCPT[verdict]

    def data(self) -> str:
        """The reply that refuses DATA, or "": the mail may come."""
        if not self.accepted:
            return "503 5.5.1 No recipient was accepted"
        return self._no_room()

    async def receive(self, data: MailData) -> str:
        """The reply to the final dot: yes only when the mail is durable."""
        settings = self._host.terms.settings
        if data.fault is Fault.TOO_LARGE:
            return self._too_large()
        if data.fault is Fault.LINE_TOO_LONG:
            # RFC 5321, 4.5.3.1.10 gives 500 to an overlong line; 5.6.0 says that the content is at fault.
            return f"500 5.6.0 Line too long, limit {settings.max_line} bytes"
        try:
            receipt = await self._keep(data.mail)
        except Exception:  # noqa: BLE001 - whatever it is, the client still has the mail and may try again
            _log.exception("door.trouble", hop=self._hop, peer=self._peer)
            return TROUBLE
        return f"250 2.0.0 Ok: queued as {receipt.id}"

    async def _keep(self, raw: bytes) -> Receipt:
        envelope = Envelope(
            door=self._door,
            sender=self._sender or "",
            recipients=tuple(self._recipients),
            received=self._host.clock(),
            hop=self._hop,
            peer=self._peer,
        )
        return await self._host.receipts.of(self._host.spool.submit(envelope, raw))

    def _no_room(self) -> str:
        try:
            self._host.spool.check_room()
        except DiskFull:
            return "452 4.3.1 Not enough room for mail, try again later"
        except Overloaded:
            return "451 4.3.2 Too many mails wait here, try again later"
        return ""

    def _too_large(self) -> str:
        return f"552 5.3.4 Mail too large, limit {self._host.terms.settings.max_size} bytes"
