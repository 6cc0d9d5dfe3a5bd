"""A real `mailgate run` for tests: its settings, its process, what it answers over SMTP."""

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mailgate import state

PATIENCE = 20.0
_SETTINGS = """\
[state]
dir = "{folder}/state"
[desk]
name = "Служба поддержки"
addresses = ["support@hoster.example", "billing@hoster.example"]
[smtp]
listen = ["127.0.0.1:0"]
lmtp = "{folder}/lmtp"
lmtp_mode = "0666"
"""


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something holds that another process brings about."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Service:
    """A mailgate in `folder`; `more` is added to its settings."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.settings = folder / "mailgate.toml"
        self.settings.write_text(_SETTINGS.format(folder=folder) + more, "utf-8")
        self.log = folder / "log"
        state.create(self.state)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _why: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    def command(self, *words: str) -> list[str]:
        """The command line of `mailgate WORDS` with these settings."""
        return [sys.executable, "-m", "mailgate", "--config", str(self.settings), *words]

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Start it and wait until it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("run"), stderr=log, env={**os.environ, **(environment or {})}
            )
        pid = self.process.pid

        def is_ready() -> bool:
            running = state.read_running(self.state)
            assert self.process.poll() is None, self.log.read_text("utf-8")
            return bool(running and running.pid == pid)

        wait_until(is_ready, "the service did not start")

    @property
    def port(self) -> int:
        """The port of its TCP listener."""
        running = state.read_running(self.state)
        assert running is not None
        return int(running.listeners[0].rpartition(":")[2])

    def stop(self) -> int:
        """End it as systemd does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()

    def ask(self, *words: str) -> Any:
        """What `mailgate WORDS --json` prints."""
        done = subprocess.run(self.command(*words, "--json"), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def post(self, raw: bytes, *recipients: str, sender: str = "ivan@client.example") -> str:
        """Send a mail over SMTP; the id in its reply."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail(sender)
            for recipient in recipients or ("support@hoster.example",):
                client.rcpt(recipient)
            code, reply = client.data(raw)
        assert code == 250, reply
        return reply.decode().split()[-1]

    def settled(self) -> None:
        """Wait until nothing waits and no letter is due."""

        def is_idle() -> bool:
            found = self.ask("status")
            return not found["new"] and not found["outbox"]["due"]

        wait_until(is_idle, "mails were not settled", 60)


def notified(folder: Path) -> socket.socket:
    """A socket that hears what a service tells systemd, bound at `folder`/notify."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(folder / "notify"))
    heard.settimeout(PATIENCE)
    return heard
