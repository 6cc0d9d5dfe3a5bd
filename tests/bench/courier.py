"""Letters a second from the outbox to a bare sink, by connections and by letters marked in a turn.

`python -m tests.bench.courier [LETTERS]`; the sink is a process of its own.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from mailgate import state
from mailgate.config import RelaySettings
from mailgate.core.effects import LetterKind
from mailgate.courier import Courier, Terms
from mailgate.hourly import HourlyBound
from mailgate.smarthost import Smarthost
from mailgate.store import letters
from mailgate.store.letters import Outgoing
from mailgate.store.sqlite import Ledger
from tests.bench.wire import Sink

CONNECTIONS = (1, 4, 8)
BATCHES = (1, 4, 8)
RAW = b"Subject: bench\r\n\r\n" + b"a line of the letter that is as long as lines are\r\n" * 30


async def _serve(told: Connection) -> None:
    sink = Sink()
    server = await sink.start()
    told.send(sink.port)
    await server.serve_forever()


def run_sink(told: Connection) -> None:
    """Run the sink's process; its port is told."""
    asyncio.run(_serve(told))


def fill(ledger: Ledger, many: int) -> None:
    """Put letters into the outbox."""
    now = datetime.now(UTC)
    with ledger.write() as work:
        for number in range(many):
            to, kind = f"u{number}@client.example", LetterKind.ACKNOWLEDGEMENT
            letters.put(work, Outgoing(letters.next_id(work), to, kind, now, now, "", "<m@h>", RAW))


def measure(port: int, connections: int, batch: int, many: int) -> float:
    """Letters a second."""
    relay = RelaySettings(host="127.0.0.1", port=port)
    bound, terms = HourlyBound(10**9), Terms(timedelta(days=5), batch, batch)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        state.create(Path(folder) / "state")
        ledger = state.open_ledger(Path(folder) / "state")
        fill(ledger, many)
        couriers = [
            Courier(ledger, Smarthost(relay, "bench.example"), bound, terms, lambda: datetime.now(UTC))
            for _ in range(connections)
        ]
        began = time.perf_counter()
        threads = [threading.Thread(target=_drain, args=(courier,)) for courier in couriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        with ledger.read() as ask:
            sent = letters.counts(ask).sent
        for courier in couriers:
            courier.close()
        ledger.close()
    if sent != many:
        raise SystemExit(f"{sent} of {many} letters were sent")
    return many / seconds


def _drain(courier: Courier) -> None:
    while courier.step():
        pass


def main(many: int) -> None:
    """Print a table: a row for each number of connections, a column for each batch."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_sink, args=(there,), daemon=True)
    process.start()
    port = here.recv()
    _print("connections", *(f"batch {batch:>3}" for batch in BATCHES))
    for connections in CONNECTIONS:
        figures = [measure(port, connections, batch, many) for batch in BATCHES]
        _print(f"{connections:>11}", *(f"{figure:>9.0f}" for figure in figures))
    process.terminate()


def _print(*cells: str) -> None:
    sys.stdout.write("  ".join(cells) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
