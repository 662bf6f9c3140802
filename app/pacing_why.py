"""Why the dialer placed so many calls at a time: the decisions it kept, told as text and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.tabular import columns
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.outbound import Decision

AROUND: Final = timedelta(seconds=15)
MOST: Final = 60
CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
# What of the floor is told, and how.
AGENTS: Final = ("idle", "talk", "wrap", "away")
CALLS: Final = ("dialing", "ringing", "amd", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """`decision`: the one that held `at` a time, None if none is kept; `around`: those before and after, in order."""

    at: datetime
    decision: Decision | None
    around: tuple[Decision, ...]


async def look(store: Store, campaign: str, at: datetime) -> Why:
    """Read why `campaign` was dialled as it was `at` a time. Raise StoreError."""
    found = await store.decision_at(campaign, at)
    around = await store.decisions(campaign, at - AROUND, at + AROUND, MOST)
    return Why(at=at, decision=found, around=tuple(reversed(around)))


def time_in(written: str, zone: str, now: datetime) -> datetime:
    """Read a time: "14:03:22" of today or, if that is yet to come, of yesterday, in `zone`; or a date and time (ISO).

    Raise ConfigError that says how to write it.
    """
    here = ZoneInfo(zone)
    clock = CLOCK.fullmatch(written.strip())
    try:
        if clock is None:
            at = datetime.fromisoformat(written.strip())
            return (at if at.tzinfo else at.replace(tzinfo=here)).astimezone(UTC)
        hour, minute, second = (int(part or 0) for part in clock.groups())
        # To the end of that second: a decision made within it is the one that is asked for.
        at = now.astimezone(here).replace(hour=hour, minute=minute, second=second, microsecond=999_999)
        return (at if at <= now + timedelta(seconds=1) else at - timedelta(days=1)).astimezone(UTC)
    except ValueError:
        raise ConfigError(f'"{written}" is no time: write 14:03:22 or 2026-03-02T14:03:22') from None


def lines(why: Why, zone: str) -> Iterator[str]:
    """Tell it."""
    here = ZoneInfo(zone)
    decision = why.decision
    if decision is None:
        yield f"nothing is kept of a decision at {_clock(why.at, here)} or before"
        return
    yield f"{_clock(decision.at, here)}: {verdict(decision)}"
    yield f"  agents: {_counts(decision, AGENTS)}"
    yield f"  calls:  {_counts(decision, CALLS)}"
    yield from (f"  {reason}" for reason in decision.reasons)
    if len(why.around) > 1:
        yield ""
        yield columns([_row(one, here, marked=one == decision) for one in why.around])


def verdict(decision: Decision) -> str:
    """Return in words what was decided and what came of it."""
    told = f"asked for {decision.asked} calls" if decision.asked else "no new call"
    if decision.asked != decision.placed:
        told += f", {decision.placed} went out"
    if decision.cancelled:
        told += f", {decision.cancelled} that rang were ended"
    return told


def as_json(why: Why) -> dict[str, Any]:
    return {
        "at": why.at.isoformat(),
        "decision": None if why.decision is None else _plain(why.decision),
        "around": [_plain(one) for one in why.around],
    }


def _plain(decision: Decision) -> dict[str, Any]:
    row = {name: getattr(decision, name) for name in decision.__slots__}
    return {**row, "at": decision.at.isoformat(), "reasons": list(decision.reasons), "floor": dict(decision.floor)}


def _counts(decision: Decision, names: Sequence[str]) -> str:
    return ", ".join(f"{decision.floor.get(name, 0):g} {name}" for name in names)


def _row(decision: Decision, zone: ZoneInfo, *, marked: bool) -> dict[str, Any]:
    flying = sum(decision.floor.get(name, 0) for name in CALLS)
    return {
        "": ">" if marked else " ",
        "time": f"{decision.at.astimezone(zone):%H:%M:%S}",
        "idle": f"{decision.floor.get('idle', 0):g}",
        "in flight": f"{flying:g}",
        "asked": decision.asked,
        "placed": decision.placed,
        "ended": decision.cancelled,
        "why": decision.reasons[-2] if len(decision.reasons) > 1 else "".join(decision.reasons),
    }


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
