"""`mailgate imap`: the mailboxes that mails are fetched from."""

import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import click

from mailgate import consent, log, mailbox_health
from mailgate.cli import show
from mailgate.cli.exits import Refused
from mailgate.cli.mailbox import mailbox_document, mailbox_fields, mailbox_row
from mailgate.cli.opened import asking
from mailgate.cli.redirect import Redirect
from mailgate.config import ImapSettings, Settings, read_settings
from mailgate.intake.oauth import ConsentRequest, TokenSource
from mailgate.state import BadState, is_running
from mailgate.store import mailboxes

_LOOPBACK = ("localhost", "127.0.0.1")


@click.group("imap")
def imap_group() -> None:
    """The mailboxes mails are fetched from."""


_COLUMNS = (
    show.Column("NAME"),
    show.Column("STATE"),
    show.Column("SINCE"),
    show.Column("LAST MAIL"),
    show.Column("WAITING"),
    show.Column("NOT FETCHED"),
    show.Column("TOKEN DAYS"),
    show.Column("LAST ERROR", 60),
)
_MOST = 1000


@imap_group.command("list", epilog=show.examples("mailgate imap list", "mailgate imap list --json"))
@show.json_option
@click.pass_obj
def list_mailboxes(path: Path, as_json: bool) -> None:
    """List the mailboxes and how they fare."""
    settings = read_settings(path)
    with asking(settings) as ask:
        found = mailbox_health.look(ask, settings, datetime.now(UTC), runs=is_running(settings.state.dir))
    if as_json:
        show.print_json([mailbox_document(one) for one in found])
        return
    show.print_table(_COLUMNS, [mailbox_row(one, ZoneInfo(settings.desk.timezone)) for one in found])


@imap_group.command(
    "show", epilog=show.examples("mailgate imap show support", "mailgate imap show support --json")
)
@click.argument("name")
@show.json_option
@click.pass_obj
def show_mailbox(path: Path, name: str, as_json: bool) -> None:
    """Show how mailbox NAME fares, and which of its mails could not be fetched."""
    settings = read_settings(path)
    mailbox = _configured(settings, name)
    zone = ZoneInfo(settings.desk.timezone)
    with asking(settings) as ask:
        found = mailbox_health.look(ask, settings, datetime.now(UTC), runs=is_running(settings.state.dir))
        left = mailboxes.stepped_over(ask, mailbox.account, mailbox.folder, _MOST)
    (one,) = (each for each in found if each.mailbox.name == name)
    if as_json:
        not_fetched = [
            {"uid": row["uid"], "uidvalidity": row["uidvalidity"], "since": row["at"], "why": row["why"]}
            for row in left
        ]
        show.print_json({**mailbox_document(one), "not_fetched": not_fetched})
        return
    show.print_fields(mailbox_fields(one, zone))
    for row in left:
        click.echo(f"not fetched: UID {row['uid']}: {show.one_line(row['why'])}")


@imap_group.command(
    "authorize",
    epilog=show.examples(
        "mailgate imap authorize office",
        "mailgate imap authorize office --paste",
        "mailgate imap authorize office --redirect-uri http://localhost:8400",
    ),
)
@click.argument("name")
@click.option(
    "--paste", is_flag=True, help="Ask for the address that the browser ends at, and do not listen."
)
@click.option(
    "--redirect-uri",
    "redirect_url",
    default="http://127.0.0.1/",
    show_default=True,
    help="As registered for our client. On loopback without a port, a free one is chosen.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=300,
    show_default=True,
    help="How long to listen.",
)
@click.pass_obj
def authorize(path: Path, name: str, paste: bool, redirect_url: str, seconds: int) -> None:
    """Give consent, once, to read mailbox NAME with OAuth 2.0.

    Open the address that is printed in a browser, log in as the mailbox's user, and agree. The browser is
    then sent back to this machine. When it runs on another one, use --paste: what it shows at the end
    does not matter, only the address in its address bar. A running service uses the consent at its next
    try.

    Where the mailbox's grant is client_credentials, consent is not needed; a token is asked for as a trial.
    """
    log.configure(level="warning")
    settings = read_settings(path)
    mailbox = _mailbox(settings, name)
    source = TokenSource(mailbox, settings.state.dir, lambda: datetime.now(UTC))
    if mailbox.oauth is not None and mailbox.oauth.grant == "client_credentials":
        source.access_token()
        click.echo(f"{name}: the token server gives tokens to our client; consent is not needed")
        return
    # What would be in the way of keeping the consent is better found before it is given.
    with consent.alone(settings.state.dir, name):
        pass
    if paste:
        request = source.ask_consent(redirect_url)
        _print_request(mailbox, request)
        redirected = click.prompt("Address at the end, whole")
    else:
        request, redirected = _listen(mailbox, source, redirect_url, seconds)
    kept = source.take_consent(request, redirected)
    click.echo(f"{name}: consent is kept; unless it is used, it ends on {kept.ends:%Y-%m-%d}")
    click.echo("Next: nothing; a running mailgate uses it within a second")


def _configured(settings: Settings, name: str) -> ImapSettings:
    found = next((mailbox for mailbox in settings.imap if mailbox.name == name), None)
    if found is None:
        names = ", ".join(mailbox.name for mailbox in settings.imap)
        raise Refused(f"no [[imap]] is named {name}; there " + (f"are: {names}" if names else "is none"))
    return found


def _mailbox(settings: Settings, name: str) -> ImapSettings:
    found = _configured(settings, name)
    if found.oauth is None:
        raise Refused(f"{name} logs in with a password; there is nothing to consent to")
    if not settings.state.dir.is_dir():
        raise BadState(f"{settings.state.dir}: does not exist; `mailgate init` makes the state, once")
    return found


def _listen(
    mailbox: ImapSettings, source: TokenSource, redirect_url: str, seconds: int
) -> tuple[ConsentRequest, str]:
    """Ask for consent, and wait for the browser at `redirect_url`; the request and the answer."""
    try:
        parts = urlsplit(redirect_url)
        host, port = parts.hostname, parts.port or 0
    except ValueError:
        host, port = None, 0
    if host not in _LOOPBACK or parts.scheme != "http":
        raise click.UsageError(f"{redirect_url} does not lead to this machine; add --paste")
    with Redirect(port) as redirect:
        url = urlunsplit(parts._replace(netloc=f"{host}:{redirect.port}"))
        request = source.ask_consent(url)
        # Where the browser is logged in already and has agreed before, it is back in no time.
        redirect.expect(request.is_answered_by)
        _print_request(mailbox, request)
        click.echo(f"Waiting for the browser at {url} for {seconds} s; without one here, use --paste")
        found = redirect.wait(seconds)
    if found is None:
        raise Refused(
            f"no answer came to {url} within {seconds} s; try again, or use --paste", os.EX_TEMPFAIL
        )
    return request, found


def _print_request(mailbox: ImapSettings, request: ConsentRequest) -> None:
    click.echo(f"Open this address in a browser, log in as {mailbox.user}, and agree:")
    click.echo()
    click.echo(show.one_line(request.url))
    click.echo()
