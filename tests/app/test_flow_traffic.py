"""`callcenter flow traffic` and `flow split`: which exits calls took, and what became of the calls."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from callcenter.adapters.store import Store
from callcenter.records import CallRecord, Direction, IvrSession, Outcome, Visit
from tests.app.office import Office


def visits(call_id: str, exits: Mapping[str, str], at: datetime) -> list[Visit]:
    return [
        Visit(call_id=call_id, seq=seq, flow="night", version=1, node=node, exit=exit, at=at)
        for seq, (node, exit) in enumerate(exits.items())
    ]


async def calls(store: Store) -> None:
    """Forty calls through a split, of which `b` loses more."""
    at = datetime.now(UTC) - timedelta(hours=1)
    for number in range(40):
        arm, call_id = "ab"[number % 2], f"177.{number}"
        outcome = Outcome.ABANDONED if arm == "b" and number % 4 == 1 else Outcome.REACHED_AGENT
        await store.open_call(CallRecord(id=call_id, direction=Direction.INBOUND, started_at=at))
        session = IvrSession(call_id=call_id, flow="night", version=1, state={}, updated_at=at, started_at=at)
        await store.save_session(session, visits(call_id, {"hello": arm, "end": ""}, at))
        await store.close_call(call_id, at + timedelta(minutes=1), outcome, 16)


def test_traffic_counts_exits_with_what_became_of_the_calls(office: Office) -> None:
    office.store(calls)
    rows = json.loads(office("flow", "traffic", "night", "--json"))
    assert [(row["node"], row["exit"], row["visits"], row["share"]) for row in rows] == [
        ("end", "(left here)", 40, "100%"),
        ("hello", "a", 20, "50%"),
        ("hello", "b", 20, "50%"),
    ]
    assert rows[2]["outcomes"] == {"abandoned": 10, "reached-agent": 10}


def test_split_compares_its_ways_with_intervals(office: Office) -> None:
    office.store(calls)
    first, second = json.loads(office("flow", "split", "night", "hello", "--json"))
    assert (first["exit"], first["served"], first["between"]) == ("a", "100.0%", "83.9% and 100.0%")
    assert (second["exit"], second["served"]) == ("b", "50.0%")
    assert second["against first"].endswith(", a difference")

    async def under_way(store: Store) -> None:
        at = datetime.now(UTC)
        await store.open_call(CallRecord(id="178.1", direction=Direction.INBOUND, started_at=at))
        session = IvrSession(call_id="178.1", flow="night", version=1, state={}, updated_at=at, started_at=at)
        await store.save_session(session, visits("178.1", {"hello": "a", "end": ""}, at))

    office.store(under_way)
    first, _ = json.loads(office("flow", "split", "night", "hello", "--json"))
    assert (first["calls"], first["served"], first["between"]) == (21, "100.0%", "83.9% and 100.0%")
