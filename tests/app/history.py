"""A campaign's past, put into the store as the dialer and the acd would have written it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from callcenter.adapters.store import Store
from callcenter.adapters.store.schema import agent_changes, attempts
from callcenter.outbound import Attempt, AttemptOutcome, AttemptState

O = AttemptOutcome  # noqa: E741 - as in the modules
# One agent's work: every two minutes five calls, of which one is answered and talked with for a minute.
ROUND = timedelta(minutes=2)
ENDS = (O.CONNECTED, O.NO_ANSWER, O.NO_ANSWER, O.BUSY, O.NO_ANSWER)


def made(number: int, outcome: AttemptOutcome, at: datetime, agent: str) -> Attempt:
    rang = None if outcome is O.BUSY else at + timedelta(seconds=2)
    answered = at + timedelta(seconds=10) if outcome is O.CONNECTED else None
    over = at + timedelta(seconds={O.CONNECTED: 70, O.BUSY: 3}.get(outcome, 24))
    return Attempt(
        id=f"{int(at.timestamp()):08x}{number:08x}",
        lead=number,
        campaign="spring",
        number=f"+1202555{number % 10_000:04}",
        cell="main",
        state=AttemptState.ENDED,
        counted=True,
        reserved_at=at,
        gate_at=at,
        ringing_at=rang,
        answered_at=answered,
        connected_at=answered,
        ended_at=over,
        outcome=outcome,
        agent=agent if outcome is O.CONNECTED else None,
        call_id=f"c-{int(at.timestamp())}-{number}",
    )


async def write_day(store: Store, start: datetime, rounds: int = 90, agent: str = "7") -> None:
    """Write `rounds` of an agent's work from `start` on."""
    calls: list[Attempt] = []
    log: list[dict[str, Any]] = [change(agent, start - timedelta(minutes=1), "ready")]
    for turn in range(rounds):
        begins = start + turn * ROUND
        calls += [made(turn * 5 + place, outcome, begins, agent) for place, outcome in enumerate(ENDS)]
        talk = calls[-5]
        log += [
            change(agent, begins + timedelta(seconds=10), "on-call", talk.call_id),
            change(agent, begins + timedelta(seconds=70), "wrap-up", talk.call_id),
            change(agent, begins + timedelta(seconds=85), "ready"),
        ]
    log.append(change(agent, start + rounds * ROUND, "logged-out"))
    rows = [{**asdict(call), "counts_at": call.ended_at} for call in calls]
    await store._access.write(lambda db: (db.execute(insert(attempts), rows), db.execute(insert(agent_changes), log)))


def change(agent: str, at: datetime, state: str, call: str | None = None) -> dict[str, Any]:
    return {"id": f"{agent}-{at.timestamp()}", "agent": agent, "state": state, "at": at, "reason": "", "call_id": call}
