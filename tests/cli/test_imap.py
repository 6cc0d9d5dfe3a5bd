"""`mailgate imap authorize`: the first consent, by a browser here or by an address pasted from elsewhere."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mailgate import consent
from mailgate.cli.redirect import Redirect
from mailgate.store import mailboxes
from mailgate.store.mailboxes import MailboxReport, MailboxState
from tests.builders import NOW
from tests.cli.place import Place
from tests.intake.authority import CLIENT, SECRET, Authority


@pytest.fixture
def authority(place: Place) -> Iterator[Authority]:
    """An authorization server, and mailboxes: `office` by consent, `own` without, `old` by password."""
    place.folder.joinpath("secret").write_text(SECRET, "utf-8")
    with Authority() as made:
        with place.settings.open("a", encoding="utf-8") as file:
            file.write(mailbox(place.folder, made.url, "office", "refresh_token"))
            file.write(mailbox(place.folder, made.url, "own", "client_credentials"))
            file.write(
                f'[[imap]]\nname = "old"\nhost = "127.0.0.1"\nuser = "desk"\n'
                f'password_file = "{place.folder}/secret"\n'
            )
        yield made


def mailbox(folder: Path, url: str, name: str, grant: str) -> str:
    return f"""
[[imap]]
name = "{name}"
host = "127.0.0.1"
user = "{name}@hoster.example"
auth = "xoauth2"
[imap.oauth]
token_url = "{url}/token"
authorize_url = "{url}/authorize"
client_id = "{CLIENT}"
client_secret_file = "{folder}/secret"
grant = "{grant}"
"""


class Command:
    """`mailgate imap authorize WORDS` as a process that waits for its user; `url` is what it printed."""

    def __init__(self, place: Place, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailgate", "imap", "authorize", *words],
            env={**os.environ, "MAILGATE_CONFIG": str(place.settings)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = next((line.strip() for line in self._process.stdout if line.startswith("http")), "")

    def end(self, said: str = "") -> tuple[int, str]:
        """Say something, and wait for its end; the exit code, and all it printed after the address."""
        out, err = self._process.communicate(said, timeout=30)
        return self._process.returncode, out + err


def browse(url: str) -> tuple[int, str]:
    """Open an address as a browser does; status and text."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - of this test's own making
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as why:
        with why:
            return why.code, why.read().decode()


def kept(place: Place) -> str | None:
    found = consent.read(place.state, "office")
    return found.refresh_token if found else None


@pytest.mark.parametrize("words", [(), ("--redirect-uri", "http://localhost/back")])
def test_a_browser_on_this_machine_brings_the_consent_back(
    place: Place, authority: Authority, words: tuple[str, ...]
) -> None:
    command = Command(place, "office", *words)
    redirected = authority.consent(command.url)

    foreign = [
        browse(redirected.replace("state=", "state=not")),
        browse(urlsplit(redirected)._replace(path="/favicon.ico", query="").geturl()),
    ]
    answer = browse(redirected)
    code, said = command.end()

    assert [status for status, _ in foreign] == [404, 404]
    assert answer == (200, "mailgate has the answer. Close this window and look at the terminal.\n")
    assert code == 0, said
    held = consent.read(place.state, "office")
    assert held is not None
    assert held.refresh_token == authority.refresh
    assert held.ends - held.since == timedelta(days=90)
    assert f"office: consent is kept; unless it is used, it ends on {held.ends:%Y-%m-%d}" in said
    assert parse_qs(urlsplit(command.url).query)["login_hint"] == ["office@hoster.example"]
    assert urlsplit(redirected).path == ("/back" if words else "/")
    assert [
        secret for secret in (SECRET, authority.access, authority.refresh, "C0de") if secret in said
    ] == []


def test_an_answer_that_comes_before_the_wait_for_it_is_taken() -> None:
    with Redirect(0) as redirect:
        redirect.expect(lambda path: path == "/?state=ours")

        answers = [browse(f"http://127.0.0.1:{redirect.port}/?state={state}")[0] for state in ("no", "ours")]

        assert answers == [404, 200]
        assert redirect.wait(10) == "/?state=ours"


@pytest.mark.parametrize("redirect", ["http://127.0.0.1/", "https://hoster.example/done"])
def test_an_address_pasted_from_elsewhere_brings_the_consent_back(
    place: Place, authority: Authority, redirect: str
) -> None:
    command = Command(place, "office", "--paste", "--redirect-uri", redirect)
    redirected = authority.consent(command.url)

    code, said = command.end(f"  {redirected}\n")

    assert code == 0, said
    assert redirected.startswith(redirect)
    assert kept(place) == authority.refresh


@pytest.mark.parametrize(
    ("pasted", "code", "text"),
    [
        ("http://127.0.0.1/?code=C0de-0&state=another", 65, "its state differs"),
        ("C0de-0", 65, "its state differs"),
        ("http://127.0.0.1/?error=access_denied&state={state}", 65, "no consent was given (access_denied)"),
        (
            "http://127.0.0.1/?code=wrong&state={state}",
            78,
            "wants a new consent (invalid_grant): run `mailgate",
        ),
    ],
)
def test_a_pasted_address_that_is_not_the_answer_is_refused(
    place: Place, authority: Authority, pasted: str, code: int, text: str
) -> None:
    command = Command(place, "office", "--paste")
    authority.consent(command.url)
    state = parse_qs(urlsplit(command.url).query)["state"][0]

    found, said = command.end(pasted.format(state=state) + "\n")

    assert (found, text in said) == (code, True), said
    assert "Traceback" not in said
    assert kept(place) is None


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("nobody",), 65, "no [[imap]] is named nobody; there are: office, own, old"),
        (("old",), 65, "old logs in with a password; there is nothing to consent to"),
        (("office", "--redirect-uri", "https://a.example/"), 64, "does not lead to this machine; add"),
        (("office", "--redirect-uri", "http://127.0.0.1:99999/"), 64, "add --paste"),
        (("office", "--seconds", "1"), 75, "within 1 s; try again, or use --paste"),
    ],
)  # fmt: skip
def test_what_cannot_be_says_so_in_plain_words(
    place: Place, authority: Authority, words: tuple[str, ...], code: int, text: str
) -> None:
    done = place.call("imap", "authorize", *words)

    assert (done.exit_code, text in done.stderr) == (code, True), done.output
    assert authority.asked == []


def test_a_port_that_is_taken_is_told_before_anything_is_asked(place: Place, authority: Authority) -> None:
    done = place.call("imap", "authorize", "office", "--redirect-uri", authority.url)

    assert (done.exit_code, "Address already in use" in done.stderr) == (74, True)
    assert done.stdout == ""


def test_a_state_that_is_not_there_is_told_before_anything_is_asked(
    place: Place, authority: Authority
) -> None:
    text = place.settings.read_text("utf-8").replace(f'"{place.state}"', f'"{place.folder}/none"')
    place.settings.write_text(text, "utf-8")

    done = place.call("imap", "authorize", "office")

    assert (done.exit_code, "`mailgate init` makes the state, once" in done.stderr) == (78, True)
    assert authority.asked == []


def test_our_own_clients_grant_is_tried_instead(place: Place, authority: Authority) -> None:
    done = place.call("imap", "authorize", "own")
    place.folder.joinpath("secret").write_text("wrong", "utf-8")
    refused = place.call("imap", "authorize", "own")
    authority.close()
    down = place.call("imap", "authorize", "own")

    assert (done.exit_code, done.stdout) == (
        0,
        "own: the token server gives tokens to our client; consent is not needed\n",
    )
    assert (refused.exit_code, "does not accept our client (invalid_client)" in refused.stderr) == (78, True)
    assert (down.exit_code, "cannot be reached" in down.stderr) == (75, True)


def test_check_warns_of_a_consent_that_is_missing_or_unusable(place: Place, authority: Authority) -> None:
    missing = place.call("check")
    command = Command(place, "office", "--paste")
    command.end(authority.consent(command.url) + "\n")
    given = place.call("check")
    (place.state / "tokens" / "office.json").chmod(0o644)
    open_to_others = place.call("check")

    needed = "warning: there is no consent for mailbox office yet: run `mailgate imap authorize office`"
    assert (missing.exit_code, needed in missing.stderr) == (0, True)
    assert (given.exit_code, "office" in given.stderr) == (0, False)
    assert (open_to_others.exit_code, "others may read it" in open_to_others.stderr) == (0, True)


def test_check_names_secrets_and_certificates_that_cannot_be_used(place: Place, authority: Authority) -> None:
    place.folder.joinpath("secret").write_bytes(b"\n")
    text = place.settings.read_text("utf-8").replace(
        'name = "old"', f'name = "old"\nca_file = "{place.folder}/secret"'
    )
    place.settings.write_text(text, "utf-8")

    done = place.call("check")

    assert done.exit_code == 78
    for key in (
        "imap.office.oauth.client_secret_file",
        "imap.own.oauth.client_secret_file",
        "imap.old.password_file",
        "imap.old.ca_file",
    ):
        assert f"mistake: {place.settings}: {key}: {place.folder}/secret" in done.stderr
    assert authority.asked == []


@pytest.mark.usefixtures("authority")
def test_the_mailboxes_in_force_can_be_read_back(place: Place) -> None:
    document = place.ask("config", "show")["imap"]
    printed = place.tell("config", "show")
    place.settings.write_text(printed, "utf-8")

    assert place.ask("config", "show")["imap"] == document
    assert [box["name"] for box in document] == ["office", "own", "old"]
    assert SECRET not in printed + json.dumps(document)


@pytest.mark.parametrize(
    ("found", "error", "backlog", "line"),
    [
        (MailboxState.WATCHING, "over since", 0, "watching for new mail"),
        (MailboxState.FETCHING, "", 12, "fetching, 12 wait"),
        (MailboxState.WAITING, "no room", 3, "waiting for room, 3 wait: no room"),
        (MailboxState.UNREACHABLE, "a:993 cannot be reached: refused", 0, "a:993 cannot be reached: refused"),
        (MailboxState.UNREACHABLE, "the end of IDLE: timed out", 0,
         "cannot be reached: the end of IDLE: timed out"),
        (MailboxState.REFUSED, "the server does not let us in: no", 0, "the server does not let us in: no"),
        (MailboxState.REFUSED, "there is no consent", 0, "does not let us in: there is no consent"),
    ],
)  # fmt: skip
def test_status_says_in_one_line_how_a_mailbox_fares(
    place: Place, authority: Authority, found: MailboxState, error: str, backlog: int, line: str
) -> None:
    with place.ledger.write() as work:
        mailboxes.write_report(work, MailboxReport("old", found, NOW, backlog=backlog, error=error))

    with place.running():
        done = place.call("status")

    assert [said for said in done.stdout.splitlines() if said.startswith("Mailbox old")] == [
        f"Mailbox old     {line}"
    ]
    assert authority.asked == []
