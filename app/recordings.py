"""The folder of recordings of this installation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from callcenter.adapters.recordings import Recordings
from callcenter.dialplan import RECORDINGS_DIR
from callcenter.settings import Settings


def recordings(settings: Settings) -> Recordings | None:
    """The folder of recordings, None if none is set."""
    if not settings.recordings_dir:
        return None
    return Recordings(Path(settings.recordings_dir), RECORDINGS_DIR, lambda: datetime.now(UTC).date())
