"""Readers that are slow, greedy, killed or orphaned never cost more than their own mail."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.config.request import requests_of
from mailgate.core.mail import Defect, Mail
from mailgate.core.policy import Identifying, Sought
from mailgate.errors import Temporary
from mailgate.parse.message import parse
from mailgate.parse.pool import Late, Pool
from tests.builders import envelope

MIB = 1024 * 1024
GOOD = b"From: <ivan@client.example>\r\nSubject: =?koi8-r?B?98/Q0s/T?=\r\n\r\nwords\r\n"
BIG = b"From: <ivan@client.example>\r\nSubject: big\r\n\r\n" + b"many words here\r\n" * 1_500_000


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(1, 512 * MIB)
    yield made
    made.close()


def read(pool: Pool, raw: bytes, seconds: float = 10) -> Mail | Late:
    return pool.submit(envelope(), raw, seconds).result(30)


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text("ascii").split()]
    return found


def test_a_reader_gives_what_the_parser_gives(pool: Pool) -> None:
    assert read(pool, GOOD) == parse(GOOD, envelope())


def test_the_desk_is_given_no_text_beside_new_words(pool: Pool) -> None:
    reply = GOOD + b"\r\nOn Mon, Jun 1, 2026 at 1:05 PM Desk <a@b.example> wrote:\r\n> Hello\r\n"
    forward = reply.replace(b"words\r\n", b"")
    whole = [parse(raw, envelope()) for raw in (reply, forward)]

    read = pool.submit_all([(envelope(), raw) for raw in (reply, forward)], 10).result()

    assert [bool(mail.new_words) for mail in whole] == [True, False]
    assert read == [replace(whole[0], text=""), whole[1]]


def test_f29_a_late_mail_is_told_apart_and_the_next_is_read(pool: Pool) -> None:
    read(pool, GOOD)

    assert isinstance(read(pool, BIG, 0.001), Late)
    assert isinstance(read(pool, GOOD), Mail)


def test_f29_a_reader_that_stops_answering_is_late(pool: Pool) -> None:
    read(pool, GOOD)
    os.kill(pool._readers[0]._pid, signal.SIGSTOP)

    assert isinstance(read(pool, GOOD, 0.2), Late)
    assert isinstance(read(pool, GOOD), Mail)


def test_f29_a_reader_that_died_idle_costs_nothing(pool: Pool) -> None:
    read(pool, GOOD)
    os.kill(pool._readers[0]._pid, signal.SIGKILL)

    assert read(pool, GOOD) == parse(GOOD, envelope())


def test_f29_a_mail_that_kills_its_readers_costs_its_body_only(pool: Pool) -> None:
    read(pool, GOOD)
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(0.001):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pool._readers[0]._pid or 1 << 22, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    mail = read(pool, BIG)
    ended.set()
    killer.join()

    assert isinstance(mail, Mail)
    assert Defect.PARSER_CRASH in mail.defects
    assert mail.author == parse(GOOD, envelope()).author
    assert read(pool, GOOD) == parse(GOOD, envelope())


def test_f29_a_greedy_mail_meets_its_bound() -> None:
    small = Pool(1, 180 * MIB)
    huge = b"From: <ivan@client.example>\r\n\r\n" + b"x" * (120 * MIB)
    mail = read(small, huge)
    after = read(small, GOOD)
    small.close()

    assert isinstance(mail, Mail)
    assert set(mail.defects) & {Defect.PARSER_MEMORY, Defect.PARSER_CRASH}
    assert after == parse(GOOD, envelope())


def test_a_dead_nursery_is_opened_again(pool: Pool) -> None:
    read(pool, GOOD)
    pool._nursery.kill()
    pool._nursery.wait()
    pool._readers[0].kill()

    assert isinstance(read(pool, GOOD), Mail)
    assert pool.is_alive


def test_readers_are_there_before_the_first_mail_and_take_it() -> None:
    pool = Pool(2, 512 * MIB)
    sought = Sought(requests=requests_of(()))
    for begun in pool.begin(sought):
        begun.result(30)
    before = sorted(children(pool._nursery.pid))
    for future in [pool.submit(envelope(), GOOD, 10, sought) for _ in range(8)]:
        future.result(30)
    after = sorted(children(pool._nursery.pid))
    pool.close()

    assert (len(before), after) == (2, before)


def test_where_no_reader_can_be_had_in_advance_the_first_mail_gets_one(pool: Pool) -> None:
    control = pool._control
    pool._control, gone = socket.socketpair()
    gone.close()
    (begun,) = pool.begin(Sought())
    assert isinstance(begun.exception(30), Temporary)
    pool._control.close()
    pool._control = control

    assert isinstance(read(pool, GOOD), Mail)


def test_readers_share_a_nursery_and_all_end_with_the_pool() -> None:
    pool = Pool(2, 512 * MIB)
    for future in [pool.submit(envelope(), GOOD, 10) for _ in range(8)]:
        future.result(30)
    pids = [pool._nursery.pid, *children(pool._nursery.pid)]
    pool.close()

    assert len(pids) == 3
    assert not any(is_there(pid) for pid in pids)


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_no_reader_outlives_a_killed_parent() -> None:
    program = (
        "import sys; from mailgate.parse.pool import Pool; from tests.builders import envelope; "
        "pool = Pool(2, 512 << 20); "
        "[f.result() for f in [pool.submit(envelope(), b'x', 10) for _ in range(8)]]; "
        "print(pool._nursery.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    nursery = int(parent.stdout.readline())
    pids = [nursery, *children(nursery)]
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while any(is_there(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert len(pids) == 3
    assert not any(is_there(pid) for pid in pids)


def test_the_classes_of_request_reach_the_reader_once_and_when_they_change(pool: Pool) -> None:
    raw = "From: <i@client.example>\r\n\r\nПрошу сбросить пароль от info@stroymir.ru".encode()
    shipped = requests_of(())
    renamed = tuple(replace(each, name=f"our-{each.name}") for each in shipped)
    told = []
    for classes in ((), shipped, shipped, renamed):
        # What is equal is the same, though made anew.
        mail = pool.submit(envelope(), raw, 10, Sought(requests=tuple(classes))).result(30)
        told.append((mail.request.name if isinstance(mail, Mail) else None, pool._readers[0]._pid))

    names, pids = zip(*told, strict=True)
    assert names == ("", "access-recovery", "access-recovery", "our-access-recovery")
    assert (len(set(pids)), pids[1]) == (3, pids[2])


def test_a_class_that_breaks_us_stops_no_reader(pool: Pool) -> None:
    broken = replace(requests_of(())[0], phrases=("(",))

    assert pool.submit(envelope(), GOOD, 10, Sought(requests=(broken,))).result(30) == parse(GOOD, envelope())


def test_a_reader_that_died_is_told_what_to_look_for_again(pool: Pool) -> None:
    raw = "From: <i@client.example>\r\n\r\nПрошу сбросить пароль от info@stroymir.ru".encode()
    sought = Sought(requests=requests_of(()))
    first = pool.submit(envelope(), raw, 10, sought).result(30)
    os.kill(pool._readers[0]._pid, signal.SIGKILL)

    assert pool.submit(envelope(), raw, 10, sought).result(30) == first
    assert isinstance(first, Mail)
    assert first.request.name == "access-recovery"


def test_what_identifies_reaches_the_reader(pool: Pool) -> None:
    raw = b"From: <ivan@client.example>\r\n\r\nu10432 A-17"
    first = Sought(Identifying(login=("u[0-9]{5}",)))
    second = Sought(Identifying(contract=("a-[0-9]+",)))

    read_by = [pool.submit(envelope(), raw, 10, each).result(30) for each in (first, second, first)]
    together = pool.submit_all([(envelope(), raw)] * 2, 10, second).result()

    assert [parse(raw, envelope(), sought=each) for each in (first, second, first)] == read_by
    assert [one.value for mail in read_by if isinstance(mail, Mail) for one in mail.candidates] == [
        "u10432",
        "a-17",
        "u10432",
    ]
    assert isinstance(read_by[1], Mail)
    assert together == [replace(read_by[1], text="")] * 2
