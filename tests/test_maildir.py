"""Letters into the Maildir: complete, once, and safe against a crash at any point."""

import mailbox
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailgate.errors import StoreBusy, Temporary
from mailgate.hourly import HourlyBound
from mailgate.maildir import MaildirCourier
from mailgate.store.letters import Counts, LetterState
from mailgate.store.sqlite import Ledger, connect
from tests.builders import NOW
from tests.outbox import Clock, counts, put, row


def courier(ledger: Ledger, folder: Path, bound: int = 1000) -> MaildirCourier:
    return MaildirCourier(ledger, folder / "letters", HourlyBound(bound), lambda: NOW)


def test_letters_are_kept_with_their_envelopes(ledger: Ledger, folder: Path) -> None:
    raw = "Subject: x\r\n\r\nтекст\r\n".encode()
    first, second = put(ledger, raw=raw), put(ledger, recipient="иван@client.example", envelope_sender="")
    keeper = courier(ledger, folder)
    assert keeper.step()
    assert not keeper.step()

    kept = sorted((folder / "letters" / "new").iterdir())
    assert kept[0].read_bytes() == (
        b"X-Envelope-From: <support+b1@hoster.example>\r\nX-Envelope-To: <Ivan@client.example>\r\n" + raw
    )
    head = "X-Envelope-From: <>\r\nX-Envelope-To: <иван@client.example>\r\n"
    assert kept[1].read_bytes().startswith(head.encode())
    assert [message["Subject"] for message in mailbox.Maildir(folder / "letters", create=False)] == ["x", "x"]
    for number, file in zip((first, second), kept, strict=True):
        ended = row(ledger, number)
        assert (ended.state, ended.ended) == (LetterState.SENT, NOW)
        assert file.name in ended.last_reply


def test_a_crash_before_the_note_leaves_one_letter(ledger: Ledger, folder: Path) -> None:
    number = put(ledger)
    hasty, other = Ledger(ledger.path, busy_seconds=0.01), connect(ledger.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        courier(hasty, folder).step()
    other.execute("ROLLBACK")
    other.close()
    hasty.close()
    assert row(ledger, number).state is LetterState.DUE

    assert courier(ledger, folder).step()
    assert len(list((folder / "letters" / "new").iterdir())) == 1
    assert not list((folder / "letters" / "tmp").iterdir())


def test_a_folder_that_cannot_be_written_leaves_letters_due(ledger: Ledger, folder: Path) -> None:
    number = put(ledger)
    (folder / "letters").write_text("not a folder")
    with pytest.raises(Temporary, match="cannot be written"):
        courier(ledger, folder).step()
    assert row(ledger, number).state is LetterState.DUE


@pytest.mark.parametrize("field", ["recipient", "envelope_sender"])
def test_a10_no_address_becomes_a_header(ledger: Ledger, folder: Path, field: str) -> None:
    number, other = put(ledger, **{field: "a@b.example>\r\nBcc: <evil@x.example"}), put(ledger)
    assert courier(ledger, folder).step()

    assert row(ledger, number).state is LetterState.GIVEN_UP
    assert row(ledger, other).state is LetterState.SENT
    assert len(list((folder / "letters" / "new").iterdir())) == 1


def test_the_hours_bound_delays_and_says_so_and_drops_nothing(ledger: Ledger, folder: Path) -> None:
    for _ in range(10):
        put(ledger)
    clock = Clock()
    keeper = MaildirCourier(ledger, folder / "letters", HourlyBound(6, clock.ticks), clock.now)
    with capture_logs() as logs:
        for _ in range(120):
            keeper.step()
            clock.move(seconds=1)

        assert counts(ledger) == Counts(due=4, sent=6)
        assert [line["event"] for line in logs].count("courier.bound") == 2
    clock.move(hours=1)
    assert keeper.step()
    assert counts(ledger) == Counts(sent=10)
