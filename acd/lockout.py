"""Guessing PINs by phone: after some wrong ones in a row an agent's log-in is closed for a while. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

MAX_WRONG: Final = 5  # in a row
CLOSED_FOR: Final = timedelta(minutes=5)  # at most 60 tries an hour on one agent's PIN


class Lockout:
    """Wrong tries by key (agent id)."""

    def __init__(self) -> None:
        self._wrong: dict[str, int] = {}
        self._until: dict[str, datetime] = {}

    def closed(self, key: str, now: datetime) -> bool:
        return key in self._until and now < self._until[key]

    def wrong(self, key: str, now: datetime) -> None:
        """Count a wrong PIN; the last one allowed closes the log-in for CLOSED_FOR."""
        self._wrong[key] = self._wrong.get(key, 0) + 1
        if self._wrong[key] >= MAX_WRONG:
            self._until[key] = now + CLOSED_FOR
            self._wrong[key] = 0

    def right(self, key: str) -> None:
        self._wrong.pop(key, None)
        self._until.pop(key, None)
