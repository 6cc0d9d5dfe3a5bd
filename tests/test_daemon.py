"""The real service: readiness, reload, drain, one at a time, and death at any moment."""

import contextlib
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from mailgate.config import read_settings
from mailgate.daemon import restart_needed
from mailgate.intake.panel.keys import digest_of
from mailgate.store import mails, rows
from mailgate.store.sqlite import Ledger
from tests.panel import knock
from tests.service import Service, notified, wait_until


def question(count: int, subject: str = "Question") -> bytes:
    return (
        f"From: <client{count}@client.example>\r\nSubject: {subject}\r\n"
        f"Message-ID: <q{count}@client.example>\r\n"
        f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\nwords of mail {count}\r\n"
    ).encode()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def letters(service: Service) -> list[bytes]:
    return [path.read_bytes() for path in sorted((service.state / "letters" / "new").iterdir())]


def test_a_mail_becomes_a_ticket_and_a_letter(service: Service) -> None:
    with service:
        mail = service.post(question(1))
        service.settled()
        found = service.ask("mail", "show", mail)
        (letter,) = letters(service)

    assert found["verdict"] == "opened"
    assert f"[#{found['ticket']}]" in str(message_from_bytes(letter, policy=default)["Subject"])


def test_the_threads_keep_to_one_core_and_the_readers_do_not(service: Service) -> None:
    cores = os.sched_getaffinity(0)
    with service:
        pid = service.process.pid
        for count in range(2):
            service.post(question(count))
            service.settled()
            threads = [int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()]
            used = {core for thread in threads for core in os.sched_getaffinity(thread)}
            (nursery,) = children(pid)
            assert len(used) == 1
            assert all(os.sched_getaffinity(each) == cores for each in (nursery, *children(nursery)))
            # The one that takes its place is begun by a thread on one core.
            os.kill(nursery, signal.SIGKILL)


def children(pid: int) -> list[int]:
    texts = [path.read_text("ascii") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for text in texts for child in text.split()]


def test_a_mail_that_another_process_took_is_noticed_within_a_second(service: Service) -> None:
    with service:
        for count in range(3):
            command = service.command("pipe", "-f", "ivan@client.example", "--", "support@hoster.example")
            assert subprocess.run(command, input=question(count), check=False, timeout=30).returncode == 0
            service.settled()
        ledger = Ledger(service.state / "mailgate.db")
        with ledger.read() as ask:
            found = mails.listing(ask, "done", 10, 99)
        ledger.close()

    waits = [rows.time_of(row["settled"]) - rows.time_of(row["received"]) for row in found]
    assert len(waits) == 3
    assert min(waits) < timedelta(seconds=1)


def test_ready_is_said_when_the_listeners_stand_and_the_watchdog_is_fed(
    service: Service, tmp_path: Path
) -> None:
    heard = notified(tmp_path)
    service.start({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"})
    ready = heard.recv(4096).decode()
    fed = heard.recv(4096).decode()
    assert service.stop() == 0
    said = ""
    while said != "STOPPING=1":
        said = heard.recv(4096).decode()
    heard.close()

    assert ready.startswith("READY=1\nSTATUS=listening on 127.0.0.1:")
    assert fed == "WATCHDOG=1"


def test_the_watchdog_is_fed_where_mail_comes_in_by_other_doors_than_smtp(
    service: Service, tmp_path: Path
) -> None:
    settings = service.settings.read_text("utf-8").replace('listen = ["127.0.0.1:0"]', "listen = []")
    service.settings.write_text(re.sub(r"^lmtp.*\n", "", settings, flags=re.MULTILINE), "utf-8")
    heard = notified(tmp_path)
    service.start({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"})
    said = [heard.recv(4096).decode() for _ in range(2)]
    service.stop()
    heard.close()

    assert said == ["READY=1\nSTATUS=listening on ", "WATCHDOG=1"]


def test_a_listener_that_cannot_be_opened_starts_nothing(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = service.settings.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}")
        service.settings.write_text(settings, "utf-8")
        done = subprocess.run(service.command("run"), capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode > 0
    assert str(port) in done.stderr


def test_f08_a_second_one_is_refused_with_75(service: Service) -> None:
    with service:
        second = subprocess.run(
            service.command("run"), capture_output=True, text=True, check=False, timeout=30
        )

    assert second.returncode == 75
    assert "another mailgate" in second.stderr


def test_the_head_of_the_audit_trail_is_logged_at_the_start(service: Service) -> None:
    with service:
        wait_until(lambda: "audit.head" in service.log.read_text("utf-8"), "no word of the head")

    assert f"event=audit.head head=0:{'0' * 32}" in service.log.read_text("utf-8")


def test_f07_a_reload_with_bad_settings_keeps_the_old_ones(service: Service) -> None:
    good = service.settings.read_text("utf-8")
    with service:
        service.settings.write_text(good + "nonsense = 1\n", "utf-8")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reload.refused" in service.log.read_text("utf-8"), "no word of the refusal")
        service.settings.write_text(good, "utf-8")
        service.post(question(1))
        service.settled()


def test_a_reload_takes_effect_and_names_what_needs_a_restart(service: Service) -> None:
    good = service.settings.read_text("utf-8")
    changed = good.replace('"billing@', '"sales@hoster.example", "billing@').replace(
        "[smtp]", 'prefix = "ACME"\n[smtp]'
    )
    with service:
        service.settings.write_text(changed + "[parse]\nworkers = 1\n", "utf-8")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "daemon.reloaded" in service.log.read_text("utf-8"), "it was not reloaded")
        service.post(question(1), "sales@hoster.example")
        service.settled()
        (letter,) = letters(service)

    assert "reload.needs_restart" in service.log.read_text("utf-8")
    assert "settings=parse" in service.log.read_text("utf-8")
    assert "[ACME#" in str(message_from_bytes(letter, policy=default)["Subject"])


def test_restart_is_asked_for_by_key(service: Service) -> None:
    old = read_settings(service.settings)
    service.settings.write_text(service.settings.read_text("utf-8").replace("0666", "0600"), "utf-8")

    assert restart_needed(old, read_settings(service.settings)) == ("smtp.lmtp_mode",)
    assert restart_needed(old, old) == ()


def test_f06_sigterm_under_load_loses_nothing(service: Service) -> None:
    taken: list[int] = []
    with service:
        port = service.port

        def pour(first: int) -> None:
            with (
                contextlib.suppress(OSError, smtplib.SMTPException),
                smtplib.SMTP("127.0.0.1", port, timeout=20) as client,
            ):
                client.ehlo()
                for count in range(first, first + 400):
                    client.sendmail("a@client.example", "support@hoster.example", question(count))
                    taken.append(count)

        threads = [threading.Thread(target=pour, args=(number * 1000,)) for number in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(taken) > 50, "nothing was taken")
        assert service.stop() == 0
        for thread in threads:
            thread.join()
        service.start()
        service.settled()
        found = {mail["message_id"] for mail in _all(service)}
        status = service.ask("status")

    assert {f"<q{count}@client.example>" for count in taken} <= found
    assert status["accepted"] == sum(status[name] for name in ("new", "opened", "joined", "duplicate"))


def _all(service: Service) -> list[dict[str, str]]:
    from mailgate.store import mails  # noqa: PLC0415 - the ledger is read beside the running service
    from mailgate.store.sqlite import Ledger  # noqa: PLC0415 - as above

    ledger = Ledger(service.state / "mailgate.db")
    with ledger.read() as ask:
        rows = [dict(row) for row in mails.listing(ask, "", 1 << 30, 1 << 60)]
    ledger.close()
    return rows


def test_f01_to_f04_kill_at_any_moment_loses_and_doubles_nothing(service: Service) -> None:
    """Each mail answered with 250 is there exactly once, acknowledged at most once."""
    taken: set[int] = set()
    service.start()
    for turn in range(4):
        with (
            contextlib.suppress(OSError, smtplib.SMTPException),
            smtplib.SMTP("127.0.0.1", service.port, timeout=20) as client,
        ):
            client.ehlo()
            for count in range(turn * 100, turn * 100 + 100):
                if count % 100 == 40 + turn * 13:
                    service.kill()
                client.sendmail("a@client.example", "support@hoster.example", question(count))
                taken.add(count)
        service.start()
        for count in range(turn * 100, turn * 100 + 100):
            if count not in taken:
                service.post(question(count))
                taken.add(count)
    service.settled()
    rows = _all(service)
    written = [message_from_bytes(letter, policy=default)["In-Reply-To"] for letter in letters(service)]
    assert service.stop() == 0

    firsts = [row["message_id"] for row in rows if row["verdict"] == "opened"]
    assert sorted(firsts) == sorted(f"<q{count}@client.example>" for count in taken)
    assert len(taken) == 400
    assert len({row["ticket"] for row in rows if row["verdict"] == "opened"}) == 400
    assert len(written) == len(set(written))


def test_letters_that_the_hours_bound_keeps_delay_no_stop(tmp_path: Path) -> None:
    service = Service(tmp_path, "[limits]\nletters_an_hour = 1\n")
    with service:
        for count in range(3):
            service.post(question(count))
        wait_until(lambda: not service.ask("status")["new"], "mails were not settled")
        wait_until(lambda: service.ask("status")["outbox"]["due"] == 2, "one letter went")
        began = time.monotonic()
        assert service.stop() == 0
    assert time.monotonic() - began < 5


def with_panel(folder: Path, *keys: str) -> Service:
    """A service with a panel's door at a socket."""
    digests = ", ".join(f'"{digest_of(key)}"' for key in keys)
    return Service(folder, f'[panel]\nlisten = "{folder}/panel"\nkeys = [{digests}]\n')


def test_the_panels_door_opens_with_the_others_and_takes_new_keys_at_a_reload(tmp_path: Path) -> None:
    service = with_panel(tmp_path, "old")
    path = f"{tmp_path}/panel"
    with service:
        assert service.ask("status")["listeners"][-1] == path
        before = [knock(path, "GET", "/openapi.json", key=key).status for key in ("old", "new")]
        text = service.settings.read_text("utf-8")
        service.settings.write_text(text.replace(digest_of("old"), digest_of("new")), "utf-8")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "daemon.reloaded" in service.log.read_text("utf-8"), "it was not reloaded")
        after = [knock(path, "GET", "/openapi.json", key=key).status for key in ("old", "new")]
        assert service.stop() == 0

    assert (before, after) == ([200, 401], [401, 200])
    assert not Path(path).exists()


def test_a_panel_that_cannot_be_opened_starts_nothing(tmp_path: Path) -> None:
    service = with_panel(tmp_path, "key")
    (tmp_path / "panel").write_text("no socket", "utf-8")
    done = subprocess.run(service.command("run"), capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode > 0
    assert "it is no socket" in done.stderr
    assert not (tmp_path / "lmtp").exists()


def test_the_web_costs_nothing_where_there_is_no_panel() -> None:
    program = "import sys; import mailgate.daemon, mailgate.cli; print('fastapi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
