"""How a command ends: every kind of trouble has its exit code (sysexits.h) and says what to do.

0 done · 64 wrong usage · 65 no such mail, ticket, letter or account, or not in a state to do it ·
69 no ledger · 70 a mistake of mailgate · 73 cannot be made · 74 disk or permission · 75 later · 78 settings

A command that an MTA gives a mail to (`Delivery`) knows only its own refusals, 65, 67 and 69, beside 0:
everything else, wrong usage and settings included, is 75, because an MTA returns a mail for any other code.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from mailgate.consent import ConsentNeeded
from mailgate.errors import BadSettings, MailgateError, Permanent, Temporary
from mailgate.letters import TemplateBroken
from mailgate.state import BadState
from mailgate.store.schema import LedgerMissing, LedgerTooNew

INTERRUPTED = 130
"""What a shell says of a program ended by Ctrl-C."""

_DELIVERY = frozenset({os.EX_OK, os.EX_DATAERR, os.EX_NOUSER, os.EX_UNAVAILABLE})


class Refused(Permanent):
    """A command cannot do what it was asked; the text says what, where, and what to do."""

    def __init__(self, text: str, code: int = os.EX_DATAERR) -> None:
        super().__init__(text)
        self.code = code


def code_of(why: MailgateError | OSError) -> int:
    """The exit code that tells scripts and supervisors what kind of trouble it was."""
    match why:
        case Refused():
            return why.code
        case BadSettings() | BadState() | LedgerTooNew() | TemplateBroken() | ConsentNeeded():
            return os.EX_CONFIG
        case LedgerMissing():
            return os.EX_UNAVAILABLE
        case Temporary():
            return os.EX_TEMPFAIL
        case OSError():
            return os.EX_IOERR
        case _:
            return os.EX_DATAERR


class Delivery(click.Command):
    """A command that takes a mail from an MTA. What it raises is temporary, whatever it is."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; only what it ends with by itself may refuse the mail for good."""
        try:
            return super().invoke(context)
        except (MailgateError, OSError) as why:
            raise Temporary(str(why)) from why


def _settle_streams() -> None:
    """What cannot be written now is lost: at its end Python would try once more, and make the code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            with suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Gate(click.Group):
    """The outermost group: what a command raises becomes a text on standard error and an exit code."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run a command and end the process with its exit code."""
        extra["standalone_mode"] = False
        # A subject may hold letters that the terminal's encoding lacks; that is no reason to fail.
        for stream in (sys.stdout, sys.stderr):
            if callable(reconfigure := getattr(stream, "reconfigure", None)):
                reconfigure(errors="backslashreplace")
        words = sys.argv[1:] if args is None else list(args)
        if isinstance(self._meant(words), Delivery):
            code = self._delivered(words, *more, **extra)
            _settle_streams()
            sys.exit(code)
        sys.exit(self._ended(words, *more, **extra))

    def _meant(self, words: list[str]) -> click.Command | None:
        """The command among `words`, found without the parser: that may be what fails."""
        named = (word for before, word in zip(["", *words], words, strict=False) if before != "--config")
        return next((self.commands[word] for word in named if word in self.commands), None)

    def _delivered(self, words: list[str], *more: Any, **extra: Any) -> int:
        try:
            code = self._ended(words, *more, **extra)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else os.EX_TEMPFAIL
        except BaseException:  # noqa: BLE001 - no memory, no standard error, a signal: the MTA keeps the mail
            code = os.EX_TEMPFAIL
        return code if code in _DELIVERY else os.EX_TEMPFAIL

    def _ended(self, args: Sequence[str] | None, *more: Any, **extra: Any) -> int:
        try:
            code = super().main(args, *more, **extra)
        except click.UsageError as why:
            why.show()
            return os.EX_USAGE
        except click.ClickException as why:
            why.show()
            return why.exit_code
        except click.Abort:
            return INTERRUPTED
        except (MailgateError, OSError) as why:
            for line in str(why).splitlines():
                click.echo(f"mailgate: {line}", err=True)
            return code_of(why)
        except Exception:  # noqa: BLE001 - whatever nobody foresaw is our mistake, and says so by its code
            traceback.print_exc()
            return os.EX_SOFTWARE
        return code if isinstance(code, int) else os.EX_OK
