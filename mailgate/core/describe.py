"""How a mail describes its matter: told by phrases and a few patterns, Russian and English.

It serves a hint to staff and a courtesy to the writer, never a refusal; so it errs to the side where he is
asked for less. Only the beginning of a mail is looked at, which bounds what it costs.
"""

import re
from collections import defaultdict
from itertools import pairwise

from mailgate.core.description import Description, Matter, Part
from mailgate.core.description_patterns import (
    addresses,
    has_error,
    has_list,
    has_time,
    is_host,
    is_link,
    is_picture,
)
from mailgate.core.description_words import PHRASES, Clue
from mailgate.core.mail import Attachment

LOOKED_AT = 2_500  # characters of the words; what is not told by then is not told
_SUBJECT = 250  # characters of the subject

# It has all letters of both languages, and in octets a text is quickly made to hold words alone.
_CHARSET = "cp1251"
_JOINTS = "'’.".encode(_CHARSET)  # "don't" is a word, and the "shop" of "mx.shop.example" is none
_BLANKS = bytes(
    octet if (letter := bytes((octet,)).decode(_CHARSET, "replace")).isalnum() or letter == "_" else ord(" ")
    for octet in range(256)
)


def describe(subject: str, words: str, attachments: tuple[Attachment, ...]) -> Description:
    """How a mail with this subject, these words of its writer and these attachments describes its matter.

    Looks at the first 250 characters of the subject and `LOOKED_AT` of the words.
    """
    text, lowered = _without_signature(f"{subject[:_SUBJECT]}\n{words[:LOOKED_AT]}")
    lowered = lowered.replace("ё", "е").replace("\xa0", " ")
    bare = _words(lowered)
    plain = f" {' '.join(bare)} "
    clues = _clues(bare, plain)
    places = tuple(addresses(lowered))
    found = {*_told(text, lowered, clues), *_shown(places)}
    is_down = Clue.DOWN in clues or (Clue.FAULT in clues and _is_whole_site(places, lowered))
    if is_down and any(map(is_host, places)):
        found.add(Part.LINK)
    if any(map(_is_evidence, attachments)):
        found.add(Part.SCREENSHOT)
    matter = _matter(plain, clues, has_error_text=Part.ERROR in found)
    if matter is Matter.ADMINISTRATIVE:
        found |= _requested(clues)
    return Description(
        matter, tuple(part for part in Part if part in found), _moot(matter, clues, is_down=is_down)
    )


def _words(lowered: str) -> list[str]:
    octets = lowered.encode(_CHARSET, "replace")
    return octets.translate(_BLANKS, _JOINTS).decode(_CHARSET, "replace").split()


_START = 4  # letters of a word by which phrases are found


def _indexed() -> dict[str | tuple[str, str], tuple[tuple[str, Clue], ...]]:
    """The phrases, in the form they are searched in, by the starts of their first two words."""
    index = defaultdict(list)
    for phrase, clue in PHRASES:
        first, second, *_ = (word.rstrip("*")[:_START] for word in f"{phrase} ".split(" "))
        sign = f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} "
        index[(first, second) if second else first].append((sign, clue))
    return {start: tuple(signs) for start, signs in index.items()}


_INDEX = _indexed()
_STARTS = frozenset(_INDEX)


def _clues(words: list[str], plain: str) -> frozenset[Clue]:
    """What the phrases tell that stand in `plain`, which is `words` with spaces between and around them."""
    starts = [word[:_START] for word in words]
    found = _STARTS.intersection(starts) | _STARTS.intersection(pairwise(starts))
    clues: set[Clue] = set()
    for start in found:
        for sign, clue in _INDEX[start]:
            # Many phrases tell the same: to look for a second one is what costs most here.
            if clue not in clues and sign in plain:
                clues.add(clue)
    return frozenset(clues)


_SIGN_OFFS = (
    *("\nс уважением", "\nс наилучшими", "\nс благодарностью", "\nвсего доброго", "\n--\n", "\n-- \n"),
    *("\nbest regards", "\nkind regards", "\nregards", "\nbest wishes", "\nsincerely", "\nyours "),
)
_SIGNATURE = 8  # lines; below what is longer, somebody wrote on


def _without_signature(words: str) -> tuple[str, str]:
    """`words` up to the closing ones, and the same in lower case.

    A firm's site and hours tell nothing of its trouble.
    """
    lowered = words.lower()
    if len(lowered) != len(words):  # "İ" becomes two characters
        return words, lowered
    end = max(map(lowered.rfind, _SIGN_OFFS))
    if end >= 0 and words.count("\n", end + 1) <= _SIGNATURE:
        return words[:end], lowered[:end]
    return words, lowered


def _told(text: str, lowered: str, clues: frozenset[Clue]) -> set[Part]:
    """The parts that are told in words."""
    found = set()
    if Clue.STEPS in clues or has_list(lowered):
        found.add(Part.STEPS)
    if Clue.ERROR in clues or has_error(text, lowered):
        found.add(Part.ERROR)
    if Clue.TIME in clues or has_time(lowered):
        found.add(Part.TIME)
    if Clue.FREQUENCY in clues:
        found.add(Part.FREQUENCY)
    return found


_HOSTS = 20  # at most looked at
_AROUND = 60  # characters before and after a domain
_WHOLE_SITE = re.compile(
    r"не (?:раб|открыва|откро|доступ|отвеча|груз|загру|заход|пинг)|недоступ|лежит|упал|\bdown\b"
    r"|(?:not|n['’]?t|never|fails? to) (?:open|load|work|respond|reach|access)"
    r"|time[sd]? out|unavailable|unreachable|offline"
)
_PART_OF_SITE = re.compile(
    r"\b(?:на|with|on|in) (?:сайте|наш\w+ сайте|our site|my site|the site)|раздел|форм|страниц|кнопк|админк"
    r"|корзин|почт|письм|заказ|поиск|mail|page|button|cart|checkout|search"
)


def _shown(places: tuple[str, ...]) -> set[Part]:
    """The parts that addresses lead to."""
    pictures = [place for place in places if is_picture(place)]
    links = any(is_link(place) for place in places if place not in pictures)
    return {*((Part.SCREENSHOT,) if pictures else ()), *((Part.LINK,) if links else ())}


def _is_whole_site(places: tuple[str, ...], lowered: str) -> bool:
    """Is a bare domain said to be in trouble as a whole? Then no other address would tell more."""
    return any(_is_down(place, lowered) for place in places[:_HOSTS] if is_host(place))


def _is_down(host: str, lowered: str) -> bool:
    at = lowered.find(host)
    around = lowered[max(0, at - _AROUND) : at + len(host) + _AROUND].replace(host, "")
    return bool(_WHOLE_SITE.search(around)) and not _PART_OF_SITE.search(around)


_PICTURE = 10_000  # bytes; a smaller one is a logo
_LOGO = 60_000  # bytes; what a program named may be a pasted screenshot, but then it is larger than this
_NAMED_BY_PROGRAM = re.compile(
    r"(?:image\d{3}|logo|signature|banner|icon|outlook|facebook|telegram|whatsapp|vk)\b"
)
_NO_EVIDENCE = (
    *(
        "application/pgp-",
        "application/pkcs7-",
        "application/x-pkcs7-",
        "application/ms-tnef",
        "application/ics",
    ),
    *("text/vcard", "text/x-vcard", "text/calendar", "message/delivery-status", "message/disposition"),
)
_NO_EVIDENCE_NAMES = (".p7s", ".p7m", ".asc", ".sig", ".vcf", ".ics", "winmail.dat", ".wmz", ".emz")


def _is_evidence(attachment: Attachment) -> bool:
    """Can an attachment show something, other than whose it is?"""
    name = attachment.name.lower()
    if not attachment.size or attachment.type.startswith(_NO_EVIDENCE) or name.endswith(_NO_EVIDENCE_NAMES):
        return False
    if not attachment.type.startswith("image/"):
        return True
    return attachment.size >= (_LOGO if _NAMED_BY_PROGRAM.match(name) else _PICTURE)


_PAPER_NOT_SENT = re.compile(
    r" не (?:приш|получ|приход|дош|поступ|вижу|могу найти|прислал|выслал)\w* (?:\w+ ){0,3}?"
    r"(?:счет|акт|договор|документ|закрыв|упд|квитанц|чек)"
    r"| (?:счет\w?|акты?|договор|документы|упд|чек) (?:\w+ ){0,3}?не (?:приш|получ|приход|дош|поступ)"
)


def _matter(plain: str, clues: frozenset[Clue], *, has_error_text: bool) -> Matter:
    if Clue.SURELY_PAPERS in clues and not has_error_text:
        return Matter.ADMINISTRATIVE
    if _is_over(plain, clues):
        return Matter.UNCLEAR
    if has_error_text or not clues.isdisjoint({Clue.FAULT, Clue.SLOW}) or _is_trouble(plain, clues):
        return Matter.TECHNICAL
    if Clue.PAPERS in clues or {Clue.WISH, Clue.ACTION} <= clues:
        return Matter.ADMINISTRATIVE
    return Matter.UNCLEAR


def _is_over(plain: str, clues: frozenset[Clue]) -> bool:
    """Is a mail thanks, or news that all is well, with nothing to follow?"""
    if Clue.MENDED in clues:
        return not {Clue.WISH, Clue.QUESTION} & clues and " но " not in plain and " but " not in plain
    thankful = Clue.THANKS in clues and " заранее " not in plain and " in advance " not in plain
    return (
        thankful and not {Clue.WISH, Clue.QUESTION, Clue.ACTION, Clue.FAULT, Clue.TROUBLE, Clue.SLOW} & clues
    )


def _is_trouble(plain: str, clues: frozenset[Clue]) -> bool:
    if Clue.TROUBLE not in clues:
        return False
    if Clue.PAPERS not in clues:
        return True
    return bool({Clue.PAGE, Clue.ELSEWHERE} & clues) and not _PAPER_NOT_SENT.search(plain)


# Who lacks an invoice or a password wants it.
_ASKING = frozenset({Clue.WISH, Clue.QUESTION, Clue.ACTION, Clue.TROUBLE, Clue.SURELY_PAPERS})


def _requested(clues: frozenset[Clue]) -> set[Part]:
    """The parts of an administrative matter."""
    found = set()
    things = {Clue.PAPERS, Clue.PAGE, Clue.ELSEWHERE, Clue.THING}
    if things & clues and _ASKING & clues:
        found.add(Part.WANTED)
    if Clue.ACTION in clues:
        found.add(Part.PROCEDURE)
    return found


def _moot(matter: Matter, clues: frozenset[Clue], *, is_down: bool) -> tuple[Part, ...]:
    if matter is not Matter.TECHNICAL:
        return ()
    moot = set()
    if Clue.ELSEWHERE in clues and Clue.PAGE not in clues:
        moot.add(Part.LINK)
    if Clue.SLOW in clues:
        moot |= {Part.ERROR, Part.SCREENSHOT, Part.STEPS}
    if is_down:
        moot |= {Part.STEPS, Part.FREQUENCY}
    return tuple(part for part in Part if part in moot)
