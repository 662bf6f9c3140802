"""Is the acd there?"""

from datetime import timedelta

from callcenter.records import Lease
from ivr.service.pulse import Pulse
from tests.doubles import START, Clock, FakeStore


def watched(until_s: float | None) -> tuple[Clock, FakeStore, Pulse]:
    clock = Clock()
    store = FakeStore(clock)
    if until_s is not None:
        store.leases["acd:main"] = Lease(name="acd:main", holder="x", until=START + timedelta(seconds=until_s))
    return clock, store, Pulse(store, "main", clock)


async def gone_after(clock: Clock, pulse: Pulse, limit_s: int = 60) -> int | None:
    """Seconds from now until the acd counts as gone."""
    for second in range(limit_s):
        if await pulse.acd_is_gone():
            return second
        clock.advance(1)
    return None


async def test_the_lease_counts_ten_seconds_longer() -> None:
    clock, _, pulse = watched(20)
    assert await gone_after(clock, pulse) == 31


async def test_a_lease_that_ended_long_ago_counts_at_once() -> None:
    clock, _, pulse = watched(-60)
    assert await gone_after(clock, pulse) == 0


async def test_without_any_lease_the_first_look_counts() -> None:
    clock, _, pulse = watched(None)
    assert await gone_after(clock, pulse) == 11


async def test_a_standby_that_takes_over_in_time_is_no_gap() -> None:
    clock, store, pulse = watched(5)
    for _ in range(14):
        assert not await pulse.acd_is_gone()
        clock.advance(1)
    store.leases["acd:main"] = Lease(name="acd:main", holder="y", until=START + timedelta(seconds=600))
    assert await gone_after(clock, pulse) is None


async def test_a_lease_that_cannot_be_read_counts_as_not_renewed() -> None:
    clock, store, pulse = watched(20)
    assert not await pulse.acd_is_gone()
    store.broken = {"lease"}
    assert await gone_after(clock, pulse) == 31
    store.broken.clear()
    store.leases["acd:main"] = Lease(name="acd:main", holder="y", until=START + timedelta(seconds=600))
    clock.advance(2)
    assert not await pulse.acd_is_gone()


async def test_the_lease_is_read_at_most_every_two_seconds() -> None:
    clock, store, pulse = watched(600)
    for _ in range(100):
        await pulse.acd_is_gone()
        clock.advance(0.1)
    assert store.reads.count("lease") == 5


async def test_the_lease_runs_on_the_clock_of_the_database() -> None:
    clock, store, pulse = watched(20)
    store.clock_ahead_s = 3600
    store.leases["acd:main"] = Lease(name="acd:main", holder="x", until=START + timedelta(seconds=3620))
    assert await gone_after(clock, pulse) == 31
