"""People who answered and those of them dropped, by campaign and hour: what the bound on drops is reckoned from.

An attempt is counted in the transaction that closes it, so counts and ledger never differ. A window begins at the start
of an hour: counts are summed and not rows, and within the hour nothing drops out of the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, literal_column, select, union_all

from callcenter.adapters.store.rows import insert_into
from callcenter.adapters.store.schema import answer_counts, attempts
from callcenter.compliance.guard import Room, WindowCount, room
from callcenter.outbound import AttemptOutcome, Draft, DropLimit

PERSON: Final = frozenset({AttemptOutcome.CONNECTED, AttemptOutcome.DROPPED})

# One statement: a call that ends meanwhile is counted in one of the two and never in none.
_WINDOW = union_all(
    select(
        literal_column("'answers'").label("what"),
        func.coalesce(func.sum(answer_counts.c.live), 0).label("first"),
        func.coalesce(func.sum(answer_counts.c.drops), 0).label("second"),
    ).where(answer_counts.c.campaign == bindparam("of"), answer_counts.c.hour >= bindparam("since")),
    select(literal_column("'unresolved'"), func.count(), literal_column("0"))
    .select_from(attempts)
    .where(attempts.c.campaign == bindparam("of"), attempts.c.ended_at.is_(None), attempts.c.connected_at.is_(None)),
)


@cache
def _count(dialect: str) -> Any:
    insert = insert_into(dialect, answer_counts)
    return insert.on_conflict_do_update(
        index_elements=["campaign", "hour"],
        set_={
            "live": answer_counts.c.live + insert.excluded.live,
            "drops": answer_counts.c.drops + insert.excluded.drops,
        },
    )


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def count_answer(db: Connection, campaign: str, outcome: AttemptOutcome, at: datetime) -> None:
    """Count an attempt that was just closed, if a person answered it."""
    if outcome in PERSON:
        drops = int(outcome is AttemptOutcome.DROPPED)
        db.execute(_count(db.dialect.name), {"campaign": campaign, "hour": hour_of(at), "live": 1, "drops": drops})


def window(db: Connection, campaign: str, since: datetime, ready: int = 0) -> WindowCount:
    """Return what a campaign has counted since the hour of `since`, and its calls whose fate is not known."""
    counts = {row.what: row for row in db.execute(_WINDOW, {"of": campaign, "since": hour_of(since)})}
    answered = counts["answers"]
    return WindowCount(
        live=int(answered.first), drops=int(answered.second), unresolved=int(counts["unresolved"].first), ready=ready
    )


def tightest(db: Connection, campaign: str, limits: Iterable[DropLimit], ready: int) -> tuple[DropLimit, Room] | None:
    """Return the limit that leaves the least room for calls, None if none is active."""
    rooms = [(limit, room(window(db, campaign, limit.since, ready), limit.cap)) for limit in limits]
    active = [found for found in rooms if found[1].calls is not None]
    return min(active, key=lambda found: found[1].calls or 0) if active else None


def rooms(db: Connection, drafts: Sequence[Draft]) -> dict[str, tuple[DropLimit, Room]]:
    """Return for each campaign of `drafts` that is bounded how many calls may be placed, and by which limit."""
    asked = {draft.campaign: draft for draft in drafts if draft.drops}
    found = {name: tightest(db, name, draft.drops, draft.ready) for name, draft in asked.items()}
    return {name: limit for name, limit in found.items() if limit is not None}
