"""`mailgate request`: the classes of request, and what a text asks for by them."""

import email
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import click

from mailgate.cli import show, words
from mailgate.cli.asked import object_line
from mailgate.cli.reading import read
from mailgate.cli.show import Column
from mailgate.config import Settings, policy_of, read_settings
from mailgate.core.asking import Heard
from mailgate.core.frame_words import ASKING
from mailgate.core.mail import Door, Envelope
from mailgate.core.recognise import explained
from mailgate.core.request import Request, RequestClass

_MOST_OCTETS = 26_214_400


@click.group("request")
def request_group() -> None:
    """What is asked of us: the classes of request."""


@request_group.command(
    "list", epilog=show.examples("mailgate request list", "mailgate request list --json | jq '.[].name'")
)
@show.json_option
@click.pass_obj
def list_requests(path: Path, as_json: bool) -> None:
    """List the classes of request in force, in their order, with what each requires."""
    classes = policy_of(read_settings(path), ()).requests
    if as_json:
        show.print_json([_class_document(each) for each in classes])
        return
    show.print_table(
        tuple(map(Column, ("Name", "Assurance", "Needs", "Critical", "Department", "Title"))),
        [
            (
                each.name,
                each.level.name.lower(),
                ", ".join(each.needs),
                "yes" if each.is_critical else "",
                each.department,
                each.title("en"),
            )
            for each in classes
        ],
    )


def _class_document(each: RequestClass) -> dict[str, Any]:
    return {
        "name": each.name,
        "titles": dict(each.titles),
        "assurance": each.level.name.lower(),
        "needs": list(each.needs),
        "may_name": list(each.may_name),
        "critical": each.is_critical,
        "department": each.department or None,
        "phrases": list(each.phrases),
    }


@request_group.command(
    "test",
    epilog=show.examples(
        "mailgate request test question.eml",
        "echo 'Прошу сбросить пароль от info@stroymir.ru' | mailgate request test -",
        "mailgate request test --json question.txt",
    ),
)
@click.argument("file", type=click.File("rb"))
@show.json_option
@click.pass_obj
def test_request(path: Path, file: Any, as_json: bool) -> None:
    """Say which class of request a text asks for, to what, and why. Nothing is written anywhere.

    FILE is a mail with its header, of which subject and the writer's new words count, or a plain text; - is
    standard input.
    """
    settings = read_settings(path)
    subject, text = _read(settings, file.read(_MOST_OCTETS))
    request, heard = explained(subject, text, policy_of(settings, ()).requests)
    if as_json:
        show.print_json(_document(request, heard))
        return
    for line in _lines(request, heard):
        click.echo(show.one_line(line))


def _read(settings: Settings, raw: bytes) -> tuple[str, str]:
    """Subject and new words of a mail; of a plain text, that."""
    if not _is_mail(raw):
        return "", raw.decode("utf-8", "replace")
    mail = read(settings, Envelope(Door.PIPE, "", (), datetime.now(UTC)), raw)
    return mail.subject, mail.new_words or mail.text


def _is_mail(raw: bytes) -> bool:
    """Does it begin with fields of a header, one of which every mail has?"""
    header: Message = email.message_from_bytes(
        raw[:100_000].partition(b"\n\n")[0].replace(b"\r\n\r\n", b"\n\n")
    )
    return not header.defects and any(
        name in header for name in ("From", "Subject", "Received", "Message-ID")
    )


def _lines(request: Request, heard: tuple[Heard, ...]) -> list[str]:
    if request.name:
        told = [f"Class: {request.name}, by “{request.phrase}”"]
        told += [f"Object: {object_line(each)}" for each in request.objects] or ["Object: none is named"]
    else:
        told = ["Class: none"]
    if not heard:
        return [*told, "Why: no phrase of any class stands in it"]
    if request.name and not any(each.name == request.name and each.frame in ASKING for each in heard):
        told.append("Why: the mail asks for something without saying what, or says nothing else")
    return [*told, *(f"Why: {_why(each)}" for each in heard)]


def _why(one: Heard) -> str:
    return f"{one.name}: “{one.words}” {words.FRAMES[one.frame]}, in “{one.sentence}”"


def _document(request: Request, heard: tuple[Heard, ...]) -> dict[str, Any]:
    return {
        "class": request.name or None,
        "phrase": request.phrase or None,
        "objects": [{"kind": each.kind, "value": each.value} for each in request.objects],
        "heard": [
            {
                "class": each.name,
                "words": each.words,
                "phrase": each.phrase,
                "frame": each.frame,
                "sentence": each.sentence,
            }
            for each in heard
        ],
    }
