"""The bench's mails: 60 % Russian, median about 6 KB, mean about 30 KB, 12 % with attachments, 24 % replies.

What they say is prose (`prose.py`), and one in ten asks for something critical. Made from a seed, so that
every run and every server sees the same bytes.
"""

import base64
import random
import textwrap

from tests.bench import prose

_CHARSETS = ("koi8-r", "windows-1251", "utf-8")


def mails(many: int, seed: int = 1) -> list[bytes]:
    """`many` mails, each complete with CRLF line ends; no line begins with a dot."""
    chance = random.Random(seed)  # noqa: S311 - the same mails in every run
    return [_mail(chance, count) for count in range(many)]


def _mail(chance: random.Random, count: int) -> bytes:
    russian = chance.random() < 0.6
    told, asking = (prose.RU, prose.ASKING_RU) if russian else (prose.EN, prose.ASKING_EN)
    charset = chance.choice(_CHARSETS) if russian else "us-ascii"
    size = int(min(60_000, chance.lognormvariate(8.5, 0.8)))
    text = _text(chance, told, size)
    if chance.random() < 0.1:
        text = f"{chance.choice(asking)}\r\n{text}"
    subject = " ".join(chance.choice(told).split()[:6])
    encoded = f"=?{charset}?B?{base64.b64encode(subject.encode(charset)).decode()}?="
    headers = [
        "Received: from mail.client.example by mx.hoster.example; Mon, 23 Nov 2026 12:00:00 +0300",
        f"From: =?utf-8?B?0JjQstCw0L0=?= <client{count}@client.example>",
        "To: <support@hoster.example>",
        f"Subject: {encoded}",
        "Date: Mon, 23 Nov 2026 12:00:00 +0300",
        f"Message-ID: <{count}.{chance.getrandbits(64):x}@client.example>",
        "MIME-Version: 1.0",
    ]
    if chance.random() < 0.24:
        headers.append(f"References: <{chance.getrandbits(64):x}@client.example>")
        quoted = "\r\n".join(f"> {_text(chance, told, 70)}" for _ in range(20))
        text += f"\r\n\r\n23.11.2026 11:00, Support:\r\n{quoted}"
    body = text.encode(charset)
    if chance.random() < 0.12:
        return _with_attachment(chance, headers, charset, body)
    headers += [f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + body + b"\r\n"


def _text(chance: random.Random, told: tuple[str, ...], size: int) -> str:
    """About `size` characters of prose, in lines of a mail's width."""
    sentences, left = [], size
    while left > 0:
        sentences.append(chance.choice(told))
        left -= len(sentences[-1]) + 1
    return "\r\n".join(textwrap.wrap(" ".join(sentences), 72))


def _with_attachment(chance: random.Random, headers: list[str], charset: str, body: bytes) -> bytes:
    data = base64.encodebytes(chance.randbytes(int(chance.uniform(40_000, 260_000)))).replace(b"\n", b"\r\n")
    headers = [*headers, 'Content-Type: multipart/mixed; boundary="part"']
    return b"".join(
        (
            "\r\n".join(headers).encode(),
            f"\r\n\r\n--part\r\nContent-Type: text/plain; charset={charset}\r\n".encode(),
            b"Content-Transfer-Encoding: 8bit\r\n\r\n",
            body,
            b"\r\n--part\r\nContent-Type: image/png; name=screen.png\r\n",
            b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=s.png\r\n\r\n",
            data,
            b"--part--\r\n",
        )
    )
