"""The house keeps its own rules: purity, sizes, one library one room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "mailgate").rglob("*.py"))
CLOCK_AND_CHANCE = {
    "time",
    "random",
    "secrets",
    "os",
    "socket",
    "threading",
    "subprocess",
    "structlog",
    "logging",
}
LIBRARIES: dict[str, str | tuple[str, ...]] = {
    "aiosmtpd": "mailgate/intake/",
    "authlib": "mailgate/intake/token_endpoint.py",
    "httpx2": ("mailgate/intake/token_endpoint.py", "mailgate/directory/endpoint.py"),
    "imapclient": "mailgate/intake/imap_client.py",
    "imaplib": "mailgate/intake/imap_client.py",
    "mailparser": "mailgate/parse/",
    "cchardet": "mailgate/parse/",
    "selectolax": "mailgate/parse/",
    "jinja2": "mailgate/letters/",
    "sqlite3": ("mailgate/store/", "mailgate/desk.py"),
    "sqlite_utils": "mailgate/store/",
    "apscheduler": "mailgate/housekeeping.py",
    "fastapi": "mailgate/intake/panel/",
    "starlette": "mailgate/intake/panel/",
    "uvicorn": "mailgate/intake/panel/",
    "smtplib": ("mailgate/smarthost.py", "mailgate/demo/"),
    "publicsuffixlist": "mailgate/core/",
    "snowballstemmer": "mailgate/core/stems.py",
    "pydantic_settings": "mailgate/config/",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", [path for path in FILES if "core" in path.parts], ids=lambda path: path.name)
def test_core_has_no_clock_no_chance_and_no_world(path: Path) -> None:
    assert not CLOCK_AND_CHANCE & set(imports(path))
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not calls & {"now", "utcnow", "today"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_library_is_known_to_one_room(library: str) -> None:
    rooms = LIBRARIES[library]
    users = [str(path.relative_to(ROOT)) for path in FILES if library in set(imports(path))]

    assert users
    assert [user for user in users if not user.startswith(rooms)] == []


def test_no_file_has_more_than_300_lines() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in FILES}

    assert {name: size for name, size in sizes.items() if size > 300} == {}


def test_functions_are_small_and_nine_in_ten_have_20_lines_or_fewer() -> None:
    sizes = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node, clean=False) or ""
                length = (
                    (node.end_lineno or 0) - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
                )
                sizes[f"{path.relative_to(ROOT)}:{node.name}"] = length

    assert {name: size for name, size in sizes.items() if size > 50} == {}
    assert sum(size <= 20 for size in sizes.values()) >= 0.9 * len(sizes)


def test_all_sql_stands_in_the_store() -> None:
    words = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        if "store" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(words)
    ]

    assert found == []
