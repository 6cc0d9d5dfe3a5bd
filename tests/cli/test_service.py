"""`mailgate init`, `check`, `status`: a state is made once, mistakes are found at once, figures are true."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailgate import state
from mailgate.cli import main
from mailgate.state import Running
from mailgate.store.sqlite import connect
from tests.cli.place import SETTINGS, Place, question

STATUS = {
    "level", "accepted", "new", "bulk", "opened", "joined", "noted", "duplicate", "challenge", "command",
    "status", "parked", "oldest_new_seconds", "outbox", "listeners", "mailboxes", "warnings",
}  # fmt: skip


def call(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), *words])


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings whose state is not made yet."""
    path = tmp_path / "mailgate.toml"
    path.write_text(SETTINGS.format(folder=tmp_path), "utf-8")
    return path


def more(place: Place, text: str) -> None:
    """Add to the settings."""
    with place.settings.open("a") as file:
        file.write(text)


def test_init_makes_a_state_that_check_finds_good(settings: Path) -> None:
    done = call(settings, "init")

    assert done.exit_code == 0
    assert "mailgate check" in done.stdout
    folder = settings.parent / "state"
    assert (folder / "signing.keys").stat().st_mode & 0o777 == 0o600
    assert (folder / "mailgate.db").stat().st_mode & 0o077 == 0
    assert call(settings, "check").exit_code == 0


def test_init_leaves_an_existing_state_alone(place: Place) -> None:
    place.send(question())
    keys = (place.state / "signing.keys").read_bytes()

    done = place.call("init")

    assert (done.exit_code, str(place.state) in done.stderr) == (73, True)
    assert (place.state / "signing.keys").read_bytes() == keys
    assert len(place.ask("mail", "list")) == 1


def test_init_says_where_it_cannot_make_a_state(settings: Path) -> None:
    (settings.parent / "state").write_text("a file in the way", "utf-8")

    done = call(settings, "init")

    assert (done.exit_code, f"{settings.parent}/state" in done.stderr) == (73, True)


@pytest.mark.parametrize("words", [("status",), ("mail", "list"), ("ticket", "list"), ("outbox", "list")])
def test_a_missing_ledger_never_looks_like_a_fresh_start(settings: Path, words: tuple[str, ...]) -> None:
    done = call(settings, *words)

    assert (done.exit_code, "mailgate init" in done.stderr, done.stdout) == (69, True, "")


def test_check_names_every_mistake_of_the_settings_with_file_and_key(settings: Path) -> None:
    settings.write_text('[desk]\nname = "x"\naddresses = ["nobody"]\n[smtp]\nlisten = ["here"]\nnew = 1\n')

    done = call(settings, "check")

    assert done.exit_code == 78
    for key in ("desk.addresses.0", "smtp.listen.0", "smtp.new"):
        assert f"{settings}: {key}: " in done.stderr
    assert "desk.addresses: " not in done.stderr  # that it has no right address is said by the wrong one


def test_check_looks_at_all_that_can_be_read_though_the_settings_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "pem").write_text("no certificate", "utf-8")
    (tmp_path / "empty").write_text("", "utf-8")
    (tmp_path / "templates" / "en").mkdir(parents=True)
    (tmp_path / "templates" / "en" / "acknowledgement.j2").write_text("{{ nothing }}", "utf-8")
    settings = tmp_path / "mailgate.toml"
    settings.write_text(
        f"""[state]
dir = "{tmp_path}/state"
[desk]
name = "x"
addresses = ["support@hoster.example"]
templates = "{tmp_path}/templates"
timezone = "Moscow"
[smtp]
listen = ["here"]
lmtp = "{tmp_path}/none/lmtp"
tls_certificate = "{tmp_path}/pem"
tls_key = "{tmp_path}/pem"
[relay]
host = "mx.example"
user = "desk"
password_file = "{tmp_path}/none"
tls = "perhaps"
[panel]
listen = "{tmp_path}/none/panel"
[[imap]]
name = "good"
host = "imap.example"
user = "desk"
password_file = "{tmp_path}/empty"
[[imap]]
name = "bad"
port = "ten"
[[department]]
name = "one"
addresses = ["nobody"]
""",
        "utf-8",
    )
    done = call(settings, "check")

    assert (done.exit_code, done.stdout) == (78, "")
    told = done.stderr.replace(f"{settings}: ", "").replace("mistake: ", "")
    lines = told.splitlines()
    for beginning in (
        "desk.timezone: 'Moscow' is not a time zone",
        "smtp.listen.0: 'here' is not host:port",
        f"relay.password_file: {tmp_path}/none does not exist",
        "relay.tls: ",
        "panel: keys are required",
        "imap.bad.host: is required",
        "imap.bad.port: ",
        "imap.bad.user: is required",
        "department.0.addresses.0: 'nobody' is not a plain mailbox",
        f"{tmp_path}/templates/en/acknowledgement.j2:1: ",
        f"{tmp_path}/state/mailgate.db: there is no ledger",
        f"smtp.tls_certificate: {tmp_path}/pem with {tmp_path}/pem cannot be used",
        f"imap.good.password_file: {tmp_path}/empty is empty",
        f"smtp.lmtp: {tmp_path}/none is no folder that a socket can be made in",
    ):
        assert sum(line.startswith(beginning) for line in lines) == 1, (beginning, told)
    # What stands behind a mistake is not guessed at.
    assert not [line for line in lines if "cannot be listened on" in line or "panel.listen" in line]


SLIPS = {
    "a section as an array": ('[[smtp]]\nlisten = ["127.0.0.1:2525"]\n', "smtp: is one table: [smtp]"),
    "an array as a section": ('[imap]\nname = "x"\n', "imap: is an array of tables: [[imap]]"),
    "hours beyond it": (
        "[limits]\nstale_after_hours = 99999999999\n",
        "limits.stale_after_hours: ",
    ),
    "days beyond the calendar": (
        "[relay]\ngive_up_after_days = 999999999999\n",
        "relay.give_up_after_days: ",
    ),
    "no path": ('[panel]\n[smtp]\nlmtp = "\\u0000"\n', "smtp.lmtp: is no path"),
    "what goes together, beside a wrong key": (
        '[smtp]\nlisten = ["here"]\ntls_certificate = "/etc/hosts"\n',
        "smtp: tls_certificate and tls_key go together",
    ),
    "what no other section names, beside a wrong key": (
        '[smtp]\nlisten = ["here"]\n[trust]\nhops = ["imap:nobody"]\n',
        "trust.hops: no [[imap]] is named 'nobody'",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_answered_with_its_key(settings: Path, slip: str) -> None:
    more, told = SLIPS[slip]
    plain = settings.read_text("utf-8").replace("[smtp]\n", "").replace('listen = ["127.0.0.1:0"]\n', "")
    settings.write_text(plain + more, "utf-8")

    for words in (("check",), ("status",)):
        done = call(settings, *words)
        assert (done.exit_code, f"{settings}: {told}" in done.stderr) == (78, True), done.stderr


def test_templates_are_looked_at_where_the_desk_lacks_a_name(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "receipt.j2").write_text("{{ nothing }}", "utf-8")
    settings.write_text(f'[desk]\ntemplates = "{tmp_path}/own"\n', "utf-8")
    told = call(settings, "check").stderr

    assert "desk.name: is required" in told
    assert f"{tmp_path}/own/en/receipt.j2:1: " in told


def test_templates_that_are_no_folder_are_a_mistake(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.write_text(f'[desk]\nname = "x"\naddresses = ["a@b.example"]\ntemplates = "{tmp_path}/file"\n')

    assert f"desk.templates: {tmp_path}/file is no folder" in call(settings, "check").stderr


def test_lists_in_the_environment_are_json_and_it_says_so(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_SMTP__LISTEN", "127.0.0.1:2525")
    done = call(settings, "check")

    assert (done.exit_code, "JSON" in done.stderr, "smtp" in done.stderr) == (78, True, True)


def test_check_looks_beyond_mistakes_in_the_environment(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_STATE__DIR", str(settings.parent / "other"))
    monkeypatch.setenv("MAILGATE_LIMITS__MAX_TRIES", "many")

    done = call(settings, "check")

    assert done.exit_code == 78
    assert "limits.max_tries: " in done.stderr
    assert f"{settings.parent}/other/mailgate.db: there is no ledger" in done.stderr


def test_check_names_every_mistake_of_the_state_at_once(place: Place, tmp_path: Path) -> None:
    place.ledger.close()
    (place.state / "signing.keys").chmod(0o644)
    (tmp_path / "password").write_text("\n", "utf-8")
    (tmp_path / "pem").write_text("no certificate", "utf-8")
    text = place.settings.read_text("utf-8").partition("[smtp]")[0]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place.settings.write_text(
            f'{text}[smtp]\nlisten = ["127.0.0.1:{port}"]\nlmtp = "{tmp_path}/none/lmtp"\n'
            f'tls_certificate = "{tmp_path}/pem"\ntls_key = "{tmp_path}/pem"\n'
            f'[relay]\nhost = "mx.example"\nuser = "desk"\npassword_file = "{tmp_path}/password"\n',
            "utf-8",
        )
        done = place.call("check")

    assert done.exit_code == 78
    assert done.stdout == ""
    for found in (
        "signing.keys: others may read it",
        f"smtp.listen: 127.0.0.1:{port} cannot be listened on",
        f"smtp.lmtp: {tmp_path}/none",
        f"smtp.tls_certificate: {tmp_path}/pem",
        f"relay.password_file: {tmp_path}/password is empty",
    ):
        assert f"mistake: {found}" in done.stderr or found in done.stderr, found
    assert len([line for line in done.stderr.splitlines() if line.startswith("mistake: ")]) == 5


def test_check_leaves_the_listeners_of_a_running_service_alone(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, state.alone(place.state):
        text = place.settings.read_text("utf-8").replace(":0", f":{taken.getsockname()[1]}")
        place.settings.write_text(text, "utf-8")

        assert place.call("check").exit_code == 0


def test_check_warns_that_letters_are_not_sent(place: Place) -> None:
    done = place.call("check")

    assert (done.exit_code, "warning: letters are not sent" in done.stderr) == (0, True)
    more(place, '[relay]\nhost = "127.0.0.1"\n[trust]\nauthserv_ids = ["mx"]\nhops = ["lmtp"]\n')
    assert "warning" not in place.call("check").stderr


@pytest.mark.parametrize(
    ("section", "warning"),
    [
        ("", "names no server that proves who wrote: every answer to a challenge waits for staff"),
        (
            '[challenge]\nrequire = "mailbox"\n',
            "can answer it with a forged From",
        ),
    ],
)
def test_check_warns_of_what_makes_confirmations_weak_or_work(
    place: Place, section: str, warning: str
) -> None:
    more(place, section)

    assert warning in place.call("check").stderr


@pytest.mark.parametrize(
    ("hop", "is_one"), [("nowhere", False), ("127.0.0.1:25", False), ("lmtp", True), ("127.0.0.1:0", True)]
)
def test_check_warns_of_a_hop_that_no_mail_comes_over(place: Place, hop: str, *, is_one: bool) -> None:
    more(place, f'[trust]\nauthserv_ids = ["mx.hoster.example"]\nhops = ["{hop}"]\n')
    done = place.call("check")

    assert done.exit_code == 0
    assert (f"trust.hops: '{hop}' is no hop" in done.stderr) is not is_one


def test_check_takes_a_certificate_that_can_be_used(place: Place, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=mx.hoster.example", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    more(place, f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n')

    assert place.call("check").exit_code == 0


def test_check_tells_an_older_ledger_and_does_not_touch_it(place: Place) -> None:
    place.ledger.close()
    _forget_migrations(place)

    done = place.call("check")

    assert done.exit_code == 0
    assert "the next start brings it up to date" in done.stderr
    assert not list(place.state.glob("*before-migration*"))


def test_a_newer_ledger_is_refused(place: Place) -> None:
    connection = connect(place.ledger.path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('mailgate', 'm999', '')"
    )
    connection.close()

    for words in (("check",), ("mail", "list")):
        done = place.call(*words)
        assert (done.exit_code, "newer mailgate" in done.stderr) == (78, True)


def test_a_ledger_that_is_none_is_told_as_trouble(place: Place) -> None:
    place.ledger.close()
    for path in place.state.glob("mailgate.db*"):
        path.unlink()
    place.ledger.path.write_bytes(b"this is not a ledger" * 100)

    done = place.call("mail", "list")

    assert (done.exit_code, "the ledger failed" in done.stderr) == (75, True)


def test_status_shows_every_figure(place: Place) -> None:
    place.send(question("one"))
    place.send(question("one"))
    place.post(question("two"))

    figures = place.ask("status")

    assert set(figures) == STATUS
    assert figures["accepted"] == 3
    assert (figures["new"], figures["opened"], figures["duplicate"]) == (1, 1, 1)
    assert figures["outbox"] == {"due": 1, "sent": 0, "given_up": 0, "held": 0}
    assert figures["mailboxes"] == []
    assert any("letters are not sent" in text for text in figures["warnings"])


@pytest.fixture
def running(place: Place) -> Iterator[Place]:
    """A place whose service seems to run."""
    with state.alone(place.state):
        state.say_running(place.state, Running(4711, "2026-11-23T12:00:00Z", ("127.0.0.1:2525",)))
        yield place


def test_status_names_the_listeners_of_a_running_service(running: Place) -> None:
    assert running.ask("status")["listeners"] == ["127.0.0.1:2525"]
    told = running.tell("status")
    assert "127.0.0.1:2525" in told
    assert "4711" in told


def test_monitoring_is_told_by_the_exit_code(running: Place) -> None:
    assert running.call("status").exit_code == 0
    assert running.call("status", "--exit-code").exit_code == 1
    more(running, '[relay]\nhost = "127.0.0.1"\n')
    assert running.call("status", "--exit-code").exit_code == 0
    running.post(question())
    connection = connect(running.ledger.path)
    connection.execute("UPDATE mail SET received = '2020-01-01T00:00:00.000000Z'")
    connection.close()
    assert running.call("status", "--exit-code").exit_code == 2


def test_a_second_service_on_the_same_state_is_refused(running: Place) -> None:
    done = running.call("run")

    assert (done.exit_code, "another mailgate" in done.stderr) == (75, True)


def _forget_migrations(place: Place) -> None:
    connection = connect(place.ledger.path)
    connection.execute("DELETE FROM _sqlite_migrations")
    connection.close()
