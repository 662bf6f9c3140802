"""Callers who wait for an agent: the wait flow runs, and at any instant an agent may come."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.dialplan import VAR_NEXT, VAR_QUEUE
from callcenter.errors import ActionRefused, ChannelGone
from callcenter.messages import AgentReserved, WaitChanged
from callcenter.records import IvrSession, Lease, Visit
from ivr.commands import Enqueue
from ivr.happenings import Placed
from ivr.service.pulse import Pulse
from ivr.service.waiting import Lobby, Stay
from tests.doubles import START, Act, FakeChannel, Gone
from tests.ivr.made_up import queue, say
from tests.ivr.service.office import CALL, MAIN, Office, changed


@pytest.fixture
def centre() -> Office:
    return Office()


async def test_the_wait_flow_runs_with_music_between(centre: Office) -> None:
    channel = await centre.call({"main-menu": ["1"], "wait": ["", *[""] * 22, Gone()]})
    said = centre.journal[centre.journal.index("event CallWaiting Queue=sales") + 1 :]
    assert said == [
        "say please-wait",
        "music callcenter",
        "say still-waiting",
        "music callcenter",
        "say still-waiting",
        "music callcenter",
        "session wait:music",
    ]
    assert channel.music


async def test_nothing_is_said_once_an_agent_is_reserved(centre: Office) -> None:
    waits: list[Act] = [
        "",
        *[""] * 5,
        lambda: centre.bus.tell(AgentReserved(call_id=CALL, agent="7")),
        *[""] * 3,
        Gone(),
    ]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(centre.ivr.run())
        await asyncio.sleep(0)
        channel = await centre.call({"main-menu": ["1"], "wait": waits})
        running.cancel()
    assert channel.heard[-1] == "please-wait"


async def test_a_wait_longer_than_the_queue_allows_ends_with_a_word(centre: Office) -> None:
    centre.store.queues["sales"] = replace(centre.store.queues["sales"], max_wait=timedelta(seconds=30))
    channel = await centre.call({"main-menu": ["1"]})
    assert centre.clock() - START >= timedelta(seconds=30)
    assert centre.journal[-6:] == [
        "no row",
        "event CallWithdrawn",
        "say all-busy",
        "event CallDone Outcome=self-service",
        "CC_NEXT=hangup",
        "session ended",
    ]
    assert not channel.music


@pytest.mark.parametrize("state", ["missing", "switched off"])
async def test_a_queue_that_does_not_exist_or_is_off_is_said(centre: Office, state: str) -> None:
    if state == "missing":
        del centre.store.queues["sales"]
    else:
        centre.store.queues["sales"] = replace(centre.store.queues["sales"], active=False)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.heard[-1] == "all-busy"
    assert centre.store.rows == {}


async def test_without_an_acd_callers_go_to_the_fallback_queue_after_its_grace(centre: Office) -> None:
    centre.store.leases["acd:main"] = Lease(name="acd:main", holder="x", until=START + timedelta(seconds=5))
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert channel.variables[VAR_QUEUE] == "sales"
    assert timedelta(seconds=15) < centre.clock() - START <= timedelta(seconds=20)
    assert centre.store.rows == {}
    assert centre.journal[-3:] == ["no row", "session ended", "CC_NEXT=fallback"]
    assert centre.store.sessions[CALL].state["end"]["reason"] == "no acd is active"


async def test_a_caller_who_could_not_be_announced_leaves_no_row(
    centre: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(channel: FakeChannel, name: str, headers: Mapping[str, object]) -> None:
        raise ActionRefused("no such application")

    monkeypatch.setattr(FakeChannel, "user_event", refuse)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert centre.store.rows == {}


async def test_many_callers_look_at_the_lease_together(centre: Office) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            acts: dict[str, list[Act]] = {"main-menu": ["1"], "wait": ["", "", "", Gone()]}
            tasks.create_task(centre.call(acts, agi_uniqueid=f"9.{number}"))
    seconds = (centre.clock() - START).total_seconds()
    assert 1 < centre.store.reads.count("lease") <= seconds / 2 + 1


# ------------------------------------------------------------------------------------------- leaving by oneself


async def test_a_key_in_the_wait_flow_takes_the_caller_out_of_the_queue(centre: Office) -> None:
    channel = await centre.call({"main-menu": ["1"], "wait": ["", "", "", "1"]})
    assert centre.journal[-8:] == [
        "say please-wait",
        "music callcenter",
        "no row",
        "event CallWithdrawn",
        "say goodbye",
        "event CallDone Outcome=self-service",
        "CC_NEXT=hangup",
        "session ended",
    ]
    assert centre.store.rows == {}
    assert channel.variables[VAR_NEXT] == "hangup"
    assert len(centre.ivr._lobby) == 0


async def test_a_key_that_means_nothing_does_not_stop_the_music(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", "", "7", "", Gone()]})
    assert centre.journal.count("music callcenter") == 1


async def test_an_agent_sent_at_the_instant_the_caller_left_the_queue_still_has_the_flow_after_the_call(
    centre: Office,
) -> None:
    """The redirect crosses the news that the caller does not wait any more."""
    await centre.call({"main-menu": ["1"], "wait": ["", "", "1"], "goodbye": [Gone()]})
    assert centre.store.sessions[CALL].ended_at is None
    back = await centre.back("SUCCESS")
    assert back.variables[VAR_NEXT] == "hangup"
    assert centre.store.sessions[CALL].ended_at is not None
    assert "main:sales done" in centre.store.way(CALL)


async def test_who_hangs_up_some_time_after_leaving_the_queue_has_hung_up(centre: Office) -> None:
    def later() -> None:
        centre.clock.advance(2)

    centre.publish(changed(MAIN, **{"say-later": say("all-busy", "goodbye", then="end")}))
    await centre.call({"main-menu": ["1"], "wait": ["", "", "1"], "all-busy": [later], "goodbye": [Gone()]})
    assert centre.store.sessions[CALL].ended_at is not None


async def test_who_is_taken_away_at_the_withdrawal_itself_goes_on_after_the_agent(centre: Office) -> None:
    channel = centre.channel({"main-menu": ["1"], "wait": ["", "", "1"]})

    async def gone(name: str, headers: Mapping[str, object]) -> None:
        if name == "CallWithdrawn":
            raise ChannelGone("redirected")

    channel.user_event = gone  # type: ignore[method-assign]
    await centre.ivr.call(channel)
    assert centre.store.sessions[CALL].ended_at is None
    await centre.back("SUCCESS")
    assert centre.store.sessions[CALL].ended_at is not None


# ---------------------------------------------------------------------------------------------- what the acd says


def placed() -> tuple[Office, Lobby, Stay]:
    office = Office()
    lobby = Lobby(office.store, Pulse(office.store, "main", office.clock), office.clock)
    until = START + timedelta(minutes=15)
    return office, lobby, Stay(call_id=CALL, until=until, now=office.clock, pulse=lobby._pulse)


async def test_the_place_is_what_the_acd_said_last() -> None:
    office, lobby, _ = placed()
    command = Enqueue(queue="sales", since=START)

    async def save() -> None:
        return

    first = await lobby.enter(office.channel(), command, save)
    second = await lobby.enter(office.channel(), command, save)
    assert isinstance(first, Stay)
    assert isinstance(second, Stay)
    lobby.deliver(WaitChanged(call_id=CALL, position=4, p50_s=20, p90_s=60))
    lobby.leave(first)  # the end of an earlier wait, noticed late
    lobby.deliver(WaitChanged(call_id=CALL, position=3, p90_s=50))
    assert first.place == Placed()
    assert second.place == Placed(position=3, p90_s=50)
    lobby.deliver(AgentReserved(call_id=CALL, agent="7"))
    assert second.place == Placed(position=3, p90_s=50, reserved=True)
    office.clock.advance(11)
    assert not second.place.reserved
    lobby.leave(second)
    assert len(lobby) == 0


async def test_news_of_callers_who_do_not_wait_here_are_not_kept() -> None:
    _, lobby, _ = placed()
    lobby.deliver(WaitChanged(call_id="9.9", position=1))
    assert len(lobby) == 0


async def test_the_agent_wished_for_goes_into_the_row(centre: Office) -> None:
    centre.publish(changed(MAIN, sales={**queue("sales"), "agent": "'7'", "agent_first_s": 20}))
    await centre.call({"main-menu": ["1"], "wait": ["", "", Gone()]})
    row = centre.store.rows[CALL]
    assert (row.agent, row.agent_until) == ("7", row.since + timedelta(seconds=20))


# ------------------------------------------------------------------------------------------------------ the trail


async def test_the_trail_of_the_wait_is_stored_when_the_caller_is_taken_away(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", *[""] * 12, Gone()]})
    assert centre.store.way(CALL) == [
        "main:welcome next",
        "main:opening-hours open",
        "main:choose sales",
        "main:sales",
        "wait:music next",
        "wait:word next",
        "wait:music",
    ]
    kinds = [entry["kind"] for entry in centre.store.sessions[CALL].inputs]
    assert kinds == ["call", "digits", "no-input"]


async def test_an_agent_who_is_there_at_once_costs_no_further_write(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", Gone()]})
    assert [entry for entry in centre.journal if entry.startswith("session")] == ["session wait:music"]


async def test_the_trail_goes_on_after_the_agent(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", Gone()]})
    centre.clock.advance(60)
    await centre.back("SUCCESS")
    assert centre.store.way(CALL)[-4:] == ["main:sales done", "wait:music taken", "main:say-goodbye next", "main:end"]
    session = centre.store.sessions[CALL]
    assert [entry["kind"] for entry in session.inputs] == ["call", "digits", "agent-left"]
    assert session.inputs[-1]["agent"] == "7"
    assert session.versions == {"main": 1, "wait": 1}
    assert session.state["agent"] == "7"


async def test_a_session_that_begins_again_waits_for_the_one_before_to_be_stored(centre: Office) -> None:
    """Both AGI sessions of a failed connect are with us for an instant; what the first has learned must not be lost."""
    order: list[str] = []
    seconds: list[asyncio.Task[FakeChannel]] = []
    save, read = centre.store.save_session, centre.store.session

    async def slow(session: IvrSession, visits: Sequence[Visit] = ()) -> None:
        await asyncio.sleep(0.05)
        await save(session, visits)
        order.append("saved")

    async def noted(call_id: str) -> IvrSession | None:
        order.append("read")
        return await read(call_id)

    def sent_in_vain() -> None:
        centre.store.save_session = slow  # type: ignore[method-assign]
        centre.store.session = noted  # type: ignore[method-assign]
        seconds.append(asyncio.create_task(centre.back("BUSY", {"wait": [Gone()]})))

    await centre.call({"main-menu": ["1"], "wait": ["", *[""] * 12, sent_in_vain, Gone()]})
    await seconds[0]
    assert order[:2] == ["saved", "read"]
