"""What a mail asks for is read with the rest of it, and only where all of its words are there."""

import dataclasses

from mailgate.config.request import requests_of
from mailgate.core.mail import Defect, Mail
from mailgate.core.policy import Sought
from mailgate.core.request import NO_REQUEST, Object, ObjectKind
from mailgate.parse.limits import DEFAULT, ParseLimits
from mailgate.parse.message import beyond, parse
from tests.builders import envelope

SOUGHT = Sought(requests=requests_of(()))
HEAD = "From: <ivan@client.example>\nContent-Type: text/plain; charset=utf-8\n"
ASKS = "Прошу выдать auth-код домена stroymir.ru для переноса к другому регистратору."


def read(text: str, head: str = HEAD, limits: ParseLimits = DEFAULT, sought: Sought = SOUGHT) -> Mail:
    return parse(f"{head}\n{text}\n".encode(), envelope(), limits, sought)


def test_a_mail_tells_class_object_and_words() -> None:
    found = read(ASKS).request

    assert (found.name, found.objects) == (
        "domain-transfer",
        (Object(ObjectKind.DOMAIN, "stroymir.ru"),),
    )
    assert found.phrase
    assert (found.by_staff, found.entry) == (False, "")


def test_his_new_words_count_and_not_those_he_quotes() -> None:
    quoting = f"Нет, спасибо, всё хорошо.\n\n23.11.2026 12:00, Ivan пишет:\n> {ASKS}"

    assert read(quoting).request == NO_REQUEST


def test_the_subject_counts() -> None:
    assert read("Здравствуйте!", f"{HEAD}Subject: {ASKS}\n").request.name == "domain-transfer"


def test_a_cut_mail_asks_for_nothing() -> None:
    cut = read(f"{ASKS}\n{'слово ' * 100}", limits=ParseLimits(text=200))
    begun = parse(f"{HEAD}\n{ASKS}".encode(), envelope(whole_size=10_000_000), sought=SOUGHT)

    assert Defect.TEXT_CUT in cut.defects
    assert Defect.OVERSIZED in begun.defects
    assert cut.request == begun.request == NO_REQUEST


def test_an_unreadable_or_late_mail_asks_for_nothing() -> None:
    kind = 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=a'
    head = f"From: <ivan@client.example>\nSubject: {ASKS}\nMIME-Version: 1.0\nContent-Type: {kind}\n"
    part = "--a\nContent-Type: application/octet-stream\n\nx\n"
    encrypted = read(f"{part}{part}--a--", head)
    late = beyond(f"{HEAD}Subject: {ASKS}\n\n{ASKS}".encode(), envelope(), Defect.PARSER_TIMEOUT)

    assert Defect.ENCRYPTED in encrypted.defects
    assert encrypted.request == late.request == NO_REQUEST


def test_a_class_that_breaks_us_costs_the_mail_nothing_else() -> None:
    # A phrase that never passed the settings stands for any mistake of ours in recognising.
    broken = dataclasses.replace(SOUGHT.requests[0], phrases=("(",), titles=())
    mail = read(ASKS, sought=Sought(requests=(broken,)))

    assert (mail.request, mail.defects) == (NO_REQUEST, (Defect.NO_MESSAGE_ID,))
    assert ASKS in mail.text
