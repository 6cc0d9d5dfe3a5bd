"""A real Postfix in a temporary folder, in front of an LMTP socket."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.dovecot import LACKING, free_port

_MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:unix:{lmtp}
lmtp_destination_recipient_limit = 50
recipient_delimiter = +
minimal_backoff_time = 1s
queue_run_delay = 1s
"""
_MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix: the port of its SMTP listener, and its folder."""

    port: int
    folder: Path

    def queue(self) -> str:
        """What waits in its queue, a JSON line each; "" when nothing does."""
        command = ("/usr/sbin/postqueue", "-c", str(self.folder / "conf"), "-j")
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def log(self) -> str:
        """What it logged."""
        return (self.folder / "maillog").read_text("utf-8")


@contextmanager
def postfix_before(lmtp: Path, domain: str = "example.com") -> Iterator[Postfix]:
    """A Postfix that hands mail for `domain` to the socket `lmtp`."""
    if not Path("/usr/sbin/postfix").exists():
        raise AssertionError(LACKING)
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    for part in ("conf", "queue", "data"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    port = free_port()
    settings = _MAIN_CF.format(folder=folder, lmtp=lmtp, domain=domain)
    (folder / "conf/main.cf").write_text(settings, encoding="utf-8")
    (folder / "conf/master.cf").write_text(_MASTER_CF.format(port=port), encoding="utf-8")
    control = ("/usr/sbin/postfix", "-c", str(folder / "conf"))
    with (folder / "said").open("wb") as said:
        try:
            # The command returns when the listeners stand.
            subprocess.run((*control, "start"), stdout=said, stderr=said, timeout=30, check=True)
            yield Postfix(port, folder)
        finally:
            subprocess.run((*control, "stop"), stdout=said, stderr=said, timeout=30, check=False)
            shutil.rmtree(folder)
