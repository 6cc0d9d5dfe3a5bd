"""The program itself, as scripts call it: exit codes, and nothing but JSON on standard output."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.place import Place, question


def run(place: Place, *words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Start mailgate as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mailgate", *map(str, words)],
        env={**os.environ, "MAILGATE_CONFIG": str(place.settings), **environment},
        capture_output=True,
        check=False,
    )


def test_the_version_is_that_of_the_package(place: Place) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]

    assert run(place, "--version").stdout.decode() == f"mailgate {project['version']}\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mail", "list"), 0),
        (("mail",), 64),
        (("mail", "shwo"), 64),
        (("mail", "list", "--state", "lost"), 64),
        (("mail", "show", "7"), 65),
        (("--config", "/nonexistent/mailgate.toml", "mail", "list"), 78),
    ],
)
def test_the_exit_code_tells_what_kind_of_trouble_it_was(
    place: Place, words: tuple[str, ...], code: int
) -> None:
    done = run(place, *words)

    assert done.returncode == code
    assert bool(done.stderr) is bool(code)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_json_is_utf_8_and_alone_on_standard_output_in_any_locale(place: Place, locale: str) -> None:
    mail = place.send(question(subject="Вопрос №1 \x1b[2J", text="Текст письма"))

    done = run(place, "mail", "show", mail, "--json", LC_ALL=locale, PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    shown = json.loads(done.stdout.decode("utf-8"))
    assert (shown["subject"], shown["text"].strip()) == ("Вопрос №1 [2J", "Текст письма")


def test_a_terminal_that_lacks_letters_still_gets_its_table(place: Place) -> None:
    place.send(question(subject="Вопрос 日"))

    done = run(place, "mail", "list", PYTHONIOENCODING="koi8-r")

    assert done.returncode == 0
    assert "Вопрос \\u65e5" in done.stdout.decode("koi8-r")


def test_a_reader_that_leaves_early_gets_no_traceback(place: Place) -> None:
    for count in range(3):
        place.post(question(f"q{count}"))
    with subprocess.Popen(
        [sys.executable, "-m", "mailgate", "mail", "list"],
        env={**os.environ, "MAILGATE_CONFIG": str(place.settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        said = listing.stderr.read()

    assert b"Traceback" not in said
