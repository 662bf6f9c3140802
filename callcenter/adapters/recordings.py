"""The folder of recordings: Asterisk writes what callers say into it, we name the files, listen to them, delete them.

    voicemail/2026-03-02/<32 hex digits>.wav
    calls/2026-03-02/<call id>-<32 hex digits>.wav

Both sides write there, each as a user of its own and both of one group: the folders are ours and the group's, with the
set-group-id bit, so that what Asterisk makes in them we may delete. Nobody else may look in.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from callcenter.errors import StoreError

log = logging.getLogger("callcenter.recordings")

SUFFIX: Final = ".wav"
FOLDER_MODE: Final = 0o770
RATE_HZ: Final = 8_000  # of Asterisk's format wav
HEADER: Final = 44  # bytes before the samples; the lengths in it are not right until Asterisk closes the file
FRAME: Final = RATE_HZ // 50
MADE: Final = 16  # folders remembered as made; those of yesterday are of no use any more
# A frame louder than this is a voice. Below lie the noise of lines, and breath.
VOICE_DBFS: Final = -45.0
_THRESHOLD: Final = (32_768.0 * 10 ** (VOICE_DBFS / 20)) ** 2
_NAME: Final = re.compile(r"[a-z]+/[0-9-]{10}/[A-Za-z0-9.-]+\.wav", re.ASCII)
_ODD: Final = re.compile(r"[^A-Za-z0-9.-]")


class Recordings:
    """Recordings in `folder`, which Asterisk knows as `inside`. `today`: date of new ones, UTC."""

    def __init__(self, folder: Path, inside: str, today: Callable[[], date]) -> None:
        self.folder, self._inside, self._today = folder, inside, today
        self._made: set[Path] = set()

    def new(self, kind: str, call_id: str = "") -> str:
        """Return the name of a recording to be made; its folder is there. Raise StoreError if it cannot be.

        A name is the path in the folder.
        """
        day = f"{kind}/{self._today().isoformat()}"
        self._make(self.folder / day)
        own = f"{_ODD.sub('-', call_id)}-" if call_id else ""
        return f"{day}/{own}{secrets.token_hex(16)}{SUFFIX}"

    def path(self, name: str) -> str:
        """Return where Asterisk finds a recording; without the suffix, which it adds itself."""
        return f"{self._inside}/{name.removesuffix(SUFFIX)}"

    def file(self, name: str) -> Path:
        """Return where we find it; raise ValueError for what is no name of ours."""
        if not _NAME.fullmatch(name) or ".." in name:
            raise ValueError(f"not the name of a recording: {name!r}")
        return self.folder / name

    async def voiced(self, name: str) -> tuple[float, float]:
        """Return the length of a recording and how much of it is not silent, in seconds; zeros if it is not there."""
        return await asyncio.to_thread(_voiced, self.file(name))

    async def remove(self, name: str) -> None:
        """Delete a recording."""
        try:
            await asyncio.to_thread(self.file(name).unlink, missing_ok=True)
        except OSError as error:
            log.error("recording %s cannot be deleted: %s", name, error)

    def check(self) -> str:
        """Say that both sides can write here; raise StoreError with how to mend it."""
        probe = self.folder / f".probe-{secrets.token_hex(4)}"
        try:
            mode = self.folder.stat().st_mode
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StoreError(f"no recordings in {self.folder}: {error.strerror}; see recordings_dir") from None
        if not mode & 0o020:
            raise StoreError(f"{self.folder} is not writable by its group, which Asterisk is in: chmod 2770")
        return f"recordings in {self.folder}"

    def _make(self, folder: Path) -> None:
        if folder in self._made:
            return
        try:
            for one in (folder.parent, folder):
                one.mkdir(mode=FOLDER_MODE, exist_ok=True)
                mode = one.stat().st_mode & 0o7777
                if mode & FOLDER_MODE != FOLDER_MODE:  # our umask
                    one.chmod(mode | FOLDER_MODE)
        except OSError as error:
            raise StoreError(f"no room for recordings: {folder}: {error.strerror}") from None
        if len(self._made) > MADE:
            self._made.clear()
        self._made.add(folder)


def _voiced(file: Path) -> tuple[float, float]:
    try:
        raw = file.read_bytes()[HEADER:]
    except OSError:
        return 0.0, 0.0
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(np.float32)
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    loud = int((np.mean(frames**2, axis=1) > _THRESHOLD).sum()) if frames.size else 0
    return samples.size / RATE_HZ, loud * FRAME / RATE_HZ
