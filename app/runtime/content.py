"""Names made of content: an image or a folder whose name holds the hash of all it is made from is never stale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

ASTERISK_IMAGE: Final = "callcenter-asterisk"
SERVICES_IMAGE: Final = "callcenter"

ASTERISK_SOURCES: Final = ("asterisk", "prompts")
SERVICES_SOURCES: Final = (
    "Dockerfile",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-build.lock",
    "acd",
    "app",
    "callcenter",
    "desk",
    "dialer",
    "ivr",
    "prompts",
    "sim",
)
_NOT_CONTENT: Final = {"__pycache__", ".mypy_cache", ".ruff_cache"}

ROOT: Final = Path(__file__).resolve().parents[2]


def content_hash(root: Path, sources: Iterable[str], *, extra: str = "") -> str:
    """Twelve hex digits over the names and bytes of all files in `sources` (files or folders below `root`)."""
    digest = hashlib.sha256(extra.encode())
    for source in sources:
        for path in _files(root / source):
            digest.update(f"\0{path.relative_to(root)}\0{path.stat().st_mode & 0o111}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in _NOT_CONTENT and not child.name.startswith("."):
                yield from _files(child)


def asterisk_image(root: Path = ROOT) -> str:
    """Tag of the image made of asterisk/ and prompts/ as they are now."""
    return f"{ASTERISK_IMAGE}:{content_hash(root, ASTERISK_SOURCES)}"


def services_image(root: Path = ROOT) -> str:
    """Tag of the image of our own services as their sources are now."""
    return f"{SERVICES_IMAGE}:{content_hash(root, SERVICES_SOURCES)}"


def asterisk_folder(root: Path = ROOT) -> Path:
    """Folder with Asterisk's Debian packages unpacked, for chroot."""
    return root / "build" / f"asterisk-{content_hash(root, ['asterisk/packages.txt'])}"
