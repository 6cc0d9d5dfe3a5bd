"""How a command ends: every kind of trouble has its exit code (sysexits.h) and says what to do.

0 done · 64 wrong usage · 65 no such mail, ticket or letter, or not in a state to do it · 69 no ledger ·
70 a mistake of mailgate · 73 cannot be made · 74 disk or permission · 75 later · 78 settings
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from mailgate.consent import ConsentNeeded
from mailgate.errors import BadSettings, MailgateError, Permanent, Temporary
from mailgate.letters import TemplateBroken
from mailgate.state import BadState
from mailgate.store.schema import LedgerMissing, LedgerTooNew

_INTERRUPTED = 130  # what a shell says of a program ended by Ctrl-C


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


class Gate(click.Group):
    """The outermost group: what a command raises becomes a text on standard error and an exit code."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run a command and end the process with its exit code."""
        extra["standalone_mode"] = False
        # A subject may hold letters that the terminal's encoding lacks; that is no reason to fail.
        for stream in (sys.stdout, sys.stderr):
            if callable(reconfigure := getattr(stream, "reconfigure", None)):
                reconfigure(errors="backslashreplace")
        sys.exit(self._ended(args, *more, **extra))

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
            return _INTERRUPTED
        except (MailgateError, OSError) as why:
            for line in str(why).splitlines():
                click.echo(f"mailgate: {line}", err=True)
            return code_of(why)
        except Exception:  # noqa: BLE001 - whatever nobody foresaw is our mistake, and says so by its code
            traceback.print_exc()
            return os.EX_SOFTWARE
        return code if isinstance(code, int) else os.EX_OK
