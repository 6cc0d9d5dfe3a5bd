"""One connection to the scripted IMAP server (`tests.scripted_imap`)."""

import re
import socket
from contextlib import suppress

from tests.scripted_commands import Commands
from tests.scripted_stage import Line, Stage

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|([^ ]+)')
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")


class Session:
    """Serves one connection until its end."""

    def __init__(self, stage: Stage, client: socket.socket) -> None:
        self._stage = stage
        self._client = client
        self._unread = client.makefile("rb")
        self._commands = Commands(stage)
        self.is_idling = False

    def run(self) -> None:
        """Serve it."""
        with suppress(OSError):  # the client went away, which is the test's own doing
            if self._stage.implicit:
                self._secure()
            self._talk()
        self._unread.close()
        self.hang_up()
        self._client.close()

    def hang_up(self) -> None:
        """End the connection."""
        with suppress(OSError):  # it has ended
            self._client.shutdown(socket.SHUT_RDWR)

    def tell(self, octets: bytes | None = None) -> None:
        """Say this to a client that waits in IDLE; without octets, how many mails there are."""
        if self.is_idling:
            with suppress(OSError):  # it has gone
                self._client.sendall(self._commands.news() if octets is None else octets)

    def _secure(self) -> None:
        if self._stage.tls is None:
            raise OSError("no certificate")
        self._unread.close()
        self._client = self._stage.tls.context().wrap_socket(self._client, server_side=True)
        self._unread = self._client.makefile("rb")
        self._commands.is_plain = False

    def _talk(self) -> None:
        greeting = self._stage.line_for("GREETING", "")
        self._commands.is_known = (greeting.reply or "").startswith("* PREAUTH")
        go_on = self._say(greeting, "", b"", f"* OK [CAPABILITY {self._commands.capabilities()}] ready")
        while go_on and (command := self._read()):
            go_on = self._answer(command.decode("utf-8", "replace"))

    def _read(self) -> bytes:
        """A command with its literals; b"" at the end."""
        whole = self._unread.readline()
        while literal := _LITERAL.search(whole):
            if not literal[2]:
                self._client.sendall(b"+ go on\r\n")
            whole += self._unread.read(int(literal[1])) + self._unread.readline()
        if whole:
            self._stage.record(whole.removesuffix(b"\r\n"))
        return whole

    def _answer(self, command: str) -> bool:
        """Follow the script, or obey; does the connection go on?"""
        tag, _, rest = command.rstrip("\r\n").partition(" ")
        words = [one[1] or one[2] or one[0] for one in _WORD.findall(rest)]
        count = 2 if words and words[0].upper() == "UID" else 1
        verb = " ".join(words[:count]).upper()
        line = self._stage.line_for(verb, rest)
        if verb == "AUTHENTICATE" and len(words) < 3:
            self._client.sendall(b"+ \r\n")
            self._read()
        if line.act is not None:
            line.act()
        said, usual = b"", ""
        if line.reply is None or line.obeyed:
            with self._stage.changed:
                said, usual = self._commands.obey(verb, words[count:])
        go_on = self._say(line, tag, said if line.reply is None else b"", usual)
        if go_on and usual == "+ idling":
            return self._idle(tag)
        if go_on and verb == "STARTTLS" and usual.startswith("OK"):
            self._secure()
        return go_on and verb != "LOGOUT"

    def _idle(self, tag: str) -> bool:
        with self._stage.changed:
            self.is_idling = True
            self._stage.changed.notify_all()
            self.tell()
        done = self._read()
        with self._stage.changed:
            self.is_idling = False
        return bool(done) and self._say(self._stage.line_for("DONE", ""), tag, b"", "OK done")

    def _say(self, line: Line, tag: str, said: bytes, usual: str) -> bool:
        """Say what the line has and the rest; does the connection go on?"""
        reply = usual if line.reply is None else line.reply
        if reply and reply[0] not in "*+":
            reply = f"{tag} {reply}"
        octets = said + (f"{reply}\r\n".encode() if reply else b"")
        if line.before.startswith(b"+"):  # a challenge, RFC 3501, 6.2.2: the client says something to it
            self._client.sendall(line.before)
            self._read()
        else:
            octets = line.before + octets
        self._client.sendall(octets)
        while line.endless:
            self._client.sendall(line.endless)
        return not line.drop
