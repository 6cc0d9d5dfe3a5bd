"""The words a template gets for what a letter asks and tells of an account.

`form` are the labels of the lines to fill in, and `any_one` says that one of them is enough; `parts` are
those of a description that would help (`core/description.py`). `accounts` and `strange` are filled for an
authenticated contact only, who is asked to choose among the accounts if `is_choice`; each has `login`,
`contracts`, `domains` (as people read them), and `more` if there are others; each strange value has `kind`
and `value`.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from mailgate.core.account import Account, readable
from mailgate.core.candidate import Candidate, CandidateKind, How, Place
from mailgate.core.description import Part
from mailgate.core.finding.form import FORM
from mailgate.core.notice import NOTHING_ASKED, Asking
from mailgate.core.policy import Language
from mailgate.letters.wire import one_line

_VALUE = 100
_DOMAINS = 5


@functools.lru_cache(maxsize=64)  # of the many ways to ask, few are used
def asking_words(asking: Asking, language: Language) -> Mapping[str, Any]:
    """The words of one letter in one language."""
    labels = FORM[language]
    kinds = dict.fromkeys(kind for question in asking.questions for kind in question)
    return {
        "form": (*(labels[kind] for kind in kinds if kind in labels), *asking.extras),
        "any_one": len(asking.questions) == 1,
        "parts": tuple(str(part) for part in asking.parts),
        "accounts": tuple(_account(account) for account in asking.accounts),
        "is_choice": asking.is_choice,
        "strange": tuple(
            {"kind": str(each.kind), "value": _shown(each.kind, each.value)} for each in asking.strange
        ),
    }


def _account(account: Account) -> dict[str, Any]:
    domains = tuple(_shown(CandidateKind.DOMAIN, domain) for domain in account.domains)
    return {
        "login": one_line(account.login, _VALUE),
        "contracts": tuple(one_line(contract, _VALUE) for contract in account.contracts),
        "domains": domains[:_DOMAINS],
        "more": len(domains) > _DOMAINS,
    }


def _shown(kind: CandidateKind, value: str) -> str:
    return one_line(readable(value) if kind is CandidateKind.DOMAIN else value, _VALUE)


def askings() -> Iterator[Asking]:
    """Samples of everything a template may be given, for `check`."""
    kinds = (CandidateKind.LOGIN, CandidateKind.CONTRACT, CandidateKind.DOMAIN)
    one = Account("1", "u10432", ("4051234",), ("xn--e1afmkfd.xn--p1ai",))
    other = Account("2", "u10518")
    strange = Candidate(CandidateKind.LOGIN, "u99999", "u99999", Place.WORDS, How.LABEL)
    domain = Candidate(CandidateKind.DOMAIN, "example.com", "example.com", Place.WORDS, How.FORM)
    yield NOTHING_ASKED
    for part in Part:
        yield Asking(parts=(part,))
    yield Asking((kinds,), parts=(Part.ERROR, Part.LINK))
    yield Asking((kinds,))
    yield Asking((kinds[:1], kinds[1:2]))
    yield Asking(((CandidateKind.EXTRA,),), ("Счёт",))
    yield Asking(accounts=(one,))
    yield Asking(accounts=(one,), strange=(strange, domain))
    yield Asking(accounts=(one, other), is_choice=True)
