"""The tree of parts: like Python's own parser on sound mails, bounded on all others."""

import email
import email.policy
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.mail import Defect
from mailgate.parse.fields import read_block
from mailgate.parse.limits import DEFAULT, ParseLimits
from mailgate.parse.mime import Structure, read_structure
from mailgate.parse.parameters import read


def structure(raw: bytes, limits: ParseLimits = DEFAULT) -> Structure:
    return read_structure(raw, read_block(raw, 0, len(raw), limits), limits)


def multipart(
    *parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed", close: bytes = b"--b--\r\n"
) -> bytes:
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\npreamble\r\n' % (kind, boundary)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + close


@pytest.mark.parametrize(
    ("raw", "types", "bodies"),
    [
        (b"\r\nhello", ["text/plain"], [b"hello"]),
        (
            multipart(b"\r\none", b"Content-Type: text/html\r\n\r\ntwo"),
            ["text/plain", "text/html"],
            [b"one", b"two"],
        ),
        (multipart(b"\r\none", close=b""), ["text/plain"], [b"one\r\n"]),
        (
            multipart(b"\r\none\r\n--bb\r\n--b x\r\n x--b\r\nend"),
            ["text/plain"],
            [b"one\r\n--bb\r\n--b x\r\n x--b\r\nend"],
        ),
        (multipart(b"\r\none", close=b"--b-- \t\r\nepilogue\r\n--b\r\n\r\nx"), ["text/plain"], [b"one"]),
        (multipart(b"", b"\r\n"), ["text/plain", "text/plain"], [b"", b""]),
        (multipart(b"\r\nSubject: x\r\n\r\ny", kind=b"digest"), ["message/rfc822"], [b"Subject: x\r\n\r\ny"]),
        (
            multipart(b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny"),
            ["message/rfc822"],
            [b"Subject: x\r\n\r\ny"],
        ),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\none", ["text/plain"], [b"--b\r\n\r\none"]),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing", ["text/plain"], [b"nothing"]),
        (b"Content-Type: text\r\n\r\nx", ["text/plain"], [b"x"]),
        (b"Content-Type: ;;;\r\n\r\nx", ["text/plain"], [b"x"]),
    ],
)
def test_leaves(raw: bytes, types: list[str], bodies: list[bytes]) -> None:
    leaves = structure(raw).leaves
    assert [leaf.type for leaf in leaves] == types
    assert [raw[leaf.start : leaf.end] for leaf in leaves] == bodies


def test_parts_know_their_ancestors() -> None:
    inner = multipart(b"\r\none", b"\r\ntwo", boundary=b"c", kind=b"alternative", close=b"--c--\r\n")
    parts = structure(multipart(inner, b"\r\nthree")).parts
    assert [(part.type, part.ancestors) for part in parts] == [
        ("multipart/mixed", ()),
        ("multipart/alternative", (0,)),
        ("text/plain", (0, 1)),
        ("text/plain", (0, 1)),
        ("text/plain", (0,)),
    ]


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (multipart(*[b"\r\nx"] * 1001), Defect.TOO_MANY_PARTS),
        (multipart(b"--b x\r\n" * 5000), Defect.TOO_MANY_PARTS),
        (b"".join(multipart(b"", boundary=b"%d" % n, close=b"")[:-2] for n in range(52)), Defect.TOO_DEEP),
    ],
    ids=["parts", "near misses", "depth"],
)
def test_beyond_a_limit_there_is_only_the_root(raw: bytes, defect: Defect) -> None:
    found = structure(raw)
    assert found.beyond
    assert found.defects == (defect,)
    assert [part.leaf for part in found.parts] == [True]


def test_m7_nested_multiparts_that_share_a_boundary() -> None:
    raw = multipart(multipart(b"\r\none", close=b""), b"\r\ntwo")
    assert [raw[leaf.start : leaf.end].strip() for leaf in structure(raw).leaves][-2:] == [b"one", b"two"]


def test_a_missing_end_is_a_defect() -> None:
    assert structure(multipart(b"\r\none", close=b"")).defects == (Defect.BROKEN_MIME,)


TEXTS = st.sampled_from([b"", b"one", b"two\r\nlines", b"--", b"-- \r\nsignature", b"-", b"\r\n\r\n"])
TREES = st.recursive(TEXTS, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12)


def written(tree: bytes | list[object], level: int = 0) -> bytes:
    if isinstance(tree, bytes):
        return b"Content-Type: text/x%d\r\n\r\n%s" % (level, tree)
    parts = [written(part, level + 1) for part in tree]  # type: ignore[arg-type] # a tree of lists and bytes
    return multipart(*parts, boundary=b"level%d" % level, close=b"--level%d--\r\n" % level)


@given(TREES)
def test_sound_mails_are_read_as_python_reads_them(tree: bytes | list[object]) -> None:
    raw = written(tree)
    message: Message = email.message_from_bytes(raw, policy=email.policy.compat32)
    theirs = [
        (part.get_content_type(), part.get_payload(decode=True))
        for part in message.walk()
        if not part.is_multipart()
    ]
    assert [(leaf.type, leaf.octets(raw)) for leaf in structure(raw).leaves] == theirs


@pytest.mark.parametrize(
    ("field", "name", "expected"),
    [
        (b"text/plain; charset=utf-8", "charset", b"utf-8"),
        (b'text/plain; CHARSET = "utf-8" ; x=y', "charset", b"utf-8"),
        (b'a/b; name="a;b=c"; x=1', "x", b"1"),
        (b'a/b; name="a;b=c"; x=1', "name", b"a;b=c"),
        (b'a/b; name="C:\\dir\\file \\"x\\".txt"', "name", b'C:\\dir\\file "x".txt'),
        (b'a/b; name="open', "name", b"open"),
        (b"a/b; name*=utf-8''%D0%9F", "name", "П".encode()),
        (b"a/b; name*0*=koi8-r'ru'%F0; name*1=x; name*2*=%F2", "name", b"\xf0x\xf2"),
        (b"a/b; name*1=second; name*0=first", "name", b"firstsecond"),
        (b"a/b; name*0=first; name*2=third", "name", b"first"),
        (b"a/b; name=plain; name*=utf-8''better", "name", b"better"),
        (b"a/b; name=one; name=two", "name", b"one"),
        (b"a/b name=x", "name", b""),
        (b"a/b; =x; name=y", "name", b"y"),
    ],
)
def test_parameters(field: bytes, name: str, expected: bytes) -> None:
    assert read(field).octets(name) == expected
