"""The commands of the scripted IMAP server (`tests.scripted_imap`), as one connection sees them."""

from tests.scripted_mailbox import Folder, Mail, fetched
from tests.scripted_stage import Stage

Answer = tuple[bytes, str]
"""What is said before the tagged reply, and what follows its tag; `+` stands before what has no tag."""

_NEEDS = {
    "UID MOVE": "MOVE",
    "UID EXPUNGE": "UIDPLUS",
    "IDLE": "IDLE",
    "UNSELECT": "UNSELECT",
    "NAMESPACE": "NAMESPACE",
    "ID": "ID",
}
_BEFORE_LOGIN = {"CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "NOOP", "LOGOUT", "ID"}
_IN_FOLDER = {
    "UID SEARCH", "UID FETCH", "UID STORE", "UID COPY", "UID MOVE", "UID EXPUNGE", "EXPUNGE", "CLOSE",
    "UNSELECT",
}  # fmt: skip


class Commands:
    """Who is there and what is selected; a `do_` for each command. The caller holds the stage's lock."""

    def __init__(self, stage: Stage) -> None:
        self.is_known = False
        self.is_plain = not stage.implicit
        self._stage = stage
        self._selected: Folder | None = None
        self._told = 0  # mails of the selected folder the client knows of

    def obey(self, verb: str, words: list[str]) -> Answer:
        """Carry a command out; `words` are its arguments without quotes."""
        act = getattr(self, f"do_{verb.lower().replace(' ', '_')}", None)
        if act is None or _NEEDS.get(verb, "IMAP4rev1") not in self._stage.capabilities:
            return b"", "BAD unknown command"
        if not self.is_known and verb not in _BEFORE_LOGIN:
            return b"", "BAD log in first"
        if self._selected is None and verb in _IN_FOLDER:
            return b"", "BAD select a folder first"
        try:
            said, reply = act(words)
        except (ValueError, IndexError, StopIteration) as unclear:
            return b"", f"BAD {unclear}"
        return said + self.news(), reply

    def news(self) -> bytes:
        """How many mails there are, where the client does not know."""
        if self._selected is None or self._told == len(self._selected.mails):
            return b""
        self._told = len(self._selected.mails)
        return b"* %d EXISTS\r\n" % self._told

    def capabilities(self) -> str:
        """What is offered now."""
        offers = self._stage.capabilities
        return " ".join((*offers, "STARTTLS") if self._stage.tls and self.is_plain else offers)

    @property
    def _folder(self) -> Folder:
        if self._selected is None:
            raise ValueError("no folder")
        return self._selected

    def do_capability(self, _: list[str]) -> Answer:
        return f"* CAPABILITY {self.capabilities()}\r\n".encode(), "OK done"

    def do_noop(self, _: list[str]) -> Answer:
        return b"", "OK done"

    def do_id(self, _: list[str]) -> Answer:
        return b'* ID ("name" "scripted")\r\n', "OK done"

    def do_login(self, words: list[str]) -> Answer:
        self.is_known = len(words) == 2
        return b"", "OK welcome" if self.is_known else "BAD user and password"

    def do_authenticate(self, words: list[str]) -> Answer:
        self.is_known = f"AUTH={words[0].upper()}" in self._stage.capabilities
        return b"", "OK welcome" if self.is_known else "NO unknown mechanism"

    def do_starttls(self, _: list[str]) -> Answer:
        return b"", "OK begin" if self._stage.tls and self.is_plain else "BAD no TLS here"

    def do_logout(self, _: list[str]) -> Answer:
        self._selected = None
        return b"* BYE till next time\r\n", "OK done"

    def do_namespace(self, _: list[str]) -> Answer:
        return b'* NAMESPACE (("" "/")) NIL NIL\r\n', "OK done"

    def do_list(self, words: list[str]) -> Answer:
        if words[1] == "":
            return b'* LIST (\\Noselect) "/" ""\r\n', "OK done"
        names = [name for name in self._stage.folders if words[1] in {"*", "%", name}]
        return "".join(f'* LIST () "/" "{name}"\r\n' for name in names).encode(), "OK done"

    def do_create(self, words: list[str]) -> Answer:
        if words[0] in self._stage.folders:
            return b"", "NO [ALREADYEXISTS] there is one"
        self._stage.folders[words[0]] = Folder(len(self._stage.folders) + 1)
        return b"", "OK done"

    def do_subscribe(self, _: list[str]) -> Answer:
        return b"", "OK done"

    def do_status(self, words: list[str]) -> Answer:
        folder = self._stage.folders.get(words[0])
        if folder is None:
            return b"", "NO [NONEXISTENT] no such folder"
        facts = {"MESSAGES": len(folder.mails), "UIDNEXT": folder.uidnext, "UIDVALIDITY": folder.uidvalidity}
        told = " ".join(f"{word} {facts.get(word, 0)}" for word in words[1].strip("()").upper().split())
        return f'* STATUS "{words[0]}" ({told})\r\n'.encode(), "OK done"

    def do_select(self, words: list[str], access: str = "READ-WRITE") -> Answer:
        self._selected = folder = self._stage.folders.get(words[0])
        if folder is None:
            return b"", "NO [NONEXISTENT] no such folder"
        self._told = len(folder.mails)
        kept = r"\Seen \Deleted \*" if self._stage.keywords else r"\Seen \Deleted"
        lines = (
            r"FLAGS (\Seen \Deleted)",
            f"{self._told} EXISTS",
            "0 RECENT",
            f"OK [PERMANENTFLAGS ({kept})] kept",
            f"OK [UIDVALIDITY {folder.uidvalidity}] valid",
            f"OK [UIDNEXT {folder.uidnext}] next",
        )
        return "".join(f"* {line}\r\n" for line in lines).encode(), f"OK [{access}] done"

    def do_examine(self, words: list[str]) -> Answer:
        return self.do_select(words, "READ-ONLY")

    def do_idle(self, _: list[str]) -> Answer:
        return b"", "+ idling"

    def do_close(self, _: list[str]) -> Answer:
        self._take([mail for mail in self._folder.mails if r"\Deleted" in mail.flags])
        return self.do_unselect([])

    def do_unselect(self, _: list[str]) -> Answer:
        self._selected = None
        return b"", "OK done"

    def do_uid_search(self, words: list[str]) -> Answer:
        found = self._folder.search(words)
        return b"* SEARCH%s\r\n" % b"".join(b" %d" % mail.uid for mail in found), "OK done"

    def do_uid_fetch(self, words: list[str]) -> Answer:
        wanted = " ".join(words[1:])
        chosen = self._folder.chosen(words[0])
        if "BODY[" in wanted.upper():  # without PEEK
            chosen = [self._folder.mark(mail, "+FLAGS", (r"\Seen",)) for mail in chosen]
        return b"".join(fetched(self._folder, mail, wanted) for mail in chosen), "OK done"

    def do_uid_store(self, words: list[str]) -> Answer:
        how, _, silent = words[1].upper().partition(".")
        flags = tuple(words[2].strip("()").split())
        if not self._stage.keywords and not all(flag.startswith("\\") for flag in flags):
            return b"", "NO no keywords here"
        marked = [self._folder.mark(mail, how, flags) for mail in self._folder.chosen(words[0])]
        said = [] if silent else [fetched(self._folder, mail, "FLAGS") for mail in marked]
        return b"".join(said), "OK done"

    def do_uid_copy(self, words: list[str]) -> Answer:
        target = self._stage.folders.get(words[1])
        if target is None:
            return b"", "NO [TRYCREATE] no such folder"
        mails = self._folder.chosen(words[0])
        copies = [target.copy(mail) for mail in mails]
        if not copies or "UIDPLUS" not in self._stage.capabilities:
            return b"", "OK done"
        return b"", f"OK [COPYUID {target.uidvalidity} {_uids(mails)} {_uids(copies)}] done"

    def do_uid_move(self, words: list[str]) -> Answer:
        mails = self._folder.chosen(words[0])
        _, reply = self.do_uid_copy(words)
        if not reply.startswith("OK"):
            return b"", reply
        told = f"* {reply}\r\n".encode() if "COPYUID" in reply else b""  # RFC 6851, 4.3
        return told + self._take(mails), "OK done"

    def do_uid_expunge(self, words: list[str]) -> Answer:
        chosen = self._folder.chosen(words[0])
        return self._take([mail for mail in chosen if r"\Deleted" in mail.flags]), "OK done"

    def do_expunge(self, _: list[str]) -> Answer:
        return self._take([mail for mail in self._folder.mails if r"\Deleted" in mail.flags]), "OK done"

    def _take(self, mails: list[Mail]) -> bytes:
        said = b"".join(self._folder.take(mail) for mail in mails)
        self._told -= len(mails)
        return said


def _uids(mails: list[Mail]) -> str:
    return ",".join(str(mail.uid) for mail in mails)
