"""`mailgate panel`: the control panel's keys."""

import json
from pathlib import Path

import click

from mailgate.cli import show
from mailgate.config import read_settings
from mailgate.errors import BadSettings
from mailgate.intake.panel.keys import digest_of, new_key


@click.group("panel")
def panel_group() -> None:
    """The control panel's door."""


@panel_group.command("key", epilog=show.examples("mailgate panel key", "mailgate panel key --json"))
@show.json_option
@click.pass_obj
def key(path: Path, as_json: bool) -> None:
    """Make a new key for the control panel and show it, this once.

    Only its digest goes into the settings. With it the latest key stays valid, so that the panel can change
    from one to the other; take the old one out when it has.
    """
    before = _keys_of(path)
    fresh = new_key()
    digests = [*before[-1:], digest_of(fresh)]
    if as_json:
        show.print_json({"key": fresh, "keys": digests})
        return
    click.echo(f"The key, for the panel; it is kept nowhere and shown once: {fresh}")
    click.echo("For [panel] in the settings, then reload (SIGHUP):")
    click.echo(f"keys = {json.dumps(digests)}")


def _keys_of(path: Path) -> tuple[str, ...]:
    """The digests in the settings, which may lack nothing but the key that is to be made."""
    try:
        return read_settings(path).panel.keys
    except BadSettings as why:
        click.echo(
            "\n".join(f"not read, so the line below has the new key alone: {each}" for each in why.mistakes),
            err=True,
        )
        return ()
