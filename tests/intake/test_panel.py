"""The panel's door over a real uvicorn: where it listens, who is let in, and what is refused."""

import hmac
import stat
from pathlib import Path
from typing import Any

import pytest

from mailgate.config import PanelSettings
from mailgate.intake.panel import keys
from mailgate.intake.panel.keys import digest_of
from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger, connect
from tests.builders import THEIRS
from tests.panel import KEY, Panel, socket_in, with_customers

LATER = {"errors": ["nothing was taken; try again later"]}


def test_over_a_unix_socket_with_its_mode(ledger: Ledger, pool: Pool, tmp_path: Path) -> None:
    path = socket_in(tmp_path)
    with Panel(with_customers(ledger), pool, listen=path, mode="0620").settles() as panel:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o620
        assert panel.hand_in().status == 202
    assert not Path(path).exists()


@pytest.mark.parametrize(
    "listen",
    ["0.0.0.0:8025", "[::]:8025", "192.0.2.1:8025", "localhost:8025", "panel.example:8025", ":8025",
     "run/panel", "127.0.0.1", "127.0.0.1:99999", "[::ffff:192.0.2.1]:8025", "2130706433:8025", "0:8025"],
)  # fmt: skip
def test_a50_nothing_but_a_socket_or_loopback_is_listened_on(listen: str) -> None:
    with pytest.raises(ValueError, match="neither the path of a UNIX socket"):
        PanelSettings(listen=listen, keys=("a" * 64,))


def test_a50_without_a_key_nothing_is_listened_on() -> None:
    with pytest.raises(ValueError, match="keys are required"):
        PanelSettings(listen="127.0.0.1:0")


@pytest.mark.parametrize("path", ["/v1/tickets/100016?account=1001", "/openapi.json", "/", "/v1/tickets"])
@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"},
     {"Authorization": KEY}, {"Authorization": f"Bearer {digest_of(KEY)}"}],
)  # fmt: skip
def test_without_a_key_nothing_is_told(panel: Panel, path: str, header: dict[str, str]) -> None:
    reply = panel.knock("GET", path, headers=header, key=None)

    assert reply.status == 401
    assert reply.body == {"errors": ["a valid key is required"]}
    assert reply.headers["www-authenticate"] == "Bearer"


def test_two_keys_are_valid_at_once_until_the_settings_are_read_anew(ledger: Ledger, pool: Pool) -> None:
    both = (digest_of("old"), digest_of("new"))
    with Panel(with_customers(ledger), pool, keys=both) as panel:
        before = [panel.knock("GET", "/openapi.json", key=key).status for key in ("old", "new")]
        panel.door.reload(panel.settings.model_copy(update={"keys": both[1:]}))
        after = [panel.knock("GET", "/openapi.json", key=key).status for key in ("old", "new")]

    assert (before, after) == ([200, 200], [401, 200])


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def watched(given: str, known: str) -> bool:
        compared.append((given, known))
        return given == known

    monkeypatch.setattr(hmac, "compare_digest", watched)

    assert keys.is_known("bearer one", (digest_of("one"), digest_of("two")))
    assert compared == [(digest_of("one"), digest_of("one")), (digest_of("one"), digest_of("two"))]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"account": None}, "account: is required"),
        ({"account": 1001}, "account: Input should be a valid string"),
        ({"account": "1004"}, "account: there is no such account"),
        ({"author": "nobody"}, "author: is not a plain mailbox such as ivan@client.ru"),
        ({"author": "a@b.ru>\r\nBcc: c@d.ru"}, "author: is not a plain mailbox such as ivan@client.ru"),
        ({"subject": " \u202e"}, "subject: is empty"),
        ({"text": "\n \u0007"}, "text: is empty"),
        ({"priority": "high"}, "priority: is not known here"),
        ({"object": "stroymir.ru"}, "object: needs a class"),
        ({"class": "domain-transfer", "object": "not a domain"}, "object: is no domain"),
        (
            {"class": "domain-transfer", "object": [{"kind": "mailbox", "value": "a@b.ru"}]},
            "object: domain-transfer has no mailbox, but domain",
        ),
        (
            {"attachments": [{"name": "a", "type": "image/png", "content": "***"}]},
            "attachments.0.content: is not base64 (RFC 4648, section 4)",
        ),
        (
            {"attachments": [{"name": "a", "type": "multipart/mixed", "content": ""}]},
            "attachments.0.type: is not the type of a file such as image/png",
        ),
    ],
)
def test_a_request_that_is_not_as_it_must_be_is_told_why(
    panel: Panel, changes: dict[str, Any], why: str
) -> None:
    reply = panel.hand_in(**changes)

    assert (reply.status, reply.body) == (422, {"errors": [why]})


def test_a_class_that_is_none_is_told_which_there_are(panel: Panel) -> None:
    (told,) = panel.hand_in(**{"class": "world-peace"}).body["errors"]

    assert told.startswith("class: is none of access-recovery, ")
    assert "refund" in told


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 422),
        (b"[]", {}, 422),
        (b'{"text": "\\ud800"}', {}, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"", {"Content-Type": "application/json"}, 422),
    ],
)
def test_what_is_no_request_is_refused(
    panel: Panel, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert panel.knock("POST", "/v1/tickets", body, headers).status == status


def test_what_is_too_large_is_not_read(ledger: Ledger, pool: Pool) -> None:
    with Panel(with_customers(ledger), pool, max_size=1000) as panel:
        told = panel.hand_in(text="x" * 1000)
        sent_on = panel.knock(
            "POST",
            "/v1/tickets",
            b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n",
            {"Transfer-Encoding": "chunked"},
        )

    assert (told.status, sent_on.status) == (413, 413)
    assert told.body == sent_on.body == {"errors": ["the request is larger than [panel] max_size allows"]}


def test_nothing_is_told_of_the_server(panel: Panel) -> None:
    replies = [
        panel.hand_in(),
        panel.knock("GET", "/nowhere"),
        panel.knock("PUT", "/v1/tickets"),
        panel.knock("GET", "/docs"),
        panel.knock("GET", "/redoc"),
    ]

    assert [reply.status for reply in replies] == [202, 404, 405, 404, 404]
    assert all("server" not in reply.headers for reply in replies)


def test_our_own_trouble_is_503_in_words_that_tell_nothing(ledger: Ledger, pool: Pool) -> None:
    with_customers(ledger)
    impatient = Ledger(ledger.path, busy_seconds=0.05)
    other = connect(ledger.path)
    with Panel(impatient, pool).settles() as panel:
        other.execute("BEGIN IMMEDIATE")
        locked = panel.hand_in("k")
        other.execute("ROLLBACK")
        panel.spool._min_free = 1 << 62
        panel.spool._looked = float("-inf")
        full = panel.hand_in("k")
        panel.spool._min_free = 0
        freed = panel.hand_in("k")
    other.close()
    impatient.close()

    assert [(reply.status, reply.body) for reply in (locked, full)] == [(503, LATER)] * 2
    assert locked.headers["retry-after"] == full.headers["retry-after"] == "10"
    assert (freed.status, freed.body["mail"]) == (202, "1")


def test_what_nobody_foresaw_is_503_too(ledger: Ledger, pool: Pool) -> None:
    with Panel(with_customers(ledger), pool) as panel:
        with ledger.write() as work:
            work.run("ALTER TABLE ticket RENAME TO elsewhere")
        reply = panel.knock("GET", f"/v1/tickets/{THEIRS}?account=1001")

    assert (reply.status, reply.body) == (503, LATER)
