"""A thread that takes steps until told to stop.

Everything that works in the background is a `step() -> bool`: it does one thing and says whether
there may be more. When there is nothing, the worker sleeps until it is woken, or until its idle time
has passed, so that work that came by another process is found as well. And what all threads of a service
have in common: one core, and a collector of garbage.
"""

import ctypes
import gc
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from mailgate.errors import Temporary

_log = structlog.get_logger()

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


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


def stay_on_one_core() -> None:
    """Keep the threads that begin from now on, and this one, on one core; the readers use all.

    The threads share one interpreter. To hand it from core to core costs more than another core gives.
    """
    cores = sorted(os.sched_getaffinity(0))
    with suppress(OSError):  # a sandbox may forbid it; that costs speed alone
        # By the pid, so that services side by side do not all choose the same.
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


def share_one_heap() -> None:
    """Let the threads that begin from now on share one heap of the C library.

    They take turns anyway; with a heap each, what one has freed lies idle while the others ask for more.
    """
    with suppress(AttributeError):  # only glibc has it, and only glibc needs it
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def spare_the_collector() -> None:
    """Look for circles among what mails leave behind, more rarely; not among all that was imported.

    A mail makes hundreds of values and hardly a circle: the looking was 3 % of all work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
