"""`mailgate config` and `mailgate template`: what is in force, and what customers would read."""

import tomllib
from pathlib import Path

import pytest

from mailgate.core.number import number_of
from tests.cli.place import Place


def test_the_settings_in_force_can_be_read_back(place: Place) -> None:
    printed = tomllib.loads(place.tell("config", "show"))

    assert printed["desk"]["name"] == "Служба поддержки"
    assert printed["smtp"]["listen"] == ["127.0.0.1:0"]
    assert printed["limits"]["letters_a_day"] == 20


def test_only_what_differs_is_shown_when_asked(place: Place) -> None:
    changed = place.ask("config", "show", "--changed")

    assert changed == {
        "state": {"dir": str(place.state), "min_free_mb": 0},
        "desk": {
            "name": "Служба поддержки",
            "addresses": ["support@hoster.example", "billing@hoster.example"],
            "timezone": "Europe/Moscow",
        },
        "smtp": {"listen": ["127.0.0.1:0"]},
    }


def test_the_environment_goes_over_the_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_SMTP__MAX_SIZE", "1000000")

    assert place.ask("config", "show")["smtp"]["max_size"] == 1_000_000


def test_a_secret_is_never_shown(place: Place, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse", "utf-8")
    with place.settings.open("a") as file:
        file.write(f'[relay]\nhost = "mx.example"\nuser = "desk"\npassword_file = "{tmp_path}/password"\n')

    printed = place.tell("config", "show") + place.tell("config", "show", "--json")

    assert "correct horse" not in printed
    assert (place.state / "signing.keys").read_text("ascii").strip() not in printed


@pytest.mark.parametrize(
    ("words", "holds", "lacks"),
    [
        (("acknowledgement",), "Ваша заявка принята", "Your request"),
        (("acknowledgement", "--language", "en"), "Your request has been received", "заявк"),
        (("acknowledgement", "--language", "ru", "--language", "en"), "* * *", "=?utf-8"),
        (("digest", "--language", "en"), f"[#{number_of(10_044)}]", "{{"),
        (("outsider",), "Ваше письмо получено", "[#100425]"),
    ],
)
def test_a_letter_is_previewed_as_it_would_be_read(
    place: Place, words: tuple[str, ...], holds: str, lacks: str
) -> None:
    printed = place.tell("template", "preview", *words)

    assert holds in printed
    assert lacks not in printed


def test_a_hint_changes_what_is_previewed(place: Place) -> None:
    plain = place.tell("template", "preview", "receipt", "--language", "en")
    hinted = place.tell("template", "preview", "receipt", "--language", "en", "--hint", "reopened")

    assert plain != hinted


def test_a_broken_template_is_named_with_its_line(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "ru"
    folder.mkdir(parents=True)
    (folder / "acknowledgement.j2").write_text("one\n{{ nonsense }}\n", "utf-8")
    settings = place.settings.read_text("utf-8").replace("[desk]", f'[desk]\ntemplates = "{tmp_path}/own"')
    place.settings.write_text(settings, "utf-8")

    done = place.call("template", "preview", "acknowledgement")

    assert done.exit_code == 78
    assert f"{folder}/acknowledgement.j2:2" in done.stderr
    assert f"{folder}/acknowledgement.j2:2" in place.call("check").stderr
