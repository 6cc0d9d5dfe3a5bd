"""`mailgate run` behind a real Postfix over LMTP: none lost, none doubled, one reply a recipient."""

import shutil
import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailgate.core.digest import fingerprint
from mailgate.store import mails, rows
from mailgate.store.sqlite import Ledger
from tests.postfix import postfix_before
from tests.service import Service, wait_until

ADDRESSES = tuple(f"desk{count}@hoster.example" for count in range(10))
MAILS = 100


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that Postfix's own user may enter."""
    made = Path(tempfile.mkdtemp(prefix="mailgate-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def question(count: int) -> bytes:
    return (
        f"From: <client{count}@client.example>\r\nSubject: Question {count}\r\n"
        f"Message-ID: <q{count}@client.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n"
        f"words of mail {count}\r\n"
    ).encode()


def pour(folder: Path, many: int) -> tuple[list[dict[str, Any]], str]:
    """Send `many` mails with 1 to 10 recipients through Postfix; the ledger's rows, and Postfix's log."""
    service = Service(folder)
    known = ", ".join(f'"{address}"' for address in ADDRESSES)
    settings = service.settings.read_text("utf-8")
    service.settings.write_text(settings.replace('"billing@hoster.example"', known), "utf-8")
    with service, postfix_before(folder / "lmtp", "hoster.example") as postfix:
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            for count in range(many):
                recipients = list(ADDRESSES[: count % 10 + 1])
                client.sendmail(f"client{count}@client.example", recipients, question(count))
        wait_until(lambda: postfix.queue() == "", "Postfix still holds mail", 120)
        service.settled()
        ledger = Ledger(service.state / "mailgate.db")
        with ledger.read() as ask:
            found = [dict(row) for row in mails.listing(ask, "", 1 << 30, 1 << 60)]
        ledger.close()
        return found, postfix.log()


def test_none_is_lost_and_none_doubled(folder: Path) -> None:
    found, log = pour(folder, MAILS)
    opened = [row for row in found if row["verdict"] == "opened"]

    assert sorted(row["message_id"] for row in opened) == sorted(
        f"<q{n}@client.example>" for n in range(MAILS)
    )
    assert len(found) == MAILS
    for row in found:
        count = int(row["message_id"].partition("@")[0][2:])
        assert set(rows.list_of(row["recipients"])) == set(ADDRESSES[: count % 10 + 1])
    assert log.count("status=sent (250 2.0.0 Ok: queued as ") == sum(n % 10 + 1 for n in range(MAILS))
    assert "status=deferred" not in log
    assert fingerprint(question(1)).digest in {row["digest"] for row in found}
