"""mailgate.toml → settings → the policy that decisions read.

Every section is a model that refuses unknown keys; all mistakes are reported at once, each with
the file and the key. `MAILGATE_SECTION__KEY` in the environment overrides the file; secrets come
from files named in the settings (a systemd credential is such a file), never from the TOML text.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mailgate.core.address import domain_name, parse_mailbox
from mailgate.core.policy import Desk, Language, Limits, Policy, Trust
from mailgate.errors import BadSettings


def _mailbox(text: str) -> str:
    if parse_mailbox(text) is None:
        raise ValueError(f"{text!r} is not a plain mailbox such as support@example.ru")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise ValueError(f"{text!r} is not a time zone such as Europe/Moscow") from why
    return text


def _listen(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):  # noqa: PLR2004 - the ports there are
        raise ValueError(f"{text!r} is not host:port such as 127.0.0.1:2525 or [::1]:2525")
    return text


def _domain(text: str) -> str:
    if text and not domain_name(text):
        raise ValueError(f"{text!r} is not a domain name")
    return text


def _mode(text: str) -> str:
    try:
        int(text, 8)
    except ValueError as why:
        raise ValueError(f"{text!r} is not an octal file mode such as 0660") from why
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Endpoint = Annotated[str, AfterValidator(_listen)]
Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StateSettings(_Section):
    """`[state]`: where everything that must not be lost is kept."""

    dir: Path = Path("/var/lib/mailgate")
    min_free_mb: Annotated[int, Field(ge=0)] = 64
    max_backlog: Positive = 20_000
    max_bulk_backlog: Positive = 20_000


class DeskSettings(_Section):
    """`[desk]`: the desk as customers see it."""

    name: str
    addresses: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.RU, Language.EN)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    subaddress: bool = True
    separator: Annotated[str, Field(min_length=1, max_length=1)] = "+"
    prefix: Annotated[str, Field(max_length=20, pattern=r"^[^\[\]#\s]*$")] = ""
    guide_url: str = ""
    phone: str = ""
    templates: Path | None = None


class SmtpSettings(_Section):
    """`[smtp]`: the SMTP and LMTP door. Sizes in bytes, times in seconds."""

    listen: tuple[Endpoint, ...] = ("127.0.0.1:2525",)
    lmtp: Path | None = None
    lmtp_mode: Annotated[str, AfterValidator(_mode)] = "0660"
    hostname: Annotated[str, AfterValidator(_domain)] = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    max_size: Positive = 26_214_400
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


class RelaySettings(_Section):
    """`[relay]`: the smarthost. Without a host, letters go to a Maildir in the state folder."""

    host: str = ""
    port: Annotated[int, Field(gt=0, lt=65536)] = 25
    tls: Literal["none", "starttls", "implicit"] = "none"
    user: str = ""
    password_file: Path | None = None
    envelope: Literal["verp", "null", "fixed"] = "verp"
    envelope_address: Annotated[str, AfterValidator(lambda text: text and _mailbox(text))] = ""
    connections: Annotated[int, Field(gt=0, le=50)] = 4
    timeout: Seconds = 60
    give_up_after_days: Positive = 5

    @model_validator(mode="after")
    def _fixed_needs_address(self) -> "RelaySettings":
        if self.envelope == "fixed" and not self.envelope_address:
            raise ValueError('envelope = "fixed" needs envelope_address')
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file go together")
        return self


class TrustSettings(_Section):
    """`[trust]`: whose Authentication-Results and spam verdicts count, and over which hop."""

    authserv_ids: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] = ("X-Spam-Flag", "X-Spam-Status")

    @model_validator(mode="after")
    def _ids_need_a_hop(self) -> "TrustSettings":
        if self.authserv_ids and not self.hops:
            raise ValueError('authserv_ids need hops, such as hops = ["lmtp"] or ["127.0.0.1:2525"]')
        return self


class ParseSettings(_Section):
    """`[parse]`: the workers that read mails. Times in seconds, memory in MiB."""

    workers: Annotated[int, Field(gt=0, le=32)] = 2
    timeout: Seconds = 1.0
    timeout_alone: Seconds = 5.0
    memory_mb: Annotated[int, Field(ge=128)] = 512


class LimitSettings(_Section):
    """`[limits]`: bounds of the desk's behaviour."""

    letters_a_day: Positive = 20
    letters_a_day_authenticated: Positive = 200
    letters_an_hour: Positive = 3600
    stale_after_hours: Positive = 48
    reopen_within_days: Positive = 30
    max_received: Positive = 50
    max_tries: Positive = 3
    late_after_seconds: Positive = 60


class Settings(BaseSettings):
    """The whole of mailgate.toml."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="MAILGATE_", env_nested_delimiter="__"
    )

    state: StateSettings = StateSettings()
    desk: DeskSettings
    smtp: SmtpSettings = SmtpSettings()
    relay: RelaySettings = RelaySettings()
    trust: TrustSettings = TrustSettings()
    parse: ParseSettings = ParseSettings()
    limits: LimitSettings = LimitSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library passes it by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, init_settings

    @property
    def letters_dir(self) -> Path:
        """The Maildir that takes letters when there is no smarthost."""
        return self.state.dir / "letters"


def read_settings(path: Path) -> Settings:
    """The settings in `path`. Raises BadSettings with every mistake, one line each."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise BadSettings((f"{path}: cannot be read: {why.strerror}",)) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings((f"{path}: is not TOML: {why}",)) from why
    try:
        settings = Settings(**document)
    except ValidationError as why:
        raise BadSettings(tuple(_line(path, mistake) for mistake in why.errors())) from why
    mistakes = _file_mistakes(path, settings)
    if mistakes:
        raise BadSettings(mistakes)
    return settings


def _line(path: Path, mistake: Any) -> str:
    key = ".".join(str(part) for part in mistake["loc"]) or "(the whole file)"
    text = {"extra_forbidden": "unknown key", "missing": "is required"}.get(mistake["type"], mistake["msg"])
    return f"{path}: {key}: {text.removeprefix('Value error, ')}"


def _file_mistakes(path: Path, settings: Settings) -> tuple[str, ...]:
    """Files that the settings name and that cannot be read now."""
    named = {
        "smtp.tls_certificate": settings.smtp.tls_certificate,
        "smtp.tls_key": settings.smtp.tls_key,
        "relay.password_file": settings.relay.password_file,
        "desk.templates": settings.desk.templates,
    }
    return tuple(
        f"{path}: {key}: {file} does not exist" for key, file in named.items() if file and not file.exists()
    )


def policy_of(settings: Settings, keys: tuple[bytes, ...]) -> Policy:
    """The part of the settings that decisions read; `keys` are those of the state folder."""
    desk = settings.desk
    addresses = tuple(
        parsed for address in desk.addresses if (parsed := parse_mailbox(address, desk.name)) is not None
    )
    limits = settings.limits
    return Policy(
        desk=Desk(
            name=desk.name,
            addresses=addresses,
            languages=desk.languages,
            timezone=desk.timezone,
            subaddress=desk.subaddress,
            separator=desk.separator,
            prefix=desk.prefix,
            guide_url=desk.guide_url,
            phone=desk.phone,
            bounces=parse_mailbox(settings.relay.envelope_address),
        ),
        keys=keys,
        trust=Trust(
            authserv_ids=tuple(name.lower() for name in settings.trust.authserv_ids),
            hops=settings.trust.hops,
            spam_headers=tuple(name.lower() for name in settings.trust.spam_headers),
        ),
        limits=Limits(
            letters_a_day=limits.letters_a_day,
            letters_a_day_authenticated=limits.letters_a_day_authenticated,
            stale_after=timedelta(hours=limits.stale_after_hours),
            reopen_within=timedelta(days=limits.reopen_within_days),
            max_received=limits.max_received,
        ),
    )
