"""`[identify]` and `[[identify.extra]]`: by what customers are identified here."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from mailgate.config.values import Hours, Needs, Section, required_of
from mailgate.core.address import domain_name
from mailgate.core.finding.patterns import mistake_in
from mailgate.core.need import Need
from mailgate.core.policy import Extra, Identifying

_LONGEST = 500


def _pattern(text: str) -> str:
    if not text or len(text) > _LONGEST:
        raise ValueError(f"a pattern has 1 to {_LONGEST} characters")
    if mistake := mistake_in(text):
        raise ValueError(f"{text!r} is not a pattern (RE2 syntax): {mistake}")
    return text


def _own_domain(text: str) -> str:
    if not domain_name(text):
        raise ValueError(f"{text!r} is not a domain name such as hoster.example")
    return domain_name(text)


def _word(text: str) -> str:
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{text!r} is not one word, such as invoice")
    return text


def _label(text: str) -> str:
    if not text.strip() or text != " ".join(text.split()) or len(text) > _LONGEST:
        raise ValueError(f"{text!r} is not a label such as invoice")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
PatternOrNone = Annotated[str, AfterValidator(lambda text: text and _pattern(text))]
OwnDomain = Annotated[str, AfterValidator(_own_domain)]
Name = Annotated[str, AfterValidator(_word)]
LabelWord = Annotated[str, AfterValidator(_label)]


class ExtraSettings(Section):
    """`[[identify.extra]]`: something else that identifies, such as an invoice."""

    name: Name
    labels: tuple[LabelWord, ...] = ()
    pattern: PatternOrNone = ""

    @model_validator(mode="after")
    def _is_recognised_by_something(self) -> "ExtraSettings":
        if not self.labels and not self.pattern:
            raise ValueError("labels or a pattern are required: by what is it recognised?")
        return self


class IdentifySettings(Section):
    """`[identify]`: the forms of logins and contracts, our own domains, and what a request must tell."""

    login: tuple[Pattern, ...] = ()
    contract: tuple[Pattern, ...] = ()
    own_domains: tuple[OwnDomain, ...] = ()
    required: tuple[Needs, ...] = ("login | contract | domain | extra | contact",)
    remind_after_hours: Hours = 24
    extra: Annotated[tuple[ExtraSettings, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _extras_are_told_apart(self) -> "IdentifySettings":
        mistakes = tuple(self._mistakes())
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def unaskable(self, required: tuple[str, ...]) -> Iterator[str]:
        """The requirements that nobody could be asked to meet, as mistakes of a key `required`."""
        if any(one.labels for one in self.extra):
            return
        for text, needs in zip(required, required_of(required), strict=True):
            if needs == {Need.EXTRA}:
                yield (
                    f"required: nobody can be asked for {text!r} alone, for no [[identify.extra]] has labels;"
                    " give one labels, or name another alternative beside it"
                )

    def _mistakes(self) -> Iterator[str]:
        yield from self.unaskable(self.required)
        names = [one.name for one in self.extra]
        labels = [label.lower() for one in self.extra for label in one.labels]
        yield from (f"extra: two are named {name!r}" for name in sorted(set(names)) if names.count(name) > 1)
        yield from (
            f"extra: the label {label!r} stands twice"
            for label in sorted(set(labels))
            if labels.count(label) > 1
        )


def identifying_of(section: IdentifySettings, desk_domains: tuple[str, ...]) -> Identifying:
    """The settings as decisions read them; the desk's own domains need not be named."""
    return Identifying(
        login=section.login,
        contract=section.contract,
        extras=tuple(Extra(one.name, one.labels, one.pattern) for one in section.extra),
        own_domains=tuple(dict.fromkeys((*section.own_domains, *desk_domains))),
    )
