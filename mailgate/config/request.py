"""`[[request]]`: classes of request, those shipped in `requests.toml` and the operator's own."""

import tomllib
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mailgate.config.values import Needs, Section, required_of
from mailgate.core.phrasing import mistake_in
from mailgate.core.request import Level, ObjectKind, RequestClass
from mailgate.resources import folder


def _name(text: str) -> str:
    if not text.replace("-", "").isalnum() or text != text.lower():
        raise ValueError(f"{text!r} is not a name of letters, digits and hyphens, such as domain-transfer")
    return text


def _title(text: str) -> str:
    if text != " ".join(text.split()) or not text.isprintable():
        raise ValueError(f"{text!r} is not one clean line")
    return text


def _phrase(text: str) -> str:
    if mistake := mistake_in(text):
        raise ValueError(mistake)
    return text


Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_name)]
Title = Annotated[str, Field(max_length=100), AfterValidator(_title)]
PhraseText = Annotated[str, Field(max_length=2_000), AfterValidator(_phrase)]


class RequestSettings(Section):
    """One `[[request]]`. By the name of a shipped class it replaces that; `enabled = false` drops it."""

    name: Name
    enabled: bool = True
    title_ru: Title = ""
    title_en: Title = ""
    phrases: Annotated[tuple[PhraseText, ...], Field(max_length=100)] = ()
    department: str = ""
    assurance: Literal["none", "claimed", "on_record", "authorised"] = "none"
    needs: tuple[ObjectKind, ...] = ()
    may_name: tuple[ObjectKind, ...] = ()
    critical: bool = False
    required: tuple[Needs, ...] | None = None

    @model_validator(mode="after")
    def _says_how_it_is_recognised_and_called(self) -> "RequestSettings":
        if self.enabled:
            mistakes = tuple(self._mistakes())
            if mistakes:
                raise ValueError("\n".join(mistakes))
        return self

    def _mistakes(self) -> Iterator[str]:
        if not self.phrases:
            yield "phrases are required: by what is it recognised?"
        if not (self.title_ru or self.title_en):
            yield "title_ru or title_en is required: what is it called in letters?"
        if self.critical and self.assurance != "authorised":
            yield 'critical is confirmed by the owner: assurance must be "authorised"'


def mistakes_among(requests: tuple[RequestSettings, ...], departments: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the classes together: names that stand twice, departments that are none."""
    names = [one.name for one in requests]
    yield from (f"request: two are named {name!r}" for name in sorted(set(names)) if names.count(name) > 1)
    for one in requests:
        if one.department and one.department not in departments:
            yield f"request.{one.name}.department: no [[department]] is named {one.department!r}"


def requests_of(own: tuple[RequestSettings, ...]) -> tuple[RequestClass, ...]:
    """The classes in force: those shipped in their order, replaced or dropped by `own`, then its others."""
    named = {one.name: one for one in own}
    shipped = {one.name: one for one in shipped_requests()}
    every = {**shipped, **named}
    return tuple(_class(one) for one in every.values() if one.enabled)


def shipped_requests() -> tuple[RequestSettings, ...]:
    """The classes of `requests.toml`."""
    document = tomllib.loads((folder("config") / "requests.toml").read_text("utf-8"))
    return tuple(RequestSettings(**one) for one in document["request"])


def _class(one: RequestSettings) -> RequestClass:
    titles = (("ru", one.title_ru), ("en", one.title_en))
    return RequestClass(
        name=one.name,
        titles=tuple((language, title) for language, title in titles if title),
        phrases=one.phrases,
        department=one.department,
        level=Level[one.assurance.upper()],
        needs=one.needs,
        may_name=one.may_name,
        is_critical=one.critical,
        required=None if one.required is None else required_of(one.required),
    )
