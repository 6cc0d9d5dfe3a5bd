"""`/v1/tickets`: a request is handed in, looked at, and added to."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request

from mailgate.core.mail import Vouched
from mailgate.core.ticket import EntryKind
from mailgate.intake.panel import asking
from mailgate.intake.panel.models import (
    AccountId,
    AssuranceView,
    EntryView,
    Errors,
    IdentificationView,
    NewEntry,
    NewTicket,
    ObjectView,
    Taken,
    TicketView,
)
from mailgate.intake.panel.refusals import Refused
from mailgate.intake.panel.taking import Order, Shown, Taking
from mailgate.intake.panel.writing import mail_of
from mailgate.store import rows
from mailgate.store.idempotency import IdempotencyKey

_BODY_SECONDS = 60
_AT_ONCE = 8  # bodies in memory
_JSON = "application/json"
_MAIL = "message/rfc822"
_WHOLE = {_MAIL: {"schema": {"type": "string"}}}

Idempotency = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="A word of your choice: the same request with the same key is taken once.",
    ),
]
OfMail = Annotated[str | None, Query(max_length=255, description="For message/rfc822 only.")]
Number = Annotated[str, Path(description="The ticket's number.")]

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Errors, "description": "No valid key."},
    404: {"model": Errors, "description": "There is nothing such."},
    503: {"model": Errors, "description": "Nothing was taken; try again later."},
}
INVALID = {"model": Errors, "description": "The request is not as it must be; each mistake is named."}
_TAKING: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    408: {"model": Errors, "description": "The body did not come in time."},
    413: {"model": Errors, "description": "The request is too large."},
    415: {"model": Errors, "description": "The body is of no type that is taken here."},
    422: INVALID,
}


def _body(model: type[NewEntry], more: dict[str, Any]) -> dict[str, Any]:
    shape = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": {_JSON: shape, **more}}}


def tickets_router(taking: Taking) -> APIRouter:
    """The roads of tickets."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    counter = _Counter(taking)

    @router.post(
        "",
        status_code=202,
        responses=_TAKING,
        openapi_extra=_body(NewTicket, _WHOLE),
        summary="Hand in a request",
    )
    async def hand_in(
        request: Request,
        idempotency_key: Idempotency = None,
        account: OfMail = None,
        author: OfMail = None,
        class_: Annotated[OfMail, Query(alias="class")] = None,
        object_: Annotated[OfMail, Query(alias="object")] = None,
    ) -> Taken:
        """As JSON, or as a whole mail with account, author, class and object in the query."""
        named = {"account": account, "author": author, "class": class_, "object": object_}
        words = {name: word for name, word in named.items() if word is not None}
        return await counter.hand_in(request, idempotency_key, words)

    @router.get(
        "/{number}",
        responses={**REFUSALS, 422: INVALID},
        summary="Look at a ticket",
    )
    async def look(number: Number, account: Annotated[AccountId, Query()]) -> TicketView:
        """What its customer may see of it. Another account's ticket is not there."""
        return _view(await taking.show(number, account))

    @router.post(
        "/{number}/entries",
        status_code=202,
        responses=_TAKING,
        openapi_extra=_body(NewEntry, {}),
        summary="Add to a ticket",
    )
    async def add(request: Request, number: Number, idempotency_key: Idempotency = None) -> Taken:
        """Further words open it again; where it was settled too long ago, they are a new request."""
        return await counter.add(request, idempotency_key, number)

    return router


class _Counter:
    """Reads what is handed over, a few at a time."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def hand_in(self, request: Request, key: str | None, words: dict[str, str]) -> Taken:
        """A request, in either form."""
        kind = _kind(request, _JSON, _MAIL)
        if kind == _JSON and words:
            raise Refused(422, *(f"query.{name}: belongs into the body" for name in sorted(words)))
        async with self._room:
            body = await _read(request)
            make = self._of_json if kind == _JSON else self._of_mail
            order = await self._taking.aside(make, request, body, key, words)
            del body
        return _taken(*await self._taking.take(order))

    async def add(self, request: Request, key: str | None, number: str) -> Taken:
        """Further words at a ticket."""
        _kind(request, _JSON)
        async with self._room:
            body = await _read(request)
            given = await self._taking.aside(asking.read, NewEntry, body)
            ticket = await self._taking.check_ticket(number, given.account)
            vouched = asking.vouched_for(given, self._taking.behind.policy(), ticket)
            raw = await self._taking.aside(self._mail, given, f"[#{ticket}]")
        order = _order(request, vouched, raw, key, _words(given))
        return _taken(*await self._taking.take(order))

    def _of_json(self, request: Request, body: bytes, key: str | None, _: dict[str, str]) -> Order:
        given = asking.read(NewTicket, body)
        vouched = asking.vouched_for(given, self._taking.behind.policy())
        return _order(request, vouched, self._mail(given, given.subject), key, _words(given))

    def _of_mail(self, request: Request, body: bytes, key: str | None, words: dict[str, str]) -> Order:
        given = asking.of_query(words)
        if not body.strip():
            raise Refused(422, "the mail is empty")
        vouched = asking.vouched_for(given, self._taking.behind.policy())
        return _order(request, vouched, body, key, {**words, "": asking.hashed(body)})

    def _mail(self, given: NewEntry, subject: str) -> bytes:
        return mail_of(given, subject, self._taking.behind.policy().desk, self._taking.behind.now())


def _words(given: NewEntry) -> dict[str, str]:
    return {"": given.model_dump_json()}


def _order(request: Request, vouched: Vouched, raw: bytes, key: str | None, words: dict[str, str]) -> Order:
    digest = asking.digest_of(request.url.path, words)
    peer = request.client.host if request.client else ""
    return Order(vouched, raw, IdempotencyKey(key, digest) if key else None, peer)


def _kind(request: Request, *known: str) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in known:
        raise Refused(415, f"Content-Type: must be {' or '.join(known)}")
    return kind


async def _read(request: Request) -> bytes:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise Refused(408, "the body did not come in time") from None


def _taken(mail: int, ticket: int | None) -> Taken:
    return Taken(mail=str(mail), ticket=None if ticket is None else str(ticket))


_CUSTOMERS = frozenset({EntryKind.REQUEST, EntryKind.REPLY})


def _view(shown: Shown) -> TicketView:
    ticket = shown.ticket
    known = ticket.identification
    proven = shown.assurance
    return TicketView(
        number=str(ticket.number),
        status=ticket.status,
        subject=ticket.subject,
        opened=rows.time_text(ticket.opened),
        **{"class": ticket.request.name or None},
        objects=[ObjectView(kind=one.kind, value=one.value) for one in ticket.request.objects],
        identification=IdentificationView(state=known.state, account=known.account),
        assurance=AssuranceView(level=proven.level.name.lower(), evidence=list(proven.evidence)),
        entries=[
            EntryView(author="customer", at=rows.time_text(one.at), text=one.text)
            for one in shown.entries
            if one.kind in _CUSTOMERS
        ],
    )
