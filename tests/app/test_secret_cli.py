"""`callcenter secret`: kept unseen, listed by name alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app import check, secrets_file
from app.secret_cli import secret_app
from callcenter.errors import ConfigError, NotFound
from callcenter.settings import Settings

CENTRE = """
[centre]
region = "US"

[http]
allow = [{url = "https://crm.example.com/", headers = {Authorization = "crm-token"}}]

[mail]
host = "smtp.example.com"
sender = "cc@example.com"
username = "cc"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path))
    return tmp_path


def command(*arguments: str, stdin: str = "") -> str:
    app = typer.Typer()
    app.add_typer(secret_app, name="secret")
    result = CliRunner().invoke(app, ["secret", *arguments], input=stdin)
    if result.exception is not None:
        raise result.exception
    return result.output


def test_a_secret_is_kept_and_never_shown(folder: Path) -> None:
    assert "is set" in command("set", "crm-token", "--stdin", stdin="Bearer abc\n")
    assert secrets_file.services(folder, {}) == {"crm-token": "Bearer abc"}
    assert "abc" not in command("list") + command("list", "--json") + repr(secrets_file.change(folder, lambda one: one))


def test_the_environment_goes_before_the_file(folder: Path) -> None:
    command("set", "crm-token", "--stdin", stdin="old\n")
    command("set", "mail", "--stdin", stdin="word\n")
    found = secrets_file.services(folder, {"CALLCENTER_SECRET_CRM_TOKEN": "new", "CALLCENTER_SECRET_MAIL": ""})
    assert found == {"crm-token": "new", "mail": "word"}


def test_what_centre_toml_needs_is_listed(folder: Path) -> None:
    (folder / "centre.toml").write_text(CENTRE)
    command("set", "mail", "--stdin", stdin="word\n")
    command("set", "other", "--stdin", stdin="word\n")
    assert json.loads(command("list", "--json")) == [
        {"name": "crm-token", "set": False, "needed_by": "[http] allow https://crm.example.com/"},
        {"name": "mail", "set": True, "needed_by": "[mail]"},
        {"name": "other", "set": True, "needed_by": ""},
    ]


def test_a_secret_is_removed(folder: Path) -> None:
    command("set", "mail", "--stdin", stdin="word\n")
    command("remove", "mail")
    assert secrets_file.services(folder, {}) == {}
    with pytest.raises(NotFound):
        command("remove", "mail")


async def test_check_tells_what_is_not_set(folder: Path) -> None:
    (folder / "centre.toml").write_text(CENTRE)
    secrets_file.change(folder, secrets_file.set_service("mail", "word"))
    found = await anext(check.examine(Settings(data_dir=folder)))
    assert found.ok
    assert 'secret "crm-token" is not set ([http] allow https://crm.example.com/): `callcenter secret set' in found.text
    assert '"mail"' not in found.text


@pytest.mark.parametrize(("name", "word"), [("Mail", "word"), ("mail", ""), ("mail", "a\tb"), ("", "word")])
def test_what_is_no_name_or_no_secret_is_refused(folder: Path, name: str, word: str) -> None:
    with pytest.raises(ConfigError):
        command("set", name, "--stdin", stdin=f"{word}\n")
    assert not (folder / "secrets.toml").exists()
