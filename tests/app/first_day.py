"""A centre in an empty folder, and the commands that set it up, for tests."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.agent_cli import agent_app
from app.setup_cli import number_app, queue_app, trunk_app
from callcenter.errors import CallCenterError

APPLY = "Apply with `callcenter reload`."


class Centre:
    """A centre in an empty folder, and the command line to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "centre.toml"
        self.app = typer.Typer(pretty_exceptions_enable=False)
        for name, sub in (("queue", queue_app), ("number", number_app), ("agent", agent_app), ("trunk", trunk_app)):
            self.app.add_typer(sub, name=name)

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        result = CliRunner().invoke(self.app, arguments, input=stdin)
        if result.exception is not None:
            raise result.exception
        return result.output

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must change nothing; return what it said."""
        before = self.text
        with pytest.raises(CallCenterError) as caught:
            self(*arguments, stdin=stdin)
        assert self.text == before
        assert "\n" not in str(caught.value)
        return str(caught.value).replace(str(self.file), "centre.toml")

    @property
    def text(self) -> str:
        return self.file.read_text() if self.file.exists() else ""

    @property
    def raw(self) -> dict[str, Any]:
        return tomllib.loads(self.text)

    @property
    def secrets(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "secrets.toml").read_text())


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    for name in ("DATABASE_URL", "REDIS_URL", "AMI_ACD_SECRET"):
        monkeypatch.delenv(f"CALLCENTER_{name}", raising=False)
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(folder))
    return Centre(folder)
