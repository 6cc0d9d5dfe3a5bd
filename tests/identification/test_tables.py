"""How many of the labelled mails are judged exactly; the first table is tuned on, the second never.

Exact is a mail of which the candidates, the verdict, the account and the question are all those of the label.
"""

from collections.abc import Callable

import pytest

from tests.identification.tables import Case, Judgement, judged, table

LEAST = {"first": 0.97, "second": 0.90}
"""The share of mails that must be exact."""


def difference(case: Case) -> str:
    """What is judged otherwise than the label says; "" when nothing is."""
    found, label = judged(case), case.label
    told = []
    if found.candidates != label.candidates:
        missing, extra = label.candidates - found.candidates, found.candidates - label.candidates
        told.append(f"missing {sorted(missing)}, not a candidate {sorted(extra)}")
    told += [
        f"{name} {getattr(found, name)!r} and not {getattr(label, name)!r}"
        for name in ("state", "account", "asks")
        if getattr(found, name) != getattr(label, name)
    ]
    return "; ".join(told)


@pytest.mark.parametrize("name", LEAST)
def test_score(name: str, record_property: Callable[[str, object], None]) -> None:
    cases = table(name)
    wrong = [f"{case.name}: {told}" for case in cases if (told := difference(case))]
    right = len(cases) - len(wrong)
    score = f"{right} of {len(cases)} exact, {right / len(cases):.1%} (at least {LEAST[name]:.0%})"
    record_property("score", f"identification, {name} table: {score}")

    assert right >= LEAST[name] * len(cases), "\n".join((score, *wrong))


@pytest.mark.parametrize("name", LEAST)
def test_no_mail_is_given_to_a_wrong_account(name: str) -> None:
    wrong = [case.name for case in table(name) if judged(case).account not in ("", case.account)]

    assert wrong == []


@pytest.mark.parametrize("name", LEAST)
def test_every_name_of_a_table_is_its_own(name: str) -> None:
    names = [case.name for case in table(name)]

    assert len(set(names)) == len(names)


def test_there_are_enough_mails_a_third_of_them_blind() -> None:
    first, second = len(table("first")), len(table("second"))

    assert first + second >= 150
    assert second >= (first + second) / 3


def test_a_judgement_can_be_wrong() -> None:
    case = table("first")[0]
    other = Judgement(frozenset({"login nobody"}), "conflict", "", ())

    assert judged(case) != other
