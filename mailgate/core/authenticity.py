"""What a trusted Authentication-Results header proves about the writer (RFC 8601).

Anybody can write such a header. It counts only when the mail came over a hop the operator trusts,
and only the topmost one of a server he named: ours is put above whatever the sender brought along
(RFC 8601, section 5). Then pass is a DMARC pass, or a DKIM pass whose domain is From's or one above it;
a DMARC fail is fail; everything else, absence and temporary errors included, is unknown, which is
neither. SPF alone proves nothing here: it speaks of the envelope, and providers share it.

A server is named exactly, or by the domain its many hosts lie in (".google.com"), or by "(unnamed)"
where it writes no authserv-id, as Microsoft 365 does: then only the very first header of the mail counts,
since nothing but its place tells it from what the sender brought along.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from mailgate.core.address import domain_name
from mailgate.core.finding.suffix import organisational
from mailgate.core.mail import Mail
from mailgate.core.policy import Trust


class Authentication(StrEnum):
    """What is proven about the From of a mail."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One `method=result` of the header with its properties, all in lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def property(self, *names: str) -> str:
        """The first property that has one of `names`, or ""."""
        return next((value for name, value in self.properties if name in names), "")


UNNAMED = "(unnamed)"
"""Stands in the settings for a server that writes no authserv-id; no such id has this form."""

_LONGEST = 65_536
_METHOD = re.compile(r"\s*([a-z0-9\-]+)(?:\s*/\s*[0-9]+)?\s*=\s*([a-z]+)(?=\s|$)")
_PROPERTY = re.compile(r"(?:^|\s)([a-z]+)\s*\.\s*([a-z0-9\-]+)\s*=\s*(\S+)")


def without_comments(value: str) -> str | None:
    """`value` less its comments and with its quoted strings emptied of `;`, or None if it never closes.

    Comments may be nested (RFC 5322, 3.2.2); a result inside one is no result.
    """
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (depth or quoted):
            escaped = True
        elif quoted:
            quoted = char != '"'
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
            kept.append(" ")
        elif not depth:
            quoted = char == '"'
            kept.append("" if quoted else char)
    return None if depth or quoted else "".join(kept)


def read_results(value: str) -> tuple[str, tuple[Result, ...]] | None:
    """The authserv-id, "" where there is none, and the results of one header value.

    None when it cannot be read strictly.
    """
    plain = without_comments(value.lower()) if len(value) <= _LONGEST else None
    if plain is None:
        return None
    head, *parts = plain.split(";")
    words = head.split()
    if not words:
        return None
    # RFC 8601, 2.2 wants an authserv-id first; without one the first part is a result already.
    server = "" if "=" in words[0] else words[0]
    found = (_result(part) for part in (parts if server else (head, *parts)))
    return server, tuple(result for result in found if result is not None)


def _result(part: str) -> Result | None:
    match = _METHOD.match(part)
    if match is None:
        return None
    found = _PROPERTY.finditer(part[match.end() :])
    return Result(match[1], match[2], tuple((f"{each[1]}.{each[2]}", each[3]) for each in found))


def is_aligned(signer: str, author: str) -> bool:
    """Does the signer speak for the author's domain: is it that, or one that it lies in?

    Neither a domain beside it nor one below: where a provider gives its customers names below its own, they
    are strangers to each other. A DMARC pass says of itself what its domain allows.
    """
    signer, author = domain_name(signer), domain_name(author)
    return bool(organisational(signer)) and f".{author}".endswith(f".{signer}")


def _judge(results: tuple[Result, ...], domain: str) -> Authentication:
    dmarc = [
        found.result
        for found in results
        if found.method == "dmarc" and domain_name(found.property("header.from")) == domain
    ]
    if "fail" in dmarc or any(found.method == "dmarc" and found.result == "fail" for found in results):
        return Authentication.FAIL
    if "pass" in dmarc:
        return Authentication.PASS
    for found in results:
        signer = found.property("header.d") or found.property("header.i").rpartition("@")[2]
        if found.method == "dkim" and found.result == "pass" and is_aligned(signer, domain):
            return Authentication.PASS
    return Authentication.UNKNOWN


def _is_named(server: str, trust: Trust) -> bool:
    """Is this a server the operator named, exactly or by the domain it lies in?"""
    return any(
        server == named or (named.startswith(".") and server.endswith(named)) for named in trust.authserv_ids
    )


def authentication(mail: Mail, trust: Trust) -> Authentication:
    """What the trusted hop proved about the author of `mail`."""
    if mail.author is None or mail.envelope.hop not in trust.hops:
        return Authentication.UNKNOWN
    for place, value in enumerate(mail.all("authentication-results")):
        read = read_results(value)
        server, results = read or ("", ())
        if server and _is_named(server, trust):
            return _judge(results, mail.author.domain)
        if not server:
            # It may be ours, and what stands below it is the sender's: nothing further down counts.
            counts = read is not None and place == 0 and UNNAMED in trust.authserv_ids
            return _judge(results, mail.author.domain) if counts else Authentication.UNKNOWN
    return Authentication.UNKNOWN
