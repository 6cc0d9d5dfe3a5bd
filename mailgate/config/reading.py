"""Reads mailgate.toml with all its mistakes at once, and what is right in it though something is wrong."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_settings import EnvSettingsSource

from mailgate.config.sections import DeskSettings
from mailgate.config.settings import Settings
from mailgate.errors import BadSettings

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
    except ValidationError as why:
        names = tuple(mailbox.get("name") for mailbox in _tables(document.get("imap")))
        lines = (line for mistake in _told(why) for line in _lines(mistake, names))
        return _what_is_right(document, tuple(f"{path}: {line}" for line in lines))


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


def _what_is_right(document: dict[str, Any], mistakes: tuple[str, ...]) -> Read:
    """Each section by itself, without its wrong keys; of arrays each table."""
    given = _with_environment(document)
    sections: dict[str, Any] = {"desk": _NO_DESK}
    wrong = {"desk"} - given.keys()
    for name, field in Settings.model_fields.items():
        value = given.get(name)
        if isinstance(value, list):
            found = (_right(get_args(field.annotation)[0], one)[0] for one in value)
            sections[name] = tuple(one for one in found if one is not None)
        elif name in given:
            section, bad = _right(field.annotation, value)
            wrong |= {f"{name}.{key}" for key in bad} | ({name} if section is None else set())
            sections |= {} if section is None else {name: section}
    return Read(Settings.model_construct(**sections), mistakes, frozenset(wrong))


def _right(kind: Any, value: object) -> tuple[Any, frozenset[str]]:
    """A section without its wrong keys, and these; None where it is none without them."""
    adapter = TypeAdapter[Any](kind)
    bad: frozenset[str] = frozenset()
    for _ in ("as it is", "without them"):
        try:
            return adapter.validate_python(value), bad
        except ValidationError as why:
            bad = frozenset(str(mistake["loc"][0]) for mistake in why.errors() if mistake["loc"])
            value = (
                {key: one for key, one in value.items() if key not in bad}
                if isinstance(value, dict)
                else value
            )
    return None, bad


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
    text = {"extra_forbidden": "unknown key", "missing": "is required"}.get(mistake["type"], mistake["msg"])
    for line in text.removeprefix("Value error, ").splitlines():
        yield f"{'.'.join(place)}: {line}" if place else line
