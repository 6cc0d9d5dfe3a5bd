"""A real Dovecot for one test: LMTP in over a UNIX socket, IMAP out on loopback, all in one folder.

Any user there is exists as soon as mail comes for him, with the one password. The servers of the
machine and their settings stay untouched.
"""

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

PASSWORD = "one-test-long"
LACKING = "tests need the real servers: apt-get install postfix dovecot-imapd dovecot-lmtpd"
_PROGRAM = "/usr/sbin/dovecot"
_SECONDS = 30

# Without its own users and a chroot Dovecot runs from any folder; `ssl = no` spares it a certificate.
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {name}
listen = 127.0.0.1
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
"""


def free_port() -> int:
    """A loopback TCP port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Dovecot:
    """Runs from entering to leaving; `lmtp` is the socket mail comes in by, `port` that of IMAP."""

    def __init__(self) -> None:
        if not Path(_PROGRAM).exists() or not Path("/usr/lib/dovecot/lmtp").exists():
            raise AssertionError(LACKING)
        # Short and open to all: a socket's path has 107 octets, and the server drops its rights.
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.folder.chmod(0o755)
        self.lmtp = self.folder / "lmtp"
        self.port = free_port()
        self._settings = self.folder / "dovecot.conf"

    def __enter__(self) -> Self:
        mail = self.folder / "mail"
        mail.mkdir()
        root = os.geteuid() == 0
        if root:
            shutil.chown(mail, "nobody", "nogroup")
        text = _SETTINGS.format(
            folder=self.folder,
            name=self.folder.name,
            user="nobody" if root else os.geteuid(),
            group="nogroup" if root else os.getegid(),
            password=PASSWORD,
            port=self.port,
        )
        self._settings.write_text(text, encoding="utf-8")
        # The command returns when the listeners stand.
        self._run()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("stop")
        shutil.rmtree(self.folder)

    def _run(self, *words: str) -> None:
        # Into a file: the daemon inherits the output, so the end of a pipe would never come.
        said = self.folder / "said"
        with said.open("wb") as output:
            done = subprocess.run(
                (_PROGRAM, "-c", self._settings, *words), stderr=output, timeout=_SECONDS, check=False
            )
        if done.returncode:
            raise AssertionError(f"dovecot {words}: {said.read_text(encoding='utf-8')}\n{self.log}")

    @property
    def log(self) -> str:
        """What the server has to say, for a test that fails."""
        file = self.folder / "dovecot.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def imap(self, user: str) -> imaplib.IMAP4:
        """An IMAP connection of `user`, his INBOX selected; log it out after use."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=_SECONDS)
        client.login(user, PASSWORD)
        client.select("INBOX")
        return client


def wait_for(client: imaplib.IMAP4, count: int) -> None:
    """Return when the selected folder holds `count` mails; TimeoutError when they do not come."""
    tag = b"IDLE1"  # imaplib of Python 3.11 does not know IDLE (RFC 2177)
    client.send(tag + b" IDLE\r\n")
    held = int(client.response("EXISTS")[1][-1] or 0)
    while held < count:
        words = client.readline().split()
        if words[2:3] == [b"EXISTS"]:
            held = int(words[1])
    client.send(b"DONE\r\n")
    while not client.readline().startswith(tag):
        pass


def fetch_all(client: imaplib.IMAP4) -> tuple[bytes, ...]:
    """Every mail of the selected folder, byte for byte."""
    _, answers = client.fetch("1:*", "(BODY.PEEK[])")
    return tuple(answer[1] for answer in answers if isinstance(answer, tuple))
