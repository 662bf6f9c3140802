"""Where callers went in flows, which calls these were, and what leads to a flow."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from callcenter.care import PassedBy, TrafficOf
from callcenter.care import Traffic as Counted
from callcenter.errors import NotFound
from callcenter.records import CallRecord, IvrSession, Visit
from desk.access import SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.cursors import cursor_of, place_of
from desk.models.common import Listing
from desk.models.flows import (
    CallsAsked,
    CallShown,
    Traffic,
    TrafficAsked,
    TrafficRow,
    Trail,
    Usage,
    VisitShown,
)
from desk.service.flows import FLOW, leads
from desk.service.shelf import all_flows
from ivr.bundle import names_used

UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
NOT_ENDED: Final = "not-ended"


def back(asked: str) -> timedelta:
    """Return how far back something is asked for.

    >>> back("90m")
    datetime.timedelta(seconds=5400)
    """
    return int(asked[:-1]) * UNITS[asked[-1]]


def _of(call: Call, asked: TrafficAsked) -> TrafficOf:
    until = call.now + timedelta(seconds=1)
    return TrafficOf(flow=call.path["flow"], since=call.now - back(asked.since), until=until, version=asked.version)


async def traffic(call: Call) -> Reply:
    of = _of(call, call.query)
    rows = [_row(one) for one in await call.desk.store.traffic(of)]
    return Reply(answer=Traffic(since=of.since, until=of.until, rows=rows))


def _row(one: Counted) -> TrafficRow:
    ended: dict[str, int] = defaultdict(int)
    for outcome, count in one.outcomes.items():
        ended[str(outcome) if outcome else NOT_ENDED] += count
    return TrafficRow(node=one.node, exit=one.exit, visits=one.visits, calls=one.calls, outcomes=dict(ended))


async def calls(call: Call) -> Reply:
    asked: CallsAsked = call.query
    before = place_of(asked.cursor) if asked.cursor is not None else None
    of = PassedBy(calls=_of(call, asked), node=asked.node, exit=asked.exit, before=before, limit=asked.limit)
    found = await call.desk.store.calls_through(of)
    following = cursor_of(found[-1].at, found[-1].call_id) if len(found) == asked.limit else None
    items = [_call_shown(one.call_id, one.at, one.version, one.call) for one in found]
    return Reply(answer=Listing[CallShown](items=items, next=following))


def _call_shown(call_id: str, at: datetime, version: int, record: CallRecord | None) -> CallShown:
    known = {} if record is None else {name: getattr(record, name) for name in _OF_RECORD}
    if record is not None and record.outcome is not None:
        known["outcome"] = str(record.outcome)
    return CallShown(id=call_id, entered_at=at, version=version, **known)


_OF_RECORD: Final = ("caller", "did", "started_at", "ended_at", "queue", "agent")


async def trail(call: Call) -> Reply:
    call_id, store = call.path["call"], call.desk.store
    visits, session, record = await store.visits(call_id), await store.session(call_id), await store.call(call_id)
    if not visits and session is None and record is None:
        raise NotFound(f"there is no call {call_id!r}")
    return Reply(
        answer=Trail(
            call=_shown(call_id, visits, session, record),
            visits=[VisitShown.model_validate(visit) for visit in visits],
            inputs=[dict(given) for given in session.inputs] if session is not None else [],
        )
    )


def _shown(
    call_id: str, visits: list[Visit], session: IvrSession | None, record: CallRecord | None
) -> CallShown | None:
    began = visits[0].at if visits else session.started_at if session else None
    at = began or (record.started_at if record else None)
    version = visits[0].version if visits else session.version if session else 0
    return None if at is None else _call_shown(call_id, at, version, record)


async def usage(call: Call) -> Reply:
    name, store = call.path["flow"], call.desk.store
    numbers = [number for number in await store.numbers() if number.flow == name]
    users = [user for user, flow in (await all_flows(store)).items() if name in names_used(flow)]
    return Reply(answer=Usage(numbers=leads(numbers), flows=sorted(users)))


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{FLOW}/traffic",
        summary="Where callers went: by node and exit, with what became of them",
        tag="traffic",
        handler=traffic,
        roles=SUPERVISORS,
        query=TrafficAsked,
        answer=Traffic,
    ),
    Route(
        method="GET",
        path=f"{FLOW}/calls",
        summary="Calls that passed a flow, a node or an exit, newest first",
        tag="traffic",
        handler=calls,
        roles=SUPERVISORS,
        query=CallsAsked,
        answer=Listing[CallShown],
    ),
    Route(
        method="GET",
        path=f"{API}/calls/{{call}}/trail",
        summary="The way one call went",
        tag="traffic",
        handler=trail,
        roles=SUPERVISORS,
        answer=Trail,
    ),
    Route(
        method="GET",
        path=f"{FLOW}/usage",
        summary="What leads to a flow",
        tag="traffic",
        handler=usage,
        roles=SUPERVISORS,
        answer=Usage,
    ),
)
