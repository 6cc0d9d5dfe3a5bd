"""Door to letter in one process: real ledger, real parse workers, real letters."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate import state
from mailgate.core.mail import Defect
from mailgate.core.number import number_of
from mailgate.core.ticket import EntryKind, Status
from mailgate.desk import Desk, Sources, Times
from mailgate.directory import TableDirectory
from mailgate.errors import StoreBusy, Temporary
from mailgate.housekeeping import send_digests
from mailgate.letters import Letters
from mailgate.parse.pool import Pool
from mailgate.rulebook import Rulebook, rulebook_of
from mailgate.store import backlog, letters, mails, rows, tickets
from mailgate.store.sqlite import Ledger, connect
from tests.builders import NOW
from tests.house import House

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(2, 512 * MIB)
    yield made
    made.close()


@pytest.fixture
def house(ledger: Ledger, pool: Pool) -> Iterator[House]:
    made = House(ledger, pool)
    yield made
    made.spool.close()


def question(
    count: int = 1, sender: str = "ivan@client.example", subject: str = "Question", *more: str
) -> bytes:
    headers = (f"From: <{sender}>", f"Subject: {subject}", f"Message-ID: <q{count}@client.example>", *more)
    return "\r\n".join((*headers, "Date: Mon, 23 Nov 2026 12:00:00 +0000", "", f"words {count}", "")).encode()


def header(raw: bytes, name: str) -> str:
    head = raw.partition(b"\r\n\r\n")[0].decode().replace("\r\n ", " ")
    return next(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith(f"{name}: "))


def test_a_question_becomes_a_ticket_and_is_answered(house: House) -> None:
    row = house.send(question())
    raw = house.letter(row["id"])

    assert (row["state"], row["verdict"], row["rule"]) == ("done", "opened", "open_ticket")
    assert row["ticket"] == number_of(10001)
    assert header(raw, "To") == "ivan@client.example"
    assert f"[#{number_of(10001)}]" in header(raw, "Subject")
    assert header(raw, "Auto-Submitted") == "auto-replied"
    assert header(raw, "In-Reply-To") == "<q1@client.example>"


def test_numbers_follow_each_other_and_mails_are_settled_in_order(house: House) -> None:
    ids = [house.post(question(count)) for count in range(40)]
    house.settle()
    numbers = [house.row(mail)["ticket"] for mail in ids]

    assert numbers == sorted(set(numbers))
    assert len(numbers) == 40


def test_a_reply_joins_by_the_letters_message_id(house: House) -> None:
    first = house.send(question())
    ours = header(house.letter(first["id"]), "Message-ID")
    reply = house.send(question(2, "ivan@client.example", "Other", f"References: <q1@client.example> {ours}"))

    assert (reply["verdict"], reply["ticket"]) == ("joined", first["ticket"])
    with house.ledger.read() as ask:
        kinds = [entry.kind for entry in tickets.entries(ask, first["ticket"])]
    assert kinds == [EntryKind.REQUEST, EntryKind.REPLY]


def test_a_reply_in_the_same_batch_as_its_question_joins(house: House) -> None:
    first = house.post(question(1))
    second = house.post(
        question(2, "ivan@client.example", "Re: Question", "In-Reply-To: <q1@client.example>")
    )
    house.settle()

    assert house.row(second)["ticket"] == house.row(first)["ticket"]


def test_a40_a_stranger_with_the_number_gets_his_own_ticket(house: House) -> None:
    first = house.send(question())
    other = house.send(question(2, "eve@elsewhere.example", f"Re: [#{first['ticket']}]"))

    assert other["verdict"] == "opened"
    assert other["ticket"] != first["ticket"]
    with house.ledger.read() as ask:
        assert [link.number for link in tickets.links(ask, first["ticket"])] == [other["ticket"]]


def test_a_copy_makes_no_second_ticket_and_both_addresses_are_known(house: House) -> None:
    first = house.send(question())
    copy = house.send(b"Received: by mx\r\n" + question(), recipients=("billing@hoster.example",))

    assert (copy["verdict"], copy["ticket"], copy["letter"]) == ("duplicate", first["ticket"], None)
    with house.ledger.read() as ask:
        of_ticket = mails.of_ticket(ask, first["ticket"])
    assert [rows.list_of(row["recipients"]) for row in of_ticket] == [
        ("support@hoster.example",),
        ("billing@hoster.example",),
    ]


def test_a_copy_in_the_same_batch_knows_the_ticket(house: House) -> None:
    first, copy = house.post(question()), house.post(question())
    house.settle()

    assert house.row(copy)["ticket"] == house.row(first)["ticket"]


def test_every_accepted_mail_has_one_verdict(house: House) -> None:
    house.send(question())
    house.send(question())
    house.send(question(3, "no-reply@shop.example"))
    house.send(b"".join(b"Received: x\r\n" for _ in range(51)) + question(4))
    with house.ledger.read() as ask:
        totals = mails.totals(ask)

    assert totals == {"accepted": 4, "opened": 2, "duplicate": 1, "parked": 1}


def test_f29_a_mail_that_breaks_the_desk_is_parked_and_the_next_is_settled(house: House) -> None:
    # A ticket that says it is there and is not: the entry's foreign key fails for this mail alone.
    with house.ledger.write() as work:
        work.run("CREATE TRIGGER poison BEFORE INSERT ON entry WHEN new.author LIKE 'bad@%' "
                 "BEGIN SELECT RAISE(ABORT, 'poison'); END")  # fmt: skip
    ids = [house.post(question(1)), house.post(question(2, "bad@client.example")), house.post(question(3))]
    house.settle()
    states = [house.row(mail)["state"] for mail in ids]

    assert states == ["done", "parked", "done"]
    assert house.row(ids[1])["tries"] == 3
    with house.ledger.write() as work:
        work.run("DROP TRIGGER poison")
        assert mails.retry(work, ids[1])
    house.settle()
    assert house.row(ids[1])["verdict"] == "opened"


def test_f29_a_mail_that_takes_the_service_down_each_time_is_parked(house: House) -> None:
    ids = [house.post(question(count)) for count in range(3)]
    with house.ledger.write() as work:
        backlog.count_try(work, ids[:1], 3)
    house.settle()

    assert [house.row(mail)["verdict"] for mail in ids] == ["parked", "opened", "opened"]
    assert "service ended" in house.row(ids[0])["why"]


def test_trouble_with_the_number_mark_parks_nothing(house: House) -> None:
    ids = [house.post(question(count)) for count in range(3)]
    mark = house.ledger.path.parent / "numbers.mark"
    mark.with_suffix(".new").mkdir()
    for _ in range(5):
        with pytest.raises(Temporary):
            house.desk.step()
    mark.with_suffix(".new").rmdir()
    house.settle()

    assert [house.row(mail)["verdict"] for mail in ids] == ["opened"] * 3
    assert [house.row(mail)["tries"] for mail in ids] == [1, 1, 1]


def test_a_copy_settled_before_its_first_learns_the_ticket(house: House) -> None:
    first, copy = house.post(question()), house.post(question())
    with house.ledger.write() as work:
        backlog.put_aside(work, first)
    while house.desk.step():
        pass
    assert house.row(copy)["ticket"] is None
    house.settle()

    assert house.row(copy)["ticket"] == house.row(first)["ticket"]


def test_f10_a_locked_ledger_counts_no_try(house: House, ledger: Ledger, pool: Pool) -> None:
    mail = house.post(question())
    impatient = Ledger(ledger.path, busy_seconds=0.05)
    sources = Sources(pool, TableDirectory(impatient))
    desk = Desk(impatient, sources, lambda: house.rulebook, Times(), lambda: NOW, lambda: None)
    other = connect(ledger.path)
    for _ in range(5):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            desk.step()
        other.execute("ROLLBACK")
    other.close()
    while desk.step():
        pass
    impatient.close()

    assert house.row(mail)["verdict"] == "opened"
    assert house.row(mail)["tries"] == 1


def test_f30_a_broken_template_holds_the_letter_and_not_the_mail(house: House, tmp_path: Path) -> None:
    broken = tmp_path / "templates" / "en"
    broken.mkdir(parents=True)
    (broken / "acknowledgement.j2").write_text("{{ nothing.of.the.kind }}")
    settings = house.settings.model_copy(
        update={"desk": house.settings.desk.model_copy(update={"templates": tmp_path / "templates"})}
    )
    made = Letters(house.rulebook.policy, settings.desk.templates, "verp", "")
    house.rulebook = Rulebook(house.rulebook.policy, made)
    row = house.send(question())

    assert row["verdict"] == "opened"
    with house.ledger.read() as ask:
        held = letters.about(ask, row["letter"])
    assert held is not None
    assert held.state is letters.LetterState.HELD
    assert "acknowledgement.j2" in held.last_reply


def test_over_the_budget_one_digest_names_the_numbers(ledger: Ledger, pool: Pool) -> None:
    house = House(ledger, pool, limits={"letters_a_day": 2})
    for count in range(5):
        house.send(question(count))
    with ledger.read() as ask:
        silences = [row["silence"] for row in mails.listing(ask, "done", 10, 1 << 60)]
    assert silences == ["budget", "budget", "budget", None, None]

    assert send_digests(ledger, house.rulebook, NOW + timedelta(minutes=59)) == 0
    assert send_digests(ledger, house.rulebook, NOW + timedelta(minutes=61)) == 1
    assert send_digests(ledger, house.rulebook, NOW + timedelta(minutes=62)) == 0
    with ledger.read() as ask:
        latest = letters.listing(ask, None, 1, 1 << 60)[0]
        raw = letters.raw_of(ask, latest.id) or b""
    assert latest.kind == "digest"
    body = raw.partition(b"\r\n\r\n")[2]
    text = base64.b64decode(body) if header(raw, "Content-Transfer-Encoding") == "base64" else body
    numbers = [str(house.row(mail)["ticket"]).encode() for mail in (3, 4, 5)]
    assert all(number in text for number in numbers)
    house.spool.close()


def test_a_settled_ticket_reopens_and_too_late_a_new_one_continues(house: House) -> None:
    first = house.send(question())
    number = first["ticket"]
    with house.ledger.write() as work:
        tickets.set_status(work, number, Status.RESOLVED, house.now)
    house.now += timedelta(days=3)
    reopened = house.send(question(2, "ivan@client.example", f"#{number}"))
    with house.ledger.read() as ask:
        found = tickets.find(ask, number)
    assert found is not None
    assert (reopened["ticket"], found.status) == (number, Status.OPEN)

    with house.ledger.write() as work:
        tickets.set_status(work, number, Status.CLOSED, house.now)
    house.now += timedelta(days=31)
    later = house.send(question(3, "ivan@client.example", f"#{number}"))
    assert later["ticket"] != number


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"garbage", b"\x00" * 100, b"From: \xff\xfe\r\n\r\n\xff", b":\r\n:\r\n\r\n"]
)
def test_any_bytes_become_a_ticket(house: House, raw: bytes) -> None:
    row = house.send(raw, sender="")

    assert row["verdict"] == "opened"
    assert row["silence"] == "null-sender"


@pytest.mark.timeout(60)
def test_a_mail_beyond_the_parsers_limits_becomes_a_ticket_with_a_defect(house: House) -> None:
    huge = b"".join(b"X-%d: %s\r\n" % (count, b"x" * 200) for count in range(5000)) + question(2)
    ids = [house.post(question(1)), house.post(huge), house.post(question(3))]
    house.settle()

    assert [house.row(mail)["verdict"] for mail in ids] == ["opened"] * 3
    defects = rows.list_of(house.row(ids[1])["defects"])
    assert set(defects) & {Defect.HEADERS_TOO_LARGE, Defect.TOO_MANY_HEADERS}
    with house.ledger.read() as ask:
        assert mails.raw_of(ask, ids[1]) == huge


def test_f17_a_state_without_keys_is_refused(house: House) -> None:
    (house.ledger.path.parent / "signing.keys").unlink()

    with pytest.raises(state.BadState, match=r"signing\.keys"):
        rulebook_of(house.settings)
