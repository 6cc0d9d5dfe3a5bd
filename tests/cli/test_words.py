"""Everything that `explain` may have to say has words."""

from enum import StrEnum

import pytest

from mailgate.cli import words
from mailgate.core.assurance import CLAIMS, Proof
from mailgate.core.audit import Event, Role
from mailgate.core.audit_check import Fault
from mailgate.core.authenticity import Authentication
from mailgate.core.decide import RULES
from mailgate.core.description import Matter, Part
from mailgate.core.effects import LetterKind, Reason, Verdict
from mailgate.core.mail import Defect
from mailgate.store.letters import LetterState


def test_every_rule_has_words_and_no_other() -> None:
    assert set(words.RULES) == {rule.__name__ for rule in RULES} | {"park_failed"}


def test_every_proof_but_values_that_agree_has_words() -> None:
    values = CLAIMS - {Proof.CLAIMED_CONTACT}

    assert set(words.PROOFS) == set(Proof) - values
    assert len(set(words.PROOFS.values())) == len(words.PROOFS)


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (words.VERDICTS, Verdict),
        (words.REASONS, Reason),
        (words.DEFECTS, Defect),
        (words.AUTHENTICATION, Authentication),
        (words.LETTERS, LetterKind),
        (words.LETTER_STATES, LetterState),
        (words.MATTERS, Matter),
        (words.PARTS, Part),
        (words.ACTORS, Role),
        (words.EVENTS, Event),
        (words.FAULTS, Fault),
    ],
)
def test_every_kind_has_words_of_its_own(table: dict[StrEnum, str], kinds: type[StrEnum]) -> None:
    assert set(table) == set(kinds)
    assert all(table.values())
    assert len(set(table.values())) == len(table)
