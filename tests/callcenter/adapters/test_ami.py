"""The link to Asterisk as its users see it: up, down, up again; answers, refusals and timeouts; falling behind."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import replace

import pytest

from callcenter.adapters import ami_actions
from callcenter.adapters.ami import (
    Ami,
    AmiAction,
    AmiAddress,
    AmiPolicy,
    LinkDown,
    LinkUp,
    Origination,
    QueueMember,
    backoff_s,
)
from callcenter.errors import ActionRefused, ChannelGone, ConfigError, Conflict, NoSuchChannel, Unreachable
from tests.doubles_ami import (
    FULLY_BOOTED,
    QUICK,
    SILENCE,
    SUCCESS,
    FakeAmi,
    channel_list,
    event,
    link_down,
    link_up,
    next_named,
    on_both_loops,
    refused,
)

CHANNEL = "PJSIP/trunk-00000001"
CALL = Origination(channel="Local/17@dial-gate", context="answered", exten="s")
HANDOVER = [
    ami_actions.setvar(CHANNEL, "CC_AGENT", "7"),
    ami_actions.setvar(CHANNEL, "CC_AGENTCHAN", "PJSIP/7-00000002"),
    ami_actions.redirect(CHANNEL, "connect", "s"),
]


async def not_ready(ami: Ami) -> str:
    """Wait a moment in vain and return why."""
    with pytest.raises(Unreachable, match=r"^not logged in after 0\.05 s: AMI acd@127\.0\.0\.1:\d+: ") as caught:
        await ami.wait_ready(0.05)
    return str(caught.value)


# --------------------------------------------------------------------------------------------------------- the link


@on_both_loops
async def test_logging_in_is_told_in_the_stream_with_asterisks_uptime() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        assert await link_up(ami) == LinkUp(uptime_s=33)
        await ami.wait_ready()
        (login,) = asterisk.named("Login")
        assert (login[1]["Username"], login[1]["Secret"], login[1]["Events"]) == (["acd"], ["s3cret"], ["on"])


@on_both_loops
async def test_nothing_is_ready_before_asterisk_is_fully_booted() -> None:
    """Asterisk takes logins while it still loads modules: a snapshot would lack queues."""
    async with FakeAmi(after_login="") as asterisk, asterisk.ami() as ami:
        await asterisk.until(lambda: bool(asterisk.named("Login")))
        with pytest.raises(Unreachable):
            await ami.wait_ready(0.05)
        with pytest.raises(Unreachable):
            await ami.ping()
        asterisk.say(FULLY_BOOTED)
        await link_up(ami)
        await ami.ping()


@on_both_loops
async def test_a_link_for_actions_alone_waits_for_no_event() -> None:
    async with FakeAmi(after_login="") as asterisk, asterisk.ami(replace(QUICK, events=False, boot_s=60)) as ami:
        assert await link_up(ami) == LinkUp(uptime_s=None)
        assert asterisk.named("Login")[0][1]["Events"] == ["off"]


@on_both_loops
async def test_a_loss_is_told_where_events_are_missing() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        asterisk.say(event("Hangup", Uniqueid="1"))
        await ami.ping()
        asterisk.drop()
        await asterisk.until(lambda: len(asterisk.named("Login")) == 2)
        await ami.wait_ready()
        asterisk.say(event("Hangup", Uniqueid="2"))
        await ami.ping()
        asterisk.say(event("Shutdown"))
        seen: list[str] = []
        async for item in ami.events():
            seen.append(type(item).__name__ if isinstance(item, LinkUp | LinkDown) else item.name)
            if seen[-1] == "Shutdown":
                break
        assert seen == ["Hangup", "LinkDown", "FullyBooted", "LinkUp", "Hangup", "Shutdown"]


@on_both_loops
async def test_an_asterisk_that_is_not_there_is_tried_until_it_is() -> None:
    async with FakeAmi() as asterisk:
        await asterisk.stop()
        async with asterisk.ami() as ami:
            while "Connection refused" not in await not_ready(ami):
                pass
            await asterisk.listen()
            await ami.wait_ready()


@on_both_loops
async def test_a_peer_that_is_no_ami_is_tried_again_and_named() -> None:
    """Something else listens on the port and says nothing, as Asterisk does when it is stuck."""
    policy = replace(QUICK, login_s=0.02)
    async with FakeAmi() as asterisk, asterisk.ami(policy) as ami:
        asterisk.answers["Login"] = SILENCE
        await asterisk.until(lambda: asterisk.connections > 1)
        assert "Login: no answer in 0.02 s" in await not_ready(ami)
        del asterisk.answers["Login"]
        await ami.wait_ready()


async def test_each_outage_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAmi() as asterisk, asterisk.ami(replace(QUICK, backoff_last_s=0)) as ami:
        await link_up(ami)
        with caplog.at_level(logging.INFO, logger="callcenter"):
            for _ in range(2):
                await asterisk.stop()
                await link_down(ami)
                with pytest.raises(Unreachable):
                    await ami.wait_ready(0.05)  # many tries
                await asterisk.listen()
                await link_up(ami)
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 2


async def test_our_own_fault_leaves_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async with Ami(AmiAddress(host="127.0.0.1", port=70_000, user="acd", secret="x"), QUICK) as ami:
        with pytest.raises(Unreachable, match="given up: OverflowError"):
            await ami.wait_ready()
        with pytest.raises(Unreachable, match="given up"):
            await ami.next_event()
        with pytest.raises(Unreachable, match="given up"):
            _ = [item async for item in ami.events()]
    assert "OverflowError" in caplog.text


def test_a_secret_that_is_no_line_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="Secret"):
        Ami(AmiAddress(host="127.0.0.1", user="acd", secret="a\nb"))


def test_a_secret_is_not_shown() -> None:
    address = AmiAddress(host="127.0.0.1", user="acd", secret="sesame")
    assert "sesame" not in f"{address!r} {address}"


@on_both_loops
async def test_events_end_when_closed() -> None:
    async with FakeAmi() as asterisk:
        async with asterisk.ami() as ami:
            await link_up(ami)
            assert ami._session is not None
            link = ami._session.link
        assert link.ended.is_set()
        assert [item async for item in ami.events()] == [LinkDown(reason="closed")]
        with pytest.raises(Unreachable, match="closed"):
            await ami.next_event()
        with pytest.raises(Unreachable, match="closed"):
            await ami.wait_ready()
        assert not ami.ready


@on_both_loops
async def test_closing_ends_who_waits_for_an_answer() -> None:
    async with FakeAmi() as asterisk:
        asterisk.answers["Getvar"] = SILENCE
        async with asterisk.ami() as ami:
            await ami.wait_ready()
            asking = asyncio.create_task(ami.getvar(None, "A"))
            await asterisk.until(lambda: bool(asterisk.named("Getvar")))
        with pytest.raises(Unreachable, match="closed"):
            await asking


@on_both_loops
async def test_reconnect_asks_for_a_new_link() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        ami.reconnect()
        assert not ami.ready
        await link_down(ami)
        await link_up(ami)
        assert asterisk.connections == 2


def test_backoff_doubles_up_to_a_limit_with_jitter() -> None:
    rng, policy = random.Random(7), AmiPolicy()
    for failures, full in [(1, 0.2), (2, 0.4), (3, 0.8), (4, 1.6), (5, 3.2), (6, 5.0), (7, 5.0), (10_000, 5.0)]:
        waits = [backoff_s(failures, policy, rng) for _ in range(200)]
        assert full / 2 <= min(waits) < 0.55 * full
        assert 0.95 * full < max(waits) <= full


@on_both_loops
async def test_one_unanswered_ping_only_stops_originates() -> None:
    policy = replace(QUICK, ping_every_s=0.02, ping_timeout_s=0.01, ping_misses=1_000_000)
    async with FakeAmi() as asterisk, asterisk.ami(policy) as ami:
        await link_up(ami)
        asterisk.answers["Ping"] = SILENCE
        await asterisk.until(lambda: len(asterisk.named("Ping")) >= 3)
        with pytest.raises(Unreachable, match="last ping went unanswered"):
            await ami.originate(CALL)
        assert (await ami.hangup(CHANNEL)).success
        del asterisk.answers["Ping"]
        asterisk.answers["Ping"] = SUCCESS
        while not asterisk.named("Originate"):
            with suppress(Unreachable):
                await ami.originate(CALL)
            await asterisk.one_more("Ping")


@on_both_loops
async def test_a_consumer_too_far_behind_gets_a_fresh_start() -> None:
    async with FakeAmi() as asterisk, asterisk.ami(replace(QUICK, high_water=50)) as ami:
        await ami.wait_ready()
        asterisk.say("".join(event("Newstate", Number=str(number)) for number in range(150)))
        await asterisk.until(lambda: asterisk.connections == 2)
        await ami.wait_ready()
        assert await ami.next_event() == LinkDown(reason="we are too far behind")
        assert await link_up(ami) == LinkUp(uptime_s=33)
        assert ami.counts.shed >= 99
        assert ami.backlog == 0


@on_both_loops
async def test_a_burst_leaves_the_consumer_its_turns() -> None:
    """5,000 events in 1 MB at once, for a consumer who may be 3,000 behind and takes all that is there."""
    async with FakeAmi() as asterisk, asterisk.ami(replace(QUICK, high_water=1_500)) as ami:
        await link_up(ami)
        ami._stream._turn_s = 60.0
        asterisk.say("".join(event("Newstate", Number=str(number), Padding="x" * 160) for number in range(5_000)))
        got = [(await next_named(ami, "Newstate")).text("Number") for _ in range(5_000)]
        assert got == [str(number) for number in range(5_000)]
        assert ami.counts.shed == 0


# ------------------------------------------------------------------------------------------------------ the actions


@on_both_loops
async def test_a_refusal_is_told_in_asterisks_words() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers |= {"Originate": refused("Extension does not exist."), "Hangup": refused("No such channel")}
        asterisk.answers["Redirect"] = refused(f"Channel does not exist: {CHANNEL}")
        await ami.wait_ready()
        with pytest.raises(ActionRefused, match="Originate: Extension does not exist"):
            await ami.originate(CALL)
        for kind in (NoSuchChannel, ChannelGone, ActionRefused):
            with pytest.raises(kind, match="Hangup: No such channel"):
                await ami.hangup(CHANNEL)
            with pytest.raises(kind, match="Redirect: Channel does not exist"):
                await ami.redirect(CHANNEL, "connect", "s")


@on_both_loops
async def test_a_batch_keeps_its_order_and_tells_the_first_refusal() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await ami.wait_ready()
        answers = await ami.action_batch(HANDOVER)
        sent = [action for _, action in asterisk.seen[1:]]
        assert [action["Action"][0] for action in sent] == ["Setvar", "Setvar", "Redirect"]
        assert [answer.text("ActionID") for answer in answers] == [action["ActionID"][0] for action in sent]
        assert await ami.action_batch([]) == []
        asterisk.answers |= {"Setvar": refused("No such channel"), "Redirect": refused("Channel does not exist")}
        with pytest.raises(NoSuchChannel, match="Setvar"):
            await ami.action_batch(HANDOVER)


@on_both_loops
async def test_a_batch_with_one_bad_action_sends_none() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await ami.wait_ready()
        with pytest.raises(ConfigError):
            await ami.action_batch([*HANDOVER, AmiAction("Setvar", {"Value": "a\nb"})])
        await ami.ping()
        assert [action["Action"] for _, action in asterisk.seen] == [["Login"], ["Ping"]]


@on_both_loops
async def test_many_actions_at_once_each_get_their_own_answer() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await ami.wait_ready()
        answers = await asyncio.gather(*(ami.action("Ping", {"ActionID": f"mine-{n}"}) for n in range(200)))
        assert [answer.text("ActionID") for answer in answers] == [f"mine-{n}" for n in range(200)]


@on_both_loops
async def test_an_action_id_still_waiting_is_not_taken_twice() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["Getvar"] = SILENCE
        await ami.wait_ready()
        first = asyncio.create_task(ami.action("Getvar", {"ActionID": "same"}))
        await asterisk.until(lambda: bool(asterisk.named("Getvar")))
        with pytest.raises(Conflict):
            await ami.action("Getvar", {"ActionID": "same"})
        asterisk.say("Response: Success\r\nActionID: same\r\nValue: 7\r\n\r\n")
        assert (await first).text("Value") == "7"


@on_both_loops
async def test_a_cancelled_action_leaves_nothing_behind() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["Getvar"] = SILENCE
        await ami.wait_ready()
        asking = asyncio.create_task(ami.getvar(None, "A"))
        await asterisk.until(lambda: bool(asterisk.named("Getvar")))
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert ami._session is not None
        assert not ami._session.link.responses


@on_both_loops
async def test_lists_are_items_alone_and_may_be_empty_or_mixed_with_events() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        two = channel_list("PJSIP/201-1", "PJSIP/202-2")
        asterisk.answers["CoreShowChannels"] = two.replace("Event: Core", event("Hangup", Uniqueid="9") + "Event: Core")
        asterisk.answers["Status"] = channel_list()
        await link_up(ami)
        assert [item.text("Channel") for item in await ami.channels()] == ["PJSIP/201-1", "PJSIP/202-2"]
        assert await ami.action_list("Status") == []
        assert (await next_named(ami, "Hangup")).text("Uniqueid") == "9"


@on_both_loops
async def test_the_verbs_send_what_they_say() -> None:
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        asterisk.answers["Getvar"] = "Response: Success\r\nActionID: {id}\r\nVariable: CC_DID\r\nValue: +49\r\n\r\n"
        await ami.wait_ready()
        assert await ami.getvar(CHANNEL, "CC_DID") == "+49"
        await ami.setvar(CHANNEL, "CC_AGENT", "7")
        await ami.redirect(CHANNEL, "connect", "s")
        await ami.hangup(CHANNEL, 17)
        await ami.queue_add(QueueMember(queue="sales", interface="Local/7@m/n", name="7", state_interface="PJSIP/7"))
        await ami.queue_pause("Local/7@m/n", True, reason="lunch")
        await ami.queue_remove("sales", "Local/7@m/n")
        await ami.core_status()
        await ami.core_settings()
        names = [action["Action"][0] for _, action in asterisk.seen[1:]]
        assert names == [
            *["Getvar", "Setvar", "Redirect", "Hangup", "QueueAdd", "QueuePause", "QueueRemove"],
            *["CoreStatus", "CoreSettings"],
        ]


async def test_an_originate_cut_at_any_byte_reaches_asterisk_once_at_most() -> None:
    """The fate of an action is unknown when the link is lost: it is told so, and never sent again."""
    policy = replace(QUICK, backoff_first_s=0.001, backoff_last_s=0.001)
    async with FakeAmi() as asterisk, asterisk.ami(policy) as ami:
        asterisk.cut_after = bytes_sent = 1
        while not asterisk.named("Originate"):
            await link_up(ami)
            asterisk.cut_after = bytes_sent + 1  # on the next connection
            with pytest.raises(Unreachable):
                await ami.originate(CALL)
            bytes_sent += 1
        # The last one was whole when the link was cut, before the answer. Now a link that is not cut.
        asterisk.cut_after = None
        await link_up(ami)
        ami.reconnect()
        await link_up(ami)
        await ami.ping()
        assert bytes_sent > 100
        assert len(asterisk.named("Originate")) == 1
