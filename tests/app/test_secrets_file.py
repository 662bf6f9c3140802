"""secrets.toml: generated once, private, kept."""

import re
import stat
import tomllib
from pathlib import Path

import pytest

from app import secrets_file
from app.secrets_file import Secrets
from callcenter.centre import Centre, parse
from callcenter.errors import ConfigError
from callcenter.settings import Settings

AMI = {"acd": "a" * 24, "dialer": "d" * 24, "check": "c" * 24, "reload": "r" * 24}


def centre(*trunks: dict[str, object]) -> Centre:
    agents = [{"id": i, "name": f"Agent {i}", "phone": f"100{i}"} for i in (7, 8)]
    return parse({"centre": {"region": "US"}, "agent": agents, "trunk": list(trunks)})


CARRIER = {"name": "carrier", "kind": "register", "host": "sip.example.com", "username": "u"}


def test_everything_nobody_has_to_choose_is_made(tmp_path: Path) -> None:
    made = secrets_file.load_or_create(tmp_path, centre())
    assert set(made.ami) == {"acd", "dialer", "check", "reload"}
    assert set(made.phones) == {"1007", "1008"}
    words = [*made.ami.values(), *made.phones.values()]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", word) for word in words)
    assert len(set(words)) == len(words)
    assert re.fullmatch(r"[0-9]{8}", made.closure_pin)


def test_what_was_made_stays(tmp_path: Path) -> None:
    made = secrets_file.load_or_create(tmp_path, centre())
    before = (tmp_path / "secrets.toml").stat().st_mtime_ns
    assert secrets_file.load_or_create(tmp_path, centre()) == made
    assert (tmp_path / "secrets.toml").stat().st_mtime_ns == before


def test_files_are_private_and_the_environment_holds_only_what_processes_need(tmp_path: Path) -> None:
    made = secrets_file.load_or_create(tmp_path, centre())
    for name in ("secrets.toml", "secrets.env"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    env = (tmp_path / "secrets.env").read_text()
    users = ("acd", "dialer", "check")
    assert env == "".join(f"CALLCENTER_AMI_{user.upper()}_SECRET={made.ami[user]}\n" for user in users)
    settings = Settings.from_env(secrets_file.environ(tmp_path, {"CALLCENTER_CELL": "north"}))
    assert (settings.ami_acd_secret, settings.cell) == (made.ami["acd"], "north")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    secrets_file.load_or_create(tmp_path, centre())
    given = secrets_file.environ(tmp_path, {"CALLCENTER_AMI_ACD_SECRET": "given"})
    assert given["CALLCENTER_AMI_ACD_SECRET"] == "given"
    assert secrets_file.environ(tmp_path / "none", {"A": "b"}) == {"A": "b"}


def test_a_trunk_that_registers_needs_its_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='trunk "carrier" registers but has no password: `callcenter trunk password'):
        secrets_file.load_or_create(tmp_path, centre(CARRIER))
    secrets_file.change(tmp_path, secrets_file.set_trunk("carrier", 'p; "x" \\'))
    assert secrets_file.load_or_create(tmp_path, centre(CARRIER)).trunks == {"carrier": 'p; "x" \\'}
    assert tomllib.loads((tmp_path / "secrets.toml").read_text())["trunk"] == {"carrier": 'p; "x" \\'}


def test_passwords_of_what_is_gone_are_forgotten(tmp_path: Path) -> None:
    first = secrets_file.load_or_create(tmp_path, centre()).phones["1007"]
    secrets_file.change(tmp_path, secrets_file.without_phone("1007"))
    second = secrets_file.load_or_create(tmp_path, centre()).phones["1007"]
    assert first != second
    secrets_file.change(tmp_path, secrets_file.set_trunk("carrier", "x"))
    assert secrets_file.change(tmp_path, secrets_file.without_trunk("carrier")).trunks == {}


@pytest.mark.parametrize("password", ["", " x", "x ", "a\nb", "é", "x" * 129])
def test_a_password_asterisk_cannot_hold_is_refused(password: str) -> None:
    with pytest.raises(ConfigError, match="1 to 128 printable ASCII characters") as caught:
        secrets_file.set_trunk("carrier", password)
    assert password == "" or password not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ami\n", r"secrets\.toml: expected"),
        ("ami = 1", r"\[ami\] must be a table"),
        ("[phone]\n1007 = 5", r"\[phone\], 1007: a password is"),
        ('[trunk]\ncarrier = "a\\nb"', r"\[trunk\], carrier: a password is"),
        ('[closure]\npin = "12"', r"\[closure\], pin: must be 4 to 12 digits in quotes"),
        ("[closure]\npin = 123456", r"\[closure\], pin: must be 4 to 12 digits in quotes"),
    ],
)
def test_a_broken_file_is_told_without_its_passwords(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "secrets.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        secrets_file.load_or_create(tmp_path, centre())
    assert (tmp_path / "secrets.toml").read_text() == text


def test_passwords_are_not_shown() -> None:
    shown = repr(Secrets(ami=AMI, phones={"1007": "geheim"}, trunks={"a": "geheim"}, closure_pin="80808080"))
    assert "geheim" not in shown
    assert "80808080" not in shown
    assert AMI["acd"] not in shown
