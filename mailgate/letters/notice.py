"""The words a template gets for what a letter tells of a challenge (`core/notice.py`).

`title` is the class's name, `objects` have `kind` and `value`, `login` is the account's, `writer` who
asked, and `verified` whether that is proven; `asked` and `until` are times. `digits` stand apart ("4 8 2 9
1 3"), and `code` are the same together. A letter never shows either beside the word that confirms
(`core/confirmation.py`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailgate.core.account import readable
from mailgate.core.notice import Notice, shown_address
from mailgate.core.policy import Language
from mailgate.core.request import Object, ObjectKind
from mailgate.letters.moment import moment
from mailgate.letters.wire import one_line

_VALUE = 100


def notice_words(notice: Notice | None, language: Language, zone: ZoneInfo) -> dict[str, Any]:
    """The words of one letter in one language; none where it is not about a challenge."""
    if notice is None:
        return {}
    titles = dict(notice.titles)
    return {
        "title": one_line(titles.get(language) or notice.titles[0][1], _VALUE),
        "objects": tuple({"kind": str(each.kind), "value": _shown(each)} for each in notice.objects),
        "login": one_line(notice.login, _VALUE),
        "writer": notice.writer,
        "verified": notice.is_verified,
        "asked": moment(notice.asked, language, zone),
        "until": moment(notice.until, language, zone),
        "digits": " ".join(notice.digits),
        "code": notice.digits,
    }


def _shown(thing: Object) -> str:
    """An object as people read it, and no program makes a link of it."""
    value = readable(thing.value) if thing.kind in (ObjectKind.DOMAIN, ObjectKind.NAMESERVER) else thing.value
    return one_line(value.replace("@", "(at)"), _VALUE)


def notices() -> Iterator[Notice]:
    """Samples of everything a template may be given, for `check`; the first is shown in previews."""
    for objects in (*((one,) for one in _SAMPLES), (), _SAMPLES):
        for verified in (True, False):
            yield Notice(
                titles=(("ru", "передача домена"), ("en", "transfer of a domain")),
                objects=objects,
                login="u10432",
                writer=shown_address("ivan@client.example"),
                is_verified=verified,
                asked=datetime(2026, 11, 23, 11, 5, tzinfo=UTC),
                until=datetime(2026, 11, 30, 11, 5, tzinfo=UTC),
                digits="482913",
            )


_SAMPLES = (
    Object(ObjectKind.DOMAIN, "xn--e1afmkfd.xn--p1ai"),
    Object(ObjectKind.MAILBOX, "info@client.example"),
    Object(ObjectKind.PERSON, "Иван Петров"),
    Object(ObjectKind.NAMESERVER, "ns1.client.example"),
)
