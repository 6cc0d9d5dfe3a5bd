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
    records = case.facts.records
    return identify.contact(case.triage.writer, records, is_authenticated=proven, vouched=vouched(case))


def vouched(case: Case) -> str:
    """The account that the panel vouches for, "" for none."""
    return case.mail.envelope.vouched.account if case.mail.envelope.vouched else ""


def proven_asker(case: Case) -> str:
    """Who is proven to ask, as a `Request` remembers it."""
    if vouched(case):
        return f"panel {vouched(case)}"
    return case.triage.writer if case.triage.authentication is Authentication.PASS else ""


def identified(case: Case, required: Required, earlier: Identification) -> Identification:
    """Whose request it is, by this mail and what was known before it."""
    values, records = case.mail.candidates, case.facts.records
    return identify.identify(values, writer(case), records, required, earlier, vouched(case))


def is_weaker(case: Case, known: Identification) -> bool:
    """Is this mail proven by nobody, in a ticket in which a contact was, or the panel vouches?"""
    was_proven = bool(known.vouched) or any(each.is_authenticated for each in known.contacts)
    return was_proven and case.triage.authentication is not Authentication.PASS


def required(case: Case) -> Required:
    """What the mail must tell, by its department and by what it asks for."""
    return case.policy.required_of(case.mail.envelope.recipients, case.mail.request.name)


def assured(case: Case, known: Identification, request: Request) -> Assurance:
    """What is proven about the writer in respect of a ticket that is known to be so and asks for this."""
    values, records = case.mail.candidates, case.facts.records
    panel = vouched(case)
    # Being logged in gives a right to one's own domains alone; while the directory is down `claims` waits.
    if panel and not records.is_down and not identify.owns(panel, request.domains, records):
        panel = ""
    shown = claims(values, writer(case), case.triage.authentication, records, panel)
    return assurance(known.account, shown, is_critical=is_critical(case, request))


def needs_consent(case: Case, request: Request) -> bool:
    """Must the owner be asked about it, by what is asked for and where it was written?"""
    return is_critical(case, request) and case.mail.envelope.vouched is None


def is_critical(case: Case, request: Request) -> bool:
    """Does the ticket ask for something that must be confirmed?"""
    one = case.policy.request_class(request.name)
    return one is not None and one.is_critical
