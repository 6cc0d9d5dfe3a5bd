"""mailgate.toml → settings → the policy that decisions read.

Every section is a model that refuses unknown keys; all mistakes are reported at once, each with
the file and the key. `MAILGATE_SECTION__KEY` in the environment overrides the file; secrets come
from files named in the settings (a systemd credential is such a file), never from the TOML text.
"""

from mailgate.config.imap import ImapSettings, OAuthSettings
from mailgate.config.panel import PanelSettings
from mailgate.config.reading import Read, read_settings, read_what_is_right
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
from mailgate.config.settings import Settings, policy_of

__all__ = [
    "DeskSettings",
    "DirectorySettings",
    "ImapSettings",
    "LimitSettings",
    "OAuthSettings",
    "PanelSettings",
    "ParseSettings",
    "Read",
    "RelaySettings",
    "Settings",
    "SmtpSettings",
    "StateSettings",
    "TrustSettings",
    "policy_of",
    "read_settings",
    "read_what_is_right",
]
