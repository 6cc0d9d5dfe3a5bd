"""What a request is about: the domains, mailboxes, persons and name servers in or near the asking sentence.

What stands elsewhere in the mail is none of it: a wrong object is worse than none, which staff fills in.
"""

import re
from collections.abc import Iterator

from mailgate.core.asking import Said
from mailgate.core.candidate import How, Likeness
from mailgate.core.finding.alphabets import Plain
from mailgate.core.finding.domains import domains
from mailgate.core.object import object_of
from mailgate.core.request import Object, ObjectKind, RequestClass
from mailgate.core.sentences import REFERRING

MOST = 10
"""Objects of a request; of a longer list staff makes one."""

_BEHIND = 4  # sentences that a list of objects may go on in
_MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}", re.IGNORECASE)
_NAMESERVER = re.compile(r"(?:[a-z]{0,4}ns|dns|nsrv|nameserver)\d*[a-z]?(?:-\d+)?|ns[\w-]*", re.IGNORECASE)
_LEADS_TO = re.compile(
    r"(?:\bна|\bto|\binto|\bнов\w{2,3}|\bnew|\bтакой|=>|->|→|—)[\s:«\"'<(]*"
    r"(?:(?:новый|адрес|ящик|почт\w|e-?mail|имейл|address|mailbox|один|ваш\w*)[\s:–—<-]*){0,3}$"
)
_LEADS_FROM = re.compile(
    r"(?:\bс|\bсо|\bfrom|\bстар\w{2,3}|\bold|\bвместо|\binstead of)[\s:«\"'<(]*(?:\w{1,12}[\s:]){0,2}$"
)
_SENDS = re.compile(
    r"\b(?:вышл|высл|присл|пришл|отправьте|отправить|скин|шлит|ответ|напиш|пиш|сообщ|связ|направ"
    r"|send|reply|contact me|write|forward)"
    r"[^\n.!?]{0,50}(?:\bна|\bto|\bпо|\bat|:)[\s:]*"
    r"(?:(?:мой|мою|мо[йея]|эту|этот|личн\w+|почт\w|адрес\w?|e-?mail|my|personal|the|address|ящик|other|друг\w{2,3}|запасн\w+)\s*)*$"
)
_NAME = r"[A-ZА-ЯЁ][\w’'-]*\.?(?:\s?[A-ZА-ЯЁ]\.)*"
_FIRM = r"(?:(?:ООО|ИП|АО|ЗАО|ПАО|ОАО|АНО|НКО)\s)?[«\"“]?"
_WHOSE = (
    r"гражданин\w|гражданк\w|супруг\w+|жену|мужа|сына|дочь|брата|сестру|отца|мать|партн[её]ра|коллегу|директора|нов\w+"
    r"|владельца|юрлицо|компанию|фирму|организацию|нашу|моего|мою|мо[йея]|меня|другого|человека|физлицо|лицо|нас"
)
_NAMED = re.compile(
    rf"(?:\bна имя|\bна(?:\s(?:{_WHOSE})){{0,3}}|\b[тТ]еперь я|\b[яЯ] теперь"
    r"|\b(?i:(?:нов\w{2,3}\s)?владел\w+|собственник\w*|(?:new\s)?(?:owner|registrant|holder))"
    r"(?:\sбуд\w+|\sстан\w+|\sявляется|\sis|\swill\sbe|\sdetails)?(?:\sto)?"
    r"|\bto(?:\s(?:my|our|me|wife|husband|partner|colleague|brother|sister|son|daughter|business|company|new|owner|the|name|of)){0,4}"
    r"|\bname\sof|\bв\sсобственность|\bпередать)"
    rf"\s?[:,—–-]?\s*(?P<name>{_FIRM}{_NAME}(?:\s{_NAME}){{0,3}}[»\"”]?)"
)
_BEFORE = 90
_DOTTED = re.compile(r"\.\w")


def objects(
    text: Plain, parts: tuple[tuple[int, int], ...], asking: int, said: Said, wanted: RequestClass
) -> tuple[Object, ...]:
    """The objects of a request that `said` asks for, the sentence at `asking`, of the kinds its class knows.

    `parts` are where each sentence begins and ends.

    A kind that is not named there is looked for in the sentence before, if it speaks of "it", in the subject,
    in the lines that follow, and in the two sentences before.
    """
    kinds = frozenset((*wanted.needs, *wanted.may_name))
    found: dict[Object, None] = {}
    refers = not REFERRING.isdisjoint(said.sentence.words)
    for kind in ObjectKind:
        if kind in kinds:
            for place in _places(len(parts), asking, refers=refers):
                here = [one for at in place for one in _of(kind, text, parts[at], kinds)]
                if here:
                    found.update(dict.fromkeys(here))
                    break
    # Of a longer list the owner would see a part only, and consent to that.
    return tuple(found) if len(found) <= MOST else ()


def _places(count: int, asking: int, *, refers: bool) -> Iterator[tuple[int, ...]]:
    """Where to look, the nearest first: sentences by their places."""
    yield (asking,)
    if refers:
        yield tuple(range(max(0, asking - 1), asking))
    yield (0,)
    yield tuple(range(asking + 1, min(count, asking + 1 + _BEHIND)))
    yield tuple(range(max(0, asking - 1), asking))
    yield tuple(range(max(0, asking - 2), asking))


def _of(kind: ObjectKind, text: Plain, part: tuple[int, int], kinds: frozenset[ObjectKind]) -> list[Object]:
    match kind:
        case ObjectKind.DOMAIN:
            names = list(_domains(text, part))
        case ObjectKind.MAILBOX:
            names = _mailboxes(text, part, is_new=ObjectKind.DOMAIN not in kinds)
        case ObjectKind.NAMESERVER:
            names = list(_nameservers(text, part))
        case ObjectKind.PERSON:
            names = list(_persons(text, part))
    return [one for name in names if (one := object_of(kind, name)) is not None]


def _domains(text: Plain, part: tuple[int, int]) -> Iterator[str]:
    if not _DOTTED.search(text.low, *part):
        return
    for one in domains(_part(text, part), (), []):
        if (
            one.how is not How.ADDRESS
            and one.likeness is not Likeness.LOOKALIKE
            and not is_nameserver(one.value)
        ):
            yield one.value


def _part(text: Plain, part: tuple[int, int]) -> Plain:
    begin, end = part
    return Plain(text.text[begin:end], text.text[begin:end], text.low[begin:end])


def _mailboxes(text: Plain, part: tuple[int, int], *, is_new: bool) -> list[str]:
    """The mailboxes there, but for those a letter is to be sent to; of a change the new one."""
    low = text.low
    every, new, old = [], [], []
    for found in _MAILBOX.finditer(low, *part):
        before = low[max(part[0], found.start() - _BEFORE) : found.start()]
        if _SENDS.search(before):
            continue
        every.append(found[0])
        if _LEADS_TO.search(before):
            new.append(found[0])
        elif _LEADS_FROM.search(before):
            old.append(found[0])
    left = [each for each in every if each not in old]
    return (new or left)[-1:] if is_new else every


def _nameservers(text: Plain, part: tuple[int, int]) -> Iterator[str]:
    for found in _HOST.finditer(text.low, *part):
        if is_nameserver(found[0]) and text.low[found.start() - 1 : found.start()] != "@":
            yield found[0]


def is_nameserver(host: str) -> bool:
    """Is `host`, in lower case, named as name servers are?"""
    labels = host.split(".")
    return len(labels) > 2 and any(_NAMESERVER.fullmatch(label) for label in labels[:2])  # noqa: PLR2004


def _persons(text: Plain, part: tuple[int, int]) -> Iterator[str]:
    for found in _NAMED.finditer(text.text, *part):
        yield found["name"] if "«" in found["name"] else found["name"].strip('»"“” ').removesuffix(".")
