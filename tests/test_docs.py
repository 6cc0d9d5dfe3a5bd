"""The README and the shipped settings say what is true."""

import re
import tomllib
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from mailgate.config import Settings, read_settings
from mailgate.core.decide import RULES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SHIPPED = (ROOT / "config" / "mailgate.toml").read_text("utf-8")


def tables(model: type[BaseModel], before: str = "") -> list[tuple[str, type[BaseModel]]]:
    """The tables of a model, each as TOML heads it; those of an array in double brackets."""
    found = []
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                head = f"[{before}{name}]"
                found.append((f"[{head}]" if get_origin(field.annotation) is tuple else head, kind))
                found += tables(kind, f"{before}{name}.")
    return found


def keys_of(section: type[BaseModel]) -> list[str]:
    """The keys of a table, without the tables within it."""
    within = [kind for _, kind in tables(section)]
    return [
        name
        for name, field in section.model_fields.items()
        if not set(within) & {field.annotation, *get_args(field.annotation)}
    ]


TABLES = tables(Settings)


def test_every_kind_of_table_is_found() -> None:
    assert [name for name, _ in TABLES][:6] == [
        "[state]",
        "[desk]",
        "[smtp]",
        "[[imap]]",
        "[imap.oauth]",
        "[relay]",
    ]


def test_the_readmes_rules_are_the_rules_in_their_order() -> None:
    assert re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", README, re.MULTILINE)[: len(RULES)] == [
        rule.__name__ for rule in RULES
    ]


@pytest.mark.parametrize(("name", "section"), TABLES)
def test_the_readme_names_every_setting_and_no_other(name: str, section: type[BaseModel]) -> None:
    row = re.search(rf"^\| `{re.escape(name)}` \| (.+) \|$", README, re.MULTILINE)

    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == keys_of(section)


@pytest.mark.parametrize(("name", "section"), TABLES)
def test_the_shipped_settings_have_every_key_with_its_default(name: str, section: type[BaseModel]) -> None:
    # What cannot be in force as shipped is commented out with its head.
    part = re.split(rf"^#?{re.escape(name)}\n", SHIPPED, flags=re.MULTILINE)[1]
    part = re.split(r"^#?\[", part, flags=re.MULTILINE)[0]
    keys = re.findall(r"^#?([a-z_]+) = (.+)$", part, re.MULTILINE)

    assert [key for key, _ in keys] == keys_of(section)
    for key, text in keys:
        field = section.model_fields[key]
        if not field.is_required() and field.default not in (None, "", ()):
            shown = tomllib.loads(f"value = {text}")["value"]
            given = section.model_construct(**{key: shown})
            assert _plain(getattr(given, key)) == _plain(field.default), key


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def test_the_shipped_settings_are_valid_with_every_line_in_force(tmp_path: Path) -> None:
    whole = re.sub(r"^#([a-z_]+ = |\[)", r"\1", SHIPPED, flags=re.MULTILINE)
    for name in ("certificate", "key", "password", "templates"):
        (tmp_path / name).mkdir() if name == "templates" else (tmp_path / name).touch()
    whole = re.sub(r'(tls_certificate = ").+"', rf'\1{tmp_path}/certificate"', whole)
    whole = re.sub(r'(tls_key = ").+"', rf'\1{tmp_path}/key"', whole)
    whole = re.sub(r'(ca_file = ").+"', rf'\1{tmp_path}/certificate"', whole)
    whole = re.sub(r'((?:password|secret|token)_file = ").+"', rf'\1{tmp_path}/password"', whole)
    whole = re.sub(r'(templates = ").+"', rf'\1{tmp_path}/templates"', whole)
    whole = whole.replace('user = ""', 'user = "desk"')
    whole = whole.replace('kind = "table"\n', 'kind = "http"\n').replace(
        '\nurl = ""', '\nurl = "http://127.0.0.1/"'
    )
    (tmp_path / "mailgate.toml").write_text(whole, "utf-8")

    settings = read_settings(tmp_path / "mailgate.toml")

    assert settings.relay.user == "desk"
    assert [mailbox.name for mailbox in settings.imap] == ["support", "microsoft", "gmail"]


@pytest.mark.parametrize("command", ["make demo", "make test", "make lint", "make bench"])
def test_the_readme_names_every_target_of_the_makefile(command: str) -> None:
    assert command in README
    assert f"\n{command.split()[1]}:" in (ROOT / "Makefile").read_text("utf-8")


def test_ci_calls_the_readmes_test_command() -> None:
    assert "make lint\nmake test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
