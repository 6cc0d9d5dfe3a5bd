"""`mailgate template`: the letters' words."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from mailgate.cli import show
from mailgate.cli.outbox import readable
from mailgate.config import policy_of, read_settings
from mailgate.core.effects import Hint, LetterKind
from mailgate.core.policy import Language
from mailgate.letters import Letters, sample

# The marks of a preview are never valid, and no secret is read to show it.
_NO_KEY = bytes(32)


@click.group("template")
def template_group() -> None:
    """The words of the letters."""


@template_group.command(
    "preview",
    epilog=show.examples(
        "mailgate template preview acknowledgement",
        "mailgate template preview receipt --language en --hint reopened",
        "mailgate template preview acknowledgement --language ru --language en --hint outage",
    ),
)
@click.argument("kind", type=show.choice(LetterKind))
@click.option(
    "--language", "languages", multiple=True, type=show.choice(Language), help="One, or both in order."
)
@click.option("--hint", "hints", multiple=True, type=show.choice(Hint), help="What it says besides.")
@click.pass_obj
def preview(path: Path, kind: str, languages: tuple[str, ...], hints: tuple[str, ...]) -> None:
    """Print a letter as the customer would read it, made of sample values."""
    settings = read_settings(path)
    spoken = tuple(Language(code) for code in languages) or settings.desk.languages[:1]
    letter = replace(
        sample(LetterKind(kind), spoken[0]), languages=spoken, hints=tuple(Hint(hint) for hint in hints)
    )
    relay = settings.relay
    made = Letters(
        policy_of(settings, (_NO_KEY,)), settings.desk.templates, relay.envelope, relay.envelope_address
    )
    click.echo(readable(made.compose(letter, 1, datetime.now(UTC)).raw))
