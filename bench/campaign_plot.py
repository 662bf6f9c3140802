"""A campaign as a picture (SVG): share of agents at work by ten seconds, people answered and dropped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from callcenter.outbound import Attempt, AttemptOutcome
from callcenter.records import AgentChange

WIDTH: Final = 900
HEIGHT: Final = 260
LEFT: Final = 50
TOP: Final = 30
STEP: Final = timedelta(seconds=10)
AT_WORK: Final = frozenset({"reserved", "on-call", "wrap-up"})


def draw(changes: Sequence[AgentChange], attempts: Sequence[Attempt], since: datetime, until: datetime) -> str:
    """Return the picture."""
    steps = max(1, int((until - since) / STEP))
    at_work = [_share(changes, since + (i + 0.5) * STEP) for i in range(steps)]
    span = until - since
    line = " ".join(
        f"{LEFT + WIDTH * (i + 0.5) / steps:.1f},{TOP + HEIGHT * (1 - share):.1f}" for i, share in enumerate(at_work)
    )
    drops = [a.ended_at for a in attempts if a.outcome is AttemptOutcome.DROPPED and a.ended_at is not None]
    marks = "".join(
        f'<circle cx="{LEFT + WIDTH * ((at - since) / span):.1f}" cy="{TOP + HEIGHT - 6}" r="4" fill="#c0392b"/>'
        for at in drops
        if since <= at <= until
    )
    grid = "".join(
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{TOP + HEIGHT * (1 - s / 4)}" y2="{TOP + HEIGHT * (1 - s / 4)}" '
        f'stroke="#ddd"/><text x="8" y="{TOP + HEIGHT * (1 - s / 4) + 4}">{25 * s} %</text>'
        for s in range(5)
    )
    minutes = "".join(
        f'<text x="{LEFT + WIDTH * timedelta(minutes=m) / span:.0f}" y="{TOP + HEIGHT + 20}">{m} min</text>'
        for m in range(0, int(span.total_seconds() // 60) + 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + LEFT + 20} {HEIGHT + TOP + 40}" '
        f'font-family="sans-serif" font-size="12">{grid}{minutes}'
        f'<polyline points="{line}" fill="none" stroke="#2c6fbb" stroke-width="2"/>{marks}'
        f'<text x="{LEFT}" y="18">agents at work, and drops (red)</text></svg>\n'
    )


def _share(changes: Sequence[AgentChange], at: datetime) -> float:
    """Return the share of agents on duty who are on a call or wrap up at an instant."""
    last: dict[str, AgentChange] = {}
    for change in changes:
        if change.at <= at and (change.agent not in last or change.at >= last[change.agent].at):
            last[change.agent] = change
    there = [change for change in last.values() if change.state in AT_WORK | {"ready"}]
    return sum(change.state in AT_WORK for change in there) / len(there) if there else 0.0
