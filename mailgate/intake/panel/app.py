"""The application: its roads, its answers to what goes wrong, and its description in OpenAPI."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from mailgate import __version__
from mailgate.config import PanelSettings
from mailgate.errors import Temporary
from mailgate.intake.panel import refusals
from mailgate.intake.panel.challenges import challenges_router
from mailgate.intake.panel.gate import Gate
from mailgate.intake.panel.models import NewEntry, NewTicket
from mailgate.intake.panel.refusals import Refused
from mailgate.intake.panel.taking import Taking
from mailgate.intake.panel.tickets import tickets_router

_REF = "#/components/schemas/{model}"


def make_app(taking: Taking, settings: Callable[[], PanelSettings]) -> ASGIApp:
    """The whole of what is served."""
    app = FastAPI(
        title="mailgate panel",
        version=__version__,
        description="For the control panel, on behalf of customers who are logged in there.",
        docs_url=None,  # their scripts come from elsewhere
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False},
    )
    app.include_router(tickets_router(taking))
    app.include_router(challenges_router(taking))
    app.add_exception_handler(Refused, refusals.tell_refused)
    app.add_exception_handler(HTTPException, refusals.tell_http)
    app.add_exception_handler(RequestValidationError, _tell_query)
    app.add_exception_handler(Temporary, refusals.tell_later)
    app.add_exception_handler(Exception, refusals.tell_later)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign] # the library's own way to add to it
    return Gate(app, settings)


async def _tell_query(_request: Request, why: Exception) -> JSONResponse:
    if not isinstance(why, RequestValidationError):
        raise TypeError(why)
    return refusals.response(422, refusals.mistakes_of(why.errors()))


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the bodies that are read by hand, and the key that all of it needs."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = found["components"]["schemas"]
        for model in (NewTicket, NewEntry):
            shape = model.model_json_schema(ref_template=_REF)
            schemas.update(shape.pop("$defs", {}))
            schemas[model.__name__] = shape
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"key": []}]
        app.openapi_schema = found
    return app.openapi_schema
