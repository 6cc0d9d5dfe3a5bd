"""The mailboxes of mailgate.toml: `[[imap]]`, and `[imap.oauth]` for those that take no password."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from mailgate.config.values import (
    MAX_SIZE,
    Days,
    DaysOrNone,
    Existing,
    Host,
    HoursOrNone,
    Positive,
    Section,
    WebAddress,
    WebAddressOrNone,
    is_loopback,
)

_IMAPS_PORT = 993  # RFC 8314, section 3.2
_IMAP_PORT = 143
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")  # it names files, and a hop
_HEADER_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322, section 3.6.8
_DIRECTIVE = re.compile(r"%(.?)")
_KNOWN = frozenset("YmdVG%")


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is not a word of up to 40 letters and digits such as support")
    return text


def _header_name(text: str) -> str:
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a header such as Delivered-To")
    return text


def _login(text: str) -> str:
    if not (text and text.isprintable()):
        raise ValueError("must be a name, without control characters")
    return text


def _folder(text: str) -> str:
    if not text.isprintable() or any(not part.strip() for part in text.split("/")):
        raise ValueError(f"{text!r} is not a folder such as INBOX or Support/New")
    return text


def _done(text: str) -> str:
    if not text:
        return text
    unknown = [letter for letter in _DIRECTIVE.findall(text) if letter not in _KNOWN]
    if unknown:
        raise ValueError(f"%{unknown[0]} is none of %Y %m %d %G %V %%")
    return _folder(text)


Word = Annotated[str, AfterValidator(_word)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Login = Annotated[str, AfterValidator(_login)]
Folder = Annotated[str, AfterValidator(_folder)]
DoneFolder = Annotated[str, AfterValidator(_done)]


class OAuthSettings(Section):
    """`[imap.oauth]`: who gives the access tokens of a mailbox, and to which client (RFC 6749)."""

    token_url: WebAddress
    authorize_url: WebAddressOrNone = ""
    client_id: Login
    client_secret_file: Existing | None = None
    scope: str = ""
    grant: Literal["client_credentials", "refresh_token"]
    warn_days: DaysOrNone = 14
    lifetime_days: Days = 90

    @model_validator(mode="after")
    def _grant_has_what_it_needs(self) -> "OAuthSettings":
        mistakes = []
        if self.grant == "client_credentials" and self.client_secret_file is None:
            mistakes.append('client_secret_file is required for grant = "client_credentials"')
        if self.grant == "refresh_token" and not self.authorize_url:
            mistakes.append('authorize_url is required for grant = "refresh_token"')
        if self.warn_days >= self.lifetime_days:
            mistakes.append("warn_days must be fewer than lifetime_days")
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self


class ImapSettings(Section):
    """`[[imap]]`: a mailbox that mails are fetched from. Sizes in bytes."""

    name: Word
    host: Host
    port: Annotated[int, Field(ge=0, lt=65536)] = 0
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Existing | None = None
    user: Login
    auth: Literal["password", "xoauth2", "oauthbearer"] = "password"
    password_file: Existing | None = None
    folder: Folder = "INBOX"
    done: DoneFolder = "Done/%Y-%m"
    recipients_from: tuple[HeaderName, ...] = ("Delivered-To", "X-Original-To", "X-Envelope-To")
    start: AwareDatetime | None = None
    poll_seconds: Positive = 300
    purge_after_days: DaysOrNone = 0
    max_size: Positive = MAX_SIZE
    quiet_after_hours: HoursOrNone = 0
    unreachable_after_minutes: Positive = 15
    oauth: OAuthSettings | None = None

    @model_validator(mode="after")
    def _keys_agree(self) -> "ImapSettings":
        mistakes = tuple(self._mistakes())
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def _mistakes(self) -> Iterator[str]:
        if self.tls == "none" and not is_loopback(self.host):
            yield 'tls = "none" is for loopback hosts only: others may read what is said'
        if self.auth == "password" and self.password_file is None:
            yield 'password_file is required for auth = "password"'
        if self.auth == "password" and self.oauth is not None:
            yield '[imap.oauth] is of no use with auth = "password"'
        if self.auth != "password" and self.oauth is None:
            yield f'[imap.oauth] is required for auth = "{self.auth}"'
        if self.auth != "password" and self.password_file is not None:
            yield f'password_file is of no use with auth = "{self.auth}"'
        if self.done.casefold() == self.folder.casefold():
            yield "done must be another folder than folder, or the same mails are fetched again"
        if self.purge_after_days and not self.done:
            yield "purge_after_days needs a done folder"

    @property
    def server_port(self) -> int:
        """The port that is connected to."""
        return self.port or (_IMAPS_PORT if self.tls == "implicit" else _IMAP_PORT)

    @property
    def account(self) -> str:
        """The mailbox, however many sections name it."""
        return f"{self.user}@{self.host.lower()}:{self.server_port}"

    @property
    def hop(self) -> str:
        """What `[trust] hops` calls mails of this mailbox."""
        return f"imap:{self.name}"

    def secrets(self) -> tuple[tuple[str, Path | None], ...]:
        """The files that hold a secret: the key, and the file if there is one."""
        secret = self.oauth.client_secret_file if self.oauth else None
        return (("password_file", self.password_file), ("oauth.client_secret_file", secret))
