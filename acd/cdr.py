"""Asterisk's own record of each call (cdr-custom, asterisk/conf/cdr_custom.conf): for calls we did not see. Pure."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from callcenter.records import CallRecord, Direction, Outcome

COLUMNS: Final = 11
# Legs of agents and of the fallback's Local channels have records too; callers are those that dialled a number of ours.
CALLER_CONTEXTS: Final = frozenset({"inbound", "waiting", "connect", "after-ivr", "fallback", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdr:
    """One caller's leg as Asterisk recorded it. `answered_at` None: not answered."""

    id: str
    caller: str
    did: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime


def parse(lines: Iterable[str]) -> Iterator[Cdr]:
    """Yield the callers' records in `lines`; a line that is cut short or not ours is passed over."""
    for row in csv.reader(lines):
        if len(row) != COLUMNS:
            continue
        unique, _, source, _, context, _, start, answer, end, _, did = row
        started_at, ended_at = _time(start), _time(end)
        if did and context in CALLER_CONTEXTS and started_at is not None and ended_at is not None:
            yield Cdr(
                id=unique,
                caller=source,
                did=did,
                started_at=started_at,
                answered_at=_time(answer),
                ended_at=ended_at,
            )


def unseen(records: Iterable[Cdr], known: Collection[str]) -> list[CallRecord]:
    """Return a closed record for each call that is not `known`: it came and went while we were down.

    A call that touched several extensions has several records: the first start and the last end count.
    """
    found: dict[str, CallRecord] = {}
    for cdr in records:
        if cdr.id in known:
            continue
        before = found.get(cdr.id)
        found[cdr.id] = CallRecord(
            id=cdr.id,
            direction=Direction.INBOUND,
            started_at=min(cdr.started_at, before.started_at) if before else cdr.started_at,
            did=cdr.did,
            caller=cdr.caller,
            ended_at=max(cdr.ended_at, before.ended_at) if before and before.ended_at else cdr.ended_at,
            outcome=Outcome.NOT_SEEN,
        )
    return list(found.values())


def _time(text: str) -> datetime | None:
    """Times are epoch seconds with microseconds (option u of CDR()); 0 means never."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
