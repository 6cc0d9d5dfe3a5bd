"""`make bench`: every speed and memory claim with its baseline, pairs interleaved in one run."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import accounts, corpus, growth, identifying, mailbox
from tests.bench.servers import Gate, process
from tests.bench.wire import Sink, drip, flood

_PAIRS = 3
_MAILS = 2000


@dataclass(frozen=True)
class Line:
    """A line of the table: what was measured, ours, the baseline, and the bound."""

    name: str
    ours: str
    baseline: str
    ratio: float
    bound: str
    holds: bool


def _accept(mails: list[bytes], clients: int, bound: float, *, keep: bool) -> Line:
    """250 after the durable commit, desk idle, against bare aiosmtpd with a null handler."""
    ours, bare = [], []
    for _ in range(_PAIRS):
        with tempfile.TemporaryDirectory() as folder, process("door", folder) as port:
            ours.append(asyncio.run(flood(port, mails, clients, keep=keep)))
        with process("bare") as port:
            bare.append(asyncio.run(flood(port, mails, clients, keep=keep)))
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    name = f"accept, {clients} clients, {'many mails' if keep else 'one mail'} a connection"
    return Line(name, _rate(ours), _rate(bare), ratio, f">= {bound} x", ratio >= bound)


def _rate(rates: list[float]) -> str:
    return f"{statistics.median(rates):.0f} mails/s"


async def _whole(mails: list[bytes]) -> float:
    """Accepted, settled, its letter at the sink; mails a second."""
    sink = Sink()
    server = await sink.start()
    gate = Gate(sink.port)
    port = await asyncio.to_thread(gate.start)
    began = time.perf_counter()
    await flood(port, mails, 20, keep=True)
    await sink.until(lambda: sink.count >= len(mails), 300)
    rate = len(mails) / (time.perf_counter() - began)
    await asyncio.to_thread(gate.stop)
    server.close()
    return rate


def _whole_way(mails: list[bytes]) -> Line:
    ours, bare = [], []
    for _ in range(_PAIRS):
        ours.append(asyncio.run(_whole(mails)))
        with process("bare") as port:
            bare.append(asyncio.run(flood(port, mails, 20, keep=True)))
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    return Line(
        "the whole way, letter at the sink", _rate(ours), _rate(bare), ratio, ">= 0.5 x", ratio >= 0.5
    )


async def _latencies(mails: list[bytes]) -> list[float]:
    sink = Sink()
    server = await sink.start()
    gate = Gate(sink.port)
    port = await asyncio.to_thread(gate.start)
    taken = await drip(port, mails, 20)
    await sink.until(lambda: sink.count >= len(mails), 60)
    await asyncio.to_thread(gate.stop)
    server.close()
    return sorted(sink.got[sender] - at for sender, at in taken.items())


def _latency() -> Line:
    waits = asyncio.run(_latencies(corpus.mails(600, seed=2)))
    median, late = statistics.median(waits), waits[int(len(waits) * 0.99)]
    ours = f"median {median * 1000:.0f} ms, p99 {late * 1000:.0f} ms"
    return Line(
        "250 to letter at 20 mails/s",
        ours,
        "150 ms, 1000 ms",
        median / 0.15,
        "<= 1 x",
        median < 0.15 and late < 1,
    )


async def _memory() -> tuple[float, float, float, float]:
    """MB at rest, the highest under load, after 2,000 mails and after 20,000."""
    sink = Sink()
    server = await sink.start()
    gate = Gate(sink.port)
    port = await asyncio.to_thread(gate.start)
    rest = gate.memory()
    highest, after = 0.0, []
    for turn in range(10):
        load = asyncio.create_task(flood(port, corpus.mails(2000, seed=10 + turn), 20, keep=True))
        while not load.done():
            highest = max(highest, gate.memory())
            await asyncio.sleep(0.25)
        await load
        await sink.until(lambda: sink.count >= 2000 * (turn + 1), 300)  # noqa: B023 - waited for at once
        after.append(gate.memory())
    await asyncio.to_thread(gate.stop)
    server.close()
    return rest, highest, after[0], after[-1]


def _memories() -> list[Line]:
    rest, load, few, many = asyncio.run(_memory())
    return [
        Line("memory at rest", f"{rest:.0f} MB", "150 MB", rest / 150, "<= 1 x", rest <= 150),
        Line("memory under load", f"{load:.0f} MB", "350 MB", load / 350, "<= 1 x", load <= 350),
        Line(
            "memory after 20,000 mails",
            f"{many:.0f} MB",
            f"{few:.0f} MB",
            many / few,
            "<= 1.1 x",
            many <= 1.1 * few,
        ),
    ]


def _growth() -> Line:
    small, large = growth.costs()
    ours, base = f"{large * 1000:.2f} ms a mail", f"{small * 1000:.2f} ms a mail"
    return Line("settle with 1,000,000 tickets", ours, base, large / small, "<= 1.5 x", large <= 1.5 * small)


def _mailbox() -> Line:
    ours, best = mailbox.rates(_MAILS, _PAIRS)
    ratio = statistics.median(one / other for one, other in zip(ours, best, strict=True))
    return Line(
        "a mailbox: fetched, committed, moved (imapclient as it ships)",
        _rate(ours),
        _rate(best),
        ratio,
        ">= 0.45 x",
        ratio >= 0.45,
    )


def _idle() -> Line:
    ours, bare = mailbox.delays()
    figures = f"{ours * 1000:.0f} ms", f"{bare * 1000:.0f} ms"
    return Line("from APPEND to the spool, in IDLE", *figures, ours / bare, "+ 500 ms", ours <= bare + 0.5)


def _mailbox_memory() -> Line:
    rest, peak = mailbox.memory()
    more = peak - rest
    return Line(
        "memory for 20,000 waiting mails",
        f"+ {more:.0f} MB",
        f"{rest:.0f} MB",
        peak / rest,
        "+ 150 MB",
        more < 150,
    )


def _finding() -> Line:
    found, rest = identifying.costs()
    ours, base = f"{found * 1000:.2f} ms", f"{rest * 1000:.2f} ms"
    return Line(
        "finding in a mail of 20 KB, to its reading", ours, base, found / rest, "<= 2 x", found <= 2 * rest
    )


def _customers() -> list[Line]:
    """The import of a large base, and what a mail costs with it."""
    before = accounts.bare()
    with accounts.imported() as (folder, took):
        bare = statistics.mean((before, accounts.bare()))
        few, many = identifying.growth(folder)
    return [
        Line(
            "account import of 200,000",
            f"{took:.1f} s",
            f"{bare:.1f} s",
            took / bare,
            "<= 6 x, < 60 s",
            took <= 6 * bare and took < 60,
        ),
        Line(
            "identifying, 200,000 accounts to 1,000",
            f"{many * 1e6:.0f} us a mail",
            f"{few * 1e6:.0f} us a mail",
            many / few,
            "<= 1.3 x",
            many <= 1.3 * few,
        ),
    ]


def main() -> int:
    """Measure all, print the table; 1 when a bound is broken."""
    began = time.monotonic()
    mails = corpus.mails(_MAILS)
    sizes = sorted(len(raw) for raw in mails)
    sys.stdout.write(f"{_MAILS} mails, median {sizes[_MAILS // 2]} bytes, mean {sum(sizes) // _MAILS}\n")
    steps: list[Callable[[], Line | list[Line]]] = [
        lambda: _accept(mails, 20, 1.6, keep=True),
        lambda: _accept(mails, 20, 1.2, keep=False),
        lambda: _whole_way(mails),
        _latency,
        _growth,
        _mailbox,
        _idle,
        _mailbox_memory,
        _customers,
        _finding,
        _memories,
    ]
    holds = True
    sys.stdout.write(f"{'':46}{'mailgate':>30}{'baseline':>18}{'ratio':>8}  bound\n")
    for step in steps:
        found = step()
        for line in found if isinstance(found, list) else [found]:
            verdict = "" if line.holds else "  BROKEN"
            row = (
                f"{line.name:46}{line.ours:>30}{line.baseline:>18}{line.ratio:8.2f}  {line.bound}{verdict}\n"
            )
            sys.stdout.write(row)
            sys.stdout.flush()
            holds = holds and line.holds
    sys.stdout.write(f"measured in {(time.monotonic() - began) / 60:.1f} minutes\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
