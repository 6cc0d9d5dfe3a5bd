"""Mailboxes of all kinds come back mail by mail: each file in `mailboxes/` is named by its trait."""

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.intake.archive import Bad, Found, NoArchive, open_archive

CORPUS = Path(__file__).with_name("mailboxes")
LIMIT = 100_000
IVAN, OLGA = "ivan@client.example", "olga@client.example"
ONE, TWO = (IVAN, "one", "first\n"), (OLGA, "two", "second\n")
QUOTED = "first\n\nFrom: is a word here\nFrom the shop\n>From deeper\n> From is no quote\n"


def entries(path: Path, limit: int = LIMIT) -> list[Found | Bad]:
    return list(open_archive(path, limit).entries)


def mails(path: Path, limit: int = LIMIT) -> list[Found]:
    return [entry for entry in entries(path, limit) if isinstance(entry, Found)]


def parts(raw: bytes) -> tuple[str, str, str]:
    """Who, about what, and the body, of a mail of the corpus."""
    head, _, body = raw.decode().replace("\r\n", "\n").partition("\n\n")
    return re.search("From: <(.+)>", head)[1], re.search("Subject: (.+)", head)[1], body  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "found", "senders"),
    [
        ("mboxrd-quoted", ((IVAN, "one", QUOTED), TWO), (IVAN, OLGA)),
        ("crlf", ((IVAN, "one", QUOTED), TWO), (IVAN, OLGA)),
        ("no-empty-lines-between", (ONE, TWO), (IVAN, OLGA)),
        ("thunderbird-dash", (ONE, TWO), ("", "")),
        ("takeout-numbers", (ONE, TWO), ("", "")),
        ("content-length-lies", (ONE, TWO), (IVAN, OLGA)),
        ("empty-mails-between", (TWO,), (OLGA,)),
        ("no-newline-at-end", ((IVAN, "one", "first"),), (IVAN,)),
        ("empty-lines-before", (ONE,), (IVAN,)),
        ("sender-is-no-mailbox", (ONE,), ("",)),
        ("first-separator-of-any-shape", (ONE,), ("",)),
        (
            "unquoted-from-in-text",
            ((IVAN, "one", "first\n\nFrom here on nothing works.\nFrom 10:00 to 12:00 it did.\n"),),
            (IVAN,),
        ),
    ],
)
def test_an_mbox_of_the_world_is_read(
    name: str, found: tuple[tuple[str, str, str], ...], senders: tuple[str, ...]
) -> None:
    read = mails(CORPUS / f"{name}.mbox")

    assert tuple(parts(mail.raw) for mail in read) == found
    assert tuple(mail.sender for mail in read) == senders


def test_every_file_of_the_corpus_is_in_the_table() -> None:
    marks = test_an_mbox_of_the_world_is_read.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in marks[0].args[1]} == {path.stem for path in CORPUS.glob("*.mbox")}


def test_line_ends_are_kept() -> None:
    lf, crlf = mails(CORPUS / "mboxrd-quoted.mbox"), mails(CORPUS / "crlf.mbox")

    assert [mail.raw.replace(b"\n", b"\r\n") for mail in lf] == [mail.raw for mail in crlf]


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_all_octets_are_accounted_for_in_the_progress(path: Path) -> None:
    box = open_archive(path, LIMIT)
    before = len(path.read_bytes()) - len(path.read_bytes().lstrip(b"\r\n"))

    assert sum(entry.size for entry in box.entries) + before == box.size == path.stat().st_size


def test_places_name_file_number_and_offset() -> None:
    path = CORPUS / "empty-mails-between.mbox"

    assert entries(path)[0] == Bad(f"{path}: mail 1 at byte 0", 51, "is empty")
    assert entries(path)[1].place == f"{path}: mail 2 at byte 51"
    assert entries(path)[2].why == "is empty"  # type: ignore[union-attr]


def written(mails: list[bytes], end: bytes = b"\n") -> bytes:
    """An mbox of these mails by the rule of mboxrd."""
    separator = b"From ivan@client.example Mon Nov 23 12:00:00 2026" + end
    quoted = (re.sub(rb"^(>*From )", rb">\1", mail, flags=re.MULTILINE) for mail in mails)
    return b"".join(separator + mail + end for mail in quoted)


LINES = st.one_of(
    st.sampled_from(
        [b"", b"\r", b"From x Mon Nov 23 12:00:00 2026", b">From x", b">>From ", b"From ", b"a: b"]
    ),
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")),
)
MAILS = st.lists(
    st.lists(LINES, min_size=1, max_size=8)
    .map(lambda lines: b"".join(line + b"\n" for line in lines))
    .filter(lambda raw: bool(raw.strip())),
    max_size=5,
)


@given(MAILS, st.sampled_from([b"\n", b"\r\n"]))
def test_whatever_is_written_as_mboxrd_comes_back_byte_for_byte(raws: list[bytes], end: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mbox"
        path.write_bytes(written(raws, end))
        found = entries(path)

    assert [mail.raw for mail in found if isinstance(mail, Found)] == raws
    assert len(found) == len(raws)


@pytest.mark.parametrize(
    ("size", "good"), [(LIMIT - 1, True), (LIMIT, True), (LIMIT + 1, False), (10 * LIMIT, False)]
)
@pytest.mark.parametrize("kind", ["mbox", "eml"])
def test_a_mail_beyond_the_bound_is_told_and_the_next_is_read(
    tmp_path: Path, size: int, kind: str, *, good: bool
) -> None:
    large = b"A: b\n\n" + b"x" * (size - 7) + b"\n"
    path = tmp_path / kind
    path.write_bytes(written([large, b"A: c\n"]) if kind == "mbox" else large)
    first, *rest = entries(path)

    assert isinstance(first, Found) is good
    if isinstance(first, Bad):
        assert re.fullmatch(r"is too large: \d+ bytes, 100000 are allowed \(\[smtp\] max_size\)", first.why)
    assert [entry.raw for entry in rest if isinstance(entry, Found)] == (
        [b"A: c\n"] if kind == "mbox" else []
    )


def maildir(folder: Path, files: dict[str, bytes]) -> Path:
    """A Maildir with these files."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return folder


def test_a_maildir_is_read_in_the_order_of_delivery(tmp_path: Path) -> None:
    path = maildir(
        tmp_path / "Maildir",
        {
            "cur/1700000001.M1P1.host:2,S": b"A: one\n",
            "new/1700000000.M2P1.host": b"A: zero\n",
            "cur/1700000002.M3P1.host:2,": b"",
            "cur/1700000003.M4P1.host:2,RS": b"A: " + b"x" * LIMIT,
            "cur/.nfs0001": b"A: not mine\n",
            "tmp/1700000004.M5P1.host": b"A: half\n",
        },
    )
    (path / "cur" / "folder").mkdir()
    box = open_archive(path, LIMIT)
    found = list(box.entries)

    assert [mail.raw for mail in found if isinstance(mail, Found)] == [b"A: zero\n", b"A: one\n"]
    assert [(bad.place, bad.why[:12]) for bad in found if isinstance(bad, Bad)] == [
        (str(path / "cur/1700000002.M3P1.host:2,"), "is empty"),
        (str(path / "cur/1700000003.M4P1.host:2,RS"), "is too large"),
    ]
    assert sum(entry.size for entry in found) == box.size


def test_what_a_mail_program_moves_and_what_is_no_file_is_told(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", {"new/1": b"A: b\n", "new/2": b"A: c\n"})
    os.mkfifo(path / "new" / "3")
    (path / "new" / "4").symlink_to("nowhere")
    (path / "new" / "5").symlink_to("2")
    box = open_archive(path, LIMIT)
    (path / "new" / "1").rename(path / "cur" / "1:2,S")

    found = list(box.entries)

    assert [(type(entry), Path(entry.place).name) for entry in found] == [
        (Bad, "1"), (Found, "2"), (Bad, "3"), (Bad, "4"), (Found, "5"),
    ]  # fmt: skip
    assert [entry.why for entry in found if isinstance(entry, Bad)] == [
        "was moved meanwhile; run the import again",
        "is no plain file",
        "was moved meanwhile; run the import again",
    ]


def test_a_name_that_is_no_utf_8_is_shown_so_that_it_can_be_kept(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xd0mail.mbox")
    path.write_bytes(written([b"A: b\n"]))

    assert entries(path)[0].place == f"{tmp_path}/\ufffdmail.mbox: mail 1 at byte 0"


def test_a_single_mail_is_one(tmp_path: Path) -> None:
    assert [parts(mail.raw) for mail in mails(CORPUS / "single.eml")] == [ONE]
    (tmp_path / "nothing").touch()
    assert entries(tmp_path / "nothing") == []


def test_an_endless_line_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    raw = b"A: b\n\n" + b"x" * 65_530 + b"From y Mon Nov 23 12:00:00 2026" + b"y" * 200_000 + b"\n"
    path.write_bytes(written([raw]))

    assert [mail.raw for mail in mails(path, 1 << 20)] == [raw]


@pytest.mark.parametrize("what", ["folder", "text", "device"])
def test_what_is_no_mailbox_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_bytes(b"Hello, this is no mail\n")
    (tmp_path / "device").symlink_to("/dev/null")

    with pytest.raises(NoArchive, match=re.escape(str(tmp_path / what))):
        open_archive(tmp_path / what, LIMIT)
