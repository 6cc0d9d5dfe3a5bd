"""Every command says what it is for and shows how it is used; the README names each."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailgate.cli import main

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def commands(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, command in group.commands.items():
        words = (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_a_command_has_a_purpose_and_examples_that_name_it(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*words, "--help"])

    assert done.exit_code == 0
    purpose, examples = done.output.split("\n\n")[1].split("\n")[0], done.output.partition("Examples:\n")[2]
    assert re.fullmatch(r"  [A-Z].+[.;:,a-z]", purpose)
    assert f"mailgate {' '.join(words)}" in examples or "mailgate --config" in examples


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_the_readme_names_the_command(words: tuple[str, ...]) -> None:
    noun, *verb = words
    rows = re.findall(rf"^\| `mailgate {noun}[ `].*$", README, re.MULTILINE)

    assert len(rows) == 1
    assert all(re.search(rf"`(?:mailgate {noun} )?{word}`", rows[0]) for word in verb)


def test_an_example_never_names_an_option_that_is_not_there() -> None:
    for words in commands():
        output = CliRunner().invoke(main, [*words, "--help"]).output
        options, _, examples = output.partition("Examples:\n")
        own = " ".join(line for line in examples.split("\n") if f"mailgate {' '.join(words)}" in line)
        used = set(re.findall(r"(?<=\s)--[a-z-]+", own))
        assert used <= set(re.findall(r"--[a-z-]+", options)), words


def test_without_a_command_the_commands_are_shown() -> None:
    done = CliRunner().invoke(main, [])

    assert done.exit_code == 64
    assert "ticket" in done.output
