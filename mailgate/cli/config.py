"""`mailgate config`: the settings in force."""

import json
from pathlib import Path
from typing import Any

import click

from mailgate.cli import show
from mailgate.config import read_settings


@click.group("config")
def config_group() -> None:
    """The settings in force."""


@config_group.command(
    "show",
    epilog=show.examples(
        "mailgate config show",
        "mailgate config show --changed",
        "mailgate config show --json | jq .smtp.listen",
    ),
)
@click.option("--changed", is_flag=True, help="Only what differs from the defaults.")
@show.json_option
@click.pass_obj
def show_config(path: Path, changed: bool, as_json: bool) -> None:
    """Print the settings in force: the file, and over it the environment.

    Secrets stand in files of their own, of which only the names are settings. What is printed without
    --json can be read as a mailgate.toml.
    """
    settings = read_settings(path).model_dump(mode="json", exclude_defaults=changed)
    if as_json:
        show.print_json(settings)
        return
    for section, value in settings.items():
        for keys in value if isinstance(value, list) else (value,):
            _print_table(section, keys, array=isinstance(value, list))


def _print_table(name: str, keys: dict[str, Any], *, array: bool = False) -> None:
    """A table as TOML has it, the tables within it last."""
    within = {key: value for key, value in keys.items() if isinstance(value, dict)}
    click.echo(f"[[{name}]]" if array else f"[{name}]")
    for key, value in keys.items():
        if key not in within:
            click.echo(f"#{key} is not set" if value is None else f"{key} = {_toml(value)}")
    click.echo()
    for key, value in within.items():
        _print_table(f"{name}.{key}", value)


def _toml(value: Any) -> str:
    """A value as TOML has it; its strings and lists of strings are written as JSON's."""
    return show.one_line(json.dumps(value, ensure_ascii=False))
