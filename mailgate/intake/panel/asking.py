"""What the panel asks for, read and checked, and what it vouches for with it."""

import hashlib
import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from mailgate.core.address import parse_mailbox
from mailgate.core.mail import Vouched
from mailgate.core.object import object_of
from mailgate.core.policy import Policy
from mailgate.core.request import Object, RequestClass
from mailgate.intake.panel.models import NamedObject, NewEntry, NewTicket
from mailgate.intake.panel.refusals import Refused, mistakes

Model = TypeVar("Model", bound=NewEntry)


def read(model: type[Model], body: bytes) -> Model:
    """The body as what is expected. Raises Refused with every mistake."""
    try:
        return model.model_validate_json(body)
    except ValidationError as why:
        raise Refused(422, *mistakes(why)) from None


def vouched_for(given: NewEntry, policy: Policy, ticket: int = 0) -> Vouched:
    """What the panel vouches for with this. Raises Refused for a class or an object that is none."""
    author = parse_mailbox(given.author)
    key = author.key if author else ""
    if not isinstance(given, NewTicket):
        return Vouched(given.account, key, ticket=ticket)
    wanted = _class(given, policy)
    return Vouched(given.account, key, wanted.name if wanted else "", _objects(given, wanted))


def _class(given: NewTicket, policy: Policy) -> RequestClass | None:
    if not given.request:
        return None
    found = next((one for one in policy.requests if one.name == given.request), None)
    if found is None:
        names = ", ".join(one.name for one in policy.requests)
        raise Refused(422, f"class: is none of {names}")
    return found


def _objects(given: NewTicket, wanted: RequestClass | None) -> tuple[Object, ...]:
    if not given.object:
        return ()
    if wanted is None:
        raise Refused(422, "object: needs a class")
    kinds = wanted.kinds
    if not kinds:
        raise Refused(422, f"object: {wanted.name} has none")
    named = given.object
    if isinstance(named, str):
        named = [NamedObject(kind=kinds[0], value=named)]
    found = [_object(one, wanted) for one in named]
    return tuple(dict.fromkeys(found))


def _object(named: NamedObject, wanted: RequestClass) -> Object:
    if named.kind not in wanted.kinds:
        raise Refused(422, f"object: {wanted.name} has no {named.kind}, but {', '.join(wanted.kinds)}")
    found = object_of(named.kind, named.value)
    if found is None:
        raise Refused(422, f"object: is no {named.kind}")
    return found


def of_query(words: Mapping[str, str]) -> NewTicket:
    """What the query says with a whole mail, whose own subject and text are in it. Raises Refused."""
    try:
        return NewTicket.model_validate({**words, "subject": "-", "text": "-"})
    except ValidationError as why:
        raise Refused(422, *(f"query.{text}" for text in mistakes(why))) from None


def hashed(octets: bytes) -> str:
    """A body as a word to tell it by."""
    return hashlib.sha256(octets).hexdigest()


def digest_of(path: str, words: Mapping[str, str]) -> bytes:
    """What tells one request from another, for its Idempotency-Key."""
    told = json.dumps([path, words], sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
