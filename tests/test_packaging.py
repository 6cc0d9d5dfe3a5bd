"""The wheel carries all it needs: built, installed elsewhere, it checks settings and composes a letter."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = '[state]\ndir = "{0}/state"\n[desk]\nname = "Desk"\naddresses = ["support@hoster.example"]\n'


def run(*words: str | Path, where: Path) -> str:
    done = subprocess.run(list(map(str, words)), cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.timeout(300)
def test_the_wheel_works_in_a_fresh_venv(tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", ROOT, where=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", where=tmp_path)
    run(*pip, "--no-deps", wheel, where=tmp_path)
    settings = tmp_path / "mailgate.toml"
    settings.write_text(SETTINGS.format(tmp_path), "utf-8")
    mailgate = (tmp_path / "venv" / "bin" / "mailgate", "--config", settings)

    run(*mailgate, "init", where=tmp_path)
    run(*mailgate, "check", where=tmp_path)
    letter = run(*mailgate, "template", "preview", "acknowledgement", "--language", "ru", where=tmp_path)
    shipped = "import mailgate.resources as r; print(r.folder('config'), r.folder('systemd'))"
    folders = run(python, "-c", shipped, where=tmp_path).split()

    assert "Ваша заявка" in letter
    assert (Path(folders[0]) / "mailgate.toml").read_bytes() == (ROOT / "config/mailgate.toml").read_bytes()
    assert (Path(folders[1]) / "mailgate.service").is_file()


def test_the_locks_pin_with_hashes_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        pins = [line for line in lines if "==" in line]
        assert pins
        assert sum("--hash=sha256:" in line for line in lines) >= len(pins)
        assert not [line for line in lines if "://" in line or "index" in line.split("==")[0]]


def test_both_locks_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        found = (line.split(" ")[0].split("==") for line in (ROOT / name).read_text("utf-8").splitlines())
        return {pin[0]: pin[1] for pin in found if len(pin) == 2}

    run_lock, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run_lock.items() <= dev.items()
