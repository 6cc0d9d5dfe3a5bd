"""What stands behind the panel's door: the directory that knows the account, the spool, and the ledger.

All of these may wait for a disk or a service, so they are asked in threads of the door's own; the loop only
waits.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from mailgate.config import PanelSettings
from mailgate.core import belonging, proven
from mailgate.core.assurance import Assurance
from mailgate.core.ending import is_confirmed
from mailgate.core.identify import is_anothers
from mailgate.core.mail import Door, Envelope, Vouched
from mailgate.core.number import is_number
from mailgate.core.policy import Policy
from mailgate.core.request import domains_of
from mailgate.core.ticket import Entry, Ticket
from mailgate.intake.panel.behind import Behind
from mailgate.intake.panel.refusals import NO_TICKET, Refused
from mailgate.intake.receipts import Receipts
from mailgate.store import challenges, mails, rows, tickets
from mailgate.store.idempotency import IdempotencyKey
from mailgate.store.sqlite import Ask, Row

HOP = "panel"
"""What `[trust] hops` would call this door; nothing that comes by it needs that."""

_THREADS = 4
_LONGEST_ID = 15

Given = ParamSpec("Given")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Order:
    """A mail that the panel hands in, for whom, and by which key, if it named one."""

    vouched: Vouched
    raw: bytes
    key: IdempotencyKey | None
    peer: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket, its entries, and what is proven about who asks."""

    ticket: Ticket
    entries: tuple[Entry, ...]
    assurance: Assurance


class Settlements:
    """Wakes who waits for a mail to be settled. Lives in the loop; `tell` may be called by any thread."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def tell(self) -> None:
        """Something was settled."""
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    def begin(self) -> asyncio.Event:
        """An event that is set by whatever is settled from now on; to be ended."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def end(self, event: asyncio.Event) -> None:
        """Nobody waits for it any more."""
        self._waiting.discard(event)


class Taking:
    """Takes what the panel hands in, and shows what became of it. Raises Refused and Temporary."""

    def __init__(self, behind: Behind, settings: Callable[[], PanelSettings]) -> None:
        self.behind = behind
        self._settings = settings
        self._receipts = Receipts()
        self.settlements = Settlements()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="panel")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def aside(self, act: Callable[Given, Value], *given: Given.args, **named: Given.kwargs) -> Value:
        """What `act` gives, in a thread of the door's."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: act(*given, **named))

    async def take(self, order: Order) -> tuple[int, int | None]:
        """The mail that was taken, and its ticket if it was settled in time; durable on return."""
        await self.aside(self._check, order.vouched)
        kept = self.behind.spool.submit(self._envelope(order), order.raw, origin=order.key)
        receipt = await self._receipts.of(kept)
        if receipt.is_other:
            raise Refused(422, "Idempotency-Key: was used for another request")
        return receipt.id, await self._settled(receipt.id)

    async def show(self, number: str, account: str) -> Shown:
        """A ticket of the account."""
        return await self.aside(self._show, number, account)

    async def check_ticket(self, number: str, account: str) -> int:
        """The number of a ticket of the account."""
        return (await self.show(number, account)).ticket.number

    def _check(self, vouched: Vouched) -> None:
        """There must be room, the account, and its domains, as far as that can be asked: else it waits."""
        self.behind.spool.check_room()
        domains = domains_of(vouched.objects)
        said = self.behind.ask_about(vouched.account, domains)
        if not said.is_down and said.account(vouched.account) is None:
            raise Refused(422, "account: there is no such account")
        if is_anothers(domains, vouched.account, said):
            raise Refused(422, "object: is not this account's")

    def _envelope(self, order: Order) -> Envelope:
        desk = self.behind.policy().desk
        return Envelope(
            Door.PANEL,
            order.vouched.author,
            (desk.address.mailbox,),
            self.behind.now(),
            HOP,
            order.peer,
            vouched=order.vouched,
        )

    async def _settled(self, mail: int) -> int | None:
        """The mail's ticket, waited for as long as the settings say."""
        event = self.settlements.begin()
        try:
            async with asyncio.timeout(self._settings().wait_seconds):
                while True:
                    event.clear()
                    row = await self.aside(self._row, mail)
                    if row is None or row["state"] != "new":
                        return None if row is None else row["ticket"]
                    await event.wait()
        except TimeoutError:
            return None
        finally:
            self.settlements.end(event)

    def _row(self, mail: int) -> Row | None:
        with self.behind.ledger.read() as ask:
            return mails.about(ask, mail)

    def _show(self, number: str, account: str) -> Shown:
        named = id_of(number)
        if named is None or not is_number(named):
            raise Refused(404, NO_TICKET)
        with self.behind.ledger.read() as ask:
            ticket = tickets.find(ask, named)
            if ticket is None or not belonging.is_of_account(ticket, account):
                raise Refused(404, NO_TICKET)
            entries = tickets.entries(ask, ticket.number)
            return Shown(ticket, entries, _proven(ask, ticket, entries, self.behind.policy()))


def id_of(text: str) -> int | None:
    """The number of a ticket or a challenge as a path has it; None where it can be none."""
    is_one = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
    return int(text) if is_one else None


def _proven(ask: Ask, ticket: Ticket, entries: tuple[Entry, ...], policy: Policy) -> Assurance:
    """What is proven about who asks, by now: the owner may have consented since he wrote."""
    known = policy.request_class(ticket.request.name)
    last = next(reversed(challenges.of_ticket(ask, ticket.number)), None)
    each = proven.by_entries(
        ticket,
        entries,
        {
            row["id"]: rows.assurance_of(row["assurance"]).claims
            for row in mails.of_ticket(ask, ticket.number)
        },
        is_critical=known is not None and known.is_critical,
        is_confirmed=last is not None and is_confirmed(last, ticket),
    )
    return proven.of_request(ticket, entries, each)
