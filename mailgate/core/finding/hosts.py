"""What is a domain and what only looks like one: files, versions, code, and sentences without a space."""

import functools
import re

from mailgate.core.address import domain_name
from mailgate.core.candidate import Likeness
from mailgate.core.finding.alphabets import is_mixed, looks, looks_latin
from mailgate.core.finding.services import is_nobodys
from mailgate.core.finding.suffix import is_registered, is_top

_LONGEST = 253  # RFC 1035, 2.3.4, less the root
# Also endings of files: such a name is a domain only where something besides its looks says so.
_FILES_TEXT = """
zip py md sh rs ai so pl ps mov cab pub properties tf cc mm as pm bz vi st la ms do am cat bar foo ad
java
"""
_FILES = frozenset(_FILES_TEXT.split())
# Also words: "works.It does" is the end of a sentence.
_SENTENCE_TEXT = """
my in it is no do to me so am as at be by us an he we and how now here there this that yes ok please help
site name mail web why what can if or сайт онлайн дети москва орг
"""
_SENTENCE = frozenset(_SENTENCE_TEXT.split())
_CODE_TEXT = """
system java javax this self window document console math object os sys app config module require process
json string array date request response session event node python django flask numpy user file item data
"""
_CODE = frozenset(_CODE_TEXT.split())
_PACKAGES = frozenset(("com", "org", "net", "io"))  # of programs: com.example.app
_ENDING_TEXT = """
works work working ok help done hello hi thanks thank down open opens site it error broken please here
"""
_ENDING = frozenset(_ENDING_TEXT.split())
_PLAIN_TOPS = frozenset(["ru", "su", "com", "org", "net", "рф", "рус"])
_GLUED = re.compile(r"[а-яё]+-?(?=[a-z0-9])")
_TAIL = re.compile(r"(?<=[a-z])-?[а-яё-]+$")


@functools.lru_cache(maxsize=1024)
def host_value(written: str, *, is_certain: bool = False) -> tuple[str, Likeness]:
    """The domain in `written`, a host name, and whether it is one by its looks only; ("", EXACT) when none.

    The domain is in A-labels without "www."; a look-alike is in lower case as written. `is_certain` lets
    through what ends in no public suffix.
    """
    host = written.lower().strip(".-").removeprefix("www.")
    if len(host) > _LONGEST or "." not in host:
        return "", Likeness.EXACT
    host = _without_underscores(host if host.isascii() else _unglued(host))
    if _is_lookalike(host):
        seen = looks(host) or (host,)
        is_one = any(map(is_registered, seen)) and not any(map(is_nobodys, seen))
        return (host, Likeness.LOOKALIKE) if is_one else ("", Likeness.EXACT)
    top = host.rpartition(".")[2]
    if not is_certain and top.isascii() and not is_top(top):
        return "", Likeness.EXACT
    name = domain_name(host)
    if not name or not (is_certain or is_registered(name)) or is_nobodys(name):
        return "", Likeness.EXACT
    return name, Likeness.EXACT


def _without_underscores(host: str) -> str:
    """`_dmarc.stroymir.ru` speaks of stroymir.ru (RFC 8552); any other underscore makes no host."""
    if "_" not in host:
        return host
    labels = host.split(".")
    last = max(at for at, label in enumerate(labels) if "_" in label)
    return ".".join(labels[last + 1 :]) if labels[last].startswith("_") else ""


def _unglued(host: str) -> str:
    """`host` less Russian words that stick to it: "сайт-stroymir.ru", "stroymir.ru-шный"."""
    first, dot, rest = host.partition(".")
    stuck = _GLUED.match(first)
    if stuck and not looks_latin(stuck[0].rstrip("-")):
        first = first[stuck.end() :]
    body, point, top = f"{first}{dot}{rest}".rpartition(".")
    return f"{body}{point}{_TAIL.sub('', top)}"


def _is_lookalike(host: str) -> bool:
    labels = host.split(".")
    if "xn--" in host:
        labels = [_shown(label) for label in labels]
    elif host.isascii():
        return False
    is_latin = labels[-1].isascii()
    return any(is_mixed(label) or (is_latin and looks_latin(label)) for label in labels)


def _shown(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def is_bare_domain(written: str) -> bool:
    """May `written` be a domain although nothing but its looks says so?"""
    first, _, rest = written.partition(".")
    top = written.rpartition(".")[2]
    low = top.lower()
    if low in _FILES or all(len(label) == 1 for label in written.split(".")):
        return False
    if "." in rest:
        return first.lower() not in _PACKAGES
    if low in _SENTENCE and first.lower() in _ENDING:
        return False
    return low in _PLAIN_TOPS or first.lower() not in _CODE


def without_next_sentence(written: str, *, is_announced: bool) -> str:
    """`written` less the first word of a sentence that begins without a space: "stroymir.ru.Помогите".

    Where something besides its looks announces the domain (`is_announced`), every top-level domain is one.
    """
    head, _, top = written.rpartition(".")
    if top.lower() in _PLAIN_TOPS or not top[:1].isupper() or written.isupper():
        return written
    if not is_announced and (top.lower() in _SENTENCE or not written[0].isupper()):
        return head
    return written if is_top(domain_name(f"a.{top}")[2:]) else head
