"""The child that reads mails: it may be killed at any moment, and holds nothing that matters.

A nursery process imports the parser once and forks a reader for each connection it is handed, so
that readers share their memory and a killed one is replaced within milliseconds. The nursery is
started before the ledger is opened, and never has it. Each process asks the kernel to be killed when
its parent dies, so that none is left behind.

The protocol of a reader: the parent sends a frame with what is looked for in every mail, as JSON, and the
reader answers with its process id once it has made itself ready for that. Then for each mail the parent sends
a frame with an octet that says whether it wants the whole Mail, the envelope as JSON, its length before it,
and the raw mail; the reader answers with one frame, the Mail as JSON without what has its default. A frame is
four bytes of length, big-endian, then that many bytes. JSON and not pickle: what a hostile mail made of a
reader must stay data. When what is looked for changes, the reader is replaced.
"""

import ctypes
import functools
import gc
import os
import resource
import signal
import socket
import struct
import sys
import time
from contextlib import suppress

from pydantic import TypeAdapter

from mailgate.core.finding.suffix import is_top
from mailgate.core.mail import Envelope, Mail
from mailgate.core.policy import Sought
from mailgate.core.recognise import recognise
from mailgate.parse.message import parse

MAIL = TypeAdapter(Mail)
ENVELOPE = TypeAdapter(Envelope)
SOUGHT = TypeAdapter(Sought)

OUT_OF_MEMORY = b"memory"
"""What a reader answers instead of a Mail when its bound was reached."""

_MOST_AT_ONCE = 65_536
_LENGTH = struct.Struct("!I")
_HEAD = struct.Struct("!?I")
_PR_SET_PDEATHSIG = 1
_CPU_SECONDS = 10  # a mail; the parent's clock is the first bound, this one holds when the parent is stuck


def send_frame(wire: socket.socket, body: bytes) -> None:
    """Send one frame."""
    wire.sendall(_LENGTH.pack(len(body)) + body)


def receive_frame(wire: socket.socket) -> bytes:
    """Receive one frame; b"" when the other side is gone. Only one is ever on its way."""
    beginning = wire.recv(_MOST_AT_ONCE)
    while 0 < len(beginning) < _LENGTH.size:
        more = wire.recv(_MOST_AT_ONCE)
        beginning = beginning + more if more else b""
    if not beginning:
        return b""
    size = _LENGTH.unpack_from(beginning)[0]
    done = len(beginning) - _LENGTH.size
    if done == size:  # as a rule: one reading was all
        return beginning[_LENGTH.size :]
    body = bytearray(size)
    body[:done] = beginning[_LENGTH.size :]
    view = memoryview(body)
    while done < size:
        count = wire.recv_into(view[done:])
        if not count:
            return b""
        done += count
    return bytes(body)


def task(envelope: Envelope, raw: bytes, *, whole: bool) -> bytes:
    """What a reader is sent."""
    head = ENVELOPE.dump_json(envelope)
    return b"".join((_HEAD.pack(whole, len(head)), head, raw))


def read_task(body: bytes) -> tuple[Envelope, bytes, bool]:
    """What `task` was made of: the envelope, the raw mail, whether all of it is wanted."""
    whole, size = _HEAD.unpack_from(body)
    end = _HEAD.size + int(size)
    return ENVELOPE.validate_json(body[_HEAD.size : end]), body[end:], bool(whole)


def answer(mail: Mail, *, whole: bool) -> bytes:
    """What a reader sends; `text` only if it is wanted, or says what the new words do not.

    To write and read the words twice took longer than all else in it (55 of 110 us in the parent).
    """
    exclude = None if whole or not mail.new_words else {"text"}
    return MAIL.dump_json(mail, exclude=exclude, exclude_defaults=True)


# It changes with a reload at most.
@functools.lru_cache(maxsize=2)
def sought_frame(sought: Sought) -> bytes:
    """What a reader is told first."""
    return SOUGHT.dump_json(sought)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def read_mails(wire: socket.socket, memory: int) -> None:
    """Read mails until the parent hangs up. `memory` is the bound of the address space, in bytes."""
    _limit(memory)
    sought = SOUGHT.validate_json(receive_frame(wire))
    # This makes the phrases ready, so that it takes no mail's time; what fails here fails with each mail.
    with suppress(Exception):
        recognise("", "", sought.requests)
    send_frame(wire, str(os.getpid()).encode())
    while body := receive_frame(wire):
        envelope, raw, whole = read_task(body)
        del body
        spent = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (spent + _CPU_SECONDS, resource.RLIM_INFINITY))
        try:
            read = answer(parse(raw, envelope, sought=sought), whole=whole)
        except MemoryError:
            read = OUT_OF_MEMORY
        del raw
        send_frame(wire, read)


def nursery(control: socket.socket, memory: int) -> None:
    """Fork a reader for every connection that comes over `control`."""
    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the readers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    is_top("ru")  # the list of public suffixes is read once, and shared
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            return
        if os.fork() == 0:
            die_with_parent()
            if os.getppid() != parent:
                os._exit(0)
            control.close()
            try:
                read_mails(socket.socket(fileno=descriptors[0]), memory)
            finally:
                os._exit(0)
        os.close(descriptors[0])


if __name__ == "__main__":
    nursery(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
