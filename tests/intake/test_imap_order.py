"""Which mails are taken when: from the start on, fresh ones first, of large ones the beginning."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailgate.core.mail import Defect
from mailgate.intake.imap_beginning import first_text
from mailgate.parse.message import parse
from tests.dovecot import Dovecot
from tests.fetching import Fetching, ago, done_folder, raw_mail
from tests.settling import letters_of, settle

pytestmark = pytest.mark.usefixtures("short_slices")
DONE = done_folder(separator=".")


@pytest.mark.parametrize("box", [{"start": ago(hours=2)}], indirect=True)
def test_mails_from_before_the_start_are_left_alone(dovecot: Dovecot, user: str, box: Fetching) -> None:
    start = box.settings.start
    assert start is not None
    for name, seconds in (("before", -1), ("at", 0), ("after", 1)):
        dovecot.append(user, raw_mail(name), date=start + timedelta(seconds=seconds))
    box.run()
    box.look()
    box.restart().run()

    assert box.taken() == [raw_mail("at"), raw_mail("after")]
    assert list(dovecot.messages(user).values()) == [raw_mail("before")]


@pytest.mark.parametrize("box", [{"start": None}], indirect=True)
def test_by_default_the_start_is_when_the_ledger_was_made(dovecot: Dovecot, user: str, box: Fetching) -> None:
    dovecot.append(user, raw_mail("old"), date=ago(minutes=1))
    dovecot.append(user, raw_mail("new"))  # in the same second, perhaps: INTERNALDATE has no finer time
    box.run()

    assert box.taken() == [raw_mail("new")]


@pytest.mark.parametrize("box", [{"start": None}], indirect=True)
def test_after_the_first_look_a_mail_is_taken_whatever_its_date(
    dovecot: Dovecot, user: str, box: Fetching
) -> None:
    dovecot.append(user, raw_mail("old"), date=ago(days=9))
    box.run()
    dovecot.append(user, raw_mail("copied in by staff"), date=ago(days=9))
    dovecot.append(user, raw_mail("clock is slow"), date=ago(minutes=9))
    box.look()
    box.restart().run()

    assert sorted(box.taken()) == [raw_mail("clock is slow"), raw_mail("copied in by staff")]
    assert list(dovecot.messages(user).values()) == [raw_mail("old")]


def test_a_backlog_is_bulk_and_comes_after_fresh_mail(dovecot: Dovecot, user: str, box: Fetching) -> None:
    old = [raw_mail(f"old {number}") for number in range(3)]
    dovecot.fill(user, old, date=ago(days=3))
    dovecot.append(user, raw_mail("fresh"))
    box.run()

    assert box.taken() == [raw_mail("fresh"), *old]
    assert [envelope.bulk for envelope in box.envelopes()] == [False, True, True, True]


def test_a_fresh_mail_goes_before_the_rest_of_a_backlog(
    dovecot: Dovecot, user: str, box: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.intake.imap_folder._MOST", 2)
    old = [raw_mail(f"old {number}") for number in range(6)]
    dovecot.fill(user, old, date=ago(days=3))
    assert box.step()
    dovecot.append(user, raw_mail("fresh"))
    box.run()

    assert box.taken() == [*old[:2], raw_mail("fresh"), *old[2:]]


@pytest.mark.parametrize("box", [{"max_size": 3000}], indirect=True)
def test_of_an_oversized_mail_the_beginning_is_taken_and_it_stays(
    dovecot: Dovecot, user: str, box: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.intake.imap_folder._BEGINNING", 1000)
    large = raw_mail("large", text="важно " * 1000)
    small, other = raw_mail("small"), raw_mail("other")
    dovecot.fill(user, [small, large, other])
    with capture_logs() as logs:
        box.run()
    assert box.count() == 3
    assert not [one for one in logs if one["log_level"] != "info"]
    box.look()
    box.restart().run()

    head, _, text = large.partition(b"\r\n\r\n")
    assert sorted(box.taken()) == sorted([head + b"\r\n\r\n" + text[:1000], small, other])
    assert sorted(envelope.whole_size for envelope in box.envelopes()) == [0, 0, len(large)]
    assert list(dovecot.messages(user).values()) == [large]
    assert list(dovecot.messages(user, DONE).values()) == [small, other]


@pytest.mark.parametrize("box", [{"max_size": 3000}], indirect=True)
@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Здравствуйте! Сайт не открывается, прилагаю снимки экрана.", "выложите файлы туда, откуда"),
        ("Hello, my site does not open, please see the pictures.", "put the files where they can be"),
    ],
)
def test_the_answer_to_an_oversized_mail_asks_for_a_link(
    dovecot: Dovecot, user: str, box: Fetching, words: str, asked: str
) -> None:
    header = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    dovecot.append(user, raw_mail("large", more=header, text=f"{words}\r\n" * 100))
    box.run()
    (row,) = settle(box.ledger)
    (letter,) = letters_of(box.ledger)

    assert (row["verdict"], "oversized" in row["defects"]) == ("opened", True)
    text = message_from_bytes(letter, policy=default).get_content()
    assert asked in text
    assert "100" in text  # the number's first digits


def test_the_answer_to_another_mail_does_not(dovecot: Dovecot, user: str, box: Fetching) -> None:
    dovecot.append(user, raw_mail("small"))
    box.run()
    settle(box.ledger)
    (letter,) = letters_of(box.ledger)

    assert b"where they can be" not in letter


PICTURE = (
    b"--outer\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"iVBORw0K" * 2000
    + b"\r\n"
)
TEXT = "Логин u12345, сайт не открывается.".encode("koi8-r")
PLAIN = b"Content-Type: text/plain; charset=koi8-r\r\n\r\n" + TEXT + b"\r\n"


@pytest.mark.parametrize("box", [{"max_size": 3000}], indirect=True)
@pytest.mark.parametrize(
    "parts",
    [
        b"--outer\r\n" + PLAIN + PICTURE,
        PICTURE + b"--outer\r\n" + PLAIN,
        PICTURE
        + b"--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n"
        + PLAIN
        + b"--inner\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--inner--\r\n",
        PICTURE + b"--outer\r\nContent-Disposition: attachment\r\n" + PLAIN + b"--outer\r\n" + PLAIN,
    ],
    ids=["first", "second", "within", "after-a-text-file"],
)
def test_of_an_oversized_mail_the_first_text_is_read_wherever_it_stands(
    dovecot: Dovecot, user: str, box: Fetching, parts: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.intake.imap_folder._BEGINNING", 1000)
    head = b"From: <ivan@client.example>\r\nMIME-Version: 1.0\r\n"
    kind = b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n'
    dovecot.append(user, head + kind + parts + b"--outer--\r\n")
    box.run()

    (raw,) = box.taken()
    (envelope,) = box.envelopes()
    mail = parse(raw, envelope)
    assert mail.text.strip() == TEXT.decode("koi8-r")
    assert Defect.OVERSIZED in mail.defects
    assert Defect.BROKEN_MIME not in mail.defects


@given(
    st.recursive(
        st.none() | st.binary(max_size=12) | st.integers(),
        lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=12).map(tuple),
        max_leaves=30,
    )
)
def test_whatever_a_server_says_of_a_mails_parts_it_names_a_section_or_none(structure: object) -> None:
    assert re.fullmatch(r"(\d+(\.\d+)*)?", first_text(structure))
