"""The IMAP door over a real Dovecot: every mail whole, once, in order, and moved only when it is safe."""

from datetime import timedelta

import pytest

from mailgate.core.mail import Door
from mailgate.errors import DiskFull, Overloaded
from mailgate.store.mailboxes import MailboxState
from mailgate.store.sqlite import Ledger
from tests.dovecot import Dovecot
from tests.fetching import Fetching, ago, done_folder, raw_mail, settings
from tests.scripted_imap import Mail, Script, ScriptedImap

pytestmark = pytest.mark.usefixtures("short_slices")
DONE = done_folder(separator=".")


def test_mails_are_taken_byte_for_byte_in_order_and_moved(dovecot: Dovecot, user: str, box: Fetching) -> None:
    sent = [
        raw_mail("one"),
        b"Subject: \xf4\xc5\xd3\xd4\r\n\r\n\xd4\xc5\xcb\xd3\xd4\r\n",
        b"",
        b"\r\n",
        b"no header at all",
        raw_mail("two", text="x" * 100_000 + "\r\n" + ")\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\nT1 OK done\r\n"),
        bytes(octet for octet in range(1, 256) if octet not in b"\r\n") + b"\r\n",
    ]
    dovecot.fill(user, [raw for raw in sent if raw])
    box.run()

    assert box.taken() == [raw for raw in sent if raw]
    assert dovecot.messages(user) == {}
    assert list(dovecot.messages(user, DONE).values()) == [raw for raw in sent if raw]
    assert set(box.origins().values()) == {"moved"}


def test_the_envelope_is_what_header_and_server_say(dovecot: Dovecot, user: str, box: Fetching) -> None:
    arrived = ago(minutes=5)
    billing = raw_mail("one", more="Delivered-To: billing@hoster.example\r\n")
    dovecot.fill(user, [billing, raw_mail("two")], date=arrived)
    dovecot.append(user, b"Subject: bare\r\n\r\ntext\r\n", date=ago(minutes=-90))
    box.run()

    first, second, third = box.envelopes()
    assert (first.door, first.hop, first.peer, first.bulk) == (Door.IMAP, "imap:support", "127.0.0.1", False)
    assert (first.received, first.sender, first.recipients) == (
        arrived,
        "ivan@client.example",
        ("billing@hoster.example",),
    )
    assert second.recipients == third.recipients == ("support@hoster.example",)
    assert (third.sender, third.whole_size) == ("", 0)
    assert timedelta(0) <= box.clock() - third.received < timedelta(minutes=1)


@pytest.mark.parametrize("box", [{"recipients_from": ("X-Mine",)}], indirect=True)
def test_the_recipient_is_read_from_the_configured_field(dovecot: Dovecot, user: str, box: Fetching) -> None:
    header = "Delivered-To: support@hoster.example\r\nX-Mine: billing+x@hoster.example\r\n"
    dovecot.append(user, raw_mail("one", more=header))
    box.run()

    assert box.envelopes()[0].recipients == ("billing+x@hoster.example",)


def test_nothing_is_moved_before_the_commit_and_all_is_taken_later_once(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    sent = [raw_mail(str(number)) for number in range(60)]  # more than a batch
    dovecot.fill(user, sent)
    box.spool.trouble = DiskFull("the ledger has no room")
    for _ in range(5):
        box.run().wait(20)
    assert len(dovecot.messages(user)) == 60
    assert box.taken() == []
    assert (box.report.state, box.report.error) != (MailboxState.UNREACHABLE, "")
    assert "no room" in box.report.error
    assert "Done" not in "".join(dovecot.folders(user))

    box.spool.trouble = None
    for _ in range(3):
        box.run().wait(20)
        if box.is_watching:
            box.look()
    assert sorted(box.taken()) == sorted(sent)
    assert dovecot.messages(user) == {}
    assert len(dovecot.messages(user, DONE)) == 60


def test_while_there_is_no_room_nothing_is_fetched_and_the_connection_stays(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.append(user, raw_mail("one"))
    box.spool._allowed[False] = 0
    for _ in range(5):
        box.run()
        assert 0 < box.waits <= 1.0
        box.wait(1)
    assert (box.report.state, box.report.backlog) == (MailboxState.WAITING, 1)
    assert "0 allowed" in box.report.error
    with pytest.raises(Overloaded):
        box.spool.check_room()
    connection = box.mailbox._connection

    box.spool._allowed[False] = 1
    box.run()
    assert box.mailbox._connection is connection
    assert box.taken() == [raw_mail("one")]
    assert (box.report.state, box.report.backlog) == (MailboxState.WATCHING, 0)


@pytest.mark.parametrize("box", [{"done": ""}], indirect=True)
def test_without_a_done_folder_mails_stay_and_are_not_taken_again(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.fill(user, [raw_mail("one"), raw_mail("two")])
    box.run()
    box.look()
    box.restart().run()
    dovecot.append(user, raw_mail("three"))
    box.look()

    assert box.taken() == [raw_mail("one"), raw_mail("two"), raw_mail("three")]
    assert list(dovecot.messages(user).values()) == box.taken()
    assert dovecot.folders(user) == ("INBOX",)
    assert set(box.origins().values()) == {"stays"}


@pytest.mark.parametrize("box", [{"done": ""}], indirect=True)
def test_fetching_sets_no_flag(dovecot: Dovecot, user: str, box: Fetching) -> None:
    dovecot.append(user, raw_mail("one"))
    dovecot.append(user, raw_mail("large", text="y" * 5000))
    box.settings = box.settings.model_copy(update={"max_size": 2000})
    box.restart().run()
    client = dovecot.imap(user)
    flags = client.fetch("1:*", "(FLAGS)")[1]
    client.logout()

    assert len(box.taken()) == 2
    assert len(flags) == 2
    assert not any(b"Seen" in bytes(line) for line in flags if isinstance(line, bytes))


@pytest.mark.parametrize("box", [{"folder": "Support/New", "done": "Support/Old"}], indirect=True)
def test_folders_may_be_named_with_any_servers_separator(dovecot: Dovecot, user: str, box: Fetching) -> None:
    dovecot.fill(user, [raw_mail("one")], "Support.New")
    box.run()

    assert box.taken() == [raw_mail("one")]
    assert list(dovecot.messages(user, "Support.Old").values()) == [raw_mail("one")]


@pytest.mark.parametrize("box", [{"folder": "Нет такой"}], indirect=True)
def test_a_folder_that_is_not_there_is_told_in_words(box: Fetching) -> None:
    box.run()

    assert box.fares() is MailboxState.UNREACHABLE
    assert box.report.error.startswith("folder Нет такой cannot be opened: ")


def test_a_mail_that_comes_while_watched_is_taken_at_once(dovecot: Dovecot, user: str, box: Fetching) -> None:
    box.run()
    assert box.is_watching
    dovecot.append(user, raw_mail("one"))
    while not box.taken():
        assert box.step()

    assert box.taken() == [raw_mail("one")]
    assert box.ticks == 1000.0


def test_reports_say_how_a_mailbox_fares(dovecot: Dovecot, user: str, box: Fetching) -> None:
    began = box.clock()
    box.run()
    report = box.report
    assert (report.state, report.backlog, report.error, report.last_mail) == (
        MailboxState.WATCHING, 0, "", None
    )  # fmt: skip
    assert report.contact is not None
    assert began <= report.since <= report.contact <= box.clock()

    dovecot.append(user, raw_mail("one"))
    box.later = timedelta(minutes=7)
    box.look()
    last = box.report
    assert last.last_mail is not None
    assert last.contact is not None
    assert last.last_mail >= began + box.later
    assert last.contact >= began + box.later
    assert last.backlog == 0


def test_a_report_says_since_when_a_server_cannot_be_reached(
    dovecot: Dovecot, user: str, ledger: Ledger
) -> None:
    del dovecot
    gone = settings(ledger.path.parent, 1, user=user)
    with Fetching(ledger, gone) as box:
        box.run()
        first = box.report
        assert (first.state, first.contact) == (MailboxState.UNREACHABLE, None)
        assert first.error.startswith("127.0.0.1:1 cannot be reached: ")
        for _ in range(3):
            box.later += timedelta(minutes=5)
            box.wait(400).run()
        assert box.report.since == first.since
        assert box.report.contact is None


def test_few_mails_under_high_uids_are_found_by_one_question(ledger: Ledger) -> None:
    script = Script((Mail(7, raw_mail("one")), Mail(4_294_967_294, raw_mail("two"))))
    with ScriptedImap(script) as server, Fetching(ledger, settings(ledger.path.parent, server.port)) as box:
        box.run()

        assert box.taken() == [raw_mail("one"), raw_mail("two")]
        assert server.verbs.count("UID SEARCH") == 1


def test_many_mails_are_asked_for_in_parts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailgate.intake.imap_connection._WINDOW", 10)
    sent = [raw_mail(str(number)) for number in range(25)]
    with (
        ScriptedImap(Script(tuple(Mail(0, raw) for raw in sent))) as server,
        Fetching(ledger, settings(ledger.path.parent, server.port)) as box,
    ):
        box.run()

        assert box.taken() == sent
        assert [bytes(one).partition(b" ")[2] for one in server.commands if b"SEARCH" in one] == [
            b"UID SEARCH UID 1:10", b"UID SEARCH UID 11:20", b"UID SEARCH UID 21:25"
        ]  # fmt: skip
