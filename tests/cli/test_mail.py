"""`mailgate mail`: what is shown of a mail, what is written of it, and how it is tried again."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate.store.sqlite import connect
from tests.cli.place import Place, question

LISTED = {
    "id", "state", "door", "received", "envelope_from", "recipients", "from", "subject", "verdict", "rule",
    "ticket", "duplicate_of", "answer", "authentication", "defects", "class", "objects", "assurance",
}  # fmt: skip
SHOWN = LISTED | {"text", "new_words", "attachments"}
WITH_PARTS = (
    b"From: Ivan <ivan@client.example>\r\nSubject: files\r\nMessage-ID: <parts@client.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment;"
    b' filename="../../etc/passwd"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n'
    b"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=second.csv\r\n\r\n"
    b"a,b\r\n--b--\r\n"
)


def park(place: Place, mail: int) -> None:
    """Make a mail one at which mailgate gave up."""
    connection = connect(place.ledger.path)
    connection.execute(
        "UPDATE mail SET state = 'parked', verdict = 'parked', rule = 'park_failed', silence = 'parked',"
        " why = 'failed 3 times: ValueError', facts = '{}', tries = 3 WHERE id = ?",
        (mail,),
    )
    connection.close()


def test_the_list_says_what_became_of_each_mail(place: Place) -> None:
    first = place.send(question())
    copy = place.send(question(), recipients=("billing@hoster.example",))
    waiting = place.post(question("two"))

    listed = place.ask("mail", "list")

    assert [mail["id"] for mail in listed] == [str(waiting), str(copy), str(first)]
    assert [mail["verdict"] for mail in listed] == [None, "duplicate", "opened"]
    assert all(set(mail) == LISTED for mail in listed)
    assert listed[1]["duplicate_of"] == str(first)
    assert listed[1]["ticket"] == listed[2]["ticket"] == str(place.row(first)["ticket"])
    assert listed[2]["answer"] == {"letter": "1", "reason": None}
    assert listed[1]["answer"] == {"letter": None, "reason": "duplicate"}
    assert listed[0]["received"] == "2026-11-23T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--state", "new"), ["4", "3"]),
        (("--state", "done"), ["2", "1"]),
        (("--state", "parked"), []),
        (("--limit", "2"), ["4", "3"]),
        (("--limit", "2", "--before", "3"), ["2", "1"]),
    ],
)
def test_the_list_is_cut_as_asked(place: Place, options: tuple[str, ...], ids: list[str]) -> None:
    for count in (1, 2):
        place.send(question(f"q{count}"))
    for count in (3, 4):
        place.post(question(f"q{count}"))

    assert [mail["id"] for mail in place.ask("mail", "list", *options)] == ids


def test_a_cut_table_says_how_to_go_on(place: Place) -> None:
    for count in range(3):
        place.post(question(f"q{count}"))

    done = place.call("mail", "list", "--limit", "2")

    assert "--before 2" in done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ID", "3", "2"]


def test_times_for_people_are_the_desks(place: Place) -> None:
    mail = place.send(question())

    assert "2026-11-23 15:00:00 Europe/Moscow" in place.tell("mail", "show", mail)
    assert "2026-11-23 15:00:00" in place.tell("mail", "list")


def test_a_mail_is_shown_with_its_text_and_parts(place: Place) -> None:
    mail = place.send(WITH_PARTS)

    shown = place.ask("mail", "show", mail)

    assert set(shown) == SHOWN
    assert shown["text"].strip() == shown["new_words"].strip() == "See the files."
    assert shown["from"] == "ivan@client.example"
    assert shown["attachments"] == [
        {"name": "passwd", "type": "image/png", "size": 4, "digest": hashlib.sha256(b"\x89PNG").hexdigest()},
        {"name": "second.csv", "type": "text/csv", "size": 3, "digest": hashlib.sha256(b"a,b").hexdigest()},
    ]


def test_a_mail_that_waits_can_be_read_already(place: Place) -> None:
    mail = place.post(question(subject="Early"))

    shown = place.ask("mail", "show", mail)

    assert (shown["state"], shown["subject"], shown["verdict"]) == ("new", "Early", None)


def test_a_mail_that_cannot_be_read_in_time_does_not_hang_its_operator(place: Place) -> None:
    # So much that no reader can be through with it in the time it is given here.
    mail = place.send(question(text="many words of a long mail\r\n" * 200_000))
    with place.settings.open("a") as file:
        file.write("[parse]\ntimeout_alone = 0.001\n")

    shown = place.ask("mail", "show", mail)

    assert (shown["defects"], shown["text"], shown["subject"]) == (["parser-timeout"], "", "Question")
    assert "reading it took too long" in place.tell("mail", "show", mail)


def test_what_a_mail_holds_cannot_act_on_the_terminal(place: Place) -> None:
    hostile = "\x1b]0;owned\x07\x9b2J"
    mail = place.send(question(subject=f"a{hostile}b", text=f"c{hostile}d"))

    printed = "".join(
        place.tell("mail", *words)
        for words in (("list",), ("show", mail), ("explain", mail), ("list", "--json"))
    )

    assert all(line.isprintable() for line in printed.split("\n"))


def test_the_raw_mail_is_given_byte_for_byte(place: Place, tmp_path: Path) -> None:
    raw = question(text="eight bits \xff") + b"\x00\xfe\r\n"
    mail = place.send(raw)
    target = tmp_path / "mail.eml"

    assert place.call("mail", "show", mail, "--raw").stdout_bytes == raw
    assert place.call("mail", "export", mail).stdout_bytes == raw
    assert place.call("mail", "export", mail, "-o", target).exit_code == 0
    assert target.read_bytes() == raw
    assert place.call("mail", "export", mail, "-o", target).exit_code == 73


def test_an_attachment_goes_where_the_operator_says(place: Place, tmp_path: Path) -> None:
    mail = place.send(WITH_PARTS)
    target = tmp_path / "screenshot.png"
    before = set(tmp_path.iterdir())

    assert place.call("mail", "attachment", mail, 1, "-o", target).exit_code == 0
    assert target.read_bytes() == b"\x89PNG"
    assert place.call("mail", "attachment", mail, 2).stdout_bytes.strip() == b"a,b"
    missing = place.call("mail", "attachment", mail, 3)
    assert (missing.exit_code, "2 attachments" in missing.stderr) == (65, True)
    assert set(tmp_path.iterdir()) - before == {target}


@pytest.mark.parametrize("verb", ["show", "explain", "retry", "export"])
def test_an_unknown_mail_is_named_with_the_place_it_is_missed_in(place: Place, verb: str) -> None:
    done = place.call("mail", verb, 99)

    assert done.exit_code == 65
    assert done.stdout == ""
    assert "no mail 99" in done.stderr
    assert str(place.state) in done.stderr


def test_a_parked_mail_is_settled_anew(place: Place) -> None:
    mail = place.send(question())
    place.now += timedelta(hours=1)
    park(place, mail)
    assert place.row(mail)["state"] == "parked"

    place.tell("mail", "retry", mail)

    assert (place.row(mail)["state"], place.row(mail)["tries"]) == ("new", 0)
    place.settle()
    assert place.row(mail)["verdict"] == "opened"


def test_only_a_parked_mail_is_tried_again(place: Place) -> None:
    mail = place.send(question())

    done = place.call("mail", "retry", mail)

    assert (done.exit_code, "is done, not parked" in done.stderr) == (65, True)
    assert place.row(mail)["state"] == "done"
