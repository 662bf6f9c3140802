"""The .venv: a Python 3.11 or newer, packages by hash from the lock files, our own packages in place (editable)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.install.commands import stream
from app.install.steps import Progress
from app.runtime.content import content_hash
from app.runtime.process import run

_RUN: Final = "requirements.lock"
_DEV: Final = "requirements-dev.lock"  # holds everything of requirements.lock
# What each profile installs, in this order.
LOCKS: Final[dict[str, tuple[str, ...]]] = {
    "demo": (_RUN,),
    "up": (_RUN,),
    "screens": ("requirements-web.lock",),
    "test": (_DEV,),
    "speech": (_DEV, "requirements-speech.lock"),
    "web": (_DEV, "requirements-webtest.lock"),
}
_BUILD_LOCK: Final = "requirements-build.lock"


def python(root: Path) -> Path:
    return root / ".venv/bin/python"


def ready(root: Path, profile: str) -> bool:
    """Whether .venv holds what `profile` needs, as the lock files are now, and was made for this folder."""
    held, content = _held(root)
    locks = _with(held, profile)
    return held == locks and content == _content(root, locks) and run([str(python(root)), "-c", ""]).ok


def make(root: Path, profile: str, progress: Progress) -> str:
    """Make or complete .venv; return how many packages it holds."""
    names = _with(_held(root)[0], profile)
    _stamp(root).unlink(missing_ok=True)
    if not python(root).exists() or not run([str(python(root)), "-m", "pip", "--version"]).ok:
        progress.tell(0.02, "making .venv")
        stream([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], progress)
    locks = [root / name for name in names]
    total = sum(lock.read_text().count("==") for lock in locks)
    seen = 0

    def follow(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            named = line.removeprefix("Requirement already satisfied:").removeprefix("Collecting").split()[0]
            progress.tell(0.1 + 0.6 * min(seen / total, 1.0), named.partition("=")[0])
        elif line.startswith("Installing collected"):
            progress.tell(0.75, "unpacking")

    for lock in locks:
        stream(pip(root, "--require-hashes", "-r", str(lock)), progress, on_line=follow)
    progress.tell(0.92, "our own packages")
    stream(pip(root, "--require-hashes", "-r", str(root / _BUILD_LOCK)), progress)
    stream(pip(root, "--no-deps", "--no-build-isolation", "--editable", str(root)), progress)
    _stamp(root).write_text(json.dumps({"locks": names, "content": _content(root, names)}))
    return f"{seen} packages"


def pip(root: Path, *arguments: str) -> list[str]:
    """The command that installs into .venv what `arguments` say."""
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    return [str(python(root)), "-m", "pip", "install", *quiet, *arguments]


def _held(root: Path) -> tuple[tuple[str, ...], str]:
    """The lock files .venv was made by and what was in them, nothing if it was not finished."""
    try:
        held = json.loads(_stamp(root).read_text())
        return tuple(held["locks"]), held["content"]
    except (OSError, ValueError, KeyError, TypeError):
        return (), ""


def _with(held: tuple[str, ...], profile: str) -> tuple[str, ...]:
    """The lock files of `profile` and those held already: what is there is not lost to one who needs less."""
    wanted = {*held, *LOCKS[profile]}
    if _DEV in wanted:
        wanted.discard(_RUN)
    order = dict.fromkeys(name for names in LOCKS.values() for name in names)
    return tuple(name for name in order if name in wanted)


def _stamp(root: Path) -> Path:
    return root / ".venv/callcenter.json"


def _content(root: Path, locks: Sequence[str]) -> str:
    sources = [*locks, _BUILD_LOCK, "pyproject.toml"]
    return content_hash(root, sources, extra=f"{root}\0{sys.version_info[:2]}")
