"""The FastAGI adapter against what Asterisk really does, with routes of our own in the place of the IVR."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from callcenter import dialplan
from callcenter.adapters.agi import AgiServer, AgiSession, Route
from callcenter.errors import ActionRefused, ChannelGone
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


MENU = f"{dialplan.PROMPTS_DIR}/en/fallback-menu"
TAPE = "/var/spool/asterisk/tmp/recorded"


@pytest.fixture
def centre(whole_centre: TestCentre) -> TestCentre:
    """Asterisk and phones; our own services may be dead."""
    return whole_centre


@contextlib.asynccontextmanager
async def instead_of_the_ivr(centre: TestCentre, route: Route) -> AsyncIterator[AgiServer]:
    centre.ivr.kill()
    async with AgiServer({dialplan.AGI_CALL: route}, port=centre.box.settings.ivr_port) as server:
        yield server


def caller(centre: TestCentre, *keys: Keys, hang_up_s: float | None = None) -> CallerPlan:
    return CallerPlan(did=centre.did, caller=centre.caller(), keys=keys, patience_s=30, hang_up_s=hang_up_s)


async def test_a_key_goes_to_the_command_that_asks_and_between_two_commands_to_nobody(centre: TestCentre) -> None:
    heard: list[str] = []

    async def route(session: AgiSession) -> None:
        await session.answer()
        heard.append(await session.stream_file(MENU, "123"))  # 1 at one second
        await asyncio.sleep(2)  # 2 at two seconds
        heard.append(await session.wait_for_digit(0.5))
        heard.append(await session.get_data("", 2, 3))  # 345 from four seconds on
        heard.append(await session.get_data(MENU, 2, 5))  # 6# from six seconds on
        await session.hangup()

    plan = caller(centre, Keys(after_s=1, digits="1"), Keys(after_s=2, digits="2"), Keys(after_s=4, digits="345"))
    async with instead_of_the_ivr(centre, route) as server:
        leg = centre.callers.place(plan)
        await leg.until(lambda call: len(call.keys) == 3)
        await leg.press("6#")
        await leg.ended()
        await eventually(lambda: _is(server.sessions == 0), 3, "the end of the session")
    assert heard == ["1", "", "345", "6"]


async def test_what_asterisk_refuses_and_what_we_cancel_shifts_no_reply(centre: TestCentre) -> None:
    seen: list[object] = []

    async def route(session: AgiSession) -> None:
        await session.answer()
        seen.append((await session.command("GET DATA")).code)
        seen.append((await session.command("NO SUCH")).code)
        for prompt in (f"{MENU}-missing", f"{MENU}-missing"):
            with pytest.raises(ActionRefused):
                await session.stream_file(prompt)
        for verb in (session.stream_file(MENU), session.wait_for_digit(20), session.say_digits("123")):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.4):
                    await verb
            seen.append(await session.get_full_variable("still ${CALLERID(num)}"))
        # Cancelled before Asterisk has read it, or just after: the reply to nobody is still nobody's.
        for _ in range(4):
            task = asyncio.create_task(session.wait_for_digit(20))
            await asyncio.sleep(0)
            task.cancel()
            seen.append(await session.get_full_variable("still ${CALLERID(num)}"))
        await session.set_variable("CC_TEST", 'say "hi" \\o/ (1) endpos=2, ${X}')
        seen.append(await session.get_variable("CC_TEST"))
        await session.hangup(17)

    plan = caller(centre)
    async with instead_of_the_ivr(centre, route) as server:
        await centre.callers.place(plan).ended()
        await eventually(lambda: _is(server.counts["done"] == 1), 3, "the end of the session")
    number = plan.caller.lstrip("+")
    assert seen[:2] == [520, 510]
    assert [str(text).replace("+", "") for text in seen[2:-1]] == [f"still {number}"] * 7
    assert seen[-1] == 'say "hi" \\o/ (1) endpos=2, ${X}'


async def test_music_does_not_keep_a_recording_from_ending(centre: TestCentre) -> None:
    lengths: list[float] = []

    async def route(session: AgiSession) -> None:
        await session.answer()
        await session.set_music(True, dialplan.MUSIC_CLASS)
        await session.wait_for_digit(0.5)
        reply = await session.record_file(TAPE, max_s=1, silence_s=5)
        lengths.append((reply.endpos or 0) / 8000)
        await session.hangup()

    async with instead_of_the_ivr(centre, route) as server:
        await centre.callers.place(caller(centre)).ended()
        await eventually(lambda: _is(server.counts["done"] == 1), 3, "the end of the session")
    assert lengths == [pytest.approx(1, abs=0.3)]


async def test_a_caller_who_hangs_up_ends_the_route_at_once(centre: TestCentre) -> None:
    async def route(session: AgiSession) -> None:
        await session.answer()
        while True:
            await session.stream_file(MENU)

    async with instead_of_the_ivr(centre, route) as server:
        await centre.callers.place(caller(centre, hang_up_s=1.5)).ended()
        await eventually(lambda: _is(server.counts["hung-up"] == 1), 1, "the end of the route")


async def test_a_silent_route_loses_its_caller_to_the_fallback_after_two_seconds(centre: TestCentre) -> None:
    taken: list[float] = []

    async def route(session: AgiSession) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with contextlib.suppress(ChannelGone):
            await session.reader.reply()
        taken.append(loop.time() - began)

    async with instead_of_the_ivr(centre, route):
        leg = centre.callers.place(caller(centre, hang_up_s=5))
        await eventually(lambda: _is(taken), 5, "Asterisk's patience ended")
        await eventually(lambda: _in_context(centre, dialplan.CONTEXT_FALLBACK), 2, "the caller in the fallback")
        await leg.ended()
    assert taken == [pytest.approx(2, abs=0.5)]


async def test_a_server_that_closes_sends_its_callers_to_the_fallback(centre: TestCentre) -> None:
    asked = asyncio.Event()

    async def route(session: AgiSession) -> None:
        await session.answer()
        asked.set()
        await session.wait_for_digit(60)

    async with instead_of_the_ivr(centre, route):
        leg = centre.callers.place(caller(centre, hang_up_s=6))
        await asked.wait()
    await eventually(lambda: _in_context(centre, dialplan.CONTEXT_FALLBACK), 2, "the caller in the fallback")
    await leg.ended()


async def _is(value: object) -> bool:
    return bool(value)


async def _in_context(centre: TestCentre, context: str) -> bool:
    lines = await asyncio.to_thread(centre.box.asterisk.exec_cli, "core show channels concise")
    return any(line.split("!")[1:2] == [context] for line in lines.splitlines())
