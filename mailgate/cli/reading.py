"""Reads a stored mail again, in a process that may be killed, so that no mail hangs its operator."""

from contextlib import closing

from mailgate.config import Settings, policy_of
from mailgate.core.mail import Defect, Envelope, Mail
from mailgate.parse.message import beyond
from mailgate.parse.pool import Late, Pool

_MIB = 1024 * 1024


def read(settings: Settings, envelope: Envelope, raw: bytes) -> Mail:
    """The mail, read as the desk reads it. Raises Temporary when no reader can be had."""
    with closing(Pool(1, settings.parse.memory_mb * _MIB)) as pool:
        sought = policy_of(settings, ()).sought
        found = pool.submit(envelope, raw, settings.parse.timeout_alone, sought).result()
    return beyond(raw, envelope, Defect.PARSER_TIMEOUT) if isinstance(found, Late) else found
