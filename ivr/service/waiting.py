"""A caller waits for an agent: handed over to the acd, and taken back if they leave the queue.

The order is what makes it safe: the session is stored (to go on after the agent), then the row (what the acd matches),
then the acd is told. From then on the caller may be redirected away at any instant, whatever the wait flow is doing:
that is how a wait ends well.
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
from callcenter.errors import CallCenterError, StoreError
from callcenter.messages import AgentReserved, Message, WaitChanged
from callcenter.records import Waiting
from ivr.commands import Enqueue
from ivr.happenings import Placed, QueueFailed
from ivr.service.ports import CallStore, Channel
from ivr.service.pulse import Pulse

log = logging.getLogger("ivr.waiting")

STORE_S: Final = 3.0  # the caller hears nothing meanwhile
QUIET_AFTER_RESERVED: Final = timedelta(seconds=10)  # the connect takes milliseconds; after this it has failed


class NoAcd(CallCenterError):
    """No acd is active: the fallback queue has the agents."""

    code = "no-acd"


class WaitOver(CallCenterError):
    """The caller has waited as long as they may. Ends what the wait flow does, and is no fault."""

    code = "wait-over"


@dataclass(slots=True, kw_only=True)
class Stay:
    """One caller's wait here until `until`, with the latest news of it."""

    call_id: str
    until: datetime
    now: Callable[[], datetime]
    pulse: Pulse
    news: Placed = field(default_factory=Placed)
    reserved_at: datetime | None = None

    @property
    def agent_is_near(self) -> bool:
        return self.reserved_at is not None and self.now() - self.reserved_at < QUIET_AFTER_RESERVED

    @property
    def place(self) -> Placed:
        """What the acd last said of the caller."""
        return replace(self.news, reserved=self.agent_is_near)

    async def check(self) -> None:
        """Raise WaitOver if the caller has waited long enough, NoAcd if nobody looks for an agent."""
        if self.now() >= self.until:
            raise WaitOver("waited too long")
        if await self.pulse.acd_is_gone():
            raise NoAcd("no acd is active")


class Lobby:
    """Where callers of this process wait. `deliver` takes what the acd says of them."""

    def __init__(self, store: CallStore, pulse: Pulse, now: Callable[[], datetime]) -> None:
        self._store, self._pulse, self._now = store, pulse, now
        self._stays: dict[str, Stay] = {}

    def __len__(self) -> int:
        return len(self._stays)

    def deliver(self, message: Message) -> None:
        """Keep what the acd says of a caller who waits here; news of others are not kept."""
        stay = self._stays.get(getattr(message, "call_id", ""))
        if stay is None:
            return
        match message:
            case WaitChanged(position=position, p50_s=p50_s, p90_s=p90_s):
                stay.news = Placed(position=position, p50_s=p50_s, p90_s=p90_s)
            case AgentReserved():
                stay.reserved_at = self._now()

    async def enter(
        self, channel: Channel, command: Enqueue, save: Callable[[], Awaitable[None]]
    ) -> Stay | QueueFailed:
        """Put the caller into the queue, of which nobody knows before `announce`; QueueFailed if there is none.

        `save` stores the session. Raise StoreError if the caller cannot be handed over: that means the fallback queue,
        which knows the queue wanted by CC_QUEUE.
        """
        # Said in advance: if we die while they wait, they wait on there, even if they talked with an agent before.
        await channel.set_variables({dialplan.VAR_QUEUE: command.queue, dialplan.VAR_NEXT: dialplan.NEXT_FALLBACK})
        async with asyncio.timeout(STORE_S):
            queue = await self._store.queue(command.queue)
        if queue is None or not queue.active:
            log.warning("queue %s does not exist or is switched off", command.queue)
            return QueueFailed(reason=QueueFailed.UNAVAILABLE)
        longest = timedelta(seconds=command.max_wait_s) if command.max_wait_s else queue.max_wait
        stay = Stay(
            call_id=channel.env["agi_uniqueid"],
            until=(command.entered or command.since) + longest,
            now=self._now,
            pulse=self._pulse,
        )
        await save()
        async with asyncio.timeout(STORE_S):
            await self._hand_over(_row(channel, command))
        self._stays[stay.call_id] = stay
        return stay

    async def _hand_over(self, caller: Waiting) -> None:
        await self._store.put_waiting(caller)

    async def announce(self, channel: Channel, queue: str) -> None:
        """Tell the acd. From here on the caller may be redirected away."""
        await channel.user_event(dialplan.EVENT_WAITING, {"Queue": queue})

    def leave(self, stay: Stay) -> None:
        """Take no more news of this wait."""
        # Sent to an agent in vain, the caller may wait here again before this end of the wait before is noticed.
        if self._stays.get(stay.call_id) is stay:
            del self._stays[stay.call_id]

    async def take_back(self, channel: Channel, stay: Stay) -> None:
        """The caller leaves the queue and is still there: no agent is to be sent."""
        await self.forget(stay)
        await channel.user_event(dialplan.EVENT_WITHDRAWN, {})
        self.leave(stay)

    async def forget(self, stay: Stay) -> None:
        """Take the row away. One too many does no harm: the acd sees that the caller is elsewhere."""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(STORE_S):
                await self._store.delete_waiting(stay.call_id)


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
        agent=command.agent or None,
        agent_until=command.since + timedelta(seconds=command.agent_first_s) if command.agent else None,
    )
