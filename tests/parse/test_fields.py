"""Where a header block ends, what its fields are, and the caps on both."""

import pytest

from mailgate.core.mail import Defect
from mailgate.parse.fields import Block, read_block
from mailgate.parse.limits import ParseLimits

LIMITS = ParseLimits(block=2000, header=500, headers=20)


def block(raw: bytes) -> Block:
    return read_block(raw, 0, len(raw), LIMITS)


@pytest.mark.parametrize(
    ("raw", "names", "body", "defects"),
    [
        (b"A: 1\r\nB: 2\r\n\r\nx", ["a", "b"], b"x", ()),
        (b"A: 1\nB: 2\n\nx", ["a", "b"], b"x", ()),
        (b"A: 1\r\n folded\r\n\tagain\r\nB: 2\r\n\r\nx", ["a", "b"], b"x", ()),
        (b"A: 1\r\n \r\nB: 2\r\n\r\nx", ["a", "b"], b"x", ()),
        (b"From somebody Mon Jan 1\nA: 1\n\nx", ["a"], b"x", ()),
        (b"\r\nx", [], b"x", ()),
        (b"A: 1", ["a"], b"", ()),
        (b"", [], b"", ()),
        (b"no header at all\r\n", [], b"no header at all\r\n", (Defect.BROKEN_MIME,)),
        (b"A: 1\r\nwords\r\nB: 2\r\n\r\nx", ["a"], b"words\r\nB: 2\r\n\r\nx", (Defect.BROKEN_MIME,)),
        (b"A : 1\r\n\r\n", ["a"], b"", ()),
        (b"A\x00: 1\r\n\r\n", [], b"A\x00: 1\r\n\r\n", (Defect.BROKEN_MIME,)),
        (b" leading\r\nA: 1\r\n\r\n", [], b" leading\r\nA: 1\r\n\r\n", (Defect.BROKEN_MIME,)),
    ],
)
def test_blocks(raw: bytes, names: list[str], body: bytes, defects: tuple[Defect, ...]) -> None:
    found = block(raw)
    assert [field.name for field in found.fields] == names
    assert raw[found.body :] == body
    assert found.defects == defects


def test_folds_are_taken_out() -> None:
    assert block(b"A: one\r\n two\r\n\tthree \r\n\r\n").first("a") == b"one two\tthree"


def test_a_long_field_is_cut_and_the_rest_is_read() -> None:
    found = block(b"A: " + b"x" * 900 + b"\r\nB: 2\r\n\r\nbody")
    assert [len(field.value) for field in found.fields] == [500, 4]
    assert [field.cut for field in found.fields] == [True, False]
    assert found.defects == (Defect.HEADERS_TOO_LARGE,)
    assert found.complete


def test_too_many_fields_end_the_reading() -> None:
    found = block(b"A: 1\r\n" * 21 + b"\r\nbody")
    assert len(found.fields) == 20
    assert found.defects == (Defect.TOO_MANY_HEADERS,)
    assert not found.complete


def test_a_large_block_is_read_to_the_limit() -> None:
    found = block(b"A: " + b"x" * 300 + b"\r\n" + (b"B: " + b"y" * 300 + b"\r\n") * 10 + b"\r\nbody")
    assert found.fields[0].name == "a"
    assert Defect.HEADERS_TOO_LARGE in found.defects
    assert not found.complete
