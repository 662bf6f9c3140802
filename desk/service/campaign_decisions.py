"""Why the dialer placed so many calls: the decisions of the pacers, with their reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from desk.access import SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.models.campaigns import DecisionsAsked, DecisionShown, DecisionsShown
from desk.service.campaigns import CAMPAIGN


async def decisions(call: Call) -> Reply:
    asked: DecisionsAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    store, at, span = call.desk.store, asked.at or call.now, timedelta(seconds=asked.around_s)
    decision = await store.decision_at(found.name, at)
    around = await store.decisions(found.name, at - span, at + span, asked.limit)
    shown = DecisionsShown(
        at=at,
        decision=None if decision is None else DecisionShown.model_validate(decision),
        around=[DecisionShown.model_validate(one) for one in reversed(around)],
    )
    return Reply(answer=shown)


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{CAMPAIGN}/decisions",
        summary="Why the dialer placed as many calls as it did at a time",
        tag="campaigns",
        handler=decisions,
        roles=SUPERVISORS,
        query=DecisionsAsked,
        answer=DecisionsShown,
    ),
)
