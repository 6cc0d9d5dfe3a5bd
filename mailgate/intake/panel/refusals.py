"""How the panel hears that something was not done; our own trouble is always "try again later"."""

from collections.abc import Iterable
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

RETRY_SECONDS = 10
LATER = "nothing was taken; try again later"
NO_TICKET = "no such ticket of this account"
NO_CHALLENGE = "no such challenge of this account"
UNKNOWN_KEY = "a valid key is required"

_WORDS = {"extra_forbidden": "is not known here", "missing": "is required"}


class Refused(Exception):
    """The request cannot be carried out as it is; `errors` say why, in plain words."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors


def response(status: int, errors: Iterable[str], headers: dict[str, str] | None = None) -> JSONResponse:
    """An answer that says why not."""
    return JSONResponse({"errors": list(errors)}, status, headers)


def later() -> JSONResponse:
    """Our own trouble, whatever it is; nothing of it is told (RFC 9110, section 15.6.4)."""
    return response(503, (LATER,), {"Retry-After": str(RETRY_SECONDS)})


def unauthorised() -> JSONResponse:
    """No key, or a wrong one: which of them is not told (RFC 6750, section 3)."""
    return response(401, (UNKNOWN_KEY,), {"WWW-Authenticate": "Bearer"})


def mistakes(why: ValidationError) -> tuple[str, ...]:
    """What is wrong with a body, each mistake with its place; nothing of what was sent is repeated."""
    return mistakes_of(why.errors(include_url=False, include_input=False, include_context=False))


def mistakes_of(errors: Iterable[Any]) -> tuple[str, ...]:
    """The same of mistakes as pydantic tells them."""
    found = []
    for mistake in errors:
        place = ".".join(str(part) for part in mistake["loc"])
        text = _WORDS.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
        found.append(f"{place}: {text}" if place else text)
    return tuple(dict.fromkeys(found))


async def tell_refused(_request: Request, why: Exception) -> JSONResponse:
    """The answer to what was refused."""
    if not isinstance(why, Refused):
        raise TypeError(why)
    return response(why.status, why.errors)


async def tell_http(_request: Request, why: Exception) -> JSONResponse:
    """The answer to what there is no road for: another path, or another method."""
    if not isinstance(why, HTTPException):
        raise TypeError(why)
    return response(why.status_code, (why.detail,), dict(why.headers or {}))


async def tell_later(_request: Request, _why: Exception) -> JSONResponse:
    """The answer to our own trouble."""
    return later()
