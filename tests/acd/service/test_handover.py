"""A caller handed over is matched only while that is still what the caller waits for."""

import asyncio
from datetime import UTC, datetime

import pytest

from acd.service import handover
from acd.service.handover import HandOvers
from callcenter.errors import StoreError
from callcenter.happenings import CallFellBack, CallWaits, CallWithdrawn, Happening, LegEnded, Met
from callcenter.records import Waiting

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ROW = Waiting(call_id="c", channel="PJSIP/c", queue="sales", since=NOW)
WAITS = CallWaits(call="c", channel="PJSIP/c", queue="sales", at=NOW)


class Rows:
    """A store that answers when it is let; `away` times it cannot be reached before."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.asked = 0
        self.reached, self.answer = asyncio.Event(), asyncio.Event()

    async def waiting(self, call_id: str) -> Waiting | None:
        self.asked += 1
        self.reached.set()
        if self.asked <= self.away:
            raise StoreError("database is away")
        await self.answer.wait()
        return ROW if call_id == "c" else None


async def test_the_row_is_given_out_once() -> None:
    rows = Rows()
    rows.answer.set()
    hand_overs = HandOvers(rows)
    hand_overs.begin(WAITS)
    assert await hand_overs.row(WAITS) == ROW
    assert await hand_overs.row(WAITS) is None


@pytest.mark.parametrize(
    ("happening", "unwanted"),
    [
        (Met(legs=("leg1", "c"), at=NOW), None),
        (LegEnded(leg="c", cause=16, at=NOW), "c"),
        (LegEnded(leg="d", cause=16, at=NOW), None),
        (CallWithdrawn(call="c", at=NOW), None),
        (CallFellBack(call="c", at=NOW), "c"),
    ],
)
async def test_who_is_somewhere_else_when_the_row_comes_is_not_matched(
    happening: Happening, unwanted: str | None
) -> None:
    """The row of who will never wait again is to be deleted by whoever hears of it: the floor knows nothing of it."""
    rows = Rows()
    hand_overs = HandOvers(rows)
    hand_overs.begin(WAITS)
    reading = asyncio.create_task(hand_overs.row(WAITS))
    await rows.reached.wait()
    assert hand_overs.settle(happening) == unwanted
    assert hand_overs.settle(happening) is None
    rows.answer.set()
    assert await reading == (ROW if happening == LegEnded(leg="d", cause=16, at=NOW) else None)


async def test_a_second_hand_over_of_the_same_call_replaces_the_first() -> None:
    rows = Rows()
    rows.answer.set()
    hand_overs = HandOvers(rows)
    again = CallWaits(call="c", channel="PJSIP/c", queue="sales", at=NOW)
    hand_overs.begin(WAITS)
    hand_overs.begin(again)
    assert await hand_overs.row(WAITS) is None
    assert await hand_overs.row(again) == ROW


async def test_a_store_that_is_away_is_asked_again_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "RETRY_S", 0.0)
    rows = Rows(away=3)
    rows.answer.set()
    hand_overs = HandOvers(rows)
    hand_overs.begin(WAITS)
    assert await hand_overs.row(WAITS) == ROW
    assert rows.asked == 4


async def test_a_picture_taken_anew_ends_the_asking() -> None:
    hand_overs = HandOvers(Rows())
    hand_overs.begin(WAITS)
    hand_overs.clear()
    assert await hand_overs.row(WAITS) is None
