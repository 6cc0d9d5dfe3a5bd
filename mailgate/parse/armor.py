"""OpenPGP in the text itself (RFC 9580, sections 6.2 and 7): sealed words, and words that are signed."""

_SEALED = "-----BEGIN PGP MESSAGE-----"
_SEALED_END = "-----END PGP MESSAGE-----"
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


def sealed(text: str) -> bool:
    """Does a line of `text` begin an encrypted message?"""
    return text.startswith(_SEALED) or f"\n{_SEALED}" in text


def without_sealed(text: str) -> str:
    """`text` less its first encrypted message: what the writer said in the open."""
    before, _mark, rest = text.partition(_SEALED)
    _sealed, _mark, after = rest.partition(_SEALED_END)
    return (before + after).strip("\n")


def without_signature(text: str) -> str:
    """`text` as it was before it was clear-signed; any other text as it is."""
    if not text.lstrip().startswith(_SIGNED):
        return text
    _headers, _empty, rest = text.lstrip().partition("\n\n")
    words, _mark, _signature = rest.partition(f"\n{_SIGNATURE}")
    # RFC 9580, 7.2: a line that begins with a dash is marked by "- ".
    return "\n".join(line.removeprefix("- ") for line in words.split("\n"))
