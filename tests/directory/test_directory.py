"""Which directory the settings name, the one in the ledger, and what `status` says of a service."""

from pathlib import Path

import pytest

from mailgate.config import Settings, read_settings
from mailgate.core.account import Account, Key, KeyKind, Records
from mailgate.directory import TableDirectory, make_directory
from mailgate.directory.changes import Changes
from mailgate.directory.load import Load
from mailgate.errors import BadSettings
from mailgate.health import look
from mailgate.state import Running
from mailgate.store.sqlite import Ledger
from tests.builders import NOW
from tests.directory.account_server import reply, serving

DESK = '[desk]\nname = "Desk"\naddresses = ["support@hoster.example"]\n[directory]\n'
IVAN = Account("1001", "u10432", domains=("stroymir.ru",), contacts=("office@stroymir.ru",))
LOGIN = Key(KeyKind.LOGIN, "u10432")


def settings(folder: Path, **directory: object) -> Settings:
    desk = {"name": "Desk", "addresses": ["support@hoster.example"]}
    return Settings.model_validate({"state": {"dir": folder}, "desk": desk, "directory": directory})


def fill(ledger: Ledger, *accounts: Account) -> None:
    Load(ledger, lambda: None, lambda _: None).carry_out(Changes(added=list(accounts)))


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ('kind = "http"', 'directory: url is required for kind = "http"'),
        ('url = "https://x.example/"', 'directory: url is of no use with kind = "table"; is it'),
        ('kind = "ldap"', "directory.kind: Input should be 'table' or 'http'"),
        ('kind = "http"\nurl = "http://x.example/"', "must begin with https://; http://"),
        ('kind = "http"\nurl = "https://x.example/"\ntimeout = 0', "directory.timeout: "),
        (
            'kind = "http"\nurl = "https://x.example/"\ntoken_file = "/nowhere"',
            "directory.token_file: /nowhere does not exist",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_named(tmp_path: Path, lines: str, mistake: str) -> None:
    (tmp_path / "mailgate.toml").write_text(DESK + lines, "utf-8")
    with pytest.raises(BadSettings) as why:
        read_settings(tmp_path / "mailgate.toml")

    (line,) = why.value.mistakes
    assert mistake in line


def test_the_table_is_the_default_and_answers(ledger: Ledger, folder: Path) -> None:
    fill(ledger, IVAN)
    directory = make_directory(settings(folder), ledger)

    assert directory.ask(frozenset({LOGIN})).led_to(LOGIN) == ("1001",)
    assert directory.ask(frozenset({Key(KeyKind.LOGIN, "nobody")})) == Records()


def test_a_ledger_in_trouble_is_down(tmp_path: Path) -> None:
    assert TableDirectory(Ledger(tmp_path / "nowhere.db")).ask(frozenset({LOGIN})) == Records(is_down=True)


def test_status_warns_while_the_service_is_down(ledger: Ledger, folder: Path) -> None:
    running = Running(1, "2026-11-23T12:00:00+00:00", ())

    def warned(wanted: Settings, running: Running | None = running) -> list[str]:
        with ledger.read() as ask:
            found = look(ask, wanted, running, NOW)
        return [text for text in found.warnings if "directory" in text]

    with serving({"id": 1, "login": "u10432"}) as server:
        wanted = settings(folder, kind="http", url=server.url, failures=9)
        directory = make_directory(wanted, ledger)
        server.trouble = reply(b"", 503)
        assert directory.ask(frozenset({LOGIN})).is_down
        (text,) = warned(wanted)
        assert "the directory service 127.0.0.1 answered with HTTP status 503, since " in text
        assert warned(settings(folder)) == []
        assert warned(wanted, None) == []
        server.trouble = None
        assert not directory.ask(frozenset({LOGIN})).is_down
        assert warned(wanted) == []
