"""How many of the labelled mails are read exactly; the first table is tuned on, the second never."""

import pytest

from tests.identification.tables import listed, mail_of, table

LEAST = {"first": 0.97, "second": 0.90}
"""The share of mails whose candidates must be exactly those of the label."""


@pytest.mark.parametrize("name", [name for name in LEAST if table(name)])
def test_the_candidates_are_those_of_the_label(name: str) -> None:
    cases = table(name)
    wrong = []
    for case in cases:
        found = listed(mail_of(case))
        if found != case.candidates:
            missing, extra = sorted(case.candidates - found), sorted(found - case.candidates)
            wrong.append(f"{case.name}: missing {missing}, not a candidate {extra}")
    right = len(cases) - len(wrong)
    print(f"{name}: {right} of {len(cases)} exact", *wrong, sep="\n  ")  # noqa: T201 - the score is the result

    assert right >= LEAST[name] * len(cases), wrong


@pytest.mark.parametrize("name", list(LEAST))
def test_every_name_of_a_table_is_its_own(name: str) -> None:
    names = [case.name for case in table(name)]

    assert len(set(names)) == len(names)
