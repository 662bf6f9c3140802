"""Every fault found in panoramisk 1.4's AMI half, and the test that ours does not have it.

| | panoramisk alone | test |
|---|---|---|
| A1 | an Originate without header Async: KeyError in data_received, the link is cut, the future stays pending | a01 |
| A2 | a callback that raises cuts the link; later events of the segment are lost | a02 |
| A3 | events with the ActionID of a pending action never reach callbacks | a03 |
| A4 | link lost between ack and OriginateResponse: the future never resolves | a04 |
| A5 | link lost before the ack: the action is sent again after reconnecting: a second phone call | a05 |
| A6 | after a reconnect, actions wait for FullyBooted, which a user without class system never gets | a06 |
| A7 | a list action answered by an error: the future never resolves | a07 |
| A8 | an action that timed out stays in the table of responses for ever | a08 |
| A9 | a half-open link is never noticed; pings pile up | a09 |
| A10 | close() while waiting to reconnect: it connects all the same | a10 |
| A11 | a wrong secret: no error, a login every two seconds for ever | a11 |
| A12 | a line break in a value is a second action | a12 |
| A13 | a character cut in two by a TCP segment is dropped | a13 |
| A14 | the last header of a message vanishes if its value is empty | a14 |
| A15 | a missing header reads as an attribute '', events cannot be copied or pickled | a15 |
| A16 | sending before connecting: AttributeError; during an outage: kept and sent later | a16 |
| A17 | 500 events are 500 tasks at once, which end in any order | a17 |
| A18 | a header Result is URL-unquoted; as_list of an action is overwritten | a18 |
| A19 | CallManager keeps calls by second: all calls of one second are one | a19 |
"""

from __future__ import annotations

import ast
import asyncio
import copy
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import callcenter
from callcenter.adapters.ami import Event, LinkUp, Origination
from callcenter.adapters.ami_link import Link, Pending
from callcenter.adapters.ami_wire import Counts, Parser
from callcenter.errors import ActionRefused, ConfigError, LoginRefused, Unreachable
from tests.doubles_ami import (
    QUICK,
    SILENCE,
    FakeAmi,
    channel_list,
    event,
    link_down,
    link_up,
    next_named,
    on_both_loops,
    refused,
)

QUEUED = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n"
CALL = Origination(channel="Local/17@dial-gate", context="answered", exten="s", channel_id="17")


@on_both_loops
async def test_a01_an_originate_without_async_header_keeps_the_link() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["Originate"] = asterisk.answers["PlayDTMF"] = QUEUED
        await ami.wait_ready()
        for name in ("Originate", "PlayDTMF"):
            assert (await ami.action(name, {"Channel": "PJSIP/201"})).message == "Originate successfully queued"
        assert (await ami.ping()).text("Ping") == "Pong"
        assert asterisk.connections == 1


@on_both_loops
async def test_a02_a_consumer_that_raises_loses_neither_link_nor_events() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        asterisk.say(event("Hangup", Uniqueid="1") + event("Hangup", Uniqueid="2"))

        async def consume() -> None:
            raise ZeroDivisionError((await next_named(ami, "Hangup")).text("Uniqueid"))

        with pytest.raises(ZeroDivisionError, match="1"):
            await consume()
        assert (await next_named(ami, "Hangup")).text("Uniqueid") == "2"
        assert (asterisk.connections, ami.ready) == (1, True)


@on_both_loops
async def test_a03_events_of_a_pending_action_are_in_the_stream_too() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        early = event("OriginateResponse", ActionID="{id}", Response="Failure", Reason="0")
        asterisk.answers |= {"CoreShowChannels": channel_list("PJSIP/201-1"), "Originate": early + QUEUED}
        await link_up(ami)
        assert [item.text("Channel") for item in await ami.channels()] == ["PJSIP/201-1"]
        assert (await next_named(ami, "CoreShowChannel")).text("Channel") == "PJSIP/201-1"
        response = await ami.originate(CALL)
        assert response.message == "Originate successfully queued"
        assert (await next_named(ami, "OriginateResponse")).text("ActionID") == response.text("ActionID")


@on_both_loops
async def test_a04_a_link_lost_after_the_ack_leaves_nobody_waiting() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        beginning, _ = channel_list("PJSIP/201-1").split("Event: CoreShowChannelsComplete")
        asterisk.answers |= {"Originate": QUEUED, "CoreShowChannels": beginning}
        await link_up(ami)
        await ami.originate(CALL)  # done with the ack; how the call goes is for the stream to say
        listing = asyncio.create_task(ami.channels(timeout=60))
        await next_named(ami, "CoreShowChannel")
        asterisk.drop()
        with pytest.raises(Unreachable):
            await listing
        await link_down(ami)


@on_both_loops
async def test_a05_a_link_lost_before_the_ack_never_sends_twice() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.cut.add("Originate")
        await link_up(ami)
        with pytest.raises(Unreachable, match="Originate"):
            await ami.originate(CALL, timeout=60)
        await link_down(ami)
        await link_up(ami)
        await ami.ping()  # whatever was to be sent again would have been before this
        assert [connection for connection, _ in asterisk.named("Originate")] == [1]


@on_both_loops
async def test_a06_actions_do_not_depend_on_fully_booted() -> None:
    policy = replace(QUICK, boot_s=0.01)
    async with FakeAmi(after_login="") as asterisk, asterisk.ami(policy) as ami:
        assert await link_up(ami) == LinkUp(uptime_s=None)
        asterisk.drop()
        await link_down(ami)
        await link_up(ami)
        assert (await ami.ping()).success


@on_both_loops
async def test_a07_a_list_action_that_is_refused_says_so() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["QueueStatus"] = refused("Permission denied")
        await ami.wait_ready()
        with pytest.raises(ActionRefused, match="QueueStatus: Permission denied"):
            await ami.action_list("QueueStatus", timeout=60)


@on_both_loops
async def test_a08_a_timeout_leaves_nothing_behind() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["Getvar"] = SILENCE
        await ami.wait_ready()
        with pytest.raises(Unreachable, match=r"Getvar: no answer in 0\.01 s"):
            await ami.action("Getvar", {"Variable": "A", "ActionID": "late"}, timeout=0.01)
        assert ami._session is not None
        assert not ami._session.link.responses
        await asterisk.until(lambda: bool(asterisk.named("Getvar")))
        asterisk.say("Response: Success\r\nActionID: late\r\nValue: x\r\n\r\n")
        await ami.ping()
        assert not ami._session.link.responses
        assert ami.counts.unclaimed == 1


@on_both_loops
async def test_a09_a_half_open_link_is_given_up_after_two_pings() -> None:
    policy = replace(QUICK, ping_every_s=0.02, ping_timeout_s=0.01)
    async with FakeAmi() as asterisk, asterisk.ami(policy) as ami:
        await link_up(ami)
        asterisk.answers["Ping"] = SILENCE
        assert (await link_down(ami)).reason == "2 pings unanswered"
        assert [connection for connection, _ in asterisk.named("Ping")].count(1) >= 2
        del asterisk.answers["Ping"]
        await link_up(ami)


@on_both_loops
async def test_a10_closing_while_waiting_to_reconnect_ends_it() -> None:
    policy = replace(QUICK, backoff_first_s=0.05, backoff_last_s=0.05)
    async with FakeAmi() as asterisk:
        async with asterisk.ami(policy) as ami:
            await link_up(ami)
            asterisk.drop()
            await link_down(ami)
        with pytest.raises(Unreachable, match="closed"):
            await ami.action("Ping")
        with pytest.raises(TimeoutError):  # three times as long as it would have waited
            await asyncio.wait_for(asterisk.until(lambda: asterisk.connections > 1), timeout=0.15)


@on_both_loops
async def test_a11_a_wrong_secret_is_one_error_and_one_login() -> None:
    async with FakeAmi() as asterisk, asterisk.ami(secret="typo") as ami:
        with pytest.raises(LoginRefused, match="Authentication failed"):
            await ami.wait_ready()
        with pytest.raises(LoginRefused):
            await ami.ping()
        with pytest.raises(LoginRefused):
            await ami.next_event()
        with pytest.raises(LoginRefused):
            _ = [item async for item in ami.events()]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asterisk.until(lambda: asterisk.connections > 1), timeout=0.1)


@on_both_loops
async def test_a12_a_line_break_in_a_value_is_refused_before_anything_is_sent() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await ami.wait_ready()
        for value in ("x\r\n\r\nAction: Command\r\nCommand: core stop now", "x\nEvil: 1", "x\rEvil: 1", "x\0y"):
            with pytest.raises(ConfigError, match="line break"):
                await ami.setvar("PJSIP/201-1", "CC_NOTE", value)
            with pytest.raises(ConfigError, match="malformed"):
                await ami.action("Ping", {value: "1"})
        assert ami._session is not None
        with pytest.raises(TypeError):  # panoramisk's own way to send
            ami._session.send_action({"Action": "Command", "Command": "core stop now"})
        assert (await ami._session.send_action(Pending("Ping", {}, action_id="own"))).success
        assert [action["Action"] for _, action in asterisk.seen] == [["Login"], ["Ping"]]


@on_both_loops
async def test_a13_a_character_cut_in_two_by_a_segment_is_whole() -> None:
    got: list[Event] = []

    def sink(event: Event) -> bool:
        got.append(event)
        return True

    link = Link(sink, Counts())
    link.responses = {}
    for byte in event("Newchannel", CallerIDName="Café Köln").encode():
        link.data_received(bytes([byte]))
    assert [event.text("CallerIDName") for event in got] == ["Café Köln"]


def test_a14_a_last_header_without_value_is_there() -> None:
    (got,) = Parser(Counts()).feed(b"Event: VarSet\r\nVariable: CC_QUEUE\r\nValue: \r\n\r\n")
    assert got == {"Event": "VarSet", "Variable": "CC_QUEUE", "Value": ""}


@on_both_loops
async def test_a15_events_are_plain_values() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["CoreShowChannels"] = channel_list("PJSIP/201-1")
        await link_up(ami)
        (listed,) = await ami.channels()
        for got in (listed, await next_named(ami, "CoreShowChannel")):
            assert copy.deepcopy(got) == got == pickle.loads(pickle.dumps(got))
            assert not hasattr(got, "chanel")
            with pytest.raises(KeyError):
                got["Chanel"]


@on_both_loops
async def test_a16_without_a_link_an_action_fails_at_once_and_is_not_kept() -> None:
    async with FakeAmi() as asterisk:
        await asterisk.stop()
        async with asterisk.ami() as ami:
            with pytest.raises(Unreachable, match="not connected"):
                await ami.originate(CALL)
            await asterisk.listen()
            await link_up(ami)
            await asterisk.stop()
            await link_down(ami)
            with pytest.raises(Unreachable):
                await ami.originate(CALL)
            await asterisk.listen()
            await link_up(ami)
            await ami.ping()
            assert asterisk.named("Originate") == []


@on_both_loops
async def test_a17_events_come_one_by_one_in_their_order() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        asterisk.say("".join(event("Newstate", Number=str(number)) for number in range(500)))
        got: list[str] = []
        while len(got) < 500:
            item = await next_named(ami, "Newstate")
            await asyncio.sleep(0)  # a consumer that waits for something else meanwhile
            got.append(item.text("Number"))
        assert got == [str(number) for number in range(500)]


@on_both_loops
async def test_a18_values_come_as_they_are_and_lists_as_asked_for() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["AGI"] = "Response: Success\r\nActionID: {id}\r\nResult: 100%25 %0A\r\n\r\n"
        # The wording says list, the asking says none; and the other way round.
        asterisk.answers["Setvar"] = "Response: Success\r\nActionID: {id}\r\nMessage: Values will follow\r\n\r\n"
        asterisk.answers["Status"] = channel_list("PJSIP/201-1").replace("Channels will follow", "Here you are")
        await link_up(ami)
        assert (await ami.action("AGI")).text("Result") == "100%25 %0A"
        asterisk.say(event("AsyncAGIExec", Result="200%20result%3D0"))
        assert (await next_named(ami, "AsyncAGIExec")).text("Result") == "200%20result%3D0"
        assert (await ami.setvar(None, "A", "1")).message == "Values will follow"
        assert len(await ami.action_list("Status")) == 1


@on_both_loops
async def test_a19_calls_of_one_second_are_kept_apart() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        asterisk.say(
            "".join(event("Newchannel", Uniqueid=uniqueid) for uniqueid in ("pbx-1795311072.1", "pbx-1795311072.2"))
        )
        got = [(await next_named(ami, "Newchannel")).text("Uniqueid") for _ in range(2)]
        assert got == ["pbx-1795311072.1", "pbx-1795311072.2"]


def test_a19_nothing_uses_panoramisks_call_manager() -> None:
    trees = [ast.parse(path.read_text()) for path in Path(callcenter.__file__).parent.rglob("*.py")]
    names = {
        alias.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert "Manager" in names
    assert "CallManager" not in names
