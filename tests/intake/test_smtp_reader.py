"""Reading in blocks: wherever the stream is cut, the same lines and the same mail come out."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from mailgate.intake.smtp_reader import BlockReader, Fault, MailData

_PIECES = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"..", b"\x00", b"\xd0\x9f"]), max_size=40
)
_CUTS = st.lists(st.integers(0, 90), max_size=12)


def _stuffed(mail: bytes) -> bytes:
    """As RFC 5321, 4.5.2 has it sent: line by line, in the slow and obvious way."""
    lines = mail.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


def _read(
    stream: bytes, cuts: list[int], max_size: int = 1000, max_line: int = 1000
) -> tuple[MailData, bytes]:
    data = MailData(max_size, max_line)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    for start, end in itertools.pairwise(places):
        rest = data.feed(stream[start:end])
        if rest is not None:
            return data, rest + stream[end:]
    raise AssertionError("the end was not seen")


@given(_PIECES, _CUTS, st.sampled_from([b"", b"QUIT\r\n", b".\r\n"]))
def test_every_mail_survives_the_wire_however_it_is_cut(
    pieces: list[bytes], cuts: list[int], rest: bytes
) -> None:
    mail = b"".join(pieces)
    mail += b"" if not mail or mail.endswith(b"\r\n") else b"\r\n"
    data, left = _read(_stuffed(mail) + rest, cuts)
    assert (data.mail, data.fault, left) == (mail, Fault.NONE, rest)


@given(st.integers(0, 40), st.integers(0, 20), _CUTS)
def test_the_bound_counts_the_mail_without_doubled_dots(dots: int, letters: int, cuts: list[int]) -> None:
    mail = b".\r\n" * dots + b"a" * letters + b"\r\n"
    fitting, _ = _read(_stuffed(mail), cuts, max_size=len(mail))
    tight, _ = _read(_stuffed(mail), cuts, max_size=len(mail) - 1)
    assert (fitting.fault, fitting.mail) == (Fault.NONE, mail)
    assert (tight.fault, tight.mail) == (Fault.TOO_LARGE, b"")


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.integers(2, 32), _CUTS)
def test_a_line_is_bounded_with_its_end(lengths: list[int], bound: int, cuts: list[int]) -> None:
    mail = b"".join(b"a" * length + b"\r\n" for length in lengths)
    data, _ = _read(_stuffed(mail), cuts, max_line=bound)
    assert (data.fault is Fault.NONE) == (max(lengths) + 2 <= bound)


def test_f41_nothing_beyond_the_bounds_is_kept() -> None:
    data = MailData(max_size=100_000, max_line=1000)
    kept = 0
    while not data.hopeless:
        assert data.feed(b"a" * 5000) is None
        kept = max(kept, len(data._kept))
    assert kept < 20_000
    assert data.fault is Fault.TOO_LARGE


def test_lines_come_whole_and_long_ones_cut() -> None:
    async def take() -> list[bytes | None]:
        reader = BlockReader()
        lines: list[bytes | None] = []
        for block in (b"NO", b"OP\r\nQ", b"UIT\r\n" + b"x" * 15, b"x" * 30, b"x\r\nRSET\r\n"):
            reader.feed(block)
            while (line := reader.take_line(12)) is not None:
                lines.append(line)
            lines.append(None)
        return lines

    assert asyncio.run(take()) == [
        None, b"NOOP\r\n", None, b"QUIT\r\n", b"x" * 12, None, None, b"RSET\r\n", None,
    ]  # fmt: skip


def test_waiting_ends_with_a_block_and_with_the_end() -> None:
    async def wait() -> list[bool]:
        reader = BlockReader()
        loop = asyncio.get_running_loop()
        loop.call_soon(reader.feed, b"x")
        answers = [await reader.wait()]
        loop.call_soon(reader.end)
        reader.take()
        answers += [await reader.wait(), await reader.wait()]
        return answers

    assert asyncio.run(wait()) == [True, False, False]
