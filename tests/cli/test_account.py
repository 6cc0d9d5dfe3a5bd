"""`mailgate account`: the customer base from files of every kind, and looks into it."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mailgate import state
from mailgate.cli import main
from mailgate.store import accounts
from tests.cli.place import Place
from tests.directory.account_server import reply, serving
from tests.service import Service

SHIPPED = Path(__file__).parents[1] / "identification" / "accounts.jsonl"
HEADER = "id,login,contracts,domains,mailbox,mailbox_since,contacts,language,vip,notes\n"
COLUMNS = HEADER.strip().replace(",", ", ")
NO_DOMAIN = "is not a domain name such as client.ru"
NO_MAILBOX = "is not a plain mailbox such as ivan@client.ru"
NO_DATE = "is not a date such as 2024-05-01 or 2024-05-01T12:30Z"
Import = Callable[..., Result]


@pytest.fixture
def give(place: Place, tmp_path: Path) -> Import:
    """Import a file of this content."""

    def run(content: str | bytes, *words: str) -> Result:
        file = tmp_path / "base"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return place.call("account", "import", *words, file)

    return run


def base(place: Place) -> dict[str, dict[str, Any]]:
    return {account["id"]: account for account in place.ask("account", "list", "--limit", "1000")}


def bad(done: Result) -> list[str]:
    lines = (line for line in done.stderr.splitlines() if line.startswith("bad: "))
    return [line.partition(", ")[2] for line in lines]


def counts(done: Result) -> tuple[int, ...]:
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    return tuple(document[name] for name in ("added", "changed", "removed", "unchanged"))


def test_the_shipped_base_is_taken_once_and_then_unchanged(place: Place) -> None:
    first = place.ask("account", "import", SHIPPED)
    again = place.ask("account", "import", SHIPPED)

    assert (first["added"], first["unchanged"], first["bad"], first["done"]) == (12, 0, [], True)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 12)
    assert base(place)["1002"] == {
        "id": "1002",
        "login": "u10518",
        "contracts": ["4051871", "4060002"],
        "domains": ["kofe-i-bulki.ru"],
        "mailbox": "anna.petrova@yandex.ru",
        "mailbox_since": "2023-06-12T00:00:00.000000Z",
        "contacts": ["anna.petrova@yandex.ru", "shop@kofe-i-bulki.ru"],
        "language": "ru",
        "vip": True,
        "notes": "Звонить только Анне",
    }


def test_what_the_list_prints_can_be_imported(place: Place, give: Import) -> None:
    place.tell("account", "import", SHIPPED)
    lines = "\n".join(json.dumps(account) for account in base(place).values())

    assert counts(give(lines, "--json")) == (0, 0, 0, 12)


ROW = (
    '7,u7,"4051 4052","Пример.рф, site.ru;shop.ru",Boss@Site.ru,2024-05-01T03:00+03:00,'
    'a@x.ru b@x.ru,RU,Yes,"one\ntwo"\n'
)


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + ROW).encode(),
        b"\xef\xbb\xbf" + (HEADER + ROW).encode(),
        (HEADER + ROW).replace("\n", "\r\n").replace("one\r\n", "one\n").encode(),
        ("\n" + HEADER.upper() + ROW + "\n,,,,,,,,,\n").encode(),
        (HEADER.replace(",", "\t") + '7\tu7\t4051,4052\tпример.рф site.ru,shop.ru\tboss@site.ru\t2024-05-01\t'
         'a@x.ru;b@x.ru\tru\t1\t"one\ntwo"\n').encode(),
        (HEADER.replace(",", ";") + '7;u7;4051,4052;"пример.рф;site.ru;shop.ru";boss@site.ru;2024-05-01;'
         'a@x.ru,b@x.ru;ru;true;"one\ntwo"\n').encode(),
        b"\xef\xbb\xbf" + json.dumps({
            "id": 7, "login": "u7", "contracts": [4051, "4052"],
            "domains": ["пример.рф", "site.ru.", "shop.ru"],
            "mailbox": "boss@site.ru", "mailbox_since": "2024-05-01",
            "contacts": ["a@x.ru", "A@x.ru", "b@x.ru"], "language": "ru", "vip": True, "notes": "one\ntwo",
        }).encode(),
    ],
    ids=["commas", "bom", "crlf", "blank-lines", "tabs", "semicolons", "json"],
)  # fmt: skip
def test_every_kind_of_file_says_the_same(place: Place, give: Import, content: bytes) -> None:
    assert counts(give(content, "--json")) == (1, 0, 0, 0)
    assert list(base(place).values()) == [
        {
            "id": "7",
            "login": "u7",
            "contracts": ["4051", "4052"],
            "domains": ["xn--e1afmkfd.xn--p1ai", "site.ru", "shop.ru"],
            "mailbox": "boss@site.ru",
            "mailbox_since": "2024-05-01T00:00:00.000000Z",
            "contacts": ["a@x.ru", "b@x.ru"],
            "language": "ru",
            "vip": True,
            "notes": "one\ntwo",
        }
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("8,,,,,,,,,", "login: is required"),
        (",u8,,,,,,,,", "id: is required"),
        ("8,u\u200b8,,,,,,,,", "login: 'u\\u200b8' has a character that cannot be seen: U+200B"),
        (f"8,{'u' * 300},,,,,,,,", f"login: '{'u' * 59}…' is longer than 255 characters"),
        ("8,u8,,localhost,,,,,,", f"domains: 'localhost' {NO_DOMAIN}"),
        ("8,u8,,ok.ru bad_.-x.ru,,,,,,", f"domains: 'bad_.-x.ru' {NO_DOMAIN}"),
        ("8,u8,,,Ivan <i@x.ru>,,,,,", f"mailbox: 'Ivan <i@x.ru>' {NO_MAILBOX}"),
        ("8,u8,,,,,@x.ru,,,", f"contacts: '@x.ru' {NO_MAILBOX}"),
        ("8,u8,,,a@x.ru,01.05.2024,,,,", f"mailbox_since: '01.05.2024' {NO_DATE}"),
        ("8,u8,,,a@x.ru,2924-05-01,,,,", "mailbox_since: '2924-05-01' lies in the future"),
        ("8,u8,,,a@x.ru,0001-01-01T00:00+14:00,,,,", f"mailbox_since: '0001-01-01T00:00+14:00' {NO_DATE}"),
        ("8,u8,,,,,,de,,", "language: 'de' is none of ru, en"),
        ("8,u8,,,,,,,maybe,", "vip: 'maybe' is none of true, yes, 1, false, no, 0"),
        ("8,u8,,,,,,,,a\0b", "notes: has a character that is none"),
        ("8,u8,,x,,,,de,,", f"domains: 'x' {NO_DOMAIN}; language: 'de' is none of ru, en"),
        ("8,u8", "has 2 cells, and the header 10; is a cell to be quoted?"),
        ("8,u8,,,,,,,,a,b", "has 11 cells, and the header 10; is a cell to be quoted?"),
        ('8,u8,"a"b,,,,,,,', "is not CSV: ',' expected after '\"'"),
        ('8,u8,,,,,,,,"never closed', "is not CSV: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_line_and_nothing_is_changed(
    place: Place, give: Import, row: str, why: str
) -> None:
    done = give(f'{HEADER}1,u1,,,,,,,,"two\nlines"\n{row}\n')

    assert done.exit_code == 65
    assert bad(done) == [f"line 4: {why}"]
    assert "1 row is bad, and nothing was changed; --partial takes the others" in done.stderr
    assert base(place) == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"id": 8, "login": ["u8"]}', "login: must be a text, not a list"),
        ('{"id": true, "login": "u8"}', "id: must be a text, not a truth value"),
        ('{"id": 1.5, "login": "u8"}', "id: must be a text, not a fraction"),
        ('{"id": 8, "login": "u8", "domains": {"a": 1}}', "domains: must be a text, not an object"),
        ('{"id": 8, "login": "u8", "vip": 2}', "vip: '2' is none of true, yes, 1, false, no, 0"),
        ('{"id": 8, "login": "\\ud800"}', "login: '\\ud800' has a character that cannot be seen: U+D800"),
        ('{"id": 8, "login": "u8", "notes": "\\ud800"}', "notes: has a character that is none"),
        ('{"id": 8, "login": "u8", "loginn": 1}', f"there is no column 'loginn'; there are {COLUMNS}"),
        ('{"id": 8, "id": 9, "login": "u8"}', "is not a JSON object: it names a column twice"),
        ('{"id": 8, ', "is not a JSON object: Expecting property name enclosed in double quotes"),
        ("[8]", "is not a JSON object"),
        ("[" * 100_000, "is not a JSON object: maximum recursion depth exceeded"),
    ],
)  # fmt: skip
def test_a_bad_line_of_json_is_named(place: Place, give: Import, text: str, why: str) -> None:
    done = give(f'{{"id": 1, "login": "u1"}}\n\n{text}\n')

    assert done.exit_code == 65
    (line,) = bad(done)
    assert line.startswith(f"line 3: {why}")
    assert base(place) == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds nothing; it must name accounts as CSV with a header, or as JSON lines"),
        (" \n\n", "holds nothing; it must name accounts as CSV with a header, or as JSON lines"),
        ('[{"id": 1}]', "is one JSON list; write an object a line, as `jq -c '.[]'` does"),
        (HEADER.encode() + "1,u1,,,,,,,,Звонить\n".encode("koi8-r"),
         "line 2, byte 13: 0xFA is not UTF-8; convert the file, such as with `iconv -f cp1251 -t utf-8`"),
        (HEADER.encode("utf-16"), "line 1, byte 1: 0xFF is not UTF-8"),
        ("id,login,mail\n", f"line 1: there is no column 'mail'; there are {COLUMNS}"),
        ("\nid,domains\n", "line 2: required columns are missing: login"),
        ("id,login,ID\n", "line 1: columns stand there twice: 'id'"),
        ('id,"login\n', "line 1: the header is not CSV: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused(
    give: Import, tmp_path: Path, content: str | bytes, why: str
) -> None:
    done = give(content, "--partial")

    assert done.exit_code == 65
    assert f"mailgate: {tmp_path}/base: {why}" in done.stderr


def test_what_two_rows_claim_belongs_to_neither(place: Place, give: Import) -> None:
    rows = (
        "1,u1,41,a.ru,,,,,,",
        "2,u2,41,b.ru,,,,,,",
        "3,U1,,A.ru.,,,,,,",
        "4,u4,,,,,x@a.ru,,,",
        "4,u5,,,,,x@a.ru,,,",
        "6,u6,,sub.a.ru,,,x@a.ru,,,",
    )
    done = give(HEADER + "\n".join(rows), "--partial")
    in_4 = "stands in line 4 too"

    assert done.exit_code == 0
    assert bad(done) == [
        f"line 2: contract '41' stands in line 3 too; login 'u1' {in_4}; domain 'a.ru' {in_4}",
        "line 3: contract '41' stands in line 2 too",
        "line 4: login 'u1' stands in line 2 too; domain 'a.ru' stands in line 2 too",
        "line 5: id '4' stands in line 6 too",
        "line 6: id '4' stands in line 5 too",
    ]
    assert list(base(place)) == ["6"]


def test_what_another_account_keeps_is_not_given_away(place: Place, give: Import) -> None:
    give("id,login,domains\n1,u1,a.ru\n2,u2,b.ru\n3,u3,c.ru\n")
    # 3 may not have what 1 keeps; so it keeps c.ru, which 2 may not have; so 2 keeps b.ru.
    done = give("id,login,domains\n4,u4,b.ru\n3,u3,a.ru\n2,u2,c.ru\n5,u5,d.ru\n", "--partial")

    assert bad(done) == [
        "line 2: domain 'b.ru' belongs to account '2', which stays as it is",
        "line 3: domain 'a.ru' belongs to account '1', which stays as it is",
        "line 4: domain 'c.ru' belongs to account '3', which stays as it is",
    ]
    assert {number: one["domains"][0] for number, one in base(place).items()} == {
        "1": "a.ru", "2": "b.ru", "3": "c.ru", "5": "d.ru"
    }  # fmt: skip


def test_domains_may_change_hands_within_a_file(place: Place, give: Import) -> None:
    give("id,login,domains\n1,u1,a.ru\n2,u2,b.ru\n")

    assert counts(give("id,login,domains\n1,u1,b.ru\n2,u2,a.ru\n", "--json")) == (0, 2, 0, 0)
    assert place.ask("account", "show", "a.ru")[0]["id"] == "2"


def test_partial_takes_the_others_and_keeps_what_a_bad_row_names(place: Place, give: Import) -> None:
    give("id,login,domains\n1,u1,a.ru\n")
    done = give("id,login,domains\n1,u1,nonsense\n2,u2,b.ru\n", "--partial", "--json")

    assert counts(done) == (1, 0, 0, 0)
    assert [(one["line"], one["id"]) for one in json.loads(done.stdout)["bad"]] == [(2, "1")]
    assert base(place)["1"]["domains"] == ["a.ru"]


def test_a_dry_run_tells_all_and_changes_nothing(place: Place, give: Import) -> None:
    give("id,login,domains,vip\n1,u1,a.ru,no\n2,u2,,\n3,u3,,\n4,u4,,\n")
    before = base(place)
    words = ("--dry-run", "--remove-missing")
    content = "id,login,domains,vip\n1,u1,b.ru c.ru,yes\n2,u2,,\n3,u3,,\n9,u9,,\n"
    done = give(content, *words)
    document = json.loads(give(content, *words, "--json").stdout)

    assert done.exit_code == 0
    assert done.stdout.splitlines()[:3] == [
        "added: 9 u9",
        "removed: 4 u4",
        "changed: 1 u1: domains 'a.ru' → 'b.ru c.ru', vip no → yes",
    ]
    assert "1 accounts would be added, 1 changed, 1 removed, 2 unchanged, 0 rows bad" in done.stdout
    assert document["done"] is False
    assert document["changes"][1] == {
        "change": "changed",
        "id": "1",
        "login": "u1",
        "columns": [
            {"column": "domains", "old": ["a.ru"], "new": ["b.ru", "c.ru"]},
            {"column": "vip", "old": False, "new": True},
        ],
    }
    assert base(place) == before


def test_a_dry_run_shows_the_first_twenty_and_json_all(give: Import) -> None:
    content = "id,login\n" + "".join(f"{number},u{number}\n" for number in range(50))

    assert "added: and 30 more; --json names all" in give(content, "--dry-run").stdout
    assert len(json.loads(give(content, "--dry-run", "--json").stdout)["changes"]) == 50


def test_a_mailbox_that_changes_has_its_date_from_now_and_one_that_stays_keeps_it(
    place: Place, give: Import
) -> None:
    def since(content: str) -> str:
        assert give("id,login,mailbox,mailbox_since\n" + content).exit_code == 0
        return str(base(place)["1"]["mailbox_since"])

    told = since("1,u1,a@x.ru,2021-03-01")
    kept = since("1,u2,A@x.ru,")
    began = datetime.fromisoformat(since("1,u2,b@x.ru,"))
    still = since("1,u3,b@x.ru,")

    assert told == kept == "2021-03-01T00:00:00.000000Z"
    assert datetime.now(began.tzinfo) - began < timedelta(minutes=1)
    assert datetime.fromisoformat(still) == began
    assert since("1,u3,,2021-03-01") == "None"


def test_missing_accounts_are_removed_when_asked_but_not_a_third_of_all(place: Place, give: Import) -> None:
    all_of_them = [f"{number},u{number},d{number}.ru\n" for number in range(9)]
    header = "id,login,domains\n"
    give(header + "".join(all_of_them))

    assert counts(give(header + "".join(all_of_them[1:]), "--json")) == (0, 0, 0, 8)
    assert counts(give(header + "".join(all_of_them[3:]), "--remove-missing", "--json")) == (0, 0, 3, 6)
    refused = give(header + "".join(all_of_them[6:]), "--remove-missing")
    assert refused.exit_code == 65
    assert "3 of 6 accounts would be removed, more than a third" in refused.stderr
    assert len(base(place)) == 6
    assert counts(give(header + "".join(all_of_them[6:]), "--remove-missing", "--force", "--json")) == (
        0,
        0,
        3,
        3,
    )
    assert place.call("account", "show", "d0.ru").exit_code == 65


def test_partial_and_remove_missing_exclude_each_other(give: Import) -> None:
    assert give("id,login\n", "--partial", "--remove-missing").exit_code == 64


def test_a_removed_account_gives_its_login_free_in_the_same_file(give: Import) -> None:
    give("id,login\n1,u1\n2,u2\n3,u3\n")

    assert counts(give("id,login\n4,u1\n2,u2\n3,u3\n", "--remove-missing", "--json")) == (1, 0, 1, 2)


def test_it_reads_standard_input(place: Place) -> None:
    words = ("--config", str(place.settings), "account", "import", "-")
    done = CliRunner().invoke(main, words, input=io.BytesIO(b"id,login\n1,u1\n2,,\n"))

    assert bad(done) == ["line 3: has 3 cells, and the header 2; is a cell to be quoted?"]
    assert "standard input" in done.stderr


def test_a_second_import_at_the_same_time_is_put_off(place: Place, give: Import) -> None:
    with state.changing_accounts(place.state):
        done = give("id,login\n1,u1\n")

    assert done.exit_code == 75
    assert "another import" in done.stderr


def test_it_works_beside_a_running_mailgate(tmp_path: Path) -> None:
    service = Service(tmp_path)
    with service:
        done = subprocess.run(service.command("account", "import", str(SHIPPED)), check=False, timeout=60)
        service.post(b"From: <a@client.example>\r\nSubject: Q\r\n\r\nwords\r\n")
        service.settled()

    assert done.returncode == 0


def test_progress_is_shown_on_a_terminal(place: Place) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "mailgate",
        "--config",
        str(place.settings),
        "account",
        "import",
        str(SHIPPED),
    ]
    done = subprocess.run(command, stderr=theirs, stdout=subprocess.PIPE, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)

    assert "Reading" in shown
    assert "Writing" in shown
    assert b"12 accounts added" in done.stdout


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1004", ["1004"]),
        ("WebStudio7", ["1004"]),
        ("404 7777", ["1004"]),
        ("pixel-studio.pro", ["1004"]),
        ("www.Pixel-Studio.pro", ["1004"]),
        ("https://www.pixel-studio.pro/page", ["1004"]),
        ("пример.рф", ["1003"]),
        ("mail.bakery-london.co.uk", ["1006"]),
        ("BOSS@pixel-studio.pro", ["1004"]),
        ("freelancer.max@gmail.com", ["1004", "1008"]),
    ],
)
def test_an_account_is_shown_by_any_of_its_values(place: Place, value: str, found: list[str]) -> None:
    place.tell("account", "import", SHIPPED)

    assert sorted(one["id"] for one in place.ask("account", "show", value)) == found


def test_an_account_is_shown_whole(place: Place) -> None:
    place.tell("account", "import", SHIPPED)
    shown = place.tell("account", "show", "1002")

    assert shown.splitlines() == [
        "Account    1002",
        "Login      u10518",
        "Contracts  4051871, 4060002",
        "Domains    kofe-i-bulki.ru",
        "Mailbox    anna.petrova@yandex.ru, since 2023-06-12 03:00:00 Europe/Moscow",
        "Contacts   anna.petrova@yandex.ru, shop@kofe-i-bulki.ru",
        "Language   ru",
        "VIP        yes",
        "Notes      Звонить только Анне",
    ]


@pytest.mark.parametrize("value", ["nobody", "", "..", "%", "ru", "a" * 5000, "http://[", "ключ.рф"])
def test_what_leads_nowhere_is_said(place: Place, value: str) -> None:
    place.tell("account", "import", SHIPPED)
    done = place.call("account", "show", value)

    assert done.exit_code == 65
    assert "no account has the id, login, contract, domain or address" in done.stderr


def test_the_list_is_paged_and_narrowed(place: Place) -> None:
    place.tell("account", "import", SHIPPED)
    first = place.call("account", "list", "--limit", "2")

    assert [line.split()[0] for line in first.stdout.splitlines()] == ["ID", "1001", "1002"]
    assert "--after 1002" in first.stderr
    assert [one["id"] for one in place.ask("account", "list", "--limit", "1", "--after", "1002")] == ["1003"]
    assert [one["id"] for one in place.ask("account", "list", "--vip")] == ["1002"]
    assert [one["id"] for one in place.ask("account", "list", "пример.рф")] == ["1003"]


def use_service(place: Place, url: str) -> None:
    with place.settings.open("a") as file:
        file.write(f'[directory]\nkind = "http"\nurl = "{url}"\n')


def test_with_a_service_show_asks_it_and_the_others_say_whose_the_base_is(place: Place) -> None:
    with serving({"id": 7, "login": "u7", "domains": ["a.ru"]}, {"id": 8, "login": "u8"}) as server:
        use_service(place, server.url)
        assert [one["id"] for one in place.ask("account", "show", "www.a.ru")] == ["7"]
        assert place.call("account", "show", "nobody").exit_code == 65
        server.trouble = reply(b"", 500)
        down = place.call("account", "show", "a.ru")
        refused = [place.call("account", "list"), place.call("account", "import", SHIPPED)]

    assert down.exit_code == 75
    assert "answered with HTTP status 500" in down.stderr
    for done in refused:
        assert done.exit_code == 78
        assert f"the directory is the HTTP service {server.url}" in done.stderr
    with place.ledger.read() as ask:
        assert accounts.total(ask) == 0


def test_check_finds_an_empty_token(place: Place, tmp_path: Path) -> None:
    use_service(place, "https://billing.hoster.example/accounts")
    with place.settings.open("a") as file:
        file.write(f'token_file = "{tmp_path}/token"\n')
    (tmp_path / "token").touch()
    done = place.call("check")

    assert done.exit_code == 78
    assert f"directory.token_file: {tmp_path}/token is empty" in done.stderr
