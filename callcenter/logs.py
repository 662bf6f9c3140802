"""Log lines: one format, and caller numbers masked above DEBUG. Pure but for `configure`, called by `app` alone."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final, TextIO

FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_NUMBER: Final = re.compile(r"\+\d{7,15}\b")


def masked(text: str) -> str:
    """Return `text` with the middle of each international number hidden.

    >>> masked("call from +12025550143 to sales")
    'call from +1202•••0143 to sales'
    """
    return _NUMBER.sub(lambda found: f"{found[0][:5]}•••{found[0][-4:]}", text)


class MaskingFormatter(logging.Formatter):
    """Masks numbers in lines above DEBUG."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line if record.levelno <= logging.DEBUG else masked(line)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send all log lines to `stream` (standard error). Names of levels are Python's."""
    target = logging.StreamHandler(stream or sys.stderr)
    target.setFormatter(MaskingFormatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [target]
    root.setLevel(level.upper())
    for chatty in ("aiohttp.access", "alembic", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
