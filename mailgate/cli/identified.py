"""How it is told whose request something is: fields for `ticket show`, sentences for `mail explain`, JSON."""

from typing import Any

from mailgate.cli import words
from mailgate.core.account import Account, readable
from mailgate.core.candidate import Candidate, CandidateKind, Likeness
from mailgate.core.description import Description, missing
from mailgate.core.identification import Contact, Evidence, Identification, Question, State

_SHOWN = 3


def fields(known: Identification, live: Account | None) -> tuple[tuple[str, str], ...]:
    """Names and what they are, for a ticket; `live` is the record of its account as it is now."""
    account = live or known.record(known.account)
    return (
        ("Account", account_line(account) if account else known.account),
        ("Account notes", live.notes if live else ""),
        ("Identified", verdict(known)),
        ("Evidence", f"the control panel vouches for account {known.vouched}" if known.vouched else ""),
        *(("Evidence", contact_line(each, known)) for each in known.contacts),
        *(("Evidence", evidence_line(each, known)) for each in known.evidence),
        ("Not told", questions_line(known.missing)),
    )


def document(known: Identification) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "state": known.state,
        "account": known.account or None,
        "likely": [] if known.account else list(known.likely),
        "proof": _proof(known),
        "waits": known.waits,
        "evidence": [
            *(
                ({"kind": "panel", "value": known.vouched, "accounts": [known.vouched]},)
                if known.vouched
                else ()
            ),
            *(
                {
                    "kind": "address",
                    "value": each.address,
                    "proof": "authenticated" if each.is_authenticated else "claimed",
                    "accounts": list(each.accounts),
                }
                for each in known.contacts
            ),
            *(
                {
                    "kind": each.candidate.name or each.candidate.kind,
                    "value": each.candidate.value,
                    "written": each.candidate.written,
                    "place": each.candidate.place,
                    "how": each.candidate.how,
                    "likeness": each.candidate.likeness,
                    "accounts": list(each.accounts),
                }
                for each in known.evidence
            ),
        ],
        "missing": list(dict.fromkeys(kind for question in known.missing for kind in question)),
    }


def _proof(known: Identification) -> str | None:
    if not known.account:
        return None
    if known.by_staff:
        return "staff"
    if known.vouched == known.account:
        return "panel"
    return "authenticated" if known.is_proven else "claimed"


def account_line(account: Account) -> str:
    """An account in a line."""
    domains = [shown(CandidateKind.DOMAIN, domain) for domain in account.domains[:_SHOWN]]
    more = " and others" if len(account.domains) > _SHOWN else ""
    parts = (
        f"{account.id}, login {account.login}",
        f"contract {', '.join(account.contracts[:_SHOWN])}" if account.contracts else "",
        ", ".join(domains) + more,
        "VIP" if account.is_vip else "",
    )
    return ", ".join(filter(None, parts))


def verdict(known: Identification) -> str:
    """How far it is known whose request it is, in words."""
    told = words.STATES[known.state]
    if known.account:
        told = f"{told}, {_by(known)}"
    if known.likely and known.state is State.PARTIAL:
        told += f"; perhaps {_accounts(known.likely, known)}"
    elif known.likely and known.state is State.CONFLICT:
        told += f": {_accounts(known.likely, known)}"
    return f"{told}; the customers' directory was down and is asked again" if known.waits else told


def _by(known: Identification) -> str:
    if known.by_staff:
        return "because staff said so"
    if known.vouched == known.account:
        return "by the control panel"
    return "by a proven contact" if known.is_proven else "by what a writer says whom nobody vouches for"


def contact_line(contact: Contact, known: Identification) -> str:
    """What an address proves, in words."""
    proof = "authenticated" if contact.is_authenticated else "claimed, not proven"
    if not contact.accounts:
        return f"wrote from {contact.address} ({proof}): the directory was down"
    return f"wrote from {contact.address} ({proof}): on record for {_accounts(contact.accounts, known)}"


def evidence_line(evidence: Evidence, known: Identification) -> str:
    """A value, where it was found and what the directory said of it, in words."""
    return f"{candidate_line(evidence.candidate)}: {_said(evidence, known)}"


def candidate_line(candidate: Candidate) -> str:
    """A value and where it was found, in words."""
    name = candidate.name or candidate.kind
    told = [words.PLACES[candidate.place], words.HOWS[candidate.how]]
    if candidate.likeness is not Likeness.EXACT:
        told.append(words.LIKENESSES[candidate.likeness])
    return f"{name} {shown(candidate.kind, candidate.value)} ({', '.join(told)})"


def _said(evidence: Evidence, known: Identification) -> str:
    if evidence.candidate.kind is CandidateKind.EXTRA:
        return "not looked up"
    if evidence.candidate.likeness is Likeness.LOOKALIKE:
        return "not looked up, because it only looks like another"
    if not evidence.is_asked:
        return "not looked up, because the mail names too many"
    if evidence.accounts:
        return _accounts(evidence.accounts, known)
    return "the directory was down" if known.waits else "no such in the customer base"


def _accounts(numbers: tuple[str, ...], known: Identification) -> str:
    named = []
    for number in numbers:
        account = known.record(number)
        named.append(f"account {number} (login {account.login})" if account else f"account {number}")
    return ", ".join(named) or "no account"


def described(description: Description) -> str:
    """What is described and what is not, in words."""
    there = ", ".join(words.PARTS[part] for part in description.parts)
    absent = ", ".join(words.PARTS[part] for part in missing(description))
    told = (words.MATTERS[description.matter], there, f"missing: {absent}" if absent else "")
    return "; ".join(filter(None, told))


def questions_line(questions: tuple[Question, ...]) -> str:
    """What is asked, in words."""
    return " and ".join(" or ".join(question) for question in questions)


def shown(kind: CandidateKind, value: str) -> str:
    """A value as people read it, and as machines do where these differ."""
    read = readable(value) if kind is CandidateKind.DOMAIN else value
    return value if read == value else f"{read} ({value})"
