"""A caller waits for an agent: handed over to the acd, kept company with music and honest words.

The order is what makes it safe: the session is stored (to go on after the agent), then the row (what the acd matches),
then the acd is told. From then on the caller may be redirected away at any instant: that is how a wait ends well.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from callcenter import dialplan
from callcenter.errors import CallCenterError, ChannelGone, StoreError
from callcenter.messages import AgentReserved, Message, WaitChanged
from callcenter.records import Waiting
from ivr import company
from ivr.commands import Enqueue
from ivr.happenings import QueueFailed
from ivr.service.line import Line
from ivr.service.ports import CallStore, Channel
from ivr.service.pulse import Pulse

log = logging.getLogger("ivr.waiting")

SLICE_S: Final = 2.0  # how long one WAIT FOR DIGIT lasts: the grain of announcements and of looks at the lease
STORE_S: Final = 3.0  # the caller hears nothing meanwhile


class NoAcd(CallCenterError):
    """No acd is active: the fallback queue has the agents."""

    code = "no-acd"


@dataclass(slots=True)
class Stay:
    """One caller's wait here, with the latest news of it."""

    news: company.News = field(default_factory=company.News)


class Lobby:
    """Where callers of this process wait. `deliver` takes what the acd says of them."""

    def __init__(self, store: CallStore, pulse: Pulse, now: Callable[[], datetime]) -> None:
        self._store, self._pulse, self._now = store, pulse, now
        self._stays: dict[str, Stay] = {}

    def deliver(self, message: Message) -> None:
        """Keep what the acd says of a caller who waits here; news of others are not kept."""
        stay = self._stays.get(getattr(message, "call_id", ""))
        if stay is None:
            return
        match message:
            case WaitChanged(position=position, p90_s=p90_s):
                stay.news = replace(stay.news, position=position, p90_s=p90_s)
            case AgentReserved():
                stay.news = replace(stay.news, reserved_at=self._now())

    async def wait(
        self, channel: Channel, line: Line, command: Enqueue, save: Callable[[], Awaitable[None]]
    ) -> QueueFailed:
        """Let the caller wait until the wait fails; raise ChannelGone when they are redirected to an agent or hang up.

        `save` stores the session. Raise StoreError if the caller cannot be handed over, NoAcd if nobody looks for an
        agent: both mean the fallback queue, which knows the queue wanted by CC_QUEUE.
        """
        await channel.set_variable(dialplan.VAR_QUEUE, command.queue)
        # Said in advance: if we die while they wait, they wait on there, even if they talked with an agent before.
        await channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)
        async with asyncio.timeout(STORE_S):
            queue = await self._store.queue(command.queue)
        if queue is None or not queue.active:
            log.warning("queue %s does not exist or is switched off", command.queue)
            return QueueFailed(reason=QueueFailed.UNAVAILABLE)
        call_id = channel.env["agi_uniqueid"]
        longest = timedelta(seconds=command.max_wait_s) if command.max_wait_s else queue.max_wait
        stay = self._stays[call_id] = Stay()
        try:
            await save()
            async with asyncio.timeout(STORE_S):
                await self._store.put_waiting(_row(channel, command))
            await channel.user_event(dialplan.EVENT_WAITING, {"Queue": command.queue})
            await line.say(command.prompts, interruptible=False)
            return await self._keep_company(channel, line, stay, (command.since, command.since + longest))
        except ChannelGone:
            raise  # most often on the way to an agent: the acd sees to the row
        except Exception:
            await self._withdraw(call_id)
            raise
        finally:
            # Sent to an agent in vain, the caller may wait here again before this end of the wait before is noticed.
            if self._stays.get(call_id) is stay:
                del self._stays[call_id]

    async def _keep_company(
        self, channel: Channel, line: Line, stay: Stay, limits: tuple[datetime, datetime]
    ) -> QueueFailed:
        (since, until), told, music = limits, company.Told(), False
        call_id = channel.env["agi_uniqueid"]
        while self._now() < until:
            if await self._pulse.acd_is_gone():
                raise NoAcd("no acd is active")
            said = company.announce(stay.news, told, since, self._now())
            told = said.told
            if said.prompts:
                log.debug("call %s: is told %s", call_id, ", ".join(said.prompts))
                music = False  # STREAM FILE ends it for good
                await line.say(said.prompts, interruptible=False)
            if not music:
                await channel.set_music(True, dialplan.MUSIC_CLASS)
                music = True
            await channel.wait_for_digit(SLICE_S)
        await self._withdraw(call_id)
        await channel.user_event(dialplan.EVENT_WITHDRAWN, {})
        await channel.set_music(False)
        return QueueFailed(reason=QueueFailed.TIMEOUT)

    async def _withdraw(self, call_id: str) -> None:
        # A row too many does no harm: the acd sees that the caller is elsewhere.
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(STORE_S):
                await self._store.delete_waiting(call_id)


def _row(channel: Channel, command: Enqueue) -> Waiting:
    return Waiting(
        call_id=channel.env["agi_uniqueid"],
        channel=channel.env["agi_channel"],
        queue=command.queue,
        since=command.since,
        intent=command.intent,
        language=command.language,
        skills=command.skills,
        priority=command.priority,
        data=command.data,
    )
