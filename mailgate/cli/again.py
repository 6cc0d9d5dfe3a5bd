"""`mailgate mail explain --again`: the same mail and the same facts before today's rules and policy.

Nothing is done. A mail that was never decided, or at which mailgate failed, has no facts stored: it is
judged by what the ledger knows now.
"""

from datetime import UTC, datetime

from mailgate import state
from mailgate.cli import reading, words
from mailgate.cli.explain import facts_of, print_part
from mailgate.cli.opened import ask_directory, asking
from mailgate.config import Settings, policy_of
from mailgate.core.account import Records
from mailgate.core.case import Case, Facts, lookups
from mailgate.core.decide import decide
from mailgate.core.effects import Answer, Decision, Reason, Silence
from mailgate.core.identify import keys_of_mail
from mailgate.core.mail import Mail
from mailgate.core.triage import Triage, triage
from mailgate.gather import gather
from mailgate.store import backlog, letters, rows, tickets
from mailgate.store.letters import LetterRow
from mailgate.store.sqlite import Ask, Row


def print_again(settings: Settings, row: Row, raw: bytes) -> None:
    """Read and decide a mail once more, and print what differs from what was decided then."""
    mail = reading.read(settings, rows.envelope_of(row), raw)
    policy = policy_of(settings, state.read_keys(settings.state.dir))
    then = facts_of(row)
    records = then.records if then else ask_directory(settings, keys_of_mail(mail))
    found = triage(mail, policy, records)
    with asking(settings) as ask:
        letter = letters.about(ask, row["letter"]) if row["letter"] else None
        facts = then or _looked_up(ask, row, raw, mail, found, records)
    decision = decide(Case(mail, found, facts, policy))
    asked = (rows.request_of(row["request"]).name, mail.request.name)
    what = "on the facts of then" if then else "on what is known now"
    print_part(f"Decided again, {what}, by today's rules", _compared(row, letter, decision, asked))


def _looked_up(ask: Ask, row: Row, raw: bytes, mail: Mail, found: Triage, records: Records) -> Facts:
    waiting = backlog.Waiting(
        row["id"], rows.envelope_of(row), raw, row["tries"], bool(row["aside"]), row["duplicate_of"]
    )
    counter = tickets.counter(ask) + 1
    return gather(ask, waiting, lookups(mail, found), counter, records, datetime.now(UTC))


def _compared(row: Row, letter: LetterRow | None, now: Decision, asked: tuple[str, str]) -> tuple[str, ...]:
    if row["verdict"] is None:
        return (
            f"Rule {now.rule} would speak: {words.RULES[now.rule]}",
            f"The writer: {_answer(now.answer)}.",
        )
    pairs = (
        ("rule", row["rule"], now.rule),
        ("verdict", row["verdict"], now.verdict),
        ("ticket", row["ticket"], now.ticket),
        ("why", row["why"], now.why),
        ("class", *asked),
        ("writer", _answer_then(row, letter), _answer(now.answer)),
    )
    return tuple(
        f"{name}: then {then or 'none'}; now {today or 'none'}"
        for name, then, today in pairs
        if then != today
    ) or ("The same as then.",)


def _answer(answer: Answer) -> str:
    if isinstance(answer, Silence):
        return f"hears nothing: {words.REASONS[answer.reason]}"
    return f"gets {words.LETTERS[answer.kind]}"


def _answer_then(row: Row, letter: LetterRow | None) -> str:
    if letter is not None:
        return f"gets {words.LETTERS[letter.kind]}"
    return _answer(Silence(Reason(row["silence"]))) if row["silence"] else "nothing is recorded"
