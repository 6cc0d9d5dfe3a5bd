"""The sections of mailgate.toml, but for the mailboxes. `config/mailgate.toml` explains each key."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mailgate.config.values import (
    MAX_SIZE,
    AnyPath,
    AuthservId,
    Days,
    DaysOrNone,
    Domain,
    Endpoint,
    Existing,
    ExistingFolder,
    Hours,
    Mailbox,
    MailboxOrNone,
    Mode,
    NotNegative,
    Positive,
    Seconds,
    Section,
    WebAddressOrNone,
    Zone,
)
from mailgate.core.policy import Language


class StateSettings(Section):
    """`[state]`: where everything that must not be lost is kept."""

    dir: AnyPath = Path("/var/lib/mailgate")
    min_free_mb: NotNegative = 64
    max_backlog: Positive = 20_000
    max_bulk_backlog: Positive = 20_000


class DeskSettings(Section):
    """`[desk]`: the desk as customers see it."""

    name: str
    addresses: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.RU, Language.EN)
    timezone: Zone = "UTC"
    subaddress: bool = True
    separator: Annotated[str, Field(min_length=1, max_length=1)] = "+"
    prefix: Annotated[str, Field(max_length=20, pattern=r"^[^\[\]#\s]*$")] = ""
    guide_url: str = ""
    phone: str = ""
    templates: ExistingFolder | None = None


class SmtpSettings(Section):
    """`[smtp]`: the SMTP and LMTP door. Sizes in bytes, times in seconds."""

    listen: tuple[Endpoint, ...] = ("127.0.0.1:2525",)
    lmtp: AnyPath | None = None
    lmtp_mode: Mode = "0660"
    hostname: Domain = ""
    tls_certificate: Existing | None = None
    tls_key: Existing | None = None
    max_size: Positive = MAX_SIZE
    max_line: Positive = 1_048_576
    max_recipients: Positive = 100
    max_connections: Positive = 200
    max_connections_per_peer: Positive = 50
    max_bad_commands: Positive = 10
    command_timeout: Seconds = 300
    block_timeout: Seconds = 180
    total_timeout: Seconds = 3600

    @model_validator(mode="after")
    def _tls_in_pairs(self) -> "SmtpSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self


class RelaySettings(Section):
    """`[relay]`: the smarthost. Without a host, letters go to a Maildir in the state folder."""

    host: str = ""
    port: Annotated[int, Field(gt=0, lt=65536)] = 25
    tls: Literal["none", "starttls", "implicit"] = "none"
    user: str = ""
    password_file: Existing | None = None
    envelope: Literal["verp", "null", "fixed"] = "verp"
    envelope_address: MailboxOrNone = ""
    connections: Annotated[int, Field(gt=0, le=50)] = 4
    timeout: Seconds = 60
    give_up_after_days: Days = 5

    @model_validator(mode="after")
    def _fixed_needs_address(self) -> "RelaySettings":
        if self.envelope == "fixed" and not self.envelope_address:
            raise ValueError('envelope = "fixed" needs envelope_address')
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file go together")
        return self


class TrustSettings(Section):
    """`[trust]`: whose Authentication-Results and spam verdicts count, and over which hop."""

    authserv_ids: tuple[AuthservId, ...] = ()
    hops: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] = ("X-Spam-Flag", "X-Spam-Status")

    @model_validator(mode="after")
    def _ids_need_a_hop(self) -> "TrustSettings":
        if self.authserv_ids and not self.hops:
            raise ValueError('authserv_ids need hops, such as hops = ["lmtp"] or ["127.0.0.1:2525"]')
        return self


class ParseSettings(Section):
    """`[parse]`: the workers that read mails. Times in seconds, memory in MiB."""

    workers: Annotated[int, Field(gt=0, le=32)] = 2
    timeout: Seconds = 1.0
    timeout_alone: Seconds = 5.0
    memory_mb: Annotated[int, Field(ge=128)] = 512


class DirectorySettings(Section):
    """`[directory]`: where the customer base is. Times in seconds."""

    kind: Literal["table", "http"] = "table"
    url: WebAddressOrNone = ""
    token_file: Existing | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 3
    cache_seconds: NotNegative = 300
    failures: Positive = 3
    pause_seconds: Positive = 30

    @model_validator(mode="after")
    def _service_has_an_address(self) -> "DirectorySettings":
        named = [key for key in ("url", "token_file") if getattr(self, key)]
        if self.kind == "table" and named:
            raise ValueError(f'{" and ".join(named)} is of no use with kind = "table"; is it to be "http"?')
        if self.kind == "http" and not self.url:
            raise ValueError('url is required for kind = "http"')
        return self


class LimitSettings(Section):
    """`[limits]`: bounds of the desk's behaviour."""

    letters_a_day: Positive = 20
    letters_a_day_authenticated: Positive = 200
    letters_an_hour: Positive = 3600
    stale_after_hours: Hours = 48
    reopen_within_days: Days = 30
    close_after_silence_days: DaysOrNone = 14
    max_received: Positive = 50
    max_tries: Positive = 3
    late_after_seconds: Positive = 60
