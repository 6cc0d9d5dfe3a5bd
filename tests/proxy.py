"""A TCP proxy on loopback that breaks connections where a test says, and remembers what clients sent.

It knows nothing of what it carries; of TLS it sees the outside only.
"""

import fcntl
import socket
import struct
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

_SECONDS = 20
_RST_AT_CLOSE = struct.pack("ii", 1, 0)  # linger for no time


class Way(Enum):
    """Where octets go."""

    TO_CLIENT = "to the client"
    TO_SERVER = "to the server"


class _State(Enum):
    OPEN = 1
    STALLED = 2
    BLACKHOLE = 3


@dataclass(frozen=True, slots=True)
class _Cut:
    way: Way
    at: int  # octets of the connection
    reset: bool


class Proxy:
    """Forwards connections to loopback's port `target`, from entering to leaving; its own is `port`.

    `piece` is the most octets that travel at once. A cut ends the client's side with FIN, or with RST;
    the server's side gets what came before, and FIN.
    """

    def __init__(self, target: int, piece: int = 65536) -> None:
        self.target = target
        self.piece = piece
        self.connections = 0
        self.octets = dict.fromkeys(Way, 0)
        self._changed = threading.Condition(threading.RLock())
        self._state = _State.OPEN
        self._next: list[_Cut] = []
        self._words: list[tuple[bytes, bool]] = []
        self._all: list[_Connection] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def _start(self, run: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        # shutdown, not close, is what wakes a thread that waits in accept or recv
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.restore()
        with self._changed:
            for connection in self._all:
                connection.end()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_SECONDS)

    def cut(self, after: int = 0, way: Way = Way.TO_CLIENT, *, reset: bool = False) -> None:
        """Cut each connection that is open once `after` more octets have gone that way; 0: now."""
        with self._changed:
            for connection in self._all:
                connection.plan(_Cut(way, connection.passed[way] + after, reset))
            self._changed.notify_all()

    def cut_next(self, after: int, way: Way = Way.TO_CLIENT, *, reset: bool = False) -> None:
        """Cut the next connection made after exactly that many of its octets; several calls queue up."""
        with self._changed:
            self._next.append(_Cut(way, after, reset))

    def cut_reply_to(self, word: bytes, *, reset: bool = False) -> None:
        """Let the next command with `word` reach the server, and nothing of the answer the client.

        The connection is cut when the server begins to answer. Several calls queue up.
        """
        with self._changed:
            self._words.append((word, reset))

    def stall(self) -> None:
        """Forward nothing until `restore`; what comes meanwhile waits."""
        self._change(_State.STALLED)

    def blackhole(self) -> None:
        """Swallow everything, also of connections made from now on, and say nothing: a NAT that forgot.

        A connection that was in it stays dead after `restore`; new ones live again.
        """
        self._change(_State.BLACKHOLE)

    def restore(self) -> None:
        """Forward again; what waited goes first."""
        self._change(_State.OPEN)

    @property
    def open(self) -> int:
        """How many connections are there that neither the client has left nor the proxy has cut."""
        with self._changed:
            return sum(connection.is_open for connection in self._all)

    @property
    def sent(self) -> tuple[bytes, ...]:
        """What clients sent, whether or not it was forwarded; one after another for each connection."""
        with self._changed:
            return tuple(bytes(connection.record) for connection in self._all)

    def wait_for(self, word: bytes, times: int = 1) -> None:
        """Return when clients have sent `word` so often; TimeoutError when they do not."""
        self.wait_until(lambda: sum(sent.count(word) for sent in self.sent) >= times)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return when `holds`, asked whenever octets or connections come and go; else TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(holds, _SECONDS):
                raise TimeoutError(f"not in {_SECONDS} s; clients sent {self.sent}")

    def _change(self, state: _State) -> None:
        with self._changed:
            self._state = state
            for connection in self._all if state is _State.BLACKHOLE else ():
                connection.dead = True
            self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            lost = self._state is _State.BLACKHOLE
        try:
            server, nobody = socket.socketpair() if lost else (self._reach(), None)
        except OSError:  # an outage of the server is one of the client's
            client.close()
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, client, server, nobody)
        with self._changed:
            connection.dead = lost or self._state is _State.BLACKHOLE
            self._all.append(connection)
            if self._next:
                connection.plan(self._next.pop(0))
            self._changed.notify_all()
        for way in Way:
            self._start(lambda way=way: connection.pump(way))  # type: ignore[misc] # bound now

    def _reach(self) -> socket.socket:
        server = socket.create_connection(("127.0.0.1", self.target), _SECONDS)
        server.settimeout(None)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server


class _Connection:
    """Two sockets and a thread for each way between them; what is shared is guarded by the proxy."""

    def __init__(
        self, proxy: Proxy, client: socket.socket, server: socket.socket, nobody: socket.socket | None
    ) -> None:
        self.record = bytearray()
        self.passed = dict.fromkeys(Way, 0)
        self.dead = False
        self._proxy = proxy
        self._client = client
        self._server = server
        self._nobody = nobody  # the other end, where there is no server
        self._cut: _Cut | None = None
        self._cut_at_reply: bool | None = None  # with RST, without, or not at all
        self._is_cut = False
        self._running = set(Way)

    @property
    def is_open(self) -> bool:
        """Is the client's side open?"""
        return not self._is_cut and Way.TO_SERVER in self._running

    def plan(self, cut: _Cut) -> None:
        """Cut there."""
        self._cut = cut
        if self.passed[cut.way] >= cut.at:
            self._sever(reset=cut.reset)

    def pump(self, way: Way) -> None:
        """Carry octets one way until the end."""
        to_client = way is Way.TO_CLIENT
        source, target = (self._server, self._client) if to_client else (self._client, self._server)
        with suppress(OSError):  # an end that went away is no news
            while octets := source.recv(self._proxy.piece):
                self._carry(way, octets, target)
        with self._proxy._changed:
            self._proxy._changed.wait_for(self._may_go)
            if not (self.dead or self._is_cut):
                _shut(target, socket.SHUT_WR)
            self._running.remove(way)
            for each in () if self._running else (self._client, self._server):
                each.close()
            self._proxy._changed.notify_all()

    def _may_go(self) -> bool:
        return self._proxy._state is not _State.STALLED or self._is_cut

    def _carry(self, way: Way, octets: bytes, target: socket.socket) -> None:
        with self._proxy._changed:
            if way is Way.TO_SERVER:
                self.record += octets
                self._proxy._changed.notify_all()
            self._proxy._changed.wait_for(self._may_go)
            if self._swallows(way, octets):
                return
            cut = self._cut if self._cut and self._cut.way is way else None
            allowed = octets[: cut.at - self.passed[way]] if cut else octets
            self.passed[way] += len(allowed)
            self._proxy.octets[way] += len(allowed)
        target.sendall(allowed)
        ends = cut is not None and self.passed[way] >= cut.at
        if cut and ends and cut.reset:
            _wait_for_sent(self._client)
        with self._proxy._changed:
            if cut and ends:
                self._sever(reset=cut.reset)
            self._proxy._changed.notify_all()

    def _swallows(self, way: Way, octets: bytes) -> bool:
        if way is Way.TO_CLIENT and self._cut_at_reply is not None:
            self._sever(reset=self._cut_at_reply)
        if self.dead or self._is_cut:
            return True
        for word, reset in self._proxy._words if way is Way.TO_SERVER else ():
            # A word may come in pieces: look at as much of the past as may hold its beginning.
            if word in self.record[-(len(octets) + len(word) - 1) :]:
                self._proxy._words.remove((word, reset))
                self._cut_at_reply = reset
                break
        return False

    def _sever(self, *, reset: bool) -> None:
        if self._is_cut:
            return
        self._is_cut = True
        if reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_AT_CLOSE)
            # Closing alone would do nothing for as long as the other thread waits in recv.
            _shut(self._client, socket.SHUT_RD)
            self._client.close()
        else:
            _shut(self._client, socket.SHUT_RDWR)
        _shut(self._server, socket.SHUT_WR)

    def end(self) -> None:
        """Close, at once and without manners."""
        self._is_cut = True
        for each in (self._client, self._server):
            _shut(each, socket.SHUT_RDWR)
        if self._nobody is not None:
            self._nobody.close()


def _wait_for_sent(sock: socket.socket) -> None:
    # RST throws away what still waits to be sent; SIOCOUTQ, which is TIOCOUTQ, tells how much that is.
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and sock.fileno() >= 0:
        if not struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]:
            return
        time.sleep(0.001)


def _shut(sock: socket.socket, how: int) -> None:
    with suppress(OSError):  # it was closed already
        sock.shutdown(how)
