"""`[panel]`: the door of the control panel, on this machine alone."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from mailgate.config.values import MAX_SIZE, Mode, Positive, Section, is_loopback_endpoint

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_KEYS = 2  # the one in use, and the one that takes its place
_LONGEST_SOCKET = 107  # unix(7): octets of a socket's path


def _listen(text: str) -> str:
    if text.startswith("/"):
        if len(text.encode()) > _LONGEST_SOCKET or not text.isprintable():
            raise ValueError(f"{text!r} is no path of a socket: at most {_LONGEST_SOCKET} octets")
        return text
    if not is_loopback_endpoint(text):
        # Whoever reaches this door speaks for every customer, and what is said there is not encrypted.
        raise ValueError(
            f"{text!r} is neither the path of a UNIX socket such as /run/mailgate/panel nor host:port of a"
            " loopback address such as 127.0.0.1:8025 or [::1]:8025; no other may be listened on"
        )
    return text


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError("is not a key's digest of 64 digits and letters a-f: `mailgate panel key` makes one")
    return text


Listen = Annotated[str, AfterValidator(lambda text: text and _listen(text))]
KeyDigest = Annotated[str, AfterValidator(_digest)]


class PanelSettings(Section):
    """`[panel]`: where the control panel hands in requests, and by which keys. Sizes in bytes.

    `keys` are SHA-256 digests in hex. A plain hash is enough, because what is hashed is no password but 256
    random bits: there is nothing to guess.
    """

    listen: Listen = ""
    mode: Mode = "0660"
    keys: Annotated[tuple[KeyDigest, ...], Field(max_length=_MOST_KEYS)] = ()
    max_size: Positive = MAX_SIZE
    wait_seconds: Annotated[float, Field(ge=0, le=10)] = 2

    @model_validator(mode="after")
    def _has_a_key(self) -> "PanelSettings":
        if self.listen and not self.keys:
            raise ValueError("keys are required to listen: `mailgate panel key` makes one")
        if len(set(self.keys)) < len(self.keys):
            raise ValueError("keys: the same stands twice")
        return self

    @property
    def socket(self) -> Path | None:
        """The UNIX socket's path, None where there is none."""
        return Path(self.listen) if self.listen.startswith("/") else None
