"""The verbs of a channel: what they send, what they return, when they give up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from callcenter.adapters import agi_request
from callcenter.adapters.agi import AgiServer, AgiSession
from callcenter.errors import ActionRefused, ChannelGone, Unreachable
from tests.doubles_agi import FakeChannel, Peer, call

Step = Callable[[AgiSession], Coroutine[Any, Any, Any]]


async def run(channel: FakeChannel, *steps: Step) -> list[Any]:
    """What `steps` return on `channel`, in one session."""
    seen: list[Any] = []

    async def route(session: AgiSession) -> None:
        for step in steps:
            seen.append(await step(session))

    async with AgiServer({"call": route}) as server:
        await call(server.port, channel)
        assert server.counts == {"done": 1}
    return seen


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        (lambda s: s.answer(), ["ANSWER"]),
        (lambda s: s.hangup(), ["HANGUP"]),
        (lambda s: s.hangup(17), ["EXEC", "Hangup", "17"]),
        (lambda s: s.stream_file("/p/en/a b", "12#"), ["STREAM", "FILE", "/p/en/a b", "12#"]),
        (lambda s: s.get_data("x", 2.5, 4), ["GET", "DATA", "x", "2500", "4"]),
        (lambda s: s.get_data("", 2, 1), ["GET", "DATA", "", "2000", "1"]),
        (lambda s: s.wait_for_digit(0.0001), ["WAIT", "FOR", "DIGIT", "1"]),
        (lambda s: s.say_digits("0123"), ["SAY", "DIGITS", "0123", ""]),
        (lambda s: s.say_number(-5, "1"), ["SAY", "NUMBER", "-5", "1"]),
        (lambda s: s.set_music(True, "callcenter"), ["SET", "MUSIC", "ON", "callcenter"]),
        (lambda s: s.set_music(False), ["SET", "MUSIC", "OFF"]),
        (lambda s: s.set_variable("A", 'x"y\\z, ${B}'), ["SET", "VARIABLE", "A", 'x"y\\z, ${B}']),
        (lambda s: s.set_variable("CHANNEL(language)", "de"), ["SET", "VARIABLE", "CHANNEL(language)", "de"]),
        (
            lambda s: s.set_variables({"__CC_NUMBER": "+12025550143", "__CC_SKILLS": "", "CC_RING_S": 18}),
            ["SET", "VARIABLE", "ARRAY(__CC_NUMBER,__CC_SKILLS,CC_RING_S)", "+12025550143,,18"],
        ),
        (lambda s: s.get_full_variable("${CALLERID(num)}"), ["GET", "FULL", "VARIABLE", "${CALLERID(num)}"]),
        (lambda s: s.set_context("waiting"), ["SET", "CONTEXT", "waiting"]),
        (lambda s: s.set_extension("s"), ["SET", "EXTENSION", "s"]),
        (lambda s: s.set_priority(1), ["SET", "PRIORITY", "1"]),
        (lambda s: s.exec("Playback", "a&b", "noanswer"), ["EXEC", "Playback", "a&b,noanswer"]),
        (lambda s: s.exec("Ringing"), ["EXEC", "Ringing", ""]),
        (lambda s: s.verbose("hello", 3), ["VERBOSE", "hello", "3"]),
        (
            lambda s: s.user_event("CallWaiting", {"Queue": "sales", "Call-Id": "1.2"}),
            ["EXEC", "UserEvent", "CallWaiting,Queue: sales,Call-Id: 1.2"],
        ),
    ],
)
async def test_what_a_verb_sends(step: Step, sent: list[str]) -> None:
    channel = FakeChannel()
    await run(channel, step)
    assert channel.commands[-1] == sent


async def test_verbs_return_the_key_that_was_pressed() -> None:
    channel = FakeChannel(keys=["#", "", "0", "5", "*"])
    assert await run(
        channel,
        lambda s: s.stream_file("menu", "0123456789*#"),
        lambda s: s.stream_file("menu", "1"),
        lambda s: s.wait_for_digit(5),
        lambda s: s.say_digits("12", "5"),
        lambda s: s.say_number(12, "*"),
        lambda s: s.wait_for_digit(5),
    ) == ["#", "", "0", "5", "*", ""]


async def test_a_recording_ends_music_first_and_says_how_long_it_is() -> None:
    channel = FakeChannel(keys=["#"])
    (reply,) = await run(channel, lambda s: s.record_file("/tmp/x", max_s=30, silence_s=3))
    assert (reply.endpos, reply.timed_out) == (8000, False)
    assert channel.commands == [
        ["SET", "MUSIC", "OFF"],
        ["RECORD", "FILE", "/tmp/x", "wav", "#", "30000", "0", "BEEP", "s=3"],
    ]


@pytest.mark.parametrize(("least_s", "well"), [(0.0, True), (0.7, True), (0.8, False)])
async def test_a_prompt_that_ends_too_early_is_no_prompt(least_s: float, well: bool) -> None:
    """5,760 samples are 0.72 s."""
    channel = FakeChannel()
    step: Step = lambda s: s.stream_file("x", "", least_s=least_s)  # noqa: E731
    if well:
        assert await run(channel, step) == [""]
    else:
        await run(channel, lambda s: refused(step(s)))


async def refused(doing: Coroutine[Any, Any, Any]) -> None:
    with pytest.raises(ActionRefused):
        await doing


async def test_a_message_is_recorded_with_or_without_a_tone_and_tells_the_key() -> None:
    channel = FakeChannel(keys=["#"])
    (key,) = await run(channel, lambda s: s.record_voice("/tapes/x", max_s=30, silence_s=2.5, beep=False))
    assert key == "#"
    assert channel.commands[-1] == ["RECORD", "FILE", "/tapes/x", "wav", "#", "30000", "0", "s=3"]


async def test_a_call_is_recorded_into_a_file_of_ours_and_nothing_else_is_run() -> None:
    channel = FakeChannel()
    await run(
        channel,
        lambda s: s.start_recording("/tapes/calls/x"),
        lambda s: s.stop_recording(),
        lambda s: s.start_recording("/tapes/calls/x", append=True),
    )
    assert channel.commands == [
        ["EXEC", "MixMonitor", "/tapes/calls/x.wav"],
        ["EXEC", "StopMixMonitor", ""],
        ["EXEC", "MixMonitor", "/tapes/calls/x.wav,a"],
    ]


async def test_several_variables_are_read_by_one_command() -> None:
    channel = FakeChannel(variables={"CC_AGENT": "7", "BRIDGERESULT": "SUCCESS"})
    (values,) = await run(channel, lambda s: s.get_variables("BRIDGERESULT", "CC_NONE", "CC_AGENT"))
    assert values == ("SUCCESS", "", "7")
    assert len(channel.commands) == 1


@pytest.mark.parametrize(
    "step",
    [
        lambda s: s.stream_file("x", "12a"),
        lambda s: s.start_recording("/tapes/x,,rm"),
        lambda s: s.start_recording("relative"),
        lambda s: s.start_recording("/tapes/a b"),
        lambda s: s.start_recording(""),
        lambda s: s.wait_for_digit(-1),
        lambda s: s.wait_for_digit(float("nan")),
        lambda s: s.set_variable("A,B", "x"),
        lambda s: s.set_variable("A=1", "x"),
        *(
            lambda s, value=value: s.set_variables({"A": "x", "B": value})
            for value in ("a,b", 'a"b', "a(b", "a]b", "a\\b", "a'b")
        ),
        lambda s: s.set_variables({"CHANNEL(language)": "de"}),
        lambda s: s.set_variables({"A": "x\n"}),
        lambda s: s.get_variable("${A}"),
        lambda s: s.get_variable(""),
        lambda s: s.exec("System", "reboot"),
        lambda s: s.exec("playback", "x"),
        lambda s: s.exec("Playback", "x,noanswer"),
        lambda s: s.user_event("Call Waiting", {}),
        lambda s: s.user_event("CallWaiting", {"Queue": "sales,Evil: yes"}),
        lambda s: s.user_event("CallWaiting", {"Que ue": "sales"}),
        lambda s: s.user_event("CallWaiting", {"Queue": 'sa"les'}),
        lambda s: s.set_variable("A", "x" * 2001),
    ],
)
async def test_what_cannot_be_meant_is_never_sent(step: Step) -> None:
    async def refused(session: AgiSession) -> None:
        with pytest.raises(ValueError):
            await step(session)

    channel = FakeChannel()
    await run(channel, refused)
    assert channel.commands == []


async def test_an_unknown_application_is_refused_by_asterisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.agi_session.EXEC_APPS", {"NoSuchApp"})

    async def refused(session: AgiSession) -> None:
        with pytest.raises(ActionRefused, match="no such application"):
            await session.exec("NoSuchApp")

    await run(FakeChannel(), refused)


async def test_after_a_hangup_variables_and_events_still_work() -> None:
    channel = FakeChannel(variables={"A": "1"}, dead=True)

    async def gone(session: AgiSession) -> None:
        with pytest.raises(ChannelGone):
            await session.stream_file("bye")

    seen = await run(
        channel,
        gone,
        lambda s: s.get_variable("A"),
        lambda s: s.set_variable("B", "2"),
        lambda s: s.user_event("CallDone", {"Outcome": "x"}),
    )
    assert seen[1] == "1"
    assert channel.variables["B"] == "2"


# --------------------------------------------------------------------------------------------------------- the guard
async def test_the_guard_follows_what_may_take_time() -> None:
    channel = FakeChannel()
    await run(
        channel,
        lambda s: s.get_variable("A"),  # 8: what the dialplan set is for a server that says nothing at all
        lambda s: s.get_variable("A"),
        lambda s: s.stream_file("x", max_s=30),  # 38
        lambda s: s.stream_file("y", max_s=31),  # seven seconds are left beyond it: enough
        lambda s: s.get_variable("A"),  # 8: nobody is to wait 38 s for us, should we die now
        lambda s: s.get_variable("A"),
        lambda s: s.wait_for_digit(3),  # five seconds are left beyond it: enough
        lambda s: s.wait_for_digit(4.5),  # 13
        lambda s: s.get_data("x", 2, 5, max_s=10),  # 28
    )
    assert channel.guards == [8, 38, 8, 13, 28]


async def test_the_guard_rests_when_the_caller_is_gone() -> None:
    seen: list[bool] = []

    async def route(session: AgiSession) -> None:
        with pytest.raises(ChannelGone):
            await session.wait_for_digit(20)
        seen.append(session.hung_up)
        await session.set_variable("A", "1")

    async with AgiServer({"call": route}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'WAIT FOR DIGIT "20000"'
        peer.send("200 result=-1\nHANGUP\n")
        assert await peer.command() == "CHANNEL STATUS"
        peer.send("511 Command Not Permitted on a dead channel\n")
        assert await peer.command() == 'SET VARIABLE "A" "1"'
        peer.send("200 result=1\n")
        assert await peer.command() == ""
        assert peer.guards == [28]
    assert seen == [True]


# ------------------------------------------------------------------------------------------------- silence and cancel
async def test_no_reply_in_time_is_unreachable_now_and_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(agi_request, "REPLY_GRACE_S", 0.05)

    async def route(session: AgiSession) -> None:
        with pytest.raises(Unreachable):
            await session.answer()
        with pytest.raises(Unreachable):
            await session.get_variable("A")

    async with AgiServer({"call": route}) as server, Peer(server.port) as peer:
        assert await peer.command() == "ANSWER"
        assert await peer.command() == ""
        assert server.counts == {"done": 1}


async def test_the_clock_is_moved_on_by_commands_that_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi_request, "REPLY_GRACE_S", 0.5)

    async def route(session: AgiSession) -> None:
        for _ in range(5):
            await session.get_variable("A")
            await asyncio.sleep(0.15)  # a slow turn of ours is not Asterisk's silence
        await session.wait_for_digit(1)

    async with AgiServer({"call": route}) as server, Peer(server.port) as peer:
        for _ in range(5):
            assert await peer.command() == 'GET VARIABLE "A"'
            peer.send("200 result=0\n")
        assert await peer.command() == 'WAIT FOR DIGIT "1000"'
        await asyncio.sleep(0.7)  # longer than the grace, within the command's own time
        peer.send("200 result=0\n")
        assert await peer.command() == ""
        assert server.counts == {"done": 1}


async def test_a_long_command_that_ended_early_makes_nobody_wait_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi_request, "REPLY_GRACE_S", 0.05)

    async def route(session: AgiSession) -> None:
        assert await session.wait_for_digit(600) == "1"
        with pytest.raises(Unreachable):
            await session.set_variable("A", "1")

    async with AgiServer({"call": route}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'WAIT FOR DIGIT "600000"'
        await asyncio.sleep(0.2)  # longer than the grace: the clock is set to ten minutes by now
        peer.send("200 result=49\n")
        while await peer.command():
            pass
        assert server.counts == {"done": 1}


async def test_a_route_that_cancelled_a_command_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi_request, "REPLY_GRACE_S", 0.3)
    asked, got = asyncio.Event(), []

    async def route(session: AgiSession) -> None:
        waiting = asyncio.create_task(session.wait_for_digit(0.1))
        await asked.wait()
        waiting.cancel()
        await asyncio.sleep(0.6)  # by now the reply is overdue
        got.append(await session.get_variable("A"))

    async with AgiServer({"call": route}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'WAIT FOR DIGIT "100"'
        asked.set()
        while (line := await peer.command()).startswith("GET FULL VARIABLE"):
            peer.send(f"200 result=1 ({line.split()[-1]})\n")
        peer.send("200 result=1 (1)\n")
        assert await peer.command() == ""
    assert got == ["1"]


class Cancels:
    """A route that cancels a prompt when told to, then asks for a variable."""

    def __init__(self, max_s: float = 30) -> None:
        self._max_s = max_s
        self.now = asyncio.Event()
        self.got: str | None = None

    async def run(self, session: AgiSession) -> None:
        prompt = asyncio.create_task(session.stream_file("long", max_s=self._max_s))
        await self.now.wait()
        prompt.cancel()
        self.got = await session.get_variable("A")


@pytest.mark.parametrize(
    "late",
    ["", "200 result=1\n", "200 result=0 endpos=9\n", "HANGUP\n200 result=-1 endpos=9\n", "520-a\nb\n520 c\n"],
)
async def test_a_cancelled_prompt_owes_its_reply_to_nobody(late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi_request, "MARK_EVERY_S", 5)
    route = Cancels()
    async with AgiServer({"call": route.run}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'STREAM FILE "long" ""'
        route.now.set()
        assert await peer.command() == "GET FULL VARIABLE mark1"
        peer.send(f"{late}200 result=1 (mark1)\n")
        assert await peer.command() == 'GET VARIABLE "A"'
        peer.send("200 result=1 (value)\n")
        assert await peer.command() == ""
    assert route.got == "value"


async def test_a_mark_that_lies_in_asterisks_buffer_is_pushed_out_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi_request, "MARK_EVERY_S", 0.02)
    route = Cancels()
    async with AgiServer({"call": route.run}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'STREAM FILE "long" ""'
        route.now.set()
        assert await peer.command() == "GET FULL VARIABLE mark1"
        peer.send("200 result=0 endpos=9\n")
        last = await peer.command()
        assert last == "GET FULL VARIABLE mark2"
        peer.send("200 result=1 (mark1)\n200 result=1 (mark2)\n")
        while (line := await peer.command()).startswith("GET FULL VARIABLE"):
            peer.send(f"200 result=1 ({line.split()[-1]})\n")
        assert line == 'GET VARIABLE "A"'
        peer.send("200 result=1 (value)\n")
        assert await peer.command() == ""
    assert route.got == "value"


async def test_no_reply_after_a_cancelled_command_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(agi_request, "REPLY_GRACE_S", 0.05)
    route = Cancels(max_s=0.05)
    async with AgiServer({"call": route.run}) as server, Peer(server.port) as peer:
        assert await peer.command() == 'STREAM FILE "long" ""'
        route.now.set()
        assert await peer.command() == "GET FULL VARIABLE mark1"
        while await peer.command():
            pass
        assert server.counts == {"failed": 1}
    assert "no reply after a cancelled command" in caplog.text


async def test_two_tasks_on_one_channel_take_turns() -> None:
    async def both(session: AgiSession) -> None:
        assert await asyncio.gather(*(session.get_variable(name) for name in "ABCAB")) == ["1", "2", "3", "1", "2"]

    await run(FakeChannel(variables={"A": "1", "B": "2", "C": "3"}), both)
