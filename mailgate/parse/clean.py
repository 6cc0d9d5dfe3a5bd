"""Decoded text made fit to be shown: no character that acts instead of being read.

Controls move a terminal's cursor or end a header line, bidirectional overrides make a text read
other than it is, lone surrogates cannot be stored as UTF-8.
"""

import re

# Line ends of any script, and the tabulator: white space in a line.
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
# C0, C1, directional marks, embeddings, overrides and isolates, lone surrogates, the byte order mark.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")
_UNFIT_IN_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")
_LINE_END = re.compile("[\r\v\f\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """`text` as one clean line: breaks become a space, characters unfit for show vanish."""
    if text.isprintable():  # nothing that is sought below is
        return text.strip()
    return _UNFIT.sub("", _BREAKS.sub(" ", text)).strip()


def lines(text: str) -> str:
    """`text` with the line feed as its only line end and without characters unfit for show."""
    text = text.replace("\r\n", "\n")
    # Much the quickest way to see that there is nothing to do, as in nearly every mail.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _UNFIT_IN_TEXT.sub("", _LINE_END.sub("\n", text))
