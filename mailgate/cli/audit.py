"""`mailgate audit`: who took which step, and proof that nobody changed the record of it."""

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate import state
from mailgate.cli import byhand, show, words
from mailgate.cli.exits import Refused
from mailgate.cli.number import number_argument
from mailgate.cli.opened import asking
from mailgate.config import Settings, read_settings
from mailgate.core.audit import NotedHead, Record, read_head
from mailgate.core.audit_check import Check, Finding, Sealed
from mailgate.store import audit, rows, runs, tickets

_SHOWN = 20
_STRIDE = 500  # records between two moves of the progress bar


@click.group("audit")
def audit_group() -> None:
    """The audit trail: every step of identification and authorisation."""


class _NotedHead(click.ParamType[NotedHead]):
    """A head as `verify` prints it and the log has it."""

    name = "ID:HEX"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> NotedHead:
        """The head. Fails as a wrong usage."""
        return read_head(str(value)) or self.fail(
            f"{value!r} is no head such as 7:00112233445566778899aabbccddeeff", param, ctx
        )


@audit_group.command(
    "verify",
    epilog=show.examples(
        "mailgate audit verify",
        "mailgate audit verify --head 1042:6f1c0d3b5a7e9f2480c1d2e3f4a5b6c7",
        "mailgate audit verify --json | jq -r .head",
    ),
)
@click.option(
    "--head",
    "noted",
    type=_NotedHead(),
    multiple=True,
    help="A head noted earlier, which must still be in the trail; may be given several times.",
)
@show.json_option
@click.pass_obj
def verify(path: Path, noted: tuple[NotedHead, ...], as_json: bool) -> None:
    """Prove that the trail is as it was written, or name what was changed.

    A record that was changed, removed, moved or inserted is named, and the exit code is 65. Whoever can write
    to the ledger could cut records off at the end unseen, so the log has the head daily (audit.head): give
    one with --head, and the trail is proven up to there.
    """
    settings = read_settings(path)
    check, findings = _checked(settings, noted)
    if as_json:
        show.print_json(_verdict(check, findings))
    else:
        _print_verdict(check, findings)
    if findings:
        raise Refused(
            "the audit trail is not proven to be as it was written; keep a copy of the state before all else"
        )


def _checked(settings: Settings, noted: tuple[NotedHead, ...]) -> tuple[Check, list[Finding]]:
    check = Check(state.read_keys(settings.state.dir), noted)
    with asking(settings) as ask:
        last = runs.steps(ask)
        hidden = not (last and sys.stderr.isatty())
        with click.progressbar(length=last, label="Verifying", file=sys.stderr, hidden=hidden) as bar:
            findings = list(check.findings(_watched(audit.walk(ask), bar.update), last))
    return check, findings


def _watched(trail: Iterator[Sealed], moved: Callable[[int], None]) -> Iterator[Sealed]:
    """The same records; `moved` is told every now and then how many more have gone by."""
    while some := tuple(islice(trail, _STRIDE)):
        yield from some
        moved(len(some))


def _verdict(check: Check, findings: list[Finding]) -> dict[str, Any]:
    return {
        "intact": not findings,
        "records": check.count,
        "head": str(check.head),
        "findings": [
            {
                "fault": each.fault,
                "first": str(each.first),
                "last": str(each.last),
                "detail": each.detail or None,
            }
            for each in findings
        ],
    }


def _print_verdict(check: Check, findings: list[Finding]) -> None:
    for each in findings[:_SHOWN]:
        click.echo(show.one_line(_told(each)))
    if len(findings) > _SHOWN:
        click.echo(f"And {len(findings) - _SHOWN} more; --json names all")
    records = "1 record" if check.count == 1 else f"{check.count} records"
    click.echo(f"{records}, {'NOT proven to be ' if findings else ''}as written. Head: {check.head}")


def _told(finding: Finding) -> str:
    """A fault in words."""
    one = finding.first == finding.last
    which = f"Record {finding.first}" if one else f"Records {finding.first} to {finding.last}"
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{which}: {words.FAULTS[finding.fault]}{detail}"


@audit_group.command(
    "show", epilog=show.examples("mailgate audit show 100425", "mailgate audit show 100425 --json")
)
@number_argument
@show.json_option
@click.pass_obj
def show_trail(path: Path, number: int, as_json: bool) -> None:
    """Tell every step that is on record for ticket N, and who took it."""
    settings = read_settings(path)
    with asking(settings) as ask:
        found = audit.of_ticket(ask, number)
        if not found and tickets.find(ask, number) is None:
            raise byhand.unknown(number)
    if as_json:
        show.print_json([_document(each) for each in found])
        return
    zone = ZoneInfo(settings.desk.timezone)
    if not found:
        click.echo(f"Nothing is on record for ticket #{number}.")
        return
    click.echo(f"Ticket #{number}, by the clock of {zone.key}:")
    for each in found:
        click.echo(show.one_line(_line(each, zone)))


def _line(sealed: Sealed, zone: ZoneInfo) -> str:
    """A step as a line of the story."""
    record = sealed.record
    if record is None:
        return f"Record {sealed.id} cannot be read ({sealed.why}); see `mailgate audit verify`"
    return f"{show.local(record.step.at, zone)}  {_sentence(record)}"


def _sentence(record: Record) -> str:
    step = record.step
    who = words.ACTORS[step.actor.role] + (f" ({step.actor.staff})" if step.actor.staff else "")
    told = f"{who} {words.EVENTS[step.event]}"
    named = [f"challenge {step.challenge}"] if step.challenge else []
    named += [f"{name.replace('_', ' ')} {value}" for name, value in step.details]
    return f"{told}: {', '.join(named)}" if named else told


def _document(sealed: Sealed) -> dict[str, Any]:
    """A record as JSON has it."""
    record = sealed.record
    if record is None:
        return {"id": str(sealed.id), "trouble": sealed.why}
    step = record.step
    return {
        "id": str(record.id),
        "at": rows.time_text(step.at),
        "ticket": show.id_text(step.ticket),
        "challenge": show.id_text(step.challenge),
        "event": step.event,
        "actor": step.actor.role,
        "staff": step.actor.staff or None,
        "details": dict(step.details),
        "key": sealed.key,
        "what": _sentence(record),
    }
