"""The whole of mailgate.toml as a model, and the policy that decisions read."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pydantic import model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mailgate.config.challenge import ChallengeSettings, challenging_of
from mailgate.config.department import DepartmentSettings
from mailgate.config.identify import IdentifySettings, identifying_of
from mailgate.config.imap import ImapSettings
from mailgate.config.panel import PanelSettings
from mailgate.config.request import RequestSettings, mistakes_among, requests_of
from mailgate.config.sections import (
    DeskSettings,
    DirectorySettings,
    LimitSettings,
    ParseSettings,
    RelaySettings,
    SmtpSettings,
    StateSettings,
    TrustSettings,
)
from mailgate.config.values import required_of
from mailgate.core.address import parse_mailbox
from mailgate.core.mail import Address
from mailgate.core.policy import Department, Desk, Limits, Policy, Trust


class Settings(BaseSettings):
    """The whole of mailgate.toml."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="MAILGATE_", env_nested_delimiter="__"
    )

    state: StateSettings = StateSettings()
    desk: DeskSettings
    smtp: SmtpSettings = SmtpSettings()
    imap: tuple[ImapSettings, ...] = ()
    relay: RelaySettings = RelaySettings()
    trust: TrustSettings = TrustSettings()
    panel: PanelSettings = PanelSettings()
    directory: DirectorySettings = DirectorySettings()
    parse: ParseSettings = ParseSettings()
    identify: IdentifySettings = IdentifySettings()
    challenge: ChallengeSettings = ChallengeSettings()
    limits: LimitSettings = LimitSettings()
    department: tuple[DepartmentSettings, ...] = ()
    request: tuple[RequestSettings, ...] = ()

    @model_validator(mode="after")
    def _sections_agree(self) -> "Settings":
        mistakes = tuple(self.disagreements())
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def disagreements(self) -> Iterator[str]:
        """What is wrong between sections, each of which is right by itself; a line each."""
        named = [address.lower() for department in self.department for address in department.addresses]
        for name in sorted({name for name in named if named.count(name) > 1}):
            yield f"department: {name} stands in two of them"
        yield from self._unaskable()
        yield from mistakes_among(self.request, tuple(each.name for each in self.department))
        names = [mailbox.name for mailbox in self.imap]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"imap: two are named {name!r}"
        for hop in self.trust.hops:
            if hop.startswith("imap:") and hop[5:] not in names:
                yield f"trust.hops: no [[imap]] is named {hop[5:]!r}"

    def _unaskable(self) -> Iterator[str]:
        """What is required of a writer that no letter can ask for."""
        required = (
            *(("department", each.name, each.required) for each in self.department),
            *(("request", each.name, each.required) for each in self.request),
        )
        for section, name, what in required:
            for mistake in self.identify.unaskable(what or ()):
                yield f"{section} {name!r}: {mistake}"

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

    def secrets(self) -> tuple[tuple[str, Path | None], ...]:
        """The files that hold a secret: the key, and the file if there is one."""
        mailboxes = tuple(
            (f"imap.{mailbox.name}.{key}", file) for mailbox in self.imap for key, file in mailbox.secrets()
        )
        return (
            ("relay.password_file", self.relay.password_file),
            ("directory.token_file", self.directory.token_file),
            *mailboxes,
        )


def _mailboxes(texts: tuple[str, ...], name: str) -> tuple[Address, ...]:
    return tuple(parsed for text in texts if (parsed := parse_mailbox(text, name)) is not None)


def policy_of(settings: Settings, keys: tuple[bytes, ...]) -> Policy:
    """The part of the settings that decisions read; `keys` are those of the state folder."""
    desk = settings.desk
    departments = tuple(
        Department(
            each.name,
            _mailboxes(each.addresses, desk.name),
            None if each.required is None else required_of(each.required),
        )
        for each in settings.department
    )
    own = (*_mailboxes(desk.addresses, desk.name), *(one for each in departments for one in each.addresses))
    limits = settings.limits
    return Policy(
        desk=Desk(
            name=desk.name,
            addresses=tuple({address.key: address for address in reversed(own)}.values())[::-1],
            languages=desk.languages,
            timezone=desk.timezone,
            subaddress=desk.subaddress,
            separator=desk.separator,
            prefix=desk.prefix,
            guide_url=desk.guide_url,
            phone=desk.phone,
            bounces=parse_mailbox(settings.relay.envelope_address),
            has_panel=bool(settings.panel.listen),
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
            close_after_silence=timedelta(days=limits.close_after_silence_days),
            max_received=limits.max_received,
        ),
        departments=departments,
        requests=requests_of(settings.request),
        challenging=challenging_of(settings.challenge),
        identifying=identifying_of(settings.identify, tuple(address.domain for address in own)),
        required=required_of(settings.identify.required),
        remind_after=timedelta(hours=settings.identify.remind_after_hours),
    )
