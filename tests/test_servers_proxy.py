"""The proxy of the tests cuts at the very octet it is told, keeps still when told, and forgets nothing."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError

from tests.dovecot import PASSWORD, Dovecot
from tests.proxy import Proxy, Way

LONG = bytes(range(256)) * 4096  # 1 MiB: more than the buffers of two sockets hold


class Peer:
    """A server for one connection at a time that does what the test says, as does the client."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.listener.close()

    def met(self, proxy: Proxy) -> tuple[socket.socket, socket.socket]:
        """Both ends of a connection through `proxy`."""
        client = socket.create_connection(("127.0.0.1", proxy.port), 10)
        self.listener.settimeout(10)
        server, _ = self.listener.accept()
        server.settimeout(10)
        return client, server


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as standing:
        yield standing


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def read(sock: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (octets := sock.recv(count - len(got))):
        got += octets
    return got


def read_all(sock: socket.socket) -> tuple[bytes, type[Exception] | None]:
    """Everything until the end, and what the end was."""
    got = bytearray()
    try:
        while octets := sock.recv(65536):
            got += octets
    except OSError as end:
        return bytes(got), type(end)
    return bytes(got), None


def test_it_carries_both_ways_and_counts(peer: Peer) -> None:
    with Proxy(peer.port) as proxy:
        client, server = peer.met(proxy)
        with client, server:
            client.sendall(b"question")
            assert read(server, 8) == b"question"
            server.sendall(b"an answer")
            assert read(client, 9) == b"an answer"
            assert (proxy.connections, proxy.open) == (1, 1)
            client.shutdown(socket.SHUT_WR)
            assert server.recv(1) == b""
            server.sendall(b"!")
            server.shutdown(socket.SHUT_WR)
            assert read_all(client) == (b"!", None)
        proxy.wait_until(lambda: proxy.open == 0)
        assert proxy.sent == (b"question",)
        assert proxy.octets == {Way.TO_SERVER: 8, Way.TO_CLIENT: 10}


@settings(max_examples=60, deadline=None)
@given(
    before=st.integers(0, 3000),
    after=st.integers(1, len(LONG)),
    way=st.sampled_from(Way),
    reset=st.booleans(),
    piece=st.sampled_from([1000, 65536]),
)
def test_it_cuts_after_exactly_so_many_octets(
    *, before: int, after: int, way: Way, reset: bool, piece: int
) -> None:
    with Peer() as peer, Proxy(peer.port, piece) as proxy:
        if not before:
            proxy.cut_next(after, way, reset=reset)
        client, server = peer.met(proxy)
        with client, server:
            source, target = (server, client) if way is Way.TO_CLIENT else (client, server)
            source.sendall(b"x" * before)
            assert read(target, before) == b"x" * before
            if before:
                proxy.cut(after, way, reset=reset)
            with ThreadPoolExecutor() as threads:
                sent = threads.submit(send, source, LONG)
                got, end = read_all(target)
                # Only one of those who use a socket is told of a reset.
                ends = {end, read_all(client)[1]} | ({sent.result(10)} if reset else set())

        assert got == LONG[:after]
        assert (ConnectionResetError in ends) == reset
        assert proxy.octets[way] == before + after
        assert proxy.open == 0


def send(sock: socket.socket, octets: bytes) -> type[Exception] | None:
    """Send; what the end was, if it came before the last octet."""
    try:
        sock.sendall(octets)
    except OSError as end:
        return type(end)
    return None


@pytest.mark.parametrize("reset", [False, True])
def test_it_cuts_at_once(peer: Peer, *, reset: bool) -> None:
    with Proxy(peer.port) as proxy:
        client, server = peer.met(proxy)
        with client, server:
            client.sendall(b"a")
            assert read(server, 1) == b"a"
            proxy.cut(reset=reset)
            assert read_all(client) == (b"", ConnectionResetError if reset else None)
            assert read_all(server) == (b"", None)


def test_a_planned_cut_is_for_one_connection_and_others_queue(peer: Peer) -> None:
    with Proxy(peer.port) as proxy:
        proxy.cut_next(1)
        proxy.cut_next(3)
        for much in (b"h", b"hel", b"hello"):
            client, server = peer.met(proxy)
            with client, server:
                server.sendall(b"hello")
                server.shutdown(socket.SHUT_WR)
                assert read_all(client)[0] == much


def test_stalled_it_keeps_everything_for_later(peer: Peer) -> None:
    with Proxy(peer.port) as proxy:
        client, server = peer.met(proxy)
        with client, server:
            proxy.stall()
            client.sendall(b"question")
            server.sendall(b"answer")
            proxy.wait_for(b"question")
            for end in (client, server):
                end.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    end.recv(1)
                end.settimeout(10)
            proxy.restore()
            assert read(server, 8) == b"question"
            assert read(client, 6) == b"answer"


def test_in_the_blackhole_nothing_is_heard_and_the_dead_stay_dead(peer: Peer) -> None:
    with Proxy(peer.port) as proxy:
        client, server = peer.met(proxy)
        with client, server:
            proxy.blackhole()
            client.sendall(b"question")
            server.sendall(b"answer")
            with socket.create_connection(("127.0.0.1", proxy.port), 10) as late:
                late.sendall(b"hello")
                proxy.wait_for(b"question")
                proxy.wait_for(b"hello")
                proxy.restore()
                client.sendall(b"more")
                proxy.wait_for(b"more")
                for end in (client, server, late):
                    end.settimeout(0.1)
                    with pytest.raises(TimeoutError):
                        end.recv(1)
        proxy.wait_until(lambda: proxy.open == 0)
        client, server = peer.met(proxy)
        with client, server:
            client.sendall(b"again")
            assert read(server, 5) == b"again"
        assert proxy.sent == (b"questionmore", b"hello", b"again")


def test_without_a_server_the_client_is_let_go() -> None:
    with Peer() as peer:
        port = peer.port
    with Proxy(port) as proxy, socket.create_connection(("127.0.0.1", proxy.port), 10) as client:
        assert client.recv(1) == b""
        assert proxy.connections == 1


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("piece", [1, 65536])
def test_what_was_commanded_is_done_and_nothing_of_the_answer_is_heard(
    dovecot: Dovecot, *, reset: bool, piece: int
) -> None:
    dovecot.fill("ivan", [b"Subject: a\r\n\r\n", b"Subject: b\r\n\r\n"])
    dovecot.fill("ivan", [], "Done")
    with Proxy(dovecot.port, piece) as proxy:
        client = IMAPClient("127.0.0.1", proxy.port, ssl=False, timeout=10)
        client.login("ivan", PASSWORD)
        client.select_folder("INBOX")
        proxy.cut_reply_to(b"UID MOVE", reset=reset)
        client.noop()
        client.capabilities()  # which it would ask for before it moves
        heard = proxy.octets[Way.TO_CLIENT]
        with pytest.raises((IMAPClientAbortError, ConnectionError)):
            client.move([1], "Done")
        assert proxy.octets[Way.TO_CLIENT] == heard
        client.shutdown()

    assert list(dovecot.messages("ivan")) == [2]
    assert len(dovecot.messages("ivan", "Done")) == 1


def test_the_record_has_every_command_of_a_real_client(dovecot: Dovecot) -> None:
    with Proxy(dovecot.port, piece=3) as proxy:
        with IMAPClient("127.0.0.1", proxy.port, ssl=False, timeout=10) as client:
            client.login("ivan", PASSWORD)
            client.select_folder("INBOX")
        (sent,) = proxy.sent

    assert [line.split(b" ", 1)[1] for line in sent.splitlines()] == [
        b"CAPABILITY",
        b'LOGIN ivan "one-test-long"',
        b'SELECT "INBOX"',
        b"LOGOUT",
    ]


def test_waiting_in_vain_is_told_at_the_end(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.proxy._SECONDS", 0.1)
    with Proxy(peer.port) as proxy:
        client, server = peer.met(proxy)
        with client, server:
            client.sendall(b"this")
            proxy.wait_for(b"this")
            with pytest.raises(TimeoutError, match="this"):
                proxy.wait_for(b"that")
