"""The labelled texts as values."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled text, as `README.md` describes it; without objects where its table labels none."""

    name: str
    subject: str
    text: str
    label: str
    objects: frozenset[str]


def table(name: str) -> list[Case]:
    """The cases of a table; none where it does not exist."""
    path = HERE / f"{name}.toml"
    texts = tomllib.loads(path.read_text("utf-8"))["text"] if path.exists() else []
    return [
        Case(
            text["name"],
            text["subject"],
            text["text"].removeprefix("\n"),
            text["class"],
            frozenset(text.get("object", ())),
        )
        for text in texts
    ]
