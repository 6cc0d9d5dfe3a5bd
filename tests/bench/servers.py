"""The servers that are measured, each in processes of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mailgate import log, state
from mailgate.config import Settings, policy_of
from mailgate.store.sqlite import Ledger

_SETTINGS = """\
[state]
dir = "{folder}/state"
[desk]
name = "Support"
addresses = ["support@hoster.example"]
[smtp]
listen = ["127.0.0.1:0"]
[limits]
letters_a_day = 1000000
letters_an_hour = 10000000
stale_after_hours = 1000000
"""
_RELAY = '[relay]\nhost = "127.0.0.1"\nport = {port}\n'


@contextmanager
def process(*words: str) -> Iterator[int]:
    """A server of `tests.bench.servers`, which prints its port when it is ready; the port."""
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.servers", *words], stdout=subprocess.PIPE)
    try:
        if child.stdout is None:
            raise RuntimeError("no output to read the port from")
        yield int(child.stdout.readline())
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)
        if child.stdout is not None:
            child.stdout.close()


class Gate:
    """A real `mailgate run` on a fresh state, with letters going to `relay` (0: to the Maildir)."""

    def __init__(self, relay: int = 0) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="mailgate-bench-")
        self.folder = Path(self._temporary.name)
        self.state = self.folder / "state"
        self._settings = self.folder / "mailgate.toml"
        relayed = _RELAY.format(port=relay) if relay else ""
        self._settings.write_text(_SETTINGS.format(folder=self.folder) + relayed, "utf-8")
        state.create(self.state)

    def start(self) -> int:
        """Start it; its port."""
        command = [sys.executable, "-m", "mailgate", "--config", str(self._settings), "run"]
        with (self.folder / "log").open("wb") as file:
            self._child = subprocess.Popen(command, stderr=file)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            running = state.read_running(self.state)
            if running is not None:
                return int(running.listeners[0].rpartition(":")[2])
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text("utf-8"))

    def add(self, text: str) -> None:
        """Add to its settings; before it starts."""
        with self._settings.open("a", encoding="utf-8") as file:
            file.write(text)

    def stop_only(self) -> None:
        """Stop it; its state stays."""
        self._child.send_signal(signal.SIGTERM)
        self._child.wait(60)

    def stop(self) -> None:
        """Stop it and forget its state."""
        self.stop_only()
        self._temporary.cleanup()

    def memory(self) -> float:
        """The proportional set size of all its processes, in MB."""
        return sum(_pss(pid) for pid in _family(self._child.pid)) / 1000

    def ledger(self) -> Ledger:
        """Its ledger."""
        return state.open_ledger(self.state)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    threads = [path.name for path in Path(f"/proc/{pid}/task").iterdir() if path.name != str(pid)]
    for thread in threads:
        children += Path(f"/proc/{pid}/task/{thread}/children").read_text("ascii").split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


async def _bare() -> None:
    """Aiosmtpd as it comes, with a handler that does nothing: the baseline."""
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - only the baseline's own process pays for it

    class Null:
        async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802 - the library's name
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Null(), hostname="bare.example"), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _door(folder: Path) -> None:
    """Our door and spool with the desk idle: 250 after the durable commit."""
    from mailgate.intake.smtp import SmtpDoor  # noqa: PLC0415 - as above
    from mailgate.spool import Spool  # noqa: PLC0415 - as above

    log.configure(level="error")
    state.create(folder)
    settings = Settings.model_validate(
        {
            "state": {"dir": str(folder)},
            "desk": {"name": "Support", "addresses": ["support@hoster.example"]},
            "smtp": {"listen": ["127.0.0.1:0"]},
        }
    )
    spool = Spool(
        state.open_ledger(folder), min_free=0, max_backlog=10**9, max_bulk_backlog=10**9, taken=lambda: None
    )
    spool.start()
    policy = policy_of(settings, state.read_keys(folder))
    door = SmtpDoor(settings.smtp, policy.desk, spool, lambda: datetime.now(UTC))
    await door.start()
    sys.stdout.write(f"{door.listeners[0].address.rpartition(':')[2]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _serve(words: list[str]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if words[0] == "bare":
        asyncio.run(_bare())
    else:
        asyncio.run(_door(Path(words[1]) / "state"))


if __name__ == "__main__":
    _serve(sys.argv[1:])
