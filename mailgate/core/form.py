"""The form in our letters that a customer fills in: printed by the templates, read back by `finding.py`."""

from mailgate.core.candidate import CandidateKind
from mailgate.core.policy import Language

FORM = {
    Language.RU: {
        CandidateKind.LOGIN: "Логин",
        CandidateKind.CONTRACT: "Договор",
        CandidateKind.DOMAIN: "Домен",
    },
    Language.EN: {
        CandidateKind.LOGIN: "Login",
        CandidateKind.CONTRACT: "Contract",
        CandidateKind.DOMAIN: "Domain",
    },
}
"""The word before the colon of each line."""
