"""What a decision is composed of: whose request it is, what must be told, what is proven of its writer."""

from mailgate.core import identify
from mailgate.core.assurance import Assurance, assurance, claims
from mailgate.core.authenticity import Authentication
from mailgate.core.case import Case
from mailgate.core.identification import Contact, Identification
from mailgate.core.need import Required
from mailgate.core.request import Request


def writer(case: Case) -> Contact:
    """Who wrote, with the accounts that have his address on record."""
    proven = case.triage.authentication is Authentication.PASS
    return identify.contact(case.triage.writer, case.facts.records, is_authenticated=proven)


def identified(case: Case, required: Required, earlier: Identification) -> Identification:
    """Whose request it is, by this mail and what was known before it."""
    return identify.identify(case.mail.candidates, writer(case), case.facts.records, required, earlier)


def required(case: Case) -> Required:
    """What the mail must tell, by its department and by what it asks for."""
    return case.policy.required_of(case.mail.envelope.recipients, case.mail.request.name)


def assured(case: Case, known: Identification, request: Request) -> Assurance:
    """What is proven about the writer in respect of a ticket that is known to be so and asks for this."""
    shown = claims(case.mail.candidates, writer(case), case.triage.authentication, case.facts.records)
    return assurance(known.account, shown, is_critical=is_critical(case, request))


def is_critical(case: Case, request: Request) -> bool:
    """Does the ticket ask for something that must be confirmed?"""
    one = case.policy.request_class(request.name)
    return one is not None and one.is_critical
