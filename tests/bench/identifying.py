"""What finding costs beside reading a mail, and what a mail's customer costs by the size of the base."""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from mailgate import state
from mailgate.core.account import Account
from mailgate.core.candidate import Candidate, CandidateKind, How, Place
from mailgate.core.finding.find import find
from mailgate.core.identify import contact, identify, keys
from mailgate.core.mail import Door, Envelope
from mailgate.core.need import Need
from mailgate.core.policy import Extra, Identifying, Sought
from mailgate.directory import TableDirectory
from mailgate.directory.changes import Changes
from mailgate.directory.load import Load
from mailgate.directory.record import record_of
from mailgate.parse.message import parse
from mailgate.store.sqlite import Ledger
from tests.bench import accounts

_SIZE = 20_000
_ROUNDS = 15
_FEW = 1_000
_MAILS = 400
_IDENTIFYING = Identifying(
    login=("u[0-9]{5,6}",),
    contract=("4[0-9]{6}",),
    extras=(Extra("invoice", ("счёт", "invoice"), "[0-9]{1,8}"),),
    own_domains=("hoster.example",),
)
_SOUGHT = Sought(_IDENTIFYING)
_PARAGRAPHS = (
    "Здравствуйте! С утра не открывается сайт client000123.ru, вчера всё работало. Логин u000123.",
    "При попытке зайти в админку https://www.client000123.ru/admin/index.php?id=17 выдаёт ошибку 502.",
    "Договор № 4000123 от 12.03.2021, оплачено по счёту 88213, телефон +7 812 405-12-34, доб. 14.",
    "[15/Oct/2026:09:12:44 +0300] 203.0.113.7 GET /catalog/page-12.html HTTP/1.1 502 1532 upstream timed out",
    "We moved the shop to PHP 8.2 last week; wp-config.php and .htaccess are unchanged, see archive.zip.",
    "Почта на office@client000123.ru тоже не приходит, отправляем с name@gmail.com, пишет 550 5.7.1.",
)


def _envelope() -> Envelope:
    return Envelope(Door.SMTP, "office@client000123.ru", ("support@hoster.example",), datetime.now(UTC))


def _mail() -> bytes:
    """A mail of 20 KB as customers write it: own words, log lines, a quoted thread."""
    lines: list[str] = []
    while sum(len(line.encode()) for line in lines) < _SIZE:
        lines += [*_PARAGRAPHS, "", *(f"> {line}" for line in _PARAGRAPHS[:2]), ""]
    head = "From: <office@client000123.ru>\r\nSubject: Site\r\nContent-Type: text/plain; charset=utf-8"
    return f"{head}\r\n\r\n{chr(10).join(lines)}".replace("\n", "\r\n").encode()


def costs() -> tuple[float, float]:
    """Median seconds of finding, and of all the rest of the reading, in a mail of 20 KB, measured in turn."""
    raw, envelope = _mail(), _envelope()
    mail = parse(raw, envelope, sought=_SOUGHT)
    finding, whole = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        parse(raw, envelope, sought=_SOUGHT)
        middle = time.perf_counter()
        find(mail, _IDENTIFYING)
        whole.append(middle - began)
        finding.append(time.perf_counter() - middle)
    found = statistics.median(finding)
    return found, statistics.median(whole) - found


class _Base:
    """The table of accounts in a state, of which some are known."""

    def __init__(self, folder: Path, many: int) -> None:
        self._ledger: Ledger = state.open_ledger(folder)
        self._directory = TableDirectory(self._ledger)
        self._known = _accounts(many, max(1, many // _MAILS))[:_MAILS]

    def fill(self, many: int) -> None:
        """Make it one of `many` accounts."""
        Load(self._ledger, lambda: None, lambda _count: None).carry_out(Changes(added=_accounts(many, 1)))

    def identify(self) -> float:
        """Seconds to find out whose a mail is, on average: ask the table, and judge."""
        mails = [_candidates(account) for account in self._known]
        began = time.perf_counter()
        for account, found in zip(self._known, mails, strict=True):
            records = self._directory.ask(keys(found, account.contacts[:1]))
            writer = contact(account.contacts[0], records, is_authenticated=False)
            judged = identify(found, writer, records, (frozenset(Need),))
            if judged.account != account.id:
                raise AssertionError(judged)
        return (time.perf_counter() - began) / len(mails)

    def close(self) -> None:
        self._ledger.close()


def _accounts(many: int, step: int) -> list[Account]:
    """Every so manieth of them."""
    now = datetime.now(UTC)
    return [record_of(values, now).account for values in islice(accounts.accounts(many), 0, None, step)]


def _candidates(account: Account) -> tuple[Candidate, ...]:
    values = (
        (CandidateKind.LOGIN, account.login),
        (CandidateKind.CONTRACT, account.contracts[0]),
        (CandidateKind.DOMAIN, account.domains[0]),
        (CandidateKind.DOMAIN, f"mail.{account.domains[0]}"),
    )
    return tuple(Candidate(kind, value, value, Place.WORDS, How.LABEL) for kind, value in values)


def growth(imported: Path) -> tuple[float, float]:
    """Median seconds a mail with 1,000 accounts and with those `imported`, measured in turn."""
    few, many = [], []
    with tempfile.TemporaryDirectory() as folder:
        state.create(Path(folder) / "few")
        small, large = _Base(Path(folder) / "few", _FEW), _Base(imported, accounts.MANY)
        small.fill(_FEW)
        for turn in range(_ROUNDS + 1):
            found = small.identify(), large.identify()
            if turn:  # the first round warms the caches
                few.append(found[0])
                many.append(found[1])
        small.close()
        large.close()
    return statistics.median(few), statistics.median(many)
