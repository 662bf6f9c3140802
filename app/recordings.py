"""The folder of recordings of this installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from callcenter.adapters.recordings import Recordings
from callcenter.care import Voicemail
from callcenter.dialplan import RECORDINGS_DIR
from callcenter.errors import ConfigError, NotFound
from callcenter.settings import Settings

SUFFIX: Final = ".wav"


def recordings(settings: Settings) -> Recordings | None:
    """The folder of recordings, None if none is set."""
    if not settings.recordings_dir:
        return None
    return Recordings(Path(settings.recordings_dir), RECORDINGS_DIR, lambda: datetime.now(UTC).date())


def voicemail_sound(settings: Settings, voicemail: Voicemail) -> bytes:
    """Return a message that somebody left, a WAV file; raise ConfigError, NotFound."""
    folder = settings.recordings_dir
    if not folder:
        raise ConfigError("CALLCENTER_RECORDINGS_DIR is not set: the folder of recordings as seen from here")
    root = Path(folder).resolve()
    path = (root / f"{voicemail.file.removesuffix(SUFFIX)}{SUFFIX}").resolve()
    if not path.is_relative_to(root):
        raise ConfigError(f"voicemail {voicemail.id}: {voicemail.file} does not lie in {folder}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"the recording {path} cannot be read: {error.strerror}") from None
