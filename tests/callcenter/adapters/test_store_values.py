"""Whatever text or state arrives is kept and found again, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.adapters.store import Store
from callcenter.adapters.store.columns import clean
from callcenter.records import BlockedCaller, CallRecord, Direction, IvrSession

T0 = datetime(2026, 1, 1, tzinfo=UTC)

# Any code point, lone surrogates and NUL included.
anything = st.text(st.characters(codec=None), max_size=20)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=10)
states = st.dictionaries(
    words,
    st.recursive(leaves | words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)),
    max_size=4,
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001

# The store stays the same from example to example; each writes its own rows.
repeatedly = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@repeatedly
@given(number=anything, reason=anything)
async def test_any_text_is_kept_and_found_by_itself(store: Store, number: str, reason: str) -> None:
    await store.block(BlockedCaller(number=number, reason=reason, since=T0))
    kept = await store.blocked(number)
    assert kept == BlockedCaller(number=clean(number), reason=clean(reason), since=T0)
    assert await store.unblock(number)


@repeatedly
@given(state=states)
async def test_any_state_comes_back_equal(store: Store, state: dict[str, Any]) -> None:
    session = IvrSession(call_id="1", flow="main", version=1, state=state, updated_at=T0)
    await store.save_session(session)
    assert await store.session("1") == session


@repeatedly
@given(at=times, later=times)
async def test_times_come_back_equal_and_in_order(store: Store, at: datetime, later: datetime) -> None:
    for call_id, time in (("a", at), ("b", later)):
        await store.save_session(IvrSession(call_id=call_id, flow="", version=1, state={}, updated_at=time))
    kept = await store.session("a")
    assert kept is not None
    assert (kept.updated_at, kept.updated_at.tzinfo) == (at, UTC)
    call_id = f"{at.timestamp()}-{later.timestamp()}"
    await store.open_call(CallRecord(id=call_id, direction=Direction.INBOUND, started_at=at))
    found = {call.id for call in await store.calls(min(at, later), max(at, later), 1000)}
    assert (call_id in found) == (at < later)
