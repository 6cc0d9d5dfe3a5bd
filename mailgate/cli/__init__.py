"""The command line: a group of commands, one file a noun."""

from pathlib import Path

import click

from mailgate import __version__
from mailgate.cli.account import account_group
from mailgate.cli.audit import audit_group
from mailgate.cli.check import check
from mailgate.cli.config import config_group
from mailgate.cli.demo import demo
from mailgate.cli.exits import Gate
from mailgate.cli.imap import imap_group
from mailgate.cli.import_ import import_mails
from mailgate.cli.mail import mail_group
from mailgate.cli.outbox import outbox_group
from mailgate.cli.panel import panel_group
from mailgate.cli.pipe import pipe
from mailgate.cli.request import request_group
from mailgate.cli.service import init, run, status
from mailgate.cli.template import template_group
from mailgate.cli.ticket import ticket_group

_DEFAULT = Path("/etc/mailgate/mailgate.toml")


@click.group(cls=Gate, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="MAILGATE_CONFIG",
    default=_DEFAULT,
    show_default=True,
    show_envvar=True,
    help="The settings.",
)
@click.version_option(__version__, prog_name="mailgate", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, path: Path) -> None:
    """mailgate: mails to a support desk become tickets with a number, and are answered.

    Exit codes are those of sysexits.h: 0 done, 64 wrong usage, 65 no such mail, ticket, letter or account,
    69 no ledger, 73 cannot be made, 74 disk, 75 try again later, 78 settings. `pipe` has its own.
    """
    context.obj = path


for _command in (
    init,
    check,
    run,
    status,
    pipe,
    import_mails,
    demo,
    mail_group,
    ticket_group,
    outbox_group,
    account_group,
    audit_group,
    request_group,
    imap_group,
    panel_group,
    template_group,
    config_group,
):
    main.add_command(_command)
