"""Reads mailgate.toml with all its mistakes at once, and what is right in it though something is wrong."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from mailgate.config.sections import DeskSettings
from mailgate.config.settings import Settings
from mailgate.errors import BadSettings

_NOTHING: Mapping[str, object] = MappingProxyType({})
_NEEDED = {"desk": {"name": "none", "addresses": ["nobody@none.invalid"]}}
_NO_DESK = DeskSettings(name="none", addresses=("nobody@none.invalid",))


@dataclass(frozen=True, slots=True)
class Read:
    """Settings as they were read, and every mistake in them, with file and key.

    `wrong` are the keys, "section.key", that could not be read, and the sections that could not without them:
    these have their defaults.
    """

    settings: Settings
    mistakes: tuple[str, ...] = ()
    wrong: frozenset[str] = frozenset()

    def could(self, key: str) -> bool:
        """Could this "section.key" be read?"""
        return self.wrong.isdisjoint({key, key.partition(".")[0]})


def read_settings(path: Path) -> Settings:
    """The settings in `path`. Raises BadSettings with every mistake, one line each."""
    read = read_what_is_right(path)
    if read.mistakes:
        raise BadSettings(read.mistakes)
    return read.settings


def read_what_is_right(path: Path) -> Read:
    """The settings in `path`, though some may be wrong. Raises BadSettings when it cannot be read at all."""
    document = _document(path)
    try:
        return Read(Settings(**document))
    except SettingsError as why:
        text = f"{why}: lists and tables are written there as JSON, such as '[\"127.0.0.1:2525\"]'"
        raise BadSettings((f"the environment (MAILGATE_…): {text}",)) from why
    except ValidationError as why:
        names = tuple(mailbox.get("name") for mailbox in _tables(document.get("imap")))
        told = tuple(line for mistake in _told(why) for line in _lines(mistake, names))
        read = _what_is_right(document)
        mistakes = dict.fromkeys(f"{path}: {line}" for line in (*told, *read.mistakes))
        return replace(read, mistakes=tuple(mistakes))


def _told(why: ValidationError) -> Iterator[Any]:
    """The mistakes, but not that a list is too short whose items are wrong."""
    above = {mistake["loc"][:-1] for mistake in why.errors()}
    for mistake in why.errors():
        if mistake["type"] != "too_short" or mistake["loc"] not in above:
            yield mistake


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise BadSettings((f"{path}: cannot be read: {why.strerror}",)) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings((f"{path}: is not TOML: {why}",)) from why


def _what_is_right(document: dict[str, Any]) -> Read:
    """Each section by itself, without its wrong keys, and what is wrong among them; of arrays each table."""
    given = _with_environment(document)
    sections: dict[str, Any] = {"desk": _NO_DESK}
    wrong = {"desk"} - given.keys()
    mistakes: list[str] = []
    for name, field in Settings.model_fields.items():
        if name not in given:
            continue
        kind, value = field.annotation, given[name]
        if get_origin(kind) is tuple and isinstance(value, list):
            found = [_right(get_args(kind)[0], one).section for one in value]
            sections[name] = tuple(one for one in found if one is not None)
            wrong |= {name} if None in found else set()
        elif get_origin(kind) is tuple:
            wrong |= {name}
        else:
            right = _right(kind, value, _NEEDED.get(name, {}))
            wrong |= {f"{name}.{key}" for key in right.bad} | ({name} if right.section is None else set())
            mistakes += (f"{name}: {text}" for text in right.others)
            sections |= {} if right.section is None else {name: right.section}
    settings = Settings.model_construct(**sections)
    # What a table names that could not be read would seem to be nowhere.
    if wrong.isdisjoint({"imap", "department", "request", "identify", "trust"}):
        mistakes += settings.disagreements()
    return Read(settings, tuple(mistakes), frozenset(wrong))


@dataclass(frozen=True, slots=True)
class _Right:
    """A section without the keys that are `bad`, None where it is none then; `others`: what else is wrong."""

    section: Any
    bad: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


def _right(kind: Any, value: object, needed: Mapping[str, object] = _NOTHING) -> _Right:
    """What can be read of a section. `needed` is put in the place of what it cannot do without."""
    adapter = TypeAdapter[Any](kind)
    try:
        return _Right(adapter.validate_python(value))
    except ValidationError as why:
        bad = frozenset(str(mistake["loc"][0]) for mistake in why.errors() if mistake["loc"])
    if not isinstance(value, dict):
        return _Right(None)
    left = {key: one for key, one in value.items() if key not in bad}
    try:
        return _Right(adapter.validate_python({**needed, **left}), bad)
    except ValidationError as why:
        lines = (line for mistake in why.errors() if not mistake["loc"] for line in _lines(mistake, ()))
        # That a key is missing which was left out here is no mistake of its own.
        return _Right(None, bad, tuple(line for line in lines if not any(key in line for key in bad)))


def _with_environment(document: dict[str, Any]) -> dict[str, Any]:
    """What is given for each section; the environment comes before the file."""
    given = dict(document)
    for name, values in EnvSettingsSource(Settings)().items():
        before = given.get(name)
        given[name] = (
            {**before, **values} if isinstance(before, dict) and isinstance(values, dict) else values
        )
    return given


def _tables(value: object) -> Iterator[dict[str, Any]]:
    """The tables of an array, as far as `value` is one."""
    if isinstance(value, list):
        yield from (one if isinstance(one, dict) else {} for one in value)


def _lines(mistake: Any, names: tuple[Any, ...]) -> Iterator[str]:
    """A mistake as lines of key and text; mailboxes go by their `names`, where these can be told."""
    place = [str(part) for part in mistake["loc"]]
    match mistake["loc"]:
        case ("imap", int() as index, *_) if index < len(names) and isinstance(names[index], str):
            place[:2] = [f"imap.{names[index]}"]
    told = {
        "extra_forbidden": "unknown key",
        "missing": "is required",
        "tuple_type": f"is an array of tables: [[{place[0]}]]" if len(place) == 1 else "is a list",
        "model_type": f"is one table: [{place[-1]}]" if len(place) == 1 else "is a table",
    }
    text = told.get(mistake["type"], mistake["msg"])
    for line in text.removeprefix("Value error, ").splitlines():
        yield f"{'.'.join(place)}: {line}" if place else line
