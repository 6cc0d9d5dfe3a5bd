"""A thread that takes steps until told to stop.

Everything that works in the background is a `step() -> bool`: it does one thing and says whether
there may be more. When there is nothing, the worker sleeps until it is woken, or until its idle time
has passed, so that work that came by another process is found as well.
"""

import threading
import time
from collections.abc import Callable

import structlog

from mailgate.errors import Temporary

_log = structlog.get_logger()

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


class Worker:
    """Runs `step` in a thread of its own. `idle` is how long it sleeps unwoken, in seconds."""

    def __init__(self, name: str, step: Callable[[], bool], idle: float = 0.5) -> None:
        self.name = name
        self._step = step
        self._idle = idle
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._beat = time.monotonic()

    def start(self) -> None:
        """Begin to take steps."""
        self._thread.start()

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    def stop(self) -> None:
        """Take no step after the present one."""
        self._stop.set()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the last step to end; whether it did within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Is the thread running?"""
        return self._thread.is_alive()

    def silent_for(self) -> float:
        """Seconds since the worker last began or ended a step."""
        return time.monotonic() - self._beat

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._beat = time.monotonic()
            self._wake.clear()
            try:
                more = self._step()
                pause = _FIRST_PAUSE
            except Temporary as why:
                _log.warning("worker.waits", worker=self.name, why=str(why), seconds=pause)
                more, pause = self._rest(pause)
            except Exception:  # noqa: BLE001 - what nobody foresaw is temporary; the thread must live on
                _log.exception("worker.failed", worker=self.name, seconds=pause)
                more, pause = self._rest(pause)
            if not more:
                self._wake.wait(self._idle)

    def _rest(self, pause: float) -> tuple[bool, float]:
        self._stop.wait(pause)
        return True, min(pause * 2, _LONGEST_PAUSE)
