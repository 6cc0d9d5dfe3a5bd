"""What may change while the service works: the policy, and the letters made by it."""

from dataclasses import dataclass

from mailgate import state
from mailgate.config import Settings, policy_of
from mailgate.core.policy import Policy
from mailgate.errors import BadSettings
from mailgate.letters import Letters


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A policy and its letters, replaced as a whole when the settings are read anew."""

    policy: Policy
    letters: Letters


def rulebook_of(settings: Settings) -> Rulebook:
    """The policy and the letters by these settings. Raises BadSettings when a template is broken."""
    made = unchecked_rulebook(settings)
    mistakes = made.letters.check()
    if mistakes:
        raise BadSettings(mistakes)
    return made


def unchecked_rulebook(settings: Settings) -> Rulebook:
    """The same for a command that writes a letter or none: a broken template holds that letter back."""
    policy = policy_of(settings, state.read_keys(settings.state.dir))
    relay = settings.relay
    return Rulebook(policy, Letters(policy, settings.desk.templates, relay.envelope, relay.envelope_address))
