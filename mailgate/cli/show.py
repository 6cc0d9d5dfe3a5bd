"""How commands show things: tables and fields for people, JSON for programs.

What came from a mail may hold characters that act on a terminal instead of being read. For people
they are shown as escapes; in JSON they are escaped by JSON's own rules.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from mailgate.cli.exits import Refused

_WIDE = frozenset({"W", "F"})
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")  # harmless, and frequent in mail
_GAP = "  "

NEWEST = 2**63 - 1
"""Beyond every id: a list that begins below it begins with the newest."""

Command = TypeVar("Command", bound=Callable[..., Any])


def examples(*commands: str) -> str:
    """The end of a command's help, which click must not rewrap."""
    return "\n".join(("\b", "Examples:", *(f"  {command}" for command in commands)))


def json_option(command: Command) -> Command:
    """`--json` of a command, handed over as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(
        command
    )


def limit_option(command: Command) -> Command:
    """`--limit` of a list."""
    kind = click.IntRange(1, 10_000)
    return click.option("--limit", type=kind, default=50, show_default=True, help="At most so many.")(command)


def choice(kinds: type[StrEnum]) -> click.Choice[str]:
    """One of an enum's values; click by itself would ask for the names."""
    return click.Choice([kind.value for kind in kinds])


def output_option(command: Command) -> Command:
    """`-o FILE` of a command that writes bytes."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("-o", "--output", type=kind, help="A new file; without it, standard output.")(command)


def id_text(number: int | None) -> str | None:
    """An id or a ticket's number as JSON has it."""
    return None if number is None else str(number)


def one_line(text: str) -> str:
    """`text` fit for one line of a terminal."""
    return text if text.isascii() and text.isprintable() else "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return "" if char in _INVISIBLE else json.dumps(char)[1:-1].replace("\\u00", "\\x")


def lines(text: str) -> tuple[str, ...]:
    """The lines of `text`, each fit for a terminal."""
    return tuple(one_line(line.expandtabs(8)) for line in text.split("\n"))


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A time as the desk's clock shows it."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def print_json(document: Any) -> None:
    """Print one JSON document, UTF-8 whatever the terminal speaks (RFC 8259, section 8.1)."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    safe = "\n".join("".join(_in_json(char) for char in line) for line in text.split("\n"))
    click.echo(safe.encode())


def _in_json(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `widest` is where its texts are cut, in cells of the terminal."""

    title: str
    widest: int = 40


def print_table(columns: tuple[Column, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print aligned columns under their titles."""
    table = [
        tuple(column.title for column in columns),
        *(
            tuple(_cut(one_line(cell), column.widest) for cell, column in zip(row, columns, strict=True))
            for row in rows
        ),
    ]
    widths = [max(map(_cells, cells)) for cells in zip(*table, strict=True)]
    for row in table:
        click.echo(_GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_fields(fields: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Print names and what they are, aligned; what is empty is left out."""
    kept = [(name, one_line(text)) for name, text in fields if text]
    width = max((_cells(name) for name, _ in kept), default=0)
    for name, text in kept:
        click.echo(f"{indent}{_padded(name, width)}{_GAP}{text}")


def print_more(shown: int, limit: int, last: int | str, option: str = "--before") -> None:
    """Say how to go on where a list was cut."""
    if shown == limit:
        click.echo(f"There may be more: {option} {last}, or a greater --limit", err=True)


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1
        for char in text
    )


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cut(text: str, widest: int) -> str:
    if _cells(text) <= widest:
        return text
    kept = text[: widest - 1]
    while _cells(kept) > widest - 1:
        kept = kept[:-1]
    return kept + "…"


def write_bytes(raw: bytes, target: Path | None) -> None:
    """Write bytes as they are to a new file, or to standard output.

    A file that exists is never written over (exit 73). A terminal gets a text that cannot act on it.
    """
    if target is None and sys.stdout.isatty():
        for line in lines(raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")):
            click.echo(line)
    elif target is None:
        click.echo(raw, nl=False)
    else:
        _write_new(raw, target)


def _write_new(raw: bytes, target: Path) -> None:
    try:
        with target.open("xb") as file:
            file.write(raw)
    except FileExistsError as why:
        raise Refused(f"{target} exists; name a new file with -o", os.EX_CANTCREAT) from why
    except OSError as why:
        raise Refused(f"{target} cannot be written: {why.strerror}", os.EX_CANTCREAT) from why
    click.echo(f"{target}: {len(raw)} bytes", err=True)
