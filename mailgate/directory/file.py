"""A file of accounts, CSV or JSON lines, as rows that know their line.

Read once from its beginning to its end, so that it may be a pipe.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from mailgate.core.account import Account
from mailgate.directory.record import COLUMNS, LISTS, record_of, shown
from mailgate.errors import Permanent

_BOM = "\ufeff"
_BETWEEN = re.compile(r"[\s,;]+")
_DELIMITERS = ",;\t"
_CELL = 16 * 1024 * 1024  # a reseller's domains stand in one


class BadFile(Permanent):
    """The file cannot be read at all; the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is right: its account, and the line it begins in."""

    line: int
    account: Account


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is wrong. `account` is the id it names, "" when it names none."""

    line: int
    why: str
    account: str = ""


def read_rows(
    raw: Iterable[bytes], now: datetime, read: Callable[[int], None] = lambda _: None
) -> Iterator[Row | Bad]:
    """The rows of a file, given line by line; `read` is told how many bytes were. Raises BadFile.

    It is JSON lines when it begins with a brace, and CSV otherwise.
    """
    lines = _decoded(raw, read)
    first = next(lines, "").removeprefix(_BOM)
    blank = 0
    while first and not first.strip():
        first, blank = next(lines, ""), blank + 1
    if not first:
        raise BadFile("holds nothing; it must name accounts as CSV with a header, or as JSON lines")
    if first.lstrip().startswith("["):
        raise BadFile("is one JSON list; write an object a line, as `jq -c '.[]'` does")
    kind = _json_rows if first.lstrip().startswith("{") else _csv_rows
    for line, values in kind(chain([first], lines), blank):
        yield values if isinstance(values, Bad) else _row(line, values, now)


def _decoded(raw: Iterable[bytes], read: Callable[[int], None]) -> Iterator[str]:
    for number, line in enumerate(raw, 1):
        read(len(line))
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as why:
            raise BadFile(
                f"line {number}, byte {why.start + 1}: 0x{line[why.start]:02X} is not UTF-8; convert the"
                " file, such as with `iconv -f cp1251 -t utf-8` or `iconv -f koi8-r -t utf-8`"
            ) from None


def _row(line: int, values: dict[str, Any], now: datetime) -> Row | Bad:
    record = record_of(values, now)
    if record.mistakes:
        return Bad(line, "; ".join(map(str, record.mistakes)), record.account.id)
    return Row(line, record.account)


Values = tuple[int, dict[str, Any] | Bad]


def _json_rows(lines: Iterator[str], blank: int) -> Iterator[Values]:
    for number, text in enumerate(lines, blank + 1):
        if text.strip():
            yield number, _object(number, text)


def _object(line: int, text: str) -> dict[str, Any] | Bad:
    try:
        values = json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as why:
        said = why.msg if isinstance(why, json.JSONDecodeError) else str(why)
        return Bad(line, f"is not a JSON object: {said}")
    if not isinstance(values, dict):
        return Bad(line, "is not a JSON object")
    unknown = _unknown(values)
    return Bad(line, unknown) if unknown else values


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("it names a column twice")
    return values


def _unknown(names: Iterable[str]) -> str:
    """What is wrong with the names of columns; "" when nothing is."""
    strange = [name for name in names if name not in COLUMNS]
    if not strange:
        return ""
    return f"there is no column {', '.join(map(shown, strange[:5]))}; there are {', '.join(COLUMNS)}"


def _csv_rows(lines: Iterator[str], blank: int) -> Iterator[Values]:
    header = next(lines)
    names = _header(header, blank + 1)
    delimiter = _delimiter(header)
    csv.field_size_limit(_CELL)
    cells = csv.reader(lines, delimiter=delimiter, strict=True)
    before = blank + 1  # the lines that come before the reader's own
    while True:
        line = before + cells.line_num + 1
        try:
            found = next(cells)
        except StopIteration:
            return
        except csv.Error as why:
            yield line, Bad(line, f"is not CSV: {why}")
            continue
        if any(cell.strip() for cell in found):
            yield line, _named(line, names, found)


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _header(text: str, line: int) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([text], delimiter=_delimiter(text), strict=True))
    except csv.Error as why:
        raise BadFile(f"line {line}: the header is not CSV: {why}") from None
    names = tuple(cell.strip().lower() for cell in cells)
    missing = [name for name in ("id", "login") if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    wrong = (
        _unknown(names),
        f"required columns are missing: {', '.join(missing)}" if missing else "",
        f"columns stand there twice: {', '.join(map(shown, twice))}" if twice else "",
    )
    if any(wrong):
        raise BadFile(f"line {line}: {'; '.join(filter(None, wrong))}")
    return names


def _named(line: int, names: tuple[str, ...], cells: list[str]) -> dict[str, Any] | Bad:
    if len(cells) != len(names):
        return Bad(line, f"has {len(cells)} cells, and the header {len(names)}; is a cell to be quoted?")
    return {
        name: _BETWEEN.split(cell) if name in LISTS else cell for name, cell in zip(names, cells, strict=True)
    }
