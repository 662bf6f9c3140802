"""A centre with a queue, a trunk and an agent, and the command line to it, for the tests of outbound's commands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from app.centre_file import load
from app.cli import app
from app.lazy import Elsewhere
from callcenter.adapters.prompt_audio import Sound
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError
from callcenter.outbound import Campaign, Lead

T = TypeVar("T")

CENTRE = """
[centre]
region = "US"
time_zone = "America/New_York"

[[queue]]
name = "sales"

[[trunk]]
name = "carrier"
kind = "ip"
host = "192.0.2.1"
caller_id = "+12025550100"

[[trunk]]
name = "second"
kind = "ip"
host = "192.0.2.2"
caller_id = "+12025550102"

[[trunk]]
name = "mute"
kind = "ip"
host = "192.0.2.3"

[[agent]]
id = "7"
name = "First desk"
phone = "1007"
queues = ["sales"]
skills = {english = 5}
"""


@cache
def command(name: str) -> Any:
    """Return a command of `callcenter`. Made once: that takes longer than most commands."""
    line = app.commands[name]
    assert isinstance(line, Elsewhere)
    return line.load()


SPRING = {
    "kind": "sales",
    "queue": "sales",
    "trunk": "carrier",
    "company": "Example Ltd",
    "callback": "(202) 555-0101",
}


class Hum:
    """A voice that hums for four seconds and knows what it was asked to say."""

    name = "hum"

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(self, text: str) -> Sound:
        self.spoken.append(text)
        samples = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4 * 8_000) / 8_000)
        return Sound(rate_hz=8_000, samples=(samples * 32_767).astype("<i2").tobytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a command did."""

    exit_code: int
    stdout: str
    stderr: str


class Office:
    """Commands given in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.voice = folder, Hum()
        self.rendered = folder / "rendered"
        self.file = folder / "data" / "centre.toml"
        self.url = f"sqlite:///{folder / 'data' / 'callcenter.db'}"

    def open(self) -> None:
        """Take over what centre.toml says, as `callcenter reload` does."""
        self.rendered.mkdir(parents=True, exist_ok=True)
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(CENTRE)
        self.store(lambda store: store.apply_centre(load(self.file).records()))

    def result(self, *arguments: str, stdin: bytes = b"") -> Result:
        """Run a command; raise what it raised."""
        name, *rest = arguments
        out, err, before = StringIO(), StringIO(), sys.stdin
        sys.stdin = TextIOWrapper(BytesIO(stdin))
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = command(name).main(rest, prog_name=name, standalone_mode=False)
        finally:
            sys.stdin = before
        return Result(exit_code=code or 0, stdout=out.getvalue(), stderr=err.getvalue())

    def __call__(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run a command that must succeed; return what it printed on standard output."""
        result = self.result(*arguments, stdin=stdin)
        assert result.exit_code == 0, result
        return result.stdout

    def refused(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run a command that must be refused with one line; return that."""
        with pytest.raises(CallCenterError) as caught:
            self(*arguments, stdin=stdin)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def store(self, work: Callable[[Store], Awaitable[T]]) -> T:
        """Do `work` on the store the commands use."""

        async def opened() -> T:
            async with await Store.open(self.url) as store:
                await store.migrate()
                return await work(store)

        return asyncio.run(opened())

    def add(self, name: str = "spring", **changes: str) -> str:
        """Add a campaign, by default a lawful one for queue sales."""
        return self("campaign", "add", name, *options({**SPRING, **changes}))

    def campaign(self, name: str = "spring") -> Campaign:
        found = self.store(lambda store: store.campaign(name))
        assert found is not None
        return found

    def leads(self, name: str = "spring") -> list[Lead]:
        return self.store(lambda store: store.leads(name))

    def audits(self) -> list[str]:
        """What was noted, oldest first: what, and the detail."""
        return [f"{entry.what}: {entry.detail}" for entry in reversed(self.store(lambda store: store.audits()))]


def options(values: dict[str, str]) -> Sequence[str]:
    """Return options as they are written: `max_wait` → `--max-wait`."""
    return [part for key, value in values.items() for part in ("--" + key.replace("_", "-"), value)]
