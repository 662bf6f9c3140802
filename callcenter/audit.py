"""The audit log: who changed what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who changed what, when. Entries are only ever added."""

    who: str
    what: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditsOf:
    """Which entries of the audit log: of whom, of what, not older than `since`, numbered below `before`; None: any."""

    who: str | None = None
    what: str | None = None
    since: datetime | None = None
    before: int | None = None
    limit: int = 100
