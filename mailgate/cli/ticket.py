"""`mailgate ticket`: the requests, and what staff does to them by hand."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.cli import byhand, show
from mailgate.cli.exits import Refused
from mailgate.cli.opened import asking
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.address import parse_mailbox
from mailgate.core.mail import Address
from mailgate.core.number import is_number
from mailgate.core.policy import Desk, is_desk_address, without_subaddress
from mailgate.core.ticket import Entry, Status, Ticket
from mailgate.store import mails, rows, tickets
from mailgate.store.sqlite import Ask, Row

_WRITTEN = re.compile(r"\[?[^\[\]#№\s]{0,20}[#№]?([0-9]{1,15})\]?")


class _Number(click.ParamType[int]):
    """A ticket's number as people write it: 100425, #100425, [#100425]."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises Refused when its check digit says that it was mistyped."""
        written = _WRITTEN.fullmatch(str(value).strip())
        if written is None:
            self.fail(f"{value!r} is not a ticket's number such as 100425 or '#100425'", param, ctx)
        number = int(written[1])
        if not is_number(number):
            raise Refused(f"{number}: the last digit does not fit the others, so one of them is mistyped")
        return number


_number_argument = click.argument("number", metavar="N", type=_Number())
