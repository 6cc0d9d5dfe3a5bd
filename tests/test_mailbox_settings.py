"""`[[imap]]`: what may stand there, and that every mistake is named with its file, mailbox and key."""

from pathlib import Path

import pytest

from mailgate.config import ImapSettings, Settings, read_settings
from mailgate.errors import BadSettings

DESK = '[desk]\nname = "Desk"\naddresses = ["support@hoster.example"]\n'
PLAIN = 'name = "office"\nhost = "imap.example"\nuser = "desk"\n'
PASSWORD = 'password_file = "{folder}/secret"\n'
OAUTH = """\
auth = "xoauth2"
[imap.oauth]
token_url = "https://login.example/token"
authorize_url = "https://login.example/authorize"
client_id = "desk"
"""
CONSENT = OAUTH + 'grant = "refresh_token"\n'
WRONG = """\
name = "office"
port = 70000
hots = 1
folder = "a//b"
done = "%H"
start = 2026-11-01T00:00:00
"""


def read(folder: Path, *mailboxes: str, more: str = "") -> Settings:
    path = folder / "mailgate.toml"
    (folder / "secret").write_text("secret", "utf-8")
    text = DESK + more + "".join(f"[[imap]]\n{mailbox}" for mailbox in mailboxes)
    path.write_text(text.replace("{folder}", str(folder)), "utf-8")
    return read_settings(path)


def mistakes(folder: Path, *mailboxes: str, more: str = "") -> list[str]:
    with pytest.raises(BadSettings) as why:
        read(folder, *mailboxes, more=more)
    path = folder / "mailgate.toml"
    assert all(line.startswith(f"{path}: ") for line in why.value.mistakes)
    return [line.removeprefix(f"{path}: ").replace(str(folder), "{folder}") for line in why.value.mistakes]


def test_a_mailbox_has_sound_defaults(tmp_path: Path) -> None:
    (mailbox,) = read(tmp_path, PLAIN + PASSWORD).imap

    assert (mailbox.server_port, mailbox.tls, mailbox.folder, mailbox.hop) == (
        993,
        "implicit",
        "INBOX",
        "imap:office",
    )
    assert mailbox.oauth is None


@pytest.mark.parametrize(
    ("lines", "port"),
    [("", 993), ('tls = "starttls"\n', 143), ("port = 1993\n", 1993), ('tls = "starttls"\nport = 1\n', 1)],
)
def test_the_port_follows_the_kind_of_tls(tmp_path: Path, lines: str, port: int) -> None:
    (mailbox,) = read(tmp_path, PLAIN + lines + PASSWORD).imap

    assert mailbox.server_port == port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"])
def test_a_loopback_host_needs_no_tls(tmp_path: Path, host: str) -> None:
    (mailbox,) = read(tmp_path, PLAIN.replace("imap.example", host) + 'tls = "none"\n' + PASSWORD).imap

    assert (mailbox.host, mailbox.server_port) == (host, 143)


def test_a_host_beyond_ascii_is_kept_as_the_network_knows_it(tmp_path: Path) -> None:
    (mailbox,) = read(tmp_path, PLAIN.replace("imap.example", "почта.рф") + PASSWORD).imap

    assert mailbox.host == "xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example/token",
        "https://login.example:8443/t?tenant=1",
        "http://127.0.0.1:8080/token",
        "http://localhost/token",
        "http://[::1]:1/token",
    ],
)
def test_a_token_server_is_reached_by_tls_or_on_loopback(tmp_path: Path, url: str) -> None:
    (mailbox,) = read(tmp_path, PLAIN + CONSENT.replace("https://login.example/token", url)).imap

    assert mailbox.oauth is not None
    assert mailbox.oauth.token_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example/token",
        "http://127.0.0.1.login.example/token",
        "http://127.0.0.1@login.example/token",
        "https://desk:secret@login.example/token",
        "https://login.example/token#part",
        "https://login.example/to ken",
        "https://login.example\\\\t/token",
        "ftp://127.0.0.1/token",
        "https:///token",
        "https://login.example:port/token",
        "https://[login/token",
        "login.example/token",
        "",
    ],
)
def test_no_secret_goes_where_others_may_read_it(tmp_path: Path, url: str) -> None:
    (mistake,) = mistakes(tmp_path, PLAIN + CONSENT.replace("https://login.example/token", url))

    assert mistake.startswith("imap.office.oauth.token_url: ")


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        (PLAIN, ['imap.office: password_file is required for auth = "password"']),
        (PLAIN + 'auth = "xoauth2"\n', ['imap.office: [imap.oauth] is required for auth = "xoauth2"']),
        (
            PLAIN + PASSWORD + CONSENT.replace("xoauth2", "oauthbearer"),
            ['imap.office: password_file is of no use with auth = "oauthbearer"'],
        ),
        (
            PLAIN + PASSWORD + CONSENT.replace("xoauth2", "password"),
            ['imap.office: [imap.oauth] is of no use with auth = "password"'],
        ),
        (
            PLAIN + 'tls = "none"\ndone = "Inbox"\n',
            [
                'imap.office: tls = "none" is for loopback hosts only: others may read what is said',
                'imap.office: password_file is required for auth = "password"',
                "imap.office: done must be another folder than folder, or the same mails are fetched again",
            ],
        ),
        (
            PLAIN + PASSWORD + 'done = ""\npurge_after_days = 30\n',
            ["imap.office: purge_after_days needs a done folder"],
        ),
        (
            PLAIN + OAUTH + 'grant = "client_credentials"\nwarn_days = 90\n',
            [
                'imap.office.oauth: client_secret_file is required for grant = "client_credentials"',
                "imap.office.oauth: warn_days must be fewer than lifetime_days",
            ],
        ),
        (
            PLAIN + CONSENT.replace('authorize_url = "https://login.example/authorize"\n', ""),
            ['imap.office.oauth: authorize_url is required for grant = "refresh_token"'],
        ),
        (
            WRONG,
            [
                "imap.office.host: is required",
                "imap.office.port: Input should be less than 65536",
                "imap.office.user: is required",
                "imap.office.folder: 'a//b' is not a folder such as INBOX or Support/New",
                "imap.office.done: %H is none of %Y %m %d %G %V %%",
                "imap.office.start: Input should have timezone info",
                "imap.office.hots: unknown key",
            ],
        ),
        (
            PLAIN + PASSWORD + 'recipients_from = ["Delivered-To", "X To"]\n',
            ["imap.office.recipients_from.1: 'X To' is not the name of a header such as Delivered-To"],
        ),
        (
            'name = "../x"\nhost = "imap example"\nuser = ""\n' + PASSWORD,
            [
                "imap.../x.name: '../x' is not a word of up to 40 letters and digits such as support",
                "imap.../x.host: 'imap example' is not a host such as imap.hoster.example or 127.0.0.1",
                "imap.../x.user: must be a name, without control characters",
            ],
        ),
        ("name = 7\n" + PASSWORD, ["imap.0.name: Input should be a valid string", "imap.0.host: is required",
                                   "imap.0.user: is required"]),
        (
            PLAIN + 'password_file = "{folder}/none"\nca_file = "{folder}/no-ca"\n',
            [
                "imap.office.ca_file: {folder}/no-ca does not exist",
                "imap.office.password_file: {folder}/none does not exist",
            ],
        ),
        (
            PLAIN + CONSENT + 'client_secret_file = "{folder}/none"\n',
            ["imap.office.oauth.client_secret_file: {folder}/none does not exist"],
        ),
    ],
)  # fmt: skip
def test_every_mistake_is_named_at_once(tmp_path: Path, mailbox: str, expected: list[str]) -> None:
    assert mistakes(tmp_path, mailbox) == expected


def test_mistakes_of_several_mailboxes_are_told_apart(tmp_path: Path) -> None:
    other = PLAIN.replace("office", "billing")

    assert mistakes(tmp_path, PLAIN, other + PASSWORD + "port = -1\n") == [
        'imap.office: password_file is required for auth = "password"',
        "imap.billing.port: Input should be greater than or equal to 0",
    ]


def test_names_are_unique_and_a_hop_is_a_mailbox_that_is_there(tmp_path: Path) -> None:
    trust = '[trust]\nhops = ["lmtp", "imap:office", "imap:nobody"]\n'

    assert mistakes(tmp_path, PLAIN + PASSWORD, PLAIN + PASSWORD, more=trust) == [
        "imap: two are named 'office'",
        "trust.hops: no [[imap]] is named 'nobody'",
    ]
    assert read(tmp_path, PLAIN + PASSWORD, more=trust.replace(', "imap:nobody"', "")).trust.hops == (
        "lmtp",
        "imap:office",
    )


@pytest.mark.parametrize("imap", ['imap = "office"\n', "imap = [7]\n"])
def test_what_is_no_table_is_a_mistake_too(tmp_path: Path, imap: str) -> None:
    path = tmp_path / "mailgate.toml"
    path.write_text(imap + DESK, "utf-8")

    with pytest.raises(BadSettings, match="imap"):
        read_settings(path)


def test_a_mailbox_can_be_made_without_a_file() -> None:
    mailbox = ImapSettings(name="office", host="127.0.0.1", user="desk", password_file=Path("/dev/null"))

    assert mailbox.done == "Done/%Y-%m"
