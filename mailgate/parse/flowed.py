"""format=flowed taken off (RFC 3676): soft line ends joined, stuffing removed, quotes marked "> "."""

_SIGNATURE = "-- "


def unflow(text: str, *, delete_space: bool) -> str:
    """`text` with its paragraphs on one line each; `delete_space` is the parameter DelSp=yes."""
    paragraphs: list[str] = []
    pending: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level = len(line) - len(line.lstrip(">"))
        content = line[level:].removeprefix(" ")  # RFC 3676, 4.4: one space is stuffing
        fixed = content == _SIGNATURE or not content.endswith(" ")
        # RFC 3676, 4.5: a change of depth ends a paragraph whatever its last line says; so does 4.3.
        if pending and (level != depth or content == _SIGNATURE):
            paragraphs.append(_quoted(pending, depth))
            pending = []
        depth = level
        pending.append(content[:-1] if delete_space and not fixed else content)
        if fixed:
            paragraphs.append(_quoted(pending, depth))
            pending = []
    if pending:
        paragraphs.append(_quoted(pending, depth))
    return "\n".join(paragraphs)


def _quoted(pieces: list[str], depth: int) -> str:
    text = "".join(pieces)
    return f"{'>' * depth} {text}" if depth else text
