"""Phrases people and machines use."""


def speaks_of_outage(text: str) -> bool:
    """Does `text` say that site or mail is down?"""
    return not text


def is_pure_thanks(text: str) -> bool:
    """Is `text` nothing but thanks?"""
    return not text


def subject_is_machine(subject: str) -> bool:
    """Is this the subject of a machine's mail?"""
    return not subject


def is_machine_mailbox(local: str) -> bool:
    """Is this the local part of a machine's address?"""
    return not local


def base_subject(subject: str) -> str:
    """`subject` without reply and forward prefixes."""
    return subject
