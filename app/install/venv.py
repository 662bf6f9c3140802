"""The .venv: a Python 3.11 or newer, packages by hash from the lock files, our own packages in place (editable)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from app.install.commands import stream
from app.install.steps import Progress
from app.runtime.content import content_hash
from app.runtime.process import run

# What each profile installs, in this order. Of two profiles the later one holds everything of the earlier.
LOCKS: Final[dict[str, tuple[str, ...]]] = {
    "demo": ("requirements.lock",),
    "up": ("requirements.lock",),
    "test": ("requirements-dev.lock",),
    "speech": ("requirements-dev.lock", "requirements-speech.lock"),
}
_BUILD_LOCK: Final = "requirements-build.lock"


def python(root: Path) -> Path:
    return root / ".venv/bin/python"


def ready(root: Path, profile: str) -> bool:
    """Whether .venv holds what `profile` needs, as the lock files are now, and was made for this folder."""
    held = _held(root)
    return held.get("content") == _content(root, _at_least(profile, held)) and run([str(python(root)), "-c", ""]).ok


def make(root: Path, profile: str, progress: Progress) -> str:
    """Make or complete .venv; return how many packages it holds."""
    profile = _at_least(profile, _held(root))
    _stamp(root).unlink(missing_ok=True)
    if not python(root).exists() or not run([str(python(root)), "-m", "pip", "--version"]).ok:
        progress.tell(0.02, "making .venv")
        stream([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], progress)
    locks = [root / name for name in LOCKS[profile]]
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
        stream([*_pip(root), "--require-hashes", "-r", str(lock)], progress, on_line=follow)
    progress.tell(0.92, "our own packages")
    stream([*_pip(root), "--require-hashes", "-r", str(root / _BUILD_LOCK)], progress)
    stream([*_pip(root), "--no-deps", "--no-build-isolation", "--editable", str(root)], progress)
    _stamp(root).write_text(json.dumps({"profile": profile, "content": _content(root, profile)}))
    return f"{seen} packages"


def _held(root: Path) -> dict[str, str]:
    """What .venv was made for and from, {} if it was not finished."""
    try:
        held: dict[str, str] = json.loads(_stamp(root).read_text())
    except (OSError, ValueError):
        return {}
    return held


def _at_least(profile: str, held: dict[str, str]) -> str:
    """`profile`, or test or speech if .venv was made for that: what is there is not lost to one who needs less."""
    found = held.get("profile", profile)
    later = found in ("test", "speech") and list(LOCKS).index(found) > list(LOCKS).index(profile)
    return found if later else profile


def _pip(root: Path) -> list[str]:
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    return [str(python(root)), "-m", "pip", "install", *quiet]


def _stamp(root: Path) -> Path:
    return root / ".venv/callcenter.json"


def _content(root: Path, profile: str) -> str:
    sources = [*LOCKS[profile], _BUILD_LOCK, "pyproject.toml"]
    return content_hash(root, sources, extra=f"{root}\0{sys.version_info[:2]}")
