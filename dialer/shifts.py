"""What the log of agents' states tells of a day: wrap-ups, and when who was there for a campaign. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.records import AgentChange
from dialer.crew import OFF, READY, WRAP_UP

PAUSED: Final = "paused"
LONGEST_WRAP: Final = timedelta(minutes=10)  # longer is somebody who forgot to say that they are back
FLEETING: Final = timedelta(seconds=1)  # gaps no longer than this are how the log was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Somebody did something from `start` to `end`, with `call`."""

    agent: str
    state: str
    call: str | None
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def spans(changes: Iterable[AgentChange], since: datetime, until: datetime) -> Iterator[Span]:
    """Yield what each agent did between `since` and `until`; `changes` in the order recorded, earlier ones too."""
    by_agent: dict[str, list[AgentChange]] = defaultdict(list)
    for change in changes:
        by_agent[change.agent].append(change)
    for agent, mine in by_agent.items():
        nexts = [*(change.at for change in mine[1:]), until]
        for change, after in zip(mine, nexts, strict=True):
            start, end = max(change.at, since), min(after, until)
            if start < end:
                yield Span(agent=agent, state=change.state, call=change.call_id, start=start, end=end)


def wraps_after(changes: Sequence[AgentChange], talks: Collection[str]) -> list[float]:
    """Return the lengths (s) of the wrap-ups after the calls `talks`; those whose end is not known are left out."""
    if not changes:
        return []
    last = changes[-1].at
    found = (
        span
        for span in spans(changes, changes[0].at, last)
        if span.state == WRAP_UP and span.call in talks and span.end < last
    )
    return [span.length.total_seconds() for span in found if span.length <= LONGEST_WRAP]


def on_duty(span: Span, mine: Collection[str]) -> bool:
    """Whether somebody was there for a campaign whose calls are `mine`: ready, or on one of its calls."""
    if span.state in {OFF, PAUSED}:
        return False
    return span.state == READY or span.call in mine
