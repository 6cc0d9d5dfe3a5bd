"""A process that only takes letters away: `courier_process.py FOLDER PORT CONNECTIONS`; a test kills it."""

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from mailgate import state
from mailgate.config import DeskSettings, RelaySettings, Settings, StateSettings
from mailgate.courier import start_couriers
from mailgate.hourly import HourlyBound


def main(folder: Path, port: int, connections: int) -> None:
    """Run until killed."""
    settings = Settings(
        state=StateSettings(dir=folder),
        desk=DeskSettings(name="Hoster", addresses=("support@hoster.example",)),
        relay=RelaySettings(host="127.0.0.1", port=port, connections=connections),
    )
    for worker in start_couriers(
        state.open_ledger(folder), settings, HourlyBound(10_000), lambda: datetime.now(UTC)
    ):
        worker.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
