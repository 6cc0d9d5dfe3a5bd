"""Reads mails in killable processes: bytes in, a Mail out, whatever the mail does to its reader.

A reader that is too slow, too greedy or dies is killed and replaced; its mail comes back as Late (it
was the clock) or as a Mail with the defect and only its headers. The next mail never waits for more
than the time a mail is allowed.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from mailgate.core.mail import Defect, Envelope, Mail
from mailgate.core.policy import Sought
from mailgate.errors import Temporary
from mailgate.parse.message import NOTHING_SOUGHT, beyond
from mailgate.parse.worker import MAIL, OUT_OF_MEMORY, receive_frame, send_frame, sought_frame, task

_log = structlog.get_logger()

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Late:
    """The mail took longer than its time."""


class _Reader:
    """One reader process, started when first needed, and again when it was killed or must look for else."""

    def __init__(self, hire: Callable[[], socket.socket]) -> None:
        self._hire = hire
        self._wire: socket.socket | None = None
        self._told = NOTHING_SOUGHT
        self._pid = 0

    def read(
        self, envelope: Envelope, raw: bytes, seconds: float, sought: Sought, *, whole: bool
    ) -> Mail | Late:
        """Read one mail within `seconds`. Raises Temporary when no reader can be had."""
        body = task(envelope, raw, whole=whole)
        answer = self._ask(body, seconds, sought)
        if answer == b"":
            # It may have died before this mail came: only a fresh one's death is the mail's doing.
            answer = self._ask(body, seconds, sought)
        if answer is None:
            return Late()
        if answer == OUT_OF_MEMORY:
            self.kill()
            return beyond(raw, envelope, Defect.PARSER_MEMORY)
        try:
            return MAIL.validate_json(answer)
        except ValidationError:
            self.kill()
            return beyond(raw, envelope, Defect.PARSER_CRASH)

    def _ask(self, body: bytes, seconds: float, sought: Sought) -> bytes | None:
        """The reader's answer, b"" when it died, None when it was late."""
        wire = self.ready(sought)
        wire.settimeout(seconds)
        answer: bytes | None
        try:
            send_frame(wire, body)
            answer = receive_frame(wire)
        except TimeoutError:
            answer = None
        except OSError:
            answer = b""
        if not answer:
            self.kill()
        return answer

    def ready(self, sought: Sought) -> socket.socket:
        """The wire to a reader that looks for this. Raises Temporary when none can be had."""
        return self._wire if self._wire and self._told == sought else self._start(sought)

    def _start(self, sought: Sought) -> socket.socket:
        self.kill()
        try:
            wire = self._hire()
        except OSError as why:
            raise Temporary(f"no reader for mails could be hired: {why}") from why
        wire.settimeout(_START_SECONDS)
        try:
            send_frame(wire, sought_frame(sought))
            self._pid = int(receive_frame(wire))
        except (OSError, ValueError) as why:
            wire.close()
            raise Temporary("no reader for mails could be started") from why
        self._wire, self._told = wire, sought
        return wire

    def kill(self) -> None:
        """End the reader; the next mail gets a new one."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._pid = 0


class Reading:
    """Many mails being read; `shares` are dealt out in turn."""

    def __init__(self, many: int, shares: "list[Future[list[Mail | Late]]]") -> None:
        self._many = many
        self._shares = shares

    def result(self) -> list[Mail | Late]:
        """The mails in the order they were handed over. Raises Temporary when no reader can be had."""
        read: list[Mail | Late] = [Late()] * self._many
        for first, share in enumerate(self._shares):
            read[first :: len(self._shares)] = share.result()
        return read


class Pool:
    """`workers` readers side by side, each bound to `memory` bytes. Start it before opening a ledger."""

    def __init__(self, workers: int, memory: int) -> None:
        self._workers = workers
        self._memory = memory
        self._hiring = threading.Lock()
        self._cores = os.sched_getaffinity(0)
        self._open_nursery()
        self._mine = threading.local()
        self._readers: list[_Reader] = []
        self._threads = ThreadPoolExecutor(workers, "parse")

    def begin(self, sought: Sought) -> list[Future[object]]:
        """Start the readers beside the caller, so that the first mails need not wait for them.

        One that cannot be had now is tried for again with its first mail.
        """
        return [self._threads.submit(lambda: self._reader().ready(sought)) for _ in range(self._workers)]

    def submit(
        self, envelope: Envelope, raw: bytes, seconds: float, sought: Sought = NOTHING_SOUGHT
    ) -> "Future[Mail | Late]":
        """Read a mail beside the caller. The future raises Temporary when no reader can be had."""
        return self._threads.submit(self._read, envelope, raw, seconds, sought, whole=True)

    def submit_all(
        self,
        mails: Sequence[tuple[Envelope, bytes]],
        seconds: float,
        sought: Sought = NOTHING_SOUGHT,
    ) -> "Reading":
        """Read many mails for the desk, as `submit` does each, but without `text` where there are new words.

        Every reader has a share, so that few threads meet.
        """
        shares = [mails[first :: self._workers] for first in range(min(self._workers, len(mails)))]
        read = self._read_all
        return Reading(len(mails), [self._threads.submit(read, share, seconds, sought) for share in shares])

    def close(self) -> None:
        """End all readers and their nursery."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for reader in self._readers:
            reader.kill()
        self._close_nursery()

    @property
    def is_alive(self) -> bool:
        """Can readers be had?"""
        return self._nursery.poll() is None

    def _open_nursery(self) -> None:
        # Popen executes a new program at once, so no open ledger crosses the fork.
        self._control, theirs = socket.socketpair()
        with theirs:
            self._nursery = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-m", "mailgate.parse.worker", str(theirs.fileno()), str(self._memory)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        with suppress(OSError):  # whoever opens it anew may be kept on one core, which is for itself alone
            os.sched_setaffinity(self._nursery.pid, self._cores)

    def _close_nursery(self) -> None:
        self._control.close()
        try:
            self._nursery.wait(5)
        except subprocess.TimeoutExpired:
            self._nursery.kill()
            self._nursery.wait()

    def _hire(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with self._hiring, theirs:
            if not self.is_alive:
                _log.warning("parse.nursery_died", status=self._nursery.returncode)
                self._close_nursery()
                self._open_nursery()
            try:
                socket.send_fds(self._control, [b"r"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def _read_all(
        self, mails: Sequence[tuple[Envelope, bytes]], seconds: float, sought: Sought
    ) -> list[Mail | Late]:
        return [self._read(envelope, raw, seconds, sought, whole=False) for envelope, raw in mails]

    def _read(
        self, envelope: Envelope, raw: bytes, seconds: float, sought: Sought, *, whole: bool
    ) -> Mail | Late:
        return self._reader().read(envelope, raw, seconds, sought, whole=whole)

    def _reader(self) -> _Reader:
        """The reader of this thread."""
        reader: _Reader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = _Reader(self._hire)
            self._readers.append(reader)
        return reader
