"""What the operator allows, as values the decisions read; made from the settings once."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mailgate.core.address import parse_mailbox
from mailgate.core.challenge import Challenging
from mailgate.core.mail import Address
from mailgate.core.need import Need, Required
from mailgate.core.request import RequestClass


class Language(StrEnum):
    """The languages letters are written in."""

    RU = "ru"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk as customers see it. The first of `addresses` is the one letters come from.

    `separator` parts an address from its sub-address (RFC 5233); it is understood in what comes in
    even where `subaddress` says that our MTA cannot deliver such addresses. `bounces` is a fixed envelope
    sender, where there is one. `has_panel` says that customers can write in a control panel.
    """

    name: str
    addresses: tuple[Address, ...]
    languages: tuple[Language, ...] = (Language.RU, Language.EN)
    timezone: str = "UTC"
    subaddress: bool = True
    separator: str = "+"
    prefix: str = ""
    guide_url: str = ""
    phone: str = ""
    bounces: Address | None = None
    has_panel: bool = False

    @property
    def address(self) -> Address:
        """The address letters come from."""
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose Authentication-Results count (RFC 8601, section 5), and over which hop they must come."""

    authserv_ids: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] = ("x-spam-flag", "x-spam-status")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the desk's behaviour. `close_after_silence` is zero where nothing is closed for that."""

    letters_a_day: int = 20
    letters_a_day_authenticated: int = 200
    stale_after: timedelta = timedelta(hours=48)
    reopen_within: timedelta = timedelta(days=30)
    close_after_silence: timedelta = timedelta(days=14)
    max_received: int = 50


@dataclass(frozen=True, slots=True)
class Extra:
    """Something else that identifies: an invoice, a server. `labels` are the words before its value."""

    name: str
    labels: tuple[str, ...]
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Identifying:
    """By what customers are identified here.

    `login` and `contract` are patterns of values that need no word before them (RE2 syntax, a whole word
    must match). `own_domains` (A-labels) are ours, with all below them, and identify nobody.
    """

    login: tuple[str, ...] = ()
    contract: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    own_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in every mail: what identifies customers here, and the classes of request."""

    identifying: Identifying = field(default_factory=Identifying)
    requests: tuple[RequestClass, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A part of the company with addresses of its own.

    `required` is what it requires of a request, None for what is required of all.
    """

    name: str
    addresses: tuple[Address, ...]
    required: Required | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a decision may read besides the mail and the ledger's facts.

    `keys` sign and verify our marks (`core/tag.py`): the first signs, all are valid. `required` is what a
    request must tell where its department does not say otherwise, and `remind_after` how long its writer has.
    """

    desk: Desk
    keys: tuple[bytes, ...] = field(repr=False)
    trust: Trust = field(default_factory=Trust)
    limits: Limits = field(default_factory=Limits)
    identifying: Identifying = field(default_factory=Identifying)
    required: Required = (frozenset(Need),)
    remind_after: timedelta = timedelta(hours=24)
    departments: tuple[Department, ...] = ()
    requests: tuple[RequestClass, ...] = ()
    challenging: Challenging = field(default_factory=Challenging)

    @property
    def sought(self) -> Sought:
        """What the readers of mails must know."""
        return Sought(self.identifying, self.requests)

    def request_class(self, name: str) -> RequestClass | None:
        """The class of this name; None where the settings know none."""
        return next((one for one in self.requests if one.name == name), None)

    def department(self, recipients: tuple[str, ...]) -> Department | None:
        """The department a mail is for: that of the first recipient that is some department's."""
        addresses = filter(None, map(parse_mailbox, recipients))
        owners = (
            department
            for address in addresses
            for department in self.departments
            if _is_one_of(address, department.addresses, self.desk.separator)
        )
        return next(owners, None)

    def required_of(self, recipients: tuple[str, ...], asked_for: str) -> Required:
        """What a mail to `recipients` must tell that asks for the class of this name, "" for none."""
        one = self.request_class(asked_for)
        if one is not None and one.required is not None:
            return one.required
        department = self.department(recipients)
        if department is None or department.required is None:
            return self.required
        return department.required


class Acceptance(StrEnum):
    """What a door says to a recipient."""

    OURS = "ours"
    UNKNOWN = "unknown"  # in one of our domains, but nobody: 550 5.1.1
    FOREIGN = "foreign"  # not ours to take: 550 5.7.1, never relayed
    MALFORMED = "malformed"  # no plain mailbox: 553 5.1.3


_ROLES = frozenset({"postmaster", "abuse"})  # RFC 5321, 4.5.1; RFC 2142, section 5


def without_subaddress(address: Address, separator: str) -> Address:
    """`address` less its sub-address: support+t1-abc@x → support@x."""
    local = address.local.partition(separator)[0] if separator else address.local
    return Address(local or address.local, address.domain, address.name)


def is_desk_address(address: Address, desk: Desk) -> bool:
    """Is this one of the desk's own addresses, with or without a sub-address?"""
    own = (*desk.addresses, *((desk.bounces,) if desk.bounces else ()))
    return _is_one_of(address, own, desk.separator)


def _is_one_of(address: Address, own: tuple[Address, ...], separator: str) -> bool:
    keys = {each.key for each in own}
    return address.key in keys or without_subaddress(address, separator).key in keys


def acceptance(recipient: str, desk: Desk) -> Acceptance:
    """May a door take a mail for `recipient`? No spelling of a relay request is ever OURS."""
    if recipient.lower() == "postmaster":  # RFC 5321, 4.1.1.3: without a domain too
        return Acceptance.OURS
    address = parse_mailbox(recipient)
    if address is None:
        return Acceptance.MALFORMED
    if is_desk_address(address, desk):
        return Acceptance.OURS
    if address.domain not in {own.domain for own in desk.addresses}:
        return Acceptance.FOREIGN
    # `a%b@ours` and `host!a@ours` ask us to pass the mail on: that is relaying, not a mistyped name.
    if "%" in address.local or "!" in address.local:
        return Acceptance.FOREIGN
    return Acceptance.OURS if address.local.lower() in _ROLES else Acceptance.UNKNOWN
