"""pyst2's AGI as a second opinion: on well-formed sessions both implementations say and understand the same."""

from __future__ import annotations

import asyncio
import io
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from asterisk import agi as pyst2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.adapters.agi import AgiServer, AgiSession
from callcenter.errors import ActionRefused, ChannelGone
from tests.doubles_agi import FakeChannel, call, environment

Ours = Callable[[AgiSession], Coroutine[Any, Any, Any]]
Theirs = Callable[[pyst2.AGI], Any]


@pytest.fixture(autouse=True)
def hangup_signal() -> Iterator[None]:
    """pyst2 takes SIGHUP for itself."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def by_us(channel: FakeChannel, step: Ours) -> Any:
    seen: list[Any] = []

    async def route(session: AgiSession) -> None:
        try:
            seen.append(await step(session))
        except (ActionRefused, ChannelGone) as error:
            seen.append(type(error))

    async def session() -> None:
        async with AgiServer({"call": route}) as server:
            await call(server.port, channel)

    asyncio.run(session())
    return seen[0]


def by_pyst2(channel: FakeChannel, step: Theirs) -> Any:
    near, far = socket.socketpair()
    with near, far, near.makefile("r") as replies, near.makefile("w") as commands:
        asterisk = threading.Thread(target=_answer, args=(channel, far))
        asterisk.start()
        try:
            return step(pyst2.AGI(replies, commands, io.StringIO()))
        except pyst2.AGIException as error:
            return type(error)
        finally:
            near.shutdown(socket.SHUT_RDWR)
            asterisk.join()


def _answer(channel: FakeChannel, connection: socket.socket) -> None:
    with connection.makefile("rw") as lines:
        lines.write(environment().decode())
        lines.flush()
        for line in lines:
            lines.write(channel.reply(line.removesuffix("\n")))
            lines.flush()


def as_asterisk_takes_it(words: list[str]) -> list[str]:
    """pyst2 gives STREAM FILE a sample offset of 0 and writes `set priority` small; neither matters to Asterisk."""
    verb = [word.upper() for word in words[:2]]
    return [*verb, *words[2:4]] if verb == ["STREAM", "FILE"] else [*verb, *words[2:]]


@pytest.mark.parametrize(
    ("keys", "ours", "theirs"),
    [
        ("", lambda s: s.answer(), lambda a: a.answer()),
        ("", lambda s: s.hangup(), lambda a: a.hangup()),
        ("", lambda s: s.get_variable("SET"), lambda a: a.get_variable("SET")),
        ("", lambda s: s.get_full_variable("${SET}"), lambda a: a.get_full_variable("${SET}")),
        ("", lambda s: s.set_variable("NEW", "two words"), lambda a: a.set_variable("NEW", "two words")),
        ("", lambda s: s.stream_file("welcome"), lambda a: a.stream_file("welcome")),
        ("2", lambda s: s.stream_file("menu", "123"), lambda a: a.stream_file("menu", "123")),
        ("9", lambda s: s.stream_file("menu", "123"), lambda a: a.stream_file("menu", "123")),
        ("#", lambda s: s.wait_for_digit(5), lambda a: a.wait_for_digit(5000)),
        ("", lambda s: s.wait_for_digit(5), lambda a: a.wait_for_digit(5000)),
        ("1234", lambda s: s.get_data("account", 3, 4), lambda a: a.get_data("account", 3000, 4)),
        ("12#", lambda s: s.get_data("account", 3, 4), lambda a: a.get_data("account", 3000, 4)),
        ("12", lambda s: s.get_data("account", 3, 4), lambda a: a.get_data("account", 3000, 4)),
        ("5", lambda s: s.say_digits("0123", "5"), lambda a: a.say_digits("0123", "5")),
        ("", lambda s: s.say_number(42), lambda a: a.say_number(42)),
        ("", lambda s: s.set_context("waiting"), lambda a: a.set_context("waiting")),
        ("", lambda s: s.set_extension("s"), lambda a: a.set_extension("s")),
        ("", lambda s: s.set_priority(1), lambda a: a.set_priority(1)),
        ("", lambda s: s.verbose("hello", 2), lambda a: a.verbose("hello", 2)),
    ],
)
def test_both_say_and_understand_the_same(keys: str, ours: Ours, theirs: Theirs) -> None:
    here = FakeChannel(variables={"SET": "a value (1)"}, keys=list(keys))
    there = FakeChannel(variables={"SET": "a value (1)"}, keys=list(keys))
    assert by_us(here, ours) == by_pyst2(there, theirs)
    assert list(map(as_asterisk_takes_it, here.commands)) == list(map(as_asterisk_takes_it, there.commands))
    assert here.variables == there.variables
    assert here.keys == there.keys


@pytest.mark.parametrize(
    ("channel", "ours", "theirs", "refused"),
    [
        (
            FakeChannel(missing=frozenset({"nosuch"})),
            lambda s: s.stream_file("nosuch"),
            lambda a: a.stream_file("nosuch"),
            (ActionRefused, pyst2.AGIAppError),
        ),
        (
            FakeChannel(dead=True),
            lambda s: s.answer(),
            lambda a: a.answer(),
            (ChannelGone, pyst2.AGIUnknownError),
        ),
        (
            FakeChannel(),
            lambda s: s.say_digits("x"),
            lambda a: a.say_digits("x"),
            (ActionRefused, pyst2.AGIUsageError),
        ),
    ],
)
def test_what_asterisk_refuses_both_refuse(
    channel: FakeChannel, ours: Ours, theirs: Theirs, refused: tuple[type, type]
) -> None:
    assert (by_us(channel, ours), by_pyst2(channel, theirs)) == refused


# Well-formed for pyst2: it quotes nothing and takes the word hangup for a hangup.
VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters='"\\', categories=["L", "N", "P", "Zs"])
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES.filter(lambda text: text != "hangup"))
def test_both_set_and_get_any_well_formed_value(value: str) -> None:
    async def ours(session: AgiSession) -> str | None:
        await session.set_variable("A", value)
        return await session.get_variable("A")

    def theirs(agi: pyst2.AGI) -> str:
        agi.set_variable("A", value)
        return agi.get_variable("A")

    assert by_us(FakeChannel(), ours) == value
    assert by_pyst2(FakeChannel(), theirs) == value
