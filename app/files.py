"""Files that must never be half written or readable by others: atomic replacement, a lock for editors. And reading."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from callcenter.errors import ConfigError

PRIVATE: Final = 0o600
PRIVATE_DIR: Final = 0o700
STDIN: Final = Path("-")
PUBLIC: Final = 0o644  # of what is no secret, such as flows


def write_atomic(path: Path, content: str | bytes, *, mode: int = PRIVATE, group: int | None = None) -> None:
    """Replace `path` by `content` so that a reader sees the old or the new whole file, also after a power cut.

    `group` is the numeric group the file gets (None: ours). Raise ConfigError naming the path if it cannot be written.
    """
    target = path.resolve()  # a link stays a link: the file it points to is replaced
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                if group is not None:
                    os.fchown(file.fileno(), -1, group)
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}") from None


def read_text(path: Path) -> str | None:
    """Return what `path` holds, None if it is not there; raise ConfigError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, or standard input for "-": into a container nothing else gets easily."""
    try:
        return sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        mend = ": give - and the file on standard input if this is a container" if not path.exists() else ""
        raise ConfigError(f"cannot read {path}: {error.strerror}{mend}") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the editors' lock of `path` (a file beside it); wait for whoever has it. Readers need no lock."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    except OSError as error:
        raise ConfigError(f"cannot lock {path}: {error.strerror or error}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
