"""The folders of the scripted IMAP server (`tests.scripted_imap`), and how it writes of their mails."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum


class Told(Enum):
    """What FETCH says of a mail that SEARCH has found."""

    TRUTH = "all that was asked for"
    NOTHING = "not a word"
    NO_BODY = "all but a body"
    NIL = "that it has 0 octets and NIL for a body, as Dovecot says of what another client has expunged"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of a folder, and the lies told of it; `size` is its RFC822.SIZE in place of the real one."""

    uid: int
    raw: bytes
    date: str = "23-Nov-2026 11:05:00 +0000"
    flags: tuple[str, ...] = ()
    size: int | None = None
    told: Told = Told.TRUTH

    @property
    def told_size(self) -> int:
        """What RFC822.SIZE says."""
        if self.told is Told.NIL:
            return 0
        return len(self.raw) if self.size is None else self.size


@dataclass(slots=True)
class Folder:
    """The mails of a folder in the order of their UIDs."""

    uidvalidity: int
    mails: list[Mail] = field(default_factory=list)
    uidnext: int = 1

    def add(self, mail: Mail) -> Mail:
        """Put in a mail under its UID, or under the next one where it is 0; the mail as it stands there."""
        added = replace(mail, uid=mail.uid or self.uidnext)
        self.uidnext = max(self.uidnext, added.uid + 1)
        self.mails.append(added)
        return added

    def copy(self, mail: Mail) -> Mail:
        """Put in a copy of a mail of another folder, under the next UID."""
        return self.add(replace(mail, uid=0))

    def forget(self, uid: int) -> None:
        """Take a mail out and say nothing."""
        self.mails = [mail for mail in self.mails if mail.uid != uid]

    def chosen(self, numbers: str) -> list[Mail]:
        """The mails of a set of UIDs (RFC 9051, 4.1.1): `1,3:5,7:*`; `*` is the last there is."""
        last = max((mail.uid for mail in self.mails), default=0)
        wanted: list[tuple[int, int]] = []
        for one in numbers.split(","):
            ends = [last if end == "*" else int(end) for end in one.split(":")]
            wanted.append((min(ends), max(ends)))
        return [mail for mail in self.mails if any(low <= mail.uid <= high for low, high in wanted)]

    def sequence(self, mail: Mail) -> int:
        """The mail's sequence number."""
        return self.mails.index(mail) + 1

    def take(self, mail: Mail) -> bytes:
        """Take the mail out; what is said of that."""
        said = b"* %d EXPUNGE\r\n" % self.sequence(mail)
        self.mails.remove(mail)
        return said

    def mark(self, mail: Mail, how: str, flags: tuple[str, ...]) -> Mail:
        """Change its flags (`how` is FLAGS, +FLAGS or -FLAGS); the mail as it stands then."""
        kept = () if how == "FLAGS" else tuple(flag for flag in mail.flags if flag not in flags)
        marked = replace(mail, flags=kept if how == "-FLAGS" else (*kept, *flags))
        self.mails[self.mails.index(mail)] = marked
        return marked

    def search(self, words: list[str]) -> list[Mail]:
        """The mails that meet every criterion; ValueError for one that is not known here."""
        found, rest = list(self.mails), iter(words)
        for word in rest:
            meeting = self._meeting(word.upper(), rest)
            found = [mail for mail in found if mail in meeting]
        return found

    def _meeting(self, word: str, rest: Iterator[str]) -> list[Mail]:
        if word == "UID":
            return self.chosen(next(rest))
        if word in {"ALL", "SEEN", "DELETED", "KEYWORD"}:
            flag = {"ALL": "", "KEYWORD": ""}.get(word, f"\\{word.title()}")
            flag = next(rest) if word == "KEYWORD" else flag
            return [mail for mail in self.mails if not flag or flag in mail.flags]
        if word in {"UNSEEN", "UNDELETED", "UNKEYWORD"}:
            without = self._meeting(word.removeprefix("UN"), rest)
            return [mail for mail in self.mails if mail not in without]
        raise ValueError(f"unknown criterion {word}")


_ITEM = re.compile(r"BODY(?:\.PEEK)?\[([^]]*)\](?:<(\d+)\.(\d+)>)?|[A-Z0-9.]+", re.IGNORECASE)


def fetched(folder: Folder, mail: Mail, wanted: str) -> bytes:
    """The FETCH reply for `mail`; b"" where nothing is told. `wanted` is the list of items as it came."""
    if mail.told is Told.NOTHING:
        return b""
    items = [b"UID %d" % mail.uid]
    for found in _ITEM.finditer(wanted):
        item = found[0].upper()
        if item == "FLAGS":
            items.append(b"FLAGS (%s)" % " ".join(mail.flags).encode())
        elif item == "INTERNALDATE":
            items.append(b'INTERNALDATE "%s"' % mail.date.encode())
        elif item == "RFC822.SIZE":
            items.append(b"RFC822.SIZE %d" % mail.told_size)
        elif item == "BODYSTRUCTURE":
            items.append(b'BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "8BIT" %d 1)' % len(mail.raw))
        elif found[1] is not None and mail.told is Told.NIL:
            items.append(b"BODY[%s] NIL" % found[1].encode())
        elif found[1] is not None and mail.told is Told.TRUTH:
            items.append(_section(mail.raw, found[1].upper(), found[2], found[3]))
    return b"* %d FETCH (%s)\r\n" % (folder.sequence(mail), b" ".join(items))


def _section(raw: bytes, section: str, start: str | None, count: str | None) -> bytes:
    header, empty, text = raw.partition(b"\r\n\r\n")
    # A mail here has one part, which is its text: `1` and `1.MIME` say the same as `TEXT` and `HEADER`.
    if section in {"HEADER", "1.MIME"}:
        content = header + empty
    elif section in {"TEXT", "1"}:
        content = text
    elif not section:
        content = raw
    else:
        raise ValueError(f"unknown section {section}")
    name = f"BODY[{section}]"
    if start is not None and count is not None:
        content = content[int(start) : int(start) + int(count)]
        name += f"<{start}>"
    return b"%s {%d}\r\n%s" % (name.encode(), len(content), content)
