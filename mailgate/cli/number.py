"""A ticket's number on the command line."""

import re
from typing import Any

import click

from mailgate.cli.exits import Refused
from mailgate.core.number import is_number

_WRITTEN = re.compile(r"\[?[^\[\]#№\s]{0,20}[#№]([0-9]{1,15})\]?|([0-9]{1,15})")


class Number(click.ParamType[int]):
    """A ticket's number as people write it: 100425, #100425, [#100425]."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises Refused when its check digit says that it was mistyped."""
        written = _WRITTEN.fullmatch(str(value).strip())
        if written is None:
            self.fail(f"{value!r} is not a ticket's number such as 100425 or '#100425'", param, ctx)
        number = int(written[1] or written[2])
        if not is_number(number):
            raise Refused(f"{number}: the last digit does not fit the others, so one of them is mistyped")
        return number


number_argument = click.argument("number", metavar="N", type=Number())
