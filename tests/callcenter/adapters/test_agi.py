"""FastAGI server: each bug of panoramisk 1.4's fast_agi has its override and, here, its test.

| bug | as shipped | test |
|---|---|---|
| G1 | a connection that ends before the blank line freezes the whole event loop | test_g1_… |
| G2 | the line HANGUP is taken for the reply to the next command, all later replies are shifted by one | test_g2_… |
| G3 | of a 520 one more line is read; Asterisk sends one or a dozen | test_g3_… |
| G4 | 511 is an unknown error, the end of the connection a ValueError of int() | test_g4_… |
| G5 | `result= (timeout)` cannot be told from no keys | test_g5_… |
| G6 | a variable whose value is the word hangup is a hangup | test_g6_… |
| G7 | -1 loses result and endpos; errors are dict entries nobody looks at | test_g7_… |
| G8 | the query string is part of the route; no default route | test_g8_… |
| G9 | unknown route and failed route look like success to the dialplan | test_g9_… |
| G10 | a caller's name in Latin-1 ends the session | test_g10_… |
| G11 | cancellation is swallowed; no limit in time or number; a line end in a command makes two | test_g11_… |
| G12 | a route that is no coroutine function, or building it outside a running loop, fails obscurely | test_g12_… |
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from callcenter import dialplan
from callcenter.adapters.agi import AgiPolicy, AgiServer, AgiSession
from callcenter.errors import ActionRefused, ChannelGone, Unreachable
from tests.doubles_agi import USAGE, FakeChannel, Peer, call, environment

FALLBACK = 'SET VARIABLE "CC_NEXT" "fallback"'


class Recorder:
    """A route that runs `steps` and keeps what they returned or raised."""

    def __init__(self, *steps: Callable[[AgiSession], Coroutine[Any, Any, Any]]) -> None:
        self._steps = steps
        self.seen: list[Any] = []
        self.session: AgiSession | None = None
        self.done = asyncio.Event()

    async def run(self, session: AgiSession) -> None:
        self.session = session
        try:
            for step in self._steps:
                try:
                    self.seen.append(await step(session))
                except (ActionRefused, ChannelGone, Unreachable) as error:
                    self.seen.append(type(error))
        finally:
            self.done.set()


async def idle(session: AgiSession) -> None:
    await asyncio.Event().wait()


# ---------------------------------------------------------------------------------------------------- the twelve bugs
@pytest.mark.parametrize("sent", [b"", b"agi_network: yes\n", b"GET / HTTP/1.0\r\n\r\n", b"\n\n", b"\xff\x00" * 50])
async def test_g1_a_connection_that_ends_early_or_is_no_agi_harms_nobody(sent: bytes) -> None:
    other = Recorder(lambda s: s.get_variable("CC_DID"))
    async with AgiServer({"call": other.run}, default=idle) as server:
        started = time.monotonic()
        async with Peer(server.port, sent) as visitor:
            await call(server.port, FakeChannel(variables={"CC_DID": "100"}))
            await visitor.hang_up()
        assert time.monotonic() - started < 4  # nobody waited for a timeout
        assert other.seen == ["100"]
        assert server.counts == {"no-agi": 1, "done": 1}


async def test_g2_the_line_hangup_shifts_no_reply() -> None:
    route = Recorder(
        lambda s: s.stream_file("welcome"),
        lambda s: s.set_variable("A", "1"),
        lambda s: s.get_variable("CHANNEL"),
        lambda s: s.stream_file("bye"),
    )
    async with AgiServer({"call": route.run}) as server, Peer(server.port) as peer:
        await peer.command()
        peer.send("200 result=-1 endpos=5600\nHANGUP\n")
        assert await peer.command() == "CHANNEL STATUS"
        peer.send("511 Command Not Permitted on a dead channel\n")
        assert await peer.command() == 'SET VARIABLE "A" "1"'
        peer.send("200 result=1\n")
        assert await peer.command() == 'GET VARIABLE "CHANNEL"'
        peer.send("200 result=1 (PJSIP/x)\n")
        assert await peer.command() == 'STREAM FILE "bye" ""'
        peer.send("511 Command Not Permitted on a dead channel\n")
        await route.done.wait()
    assert route.seen == [ChannelGone, None, "PJSIP/x", ChannelGone]


@pytest.mark.parametrize("usage", [USAGE, "520 Invalid command syntax.  Proper usage not available.\n"])
async def test_g3_a_usage_error_of_any_length_shifts_no_reply(usage: str) -> None:
    route = Recorder(lambda s: s.command("GET DATA"), lambda s: s.say_digits("12"), lambda s: s.get_variable("CHANNEL"))
    async with AgiServer({"call": route.run}) as server, Peer(server.port) as peer:
        for reply in (usage, usage, "200 result=1 (PJSIP/x)\n"):
            assert await peer.command()
            peer.send(reply)
        await route.done.wait()
    assert route.seen[0].code == 520
    assert route.seen[0].text.startswith("Invalid command syntax.")
    assert route.seen[1:] == [ActionRefused, "PJSIP/x"]


async def test_g4_a_dead_channel_and_the_end_of_the_connection_are_channel_gone() -> None:
    route = Recorder(lambda s: s.answer(), lambda s: s.answer(), lambda s: s.get_variable("A"))
    async with AgiServer({"call": route.run}) as server:
        async with Peer(server.port) as peer:
            assert await peer.command() == "ANSWER"
            peer.send("511 Command Not Permitted on a dead channel\n")
            assert await peer.command() == "ANSWER"
        await route.done.wait()
    assert route.seen == [ChannelGone] * 3


async def test_g5_the_timeout_of_get_data_is_visible() -> None:
    route = Recorder(
        lambda s: s.command("GET DATA", "account", 3000, 4),
        lambda s: s.command("GET DATA", "account", 3000, 4),
        lambda s: s.get_data("account", 3, 4),
    )
    async with AgiServer({"call": route.run}) as server:
        await call(server.port, FakeChannel(keys=["#", "", "1", "2", ""]))
    assert [reply.timed_out for reply in route.seen[:2]] == [False, True]
    assert [reply.result for reply in route.seen[:2]] == ["", ""]
    assert route.seen[2] == "12"


@pytest.mark.parametrize("value", ["hangup", "timeout", "", "a) endpos=7", "(", 'q"\\', "x=1 y=2", "-1"])
async def test_g6_a_variable_may_have_any_value(value: str) -> None:
    route = Recorder(lambda s: s.get_variable("A"), lambda s: s.get_variable("UNSET"))
    async with AgiServer({"call": route.run}) as server:
        await call(server.port, FakeChannel(variables={"A": value}))
    assert route.seen == [value, None]


async def test_g7_minus_one_is_an_error_that_cannot_be_overlooked() -> None:
    route = Recorder(
        lambda s: s.stream_file("nosuch"),
        lambda s: s.get_data("nosuch", 1, 1),
        lambda s: s.command("STREAM FILE", "nosuch", ""),
        lambda s: s.stream_file("welcome", "1"),
    )
    async with AgiServer({"call": route.run}) as server:
        await call(server.port, FakeChannel(missing=frozenset({"nosuch"}), keys=["1"]))
    assert route.seen[:2] == [ActionRefused, ActionRefused]
    assert (route.seen[2].result, route.seen[2].endpos) == ("-1", 0)
    assert route.seen[3] == "1"


async def test_g8_the_query_is_no_part_of_the_route() -> None:
    named, other = Recorder(lambda s: s.answer()), Recorder(lambda s: s.answer())
    async with AgiServer({"call": named.run}, default=other.run) as server:
        await call(server.port, FakeChannel(), "call?flow=main&x=a%20b", ("one", "two words"))
        await call(server.port, FakeChannel(), "elsewhere")
    assert named.session is not None
    assert named.session.query == {"flow": "main", "x": "a b"}
    assert named.session.args == ("one", "two words")
    assert other.session is not None
    assert other.session.path == "elsewhere"


async def test_g9_the_dialplan_learns_that_a_route_failed_or_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(session: AgiSession) -> None:
        await session.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
        raise RuntimeError("our own fault")

    failed, missing = FakeChannel(), FakeChannel()
    async with AgiServer({"call": broken}) as server:
        await call(server.port, failed)
        await call(server.port, missing, "nosuch")
        assert server.counts == {"failed": 1, "no-route": 1}
    assert failed.variables[dialplan.VAR_NEXT] == dialplan.NEXT_FALLBACK
    assert missing.variables[dialplan.VAR_NEXT] == dialplan.NEXT_FALLBACK
    assert "our own fault" in caplog.text
    assert "no AGI route 'nosuch'" in caplog.text


async def test_g10_a_name_in_latin_1_is_shown_with_replacements() -> None:
    route = Recorder(lambda s: s.answer())
    async with AgiServer({"call": route.run}) as server, Peer(server.port, environment(calleridname="Zoë")) as peer:
        assert await peer.command() == "ANSWER"
        peer.send("200 result=0\n")
        await route.done.wait()
    assert route.session is not None
    assert route.session.env["agi_calleridname"] == "Zo\ufffd"


async def test_g11_closing_cancels_routes_and_sends_callers_to_the_fallback() -> None:
    cancelled: list[bool] = []

    async def waits(session: AgiSession) -> None:
        try:
            await session.wait_for_digit(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    server = AgiServer({"call": waits})
    await server.start()
    async with Peer(server.port) as peer:
        assert await peer.command() == 'WAIT FOR DIGIT "60000"'
        await server.close()
        assert await peer.command() == FALLBACK
        assert await peer.command() == ""
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", server.port)
    assert cancelled == [True]
    assert server.counts == {"cancelled": 1}


async def test_g11_a_session_has_a_longest_time(caplog: pytest.LogCaptureFixture) -> None:
    async with AgiServer({"call": idle}, policy=AgiPolicy(session_max_s=0.05)) as server, Peer(server.port) as peer:
        assert await peer.command() == FALLBACK
    assert "in AGI for" in caplog.text


async def test_g11_a_silent_connection_is_closed() -> None:
    async with (
        AgiServer({"call": idle}, policy=AgiPolicy(environment_s=0.05)) as server,
        Peer(server.port, b"agi_network: yes\n") as peer,
    ):
        assert await peer.command() == ""
        assert server.counts == {"no-agi": 1}


async def test_g11_one_call_too_many_is_refused_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def waits(session: AgiSession) -> None:
        await session.wait_for_digit(60)

    async with AgiServer({"call": waits}, policy=AgiPolicy(max_sessions=1)) as server, Peer(server.port) as first:
        assert await first.command() == 'WAIT FOR DIGIT "60000"'
        async with Peer(server.port, b"") as second:
            assert await second.command() == ""
        assert server.counts == {"refused": 1}
        assert "goes to the fallback" in caplog.text


@pytest.mark.parametrize("text", ["a\nEXEC System reboot", "a\rb", "a\0b"])
async def test_g11_a_line_end_cannot_be_smuggled_into_a_command(text: str) -> None:
    async def smuggles(session: AgiSession) -> None:
        attempts: list[Coroutine[Any, Any, Any]] = [
            session.set_variable("A", text),
            session.stream_file(text),
            session.send_command(f"NOOP {text}"),
            session.command("NOOP", text),
            session.verbose(text),
            session.exec("Playback", text),
            session.user_event("Test", {"A": text}),
        ]
        for attempt in attempts:
            with pytest.raises(ValueError, match="line end or NUL"):
                await attempt

    channel = FakeChannel()
    async with AgiServer({"call": smuggles}) as server:
        await call(server.port, channel)
        assert server.counts == {"done": 1}
    assert channel.commands == []


async def test_g12_a_route_that_is_no_coroutine_function_is_refused_at_start() -> None:
    def answers(session: AgiSession) -> None:
        raise AssertionError("nobody can await this")

    with pytest.raises(TypeError, match="no coroutine function"):
        await AgiServer({"call": answers}).start()  # type: ignore[dict-item]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_g12_a_server_built_outside_a_loop_works_on_either_loop(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    async def talks(session: AgiSession) -> None:
        await session.answer()
        assert await session.stream_file("menu", "123") == "2"
        await session.set_variable(dialplan.VAR_QUEUE, "support")

    server = AgiServer({"call": talks})

    async def scenario() -> None:
        channel = FakeChannel(keys=["2"])
        async with server:
            async with Peer(server.port, b"") as visitor:
                await visitor.hang_up()
            await call(server.port, channel)
            async with Peer(server.port) as peer:
                assert await peer.command() == "ANSWER"
                await server.close()
                assert await peer.command() == FALLBACK
        assert channel.variables == {dialplan.VAR_QUEUE: "support"}
        assert server.counts == {"no-agi": 1, "done": 1, "cancelled": 1}

    run(scenario())


# ------------------------------------------------------------------------------------------------------- many at once
async def test_a_hundred_calls_at_once_keep_their_replies_apart() -> None:
    wrong: list[str] = []

    async def asks(session: AgiSession) -> None:
        for number in range(10):
            if await session.get_variable(f"V{number}") != f"{session.args[0]}.{number}":
                wrong.append(session.args[0])

    async with AgiServer({"call": asks}) as server:
        channels = {
            str(index): FakeChannel(variables={f"V{number}": f"{index}.{number}" for number in range(10)})
            for index in range(100)
        }
        await asyncio.gather(*(call(server.port, channel, "call", (name,)) for name, channel in channels.items()))
        assert server.counts == {"done": 100}
    assert wrong == []


async def test_a_hangup_at_any_moment_leaves_no_task_no_file_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def talks(session: AgiSession) -> None:
        await session.answer()
        await session.stream_file("welcome")
        await session.get_data("account", 3, 4)
        await session.set_music(True)
        await session.wait_for_digit(10)

    async def hang_up_at(moment: int) -> None:
        channel = FakeChannel()
        async with Peer(server.port) as peer:
            for _ in range(moment):
                peer.send(channel.reply((await peer.reader.readline()).decode().removesuffix("\n")))
            await peer.reader.readline()
            await peer.hang_up()

    async with AgiServer({"call": talks}) as server:
        await hang_up_at(0)
        files, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        for round_ in range(160):
            await hang_up_at(round_ % 8)
        assert server.sessions == 0
        assert server.counts == {"hung-up": 161}
        assert len(asyncio.all_tasks()) == tasks
        assert len(os.listdir("/proc/self/fd")) <= files
    assert caplog.text == ""
