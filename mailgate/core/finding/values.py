"""The values behind labels: each kind of label by its own rules, and the lines of our form before them."""

from collections.abc import Iterator
from itertools import islice

from mailgate.core.account import KeyKind, key
from mailgate.core.candidate import CandidateKind, How
from mailgate.core.finding.alphabets import Plain
from mailgate.core.finding.contracts import contract, extra
from mailgate.core.finding.form import KINDS, filled_in, form_value
from mailgate.core.finding.found import Found
from mailgate.core.finding.hosts import host_value
from mailgate.core.finding.labels import Label, Labelled, is_form_label, labelled
from mailgate.core.finding.logins import login
from mailgate.core.finding.patterns import is_whole
from mailgate.core.finding.tokens import found_at, likeness_of
from mailgate.core.policy import Identifying

_MOST = 2_000  # labels in a text: one with more names nobody


def labelled_values(plain: Plain, identifying: Identifying) -> tuple[list[Found], list[tuple[int, int]]]:
    """The values behind labels, and the parts of the text that no other value may be looked for in."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for one in islice(labelled(plain, identifying.extras), _MOST):
        if one.label is Label.PASSWORD:
            if _is_secret(plain, one, identifying):
                taken.append((one.value, one.until))
            continue
        values = list(_form(plain, one, identifying)) or list(_of_label(plain, one, identifying))
        if one.label is Label.BOTH:
            end = values[0].end if values else one.value
            taken.append((end, one.secret))
        found += values
        # A login in the form may be a domain or an address at one, and then says both.
        taken += [(value.start, value.end) for value in values if value.how is not How.FORM]
    return found, taken


def _is_secret(plain: Plain, one: Labelled, identifying: Identifying) -> bool:
    token = plain.text[one.value : one.until].rstrip(".")
    if not token.isascii() or not token:
        return False
    return bool(one.link.strip()) or not is_whole((*identifying.login, *identifying.contract), token)


def _form(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    if not is_form_label(plain.low, one):
        return
    line = filled_in(plain.text, one.start, one.end)
    kind = KINDS[plain.low[one.start : one.end]]
    written = form_value(kind, line[1]) if line else ""
    if line is None or not written:
        return
    if kind is CandidateKind.LOGIN and not is_whole(identifying.login, written):
        # Whoever writes a contract number on this line names his contract all the same.
        kind = CandidateKind.CONTRACT if is_whole(identifying.contract, written) else kind
    start = plain.text.find(written, line[0])
    if kind is CandidateKind.DOMAIN:
        value, likeness = host_value(written, is_certain=True)
    else:
        value, likeness = key(KeyKind(kind.value), written).value, likeness_of(written.lower())
    if value:
        yield found_at(plain, kind, value, (start, start + len(written)), How.FORM, likeness)


def _of_label(plain: Plain, one: Labelled, identifying: Identifying) -> Iterator[Found]:
    match one.label:
        case Label.CONTRACT:
            yield from contract(plain, one, identifying)
        case Label.EXTRA:
            yield from extra(plain, one, identifying)
        case Label.LOGIN | Label.BOTH:
            yield from login(plain, one, identifying)
