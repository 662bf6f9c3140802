"""What came of a demo, as its last line: pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from callcenter.outbound import Attempt
from callcenter.records import CallRecord, Outcome
from sim.phones.plans import PhoneCall

CLOCKS: Final = timedelta(seconds=5)  # phone and Asterisk note the same call's beginning within this


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Counts of both directions, hand-over times in ms, calls we have no terminal record of, errors logged."""

    calls: int
    reached_agent: int
    abandoned: int
    placed: int
    answered: int
    connected: int
    dropped: int
    answer_to_agent_ms: Sequence[float]
    lost: int
    errors: int

    @property
    def good(self) -> bool:
        return self.reached_agent > 0 and self.connected > 0 and self.lost == 0

    def line(self) -> str:
        told: dict[str, Any] = {
            "inbound": {"calls": self.calls, "reached_agent": self.reached_agent, "abandoned": self.abandoned},
            "outbound": {
                "placed": self.placed,
                "answered": self.answered,
                "connected": self.connected,
                "dropped": self.dropped,
            },
            "answer_to_agent_ms": {
                "p50": percentile(self.answer_to_agent_ms, 0.50),
                "p99": percentile(self.answer_to_agent_ms, 0.99),
            },
            "lost": self.lost,
            "errors": self.errors,
        }
        return "demo: " + json.dumps(told, separators=(",", ":"))


def lost_calls(phone_calls: Iterable[PhoneCall], records: Iterable[CallRecord]) -> list[PhoneCall]:
    """Return the phones' calls without a terminal record of ours.

    A record belongs to a phone's call if caller and beginning agree; each record answers for one call only.
    """
    ended = [record for record in records if record.ended_at is not None and record.outcome is not None]
    lost = []
    for call in phone_calls:
        if call.invited_at is None:
            continue
        own = [r for r in ended if r.caller == call.caller and abs(r.started_at - call.invited_at) <= CLOCKS]
        if own:
            ended.remove(own[0])
        else:
            lost.append(call)
    return lost


def unknown_calls(network_calls: Iterable[PhoneCall], attempts: Iterable[Attempt]) -> list[PhoneCall]:
    """Return the calls the carrier saw without an attempt of ours that has ended; each attempt answers for one call."""
    ended = [attempt for attempt in attempts if attempt.ended_at is not None and attempt.gate_at is not None]
    unknown = []
    for call in network_calls:
        own = [
            attempt
            for attempt in ended
            if attempt.number == call.number
            and attempt.gate_at is not None
            and call.invited_at is not None
            and abs(attempt.gate_at - call.invited_at) <= CLOCKS
        ]
        if own:
            ended.remove(own[0])
        else:
            unknown.append(call)
    return unknown


def count(records: Iterable[CallRecord], *outcomes: Outcome) -> int:
    return sum(record.outcome in outcomes for record in records)


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """Return the nearest-rank percentile to 0.1, None without values.

    >>> percentile([5.0, 1.0, 3.0], 0.5)
    3.0
    """
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(fraction * len(values)) - 1)], 1)
