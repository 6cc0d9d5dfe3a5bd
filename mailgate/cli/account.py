"""`mailgate account`: the customer base."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from mailgate import log
from mailgate.cli import show
from mailgate.cli.account_import import import_accounts, refuse_service
from mailgate.cli.customer import account_document, account_fields, account_row
from mailgate.cli.exits import Refused
from mailgate.cli.opened import asking
from mailgate.config import Settings, read_settings
from mailgate.core.account import Account, Key, KeyKind, key, keys_of
from mailgate.core.address import domain_name
from mailgate.directory import Endpoint
from mailgate.store import accounts

_COLUMNS = (
    show.Column("ID"),
    show.Column("LOGIN"),
    show.Column("CONTRACTS", 24),
    show.Column("DOMAINS"),
    show.Column("MAILBOX"),
    show.Column("LANGUAGE"),
    show.Column("VIP"),
)


@click.group("account")
def account_group() -> None:
    """The customer base."""


account_group.add_command(import_accounts)


@account_group.command(
    "list",
    epilog=show.examples(
        "mailgate account list",
        "mailgate account list --vip",
        "mailgate account list stroymir --limit 10",
        "mailgate account list --json | jq -r '.[].login'",
    ),
)
@click.argument("word", default="")
@click.option("--vip", is_flag=True, help="Only accounts with the VIP mark.")
@click.option("--after", metavar="ID", default="", help="Only accounts below this one in the list.")
@show.limit_option
@show.json_option
@click.pass_obj
def list_accounts(path: Path, word: str, vip: bool, after: str, limit: int, as_json: bool) -> None:
    """List accounts by their id, or those of them that hold WORD anywhere."""
    settings = read_settings(path)
    refuse_service(settings, "asks for single accounts and cannot list them; see `mailgate account show`")
    with asking(settings) as ask:
        # Domains are kept in A-labels: a Russian one is looked for as it is kept.
        words = word if word.isascii() else domain_name(word) or word
        found = accounts.listing(ask, words, limit, after, only_vip=vip)
    if as_json:
        show.print_json([account_document(account) for account in found])
        return
    show.print_table(_COLUMNS, map(account_row, found))
    show.print_more(len(found), limit, found[-1].id if found else "", "--after")


@account_group.command(
    "show",
    epilog=show.examples(
        "mailgate account show 1001",
        "mailgate account show u10432",
        "mailgate account show mail.stroymir.ru",
        "mailgate account show director@stroymir.ru --json | jq -r '.[].id'",
    ),
)
@click.argument("value", metavar="ID|LOGIN|CONTRACT|DOMAIN|ADDRESS")
@show.json_option
@click.pass_obj
def show_account(path: Path, value: str, as_json: bool) -> None:
    """Show every account that a value leads to.

    A domain leads to the account that has it, or the nearest domain above it. An HTTP service is asked
    by login, contract, domain or address. The JSON is a list: an address may belong to several accounts.
    """
    log.configure(level="error")
    settings = read_settings(path)
    found = _found(settings, value)
    if not found:
        raise Refused(f"no account has the id, login, contract, domain or address {value!r}")
    if as_json:
        show.print_json([account_document(account) for account in found])
        return
    for number, account in enumerate(found):
        if number:
            click.echo()
        show.print_fields(account_fields(account, ZoneInfo(settings.desk.timezone)))


def _found(settings: Settings, value: str) -> tuple[Account, ...]:
    if settings.directory.kind == "http":
        endpoint = Endpoint(settings.directory, lambda: datetime.now(UTC))
        for keys in _meant(value):
            found = tuple(
                account for account in endpoint.fetch(keys) if not keys.isdisjoint(keys_of(account))
            )
            if found:
                return found
        return ()
    with asking(settings) as ask:
        by_id = accounts.find(ask, value.strip())
        for keys in _meant(value):
            found = accounts.led_to(ask, keys)
            if by_id is not None or found:
                return tuple({each.id: each for each in (by_id, *found) if each}.values())
    return ()


def _meant(value: str) -> Iterator[frozenset[Key]]:
    """What somebody may have meant, in turns: the value itself, then the domains above it."""
    yield frozenset(one for kind in KeyKind if (one := key(kind, value)).value)
    host = (value.partition("://")[2] or value).partition("/")[0]
    domain = key(KeyKind.DOMAIN, host).value
    while domain:
        yield frozenset({Key(KeyKind.DOMAIN, domain)})
        domain = domain_name(domain.partition(".")[2])
