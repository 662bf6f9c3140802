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

LOCKS: Final[dict[str, str]] = {
    "demo": "requirements.lock",
    "up": "requirements.lock",
    "test": "requirements-dev.lock",
}
_BUILD_LOCK: Final = "requirements-build.lock"


def python(root: Path) -> Path:
    return root / ".venv/bin/python"


def ready(root: Path, profile: str) -> bool:
    """Whether .venv holds what `profile` needs, as the lock files are now, and was made for this folder."""
    try:
        stamp = json.loads(_stamp(root).read_text())
    except (OSError, ValueError):
        return False
    wanted = _content(root, "test"), _content(root, profile)  # the test lock holds everything of the other
    return stamp.get("content") in wanted and run([str(python(root)), "-c", ""]).ok


def make(root: Path, profile: str, progress: Progress) -> str:
    """Make or complete .venv; return how many packages it holds."""
    _stamp(root).unlink(missing_ok=True)
    if not python(root).exists() or not run([str(python(root)), "-m", "pip", "--version"]).ok:
        progress.tell(0.02, "making .venv")
        stream([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], progress)
    lock = root / LOCKS[profile]
    total = lock.read_text().count("==")
    seen = 0

    def follow(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            progress.tell(0.1 + 0.6 * min(seen / total, 1.0), line.split()[1].partition("=")[0])
        elif line.startswith("Installing collected"):
            progress.tell(0.75, "unpacking")

    stream([*_pip(root), "--require-hashes", "-r", str(lock)], progress, on_line=follow)
    progress.tell(0.92, "our own packages")
    stream([*_pip(root), "--require-hashes", "-r", str(root / _BUILD_LOCK)], progress)
    stream([*_pip(root), "--no-deps", "--no-build-isolation", "--editable", str(root)], progress)
    _stamp(root).write_text(json.dumps({"content": _content(root, profile)}))
    return f"{seen} packages"


def _pip(root: Path) -> list[str]:
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    return [str(python(root)), "-m", "pip", "install", *quiet]


def _stamp(root: Path) -> Path:
    return root / ".venv/callcenter.json"


def _content(root: Path, profile: str) -> str:
    sources = [LOCKS[profile], _BUILD_LOCK, "pyproject.toml"]
    return content_hash(root, sources, extra=f"{root}\0{sys.version_info[:2]}")
