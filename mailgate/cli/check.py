"""`mailgate check`: every mistake in settings, templates and state at once, before the service meets it."""

import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import click

from mailgate import consent, state
from mailgate.cli import show
from mailgate.config import Read, Settings, policy_of, read_what_is_right
from mailgate.core.challenge import Needed
from mailgate.errors import MailgateError
from mailgate.letters import Letters
from mailgate.store import schema

_MIB = 1024 * 1024
_NO_KEY = bytes(32)  # templates are rendered without the secret


@click.command("check", epilog=show.examples("mailgate check", "mailgate --config new.toml check"))
@click.pass_obj
def check(path: Path) -> None:
    """Find every mistake in settings, templates and state; exit code 78 if there is one.

    Warnings are printed and change no exit code. Nothing is changed, and no ledger is migrated.
    """
    read = read_what_is_right(path)
    mistakes = (
        *read.mistakes,
        *_looked_at(read, _OF_FILES),
        *(f"{path}: {text}" for text in _looked_at(read, _OF_KEYS)),
    )
    for text in mistakes:
        click.echo(f"mistake: {text}", err=True)
    # They would warn wrongly of what could not be read.
    for text in () if read.wrong else _warnings(read.settings):
        click.echo(f"warning: {text}", err=True)
    if mistakes:
        sys.exit(os.EX_CONFIG)
    click.echo(f"{path}: no mistakes")


_Looks = tuple[tuple[Callable[[Settings], Iterable[str]], tuple[str, ...]], ...]


def _looked_at(read: Read, looks: _Looks) -> Iterator[str]:
    """What is found by the looks at keys that could be read."""
    for look, keys in looks:
        if all(map(read.could, keys)):
            yield from look(read.settings)


def _templates(settings: Settings) -> tuple[str, ...]:
    relay, own = settings.relay, settings.desk.templates
    policy = policy_of(settings, (_NO_KEY,))
    return Letters(policy, own, relay.envelope, relay.envelope_address).check()


def _state(settings: Settings) -> Iterator[str]:
    folder = settings.state.dir
    try:
        schema.pending(state.ledger_path(folder))
    except (MailgateError, OSError) as why:
        yield str(why)
    else:
        # Without a ledger the first thing to do is `init`, which makes the keys as well.
        with suppress(OSError):
            yield from _keys(folder)


def _keys(folder: Path) -> Iterator[str]:
    try:
        state.read_keys(folder)
    except state.BadState as why:
        yield str(why)


def _certificate(settings: Settings) -> Iterator[str]:
    smtp = settings.smtp
    if smtp.tls_certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            smtp.tls_certificate, smtp.tls_key, _no_password
        )
    except (OSError, ValueError) as why:
        yield f"smtp.tls_certificate: {smtp.tls_certificate} with {smtp.tls_key} cannot be used: {why}"


def _no_password() -> str:
    """Instead of asking on the terminal, which nobody may be watching."""
    raise ValueError("the key is locked by a password")


def _secrets(settings: Settings) -> Iterator[str]:
    for key, file in settings.secrets():
        if file is None:
            continue
        try:
            empty = not file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as why:
            yield f"{key}: {file} cannot be read: {why if isinstance(why, OSError) else 'it is not text'}"
        else:
            if empty:
                yield f"{key}: {file} is empty"


def _authorities(settings: Settings) -> Iterator[str]:
    for mailbox in settings.imap:
        if mailbox.ca_file is not None:
            try:
                ssl.create_default_context(cafile=mailbox.ca_file)
            except OSError as why:
                yield f"imap.{mailbox.name}.ca_file: {mailbox.ca_file} holds no certificates: {why}"


def _listeners(settings: Settings) -> Iterator[str]:
    """Addresses that cannot be listened on; a running service has them already."""
    if state.is_running(settings.state.dir):
        return
    for endpoint in settings.smtp.listen:
        host, _, port = endpoint.rpartition(":")
        try:
            _bind(host.strip("[]"), int(port))
        except OSError as why:
            yield f"smtp.listen: {endpoint} cannot be listened on: {why.strerror or why}"


def _lmtp(settings: Settings) -> Iterator[str]:
    lmtp = settings.smtp.lmtp
    if lmtp is not None and not os.access(lmtp.parent, os.W_OK | os.X_OK):
        yield f"smtp.lmtp: {lmtp.parent} is no folder that a socket can be made in"


def _panel(settings: Settings) -> Iterator[str]:
    panel = settings.panel
    if state.is_running(settings.state.dir):
        return
    if panel.socket is not None and not os.access(panel.socket.parent, os.W_OK | os.X_OK):
        yield f"panel.listen: {panel.socket.parent} is no folder that a socket can be made in"
    if panel.listen and panel.socket is None:
        host, _, port = panel.listen.rpartition(":")
        try:
            _bind(host.strip("[]"), int(port))
        except OSError as why:
            yield f"panel.listen: {panel.listen} cannot be listened on: {why.strerror or why}"


def _bind(host: str, port: int) -> None:
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            tried.bind(address)


_OF_FILES: _Looks = (
    (_templates, ("desk.templates", "desk.languages")),
    (_state, ("state.dir",)),
)
_OF_KEYS: _Looks = (
    (_certificate, ("smtp.tls_certificate", "smtp.tls_key")),
    (_secrets, ()),
    (_authorities, ()),
    (_listeners, ("smtp.listen", "state.dir")),
    (_lmtp, ("smtp.lmtp",)),
    (_panel, ("panel.listen", "state.dir")),
)


def _warnings(settings: Settings) -> Iterator[str]:
    folder = settings.state.dir
    if not settings.relay.host:
        yield f"letters are not sent: no [relay] host; they go to the Maildir {settings.letters_dir}"
    comes = settings.smtp.listen or settings.smtp.lmtp or settings.imap or settings.panel.listen
    if not comes:
        yield "no mail comes in: [smtp] names neither listen nor lmtp, and there is no [[imap]]"
    yield from _confirmations(settings)
    yield from _hops(settings)
    for mailbox in settings.imap:
        if mailbox.oauth is not None and mailbox.oauth.grant == "refresh_token":
            yield from _consent(folder, mailbox.name)
    with suppress(MailgateError, OSError):
        waiting = schema.pending(state.ledger_path(folder))
        if waiting:
            yield f"the ledger is older: the next start brings it up to date ({', '.join(waiting)})"
    with suppress(OSError):
        disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize // _MIB
        if free < settings.state.min_free_mb:
            yield f"{free} MiB free on {folder}, {settings.state.min_free_mb} wanted: new mails are put off"


def _confirmations(settings: Settings) -> Iterator[str]:
    """What makes confirmations weaker, or staff's work, than the operator may think."""
    if settings.challenge.require is Needed.MAILBOX:
        yield (
            'challenge.require = "mailbox": who sees a confirmation letter can answer it with a forged From;'
            ' "authenticated" wants the trusted hop to vouch for it'
        )
    elif not settings.trust.authserv_ids:
        yield "[trust] names no server that proves who wrote: every answer to a challenge waits for staff"


def _hops(settings: Settings) -> Iterator[str]:
    """Hops that are trusted, and over which nothing comes."""
    hops = {"lmtp", "pipe", "import", *settings.smtp.listen, *(mailbox.hop for mailbox in settings.imap)}
    for hop in settings.trust.hops:
        if hop not in hops:
            yield f"trust.hops: {hop!r} is no hop that a mail comes over: nobody is authenticated by it"


def _consent(folder: Path, mailbox: str) -> Iterator[str]:
    try:
        if consent.read(folder, mailbox) is None:
            yield f"there is no consent for mailbox {mailbox} yet: run {consent.command(mailbox)}"
    except (consent.ConsentNeeded, OSError) as why:
        yield str(why)
