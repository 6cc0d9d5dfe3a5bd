"""`mailgate panel`: keys are made, shown once, and known by their digests."""

import socket
from pathlib import Path

import pytest

from mailgate.config import read_settings
from mailgate.intake.panel.keys import digest_of, is_known
from tests.cli.place import Place


def listening(place: Place, listen: str, *keys: str) -> None:
    """Let the settings name a panel."""
    text = "".join(f'"{key}", ' for key in keys)
    with place.settings.open("a") as file:
        file.write(f'[panel]\nlisten = "{listen}"\nkeys = [{text}]\n')


def test_a_new_key_is_good_with_the_line_that_is_printed(place: Place) -> None:
    told = place.tell("panel", "key")
    key = told.splitlines()[0].rpartition(" ")[2]
    with place.settings.open("a") as file:
        file.write(f"[panel]\n{told.splitlines()[-1]}\n")

    assert len(key) >= 22  # 128 bits
    assert is_known(f"Bearer {key}", read_settings(place.settings).panel.keys)
    assert key not in place.settings.read_text("utf-8")


def test_the_latest_key_stays_valid_beside_the_new_one(place: Place) -> None:
    old, last = digest_of("old"), digest_of("last")
    listening(place, "127.0.0.1:0", old, last)
    made = place.ask("panel", "key")

    assert made["keys"] == [last, digest_of(made["key"])]


def test_the_first_key_is_made_where_the_settings_lack_it(place: Place) -> None:
    listening(place, "127.0.0.1:8025")
    done = place.call("panel", "key")
    line = done.stdout.splitlines()[-1]
    place.settings.write_text(place.settings.read_text("utf-8").replace("keys = []", line), "utf-8")

    assert done.exit_code == 0
    assert "the new key alone" in done.stderr
    assert "panel: keys are required to listen" in done.stderr
    assert len(read_settings(place.settings).panel.keys) == 1


def test_no_two_keys_are_alike(place: Place) -> None:
    assert len({place.ask("panel", "key")["key"] for _ in range(10)}) == 10


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ('listen = "0.0.0.0:8025"', "panel.listen: '0.0.0.0:8025' is neither the path"),
        ('listen = "127.0.0.1:0"', "panel: keys are required to listen"),
        ('keys = ["secret"]', "panel.keys.0: is not a key's digest"),
        (f'keys = ["{"A" * 64}"]', "panel.keys.0: is not a key's digest"),
        (f"keys = {[c * 64 for c in 'abc']}".replace("'", '"'), "panel.keys: Tuple should have at most 2"),
        (f"keys = {['a' * 64] * 2}".replace("'", '"'), "panel: keys: the same stands twice"),
        ('mode = "rw"', "panel.mode: 'rw' is not an octal file mode"),
    ],
)
def test_a50_check_names_what_cannot_be_listened_on(place: Place, settings: str, why: str) -> None:
    with place.settings.open("a") as file:
        file.write(f"[panel]\n{settings}\n")
    done = place.call("check")

    assert done.exit_code == 78
    assert why in done.stderr
    assert "secret" not in done.stderr


def test_check_tries_the_address(place: Place, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listening(place, f"127.0.0.1:{port}", "a" * 64)
        bound = place.call("check")
    place.settings.write_text(
        place.settings.read_text("utf-8").replace(f"127.0.0.1:{port}", f"{tmp_path}/none/panel"), "utf-8"
    )

    assert f"panel.listen: 127.0.0.1:{port} cannot be listened on" in bound.stderr
    assert (
        f"panel.listen: {tmp_path}/none is no folder that a socket can be made in"
        in place.call("check").stderr
    )
