"""The floor: who is logged in, who waits, who talks to whom. Pure: happenings in, effects out.

Rules of this module:

- Only here is an agent's state changed, and only by `acd.agents.advance`.
- A caller is in at most one of: waiting, connecting (redirected to an agent, not there yet), talking.
- After each input the matcher runs, so a free agent and a suitable caller never both stay idle.
- What Asterisk says wins: if two legs meet that we did not send to each other, the agent is on a call.
- What came to nothing is not tried again within the same input but at the next `tick`: nothing can spin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from acd import matching
from acd.agents import BUSY, OFF_DUTY, TRANSITIONS, AgentEvent, AgentState, Seat
from acd.calls import Calls, Stage
from acd.effects import AgentMoved, Connect, DropWaiting, Effect, HangUp, Publish, TellLost
from callcenter import happenings as seen
from callcenter.messages import AgentReserved, WaitChanged
from callcenter.records import Agent, Queue, Waiting

CONNECT_TIMEOUT: Final = timedelta(seconds=5)  # measured: 2 ms; after this the redirect is taken for lost
POSITION_EVERY: Final = timedelta(seconds=5)  # how often callers' places are published
ORDINARY_HANGUP: Final = 16  # Q.850
JUST_NOW: Final = timedelta(seconds=1)
PERSON_PRIORITY: Final = 1_000  # of people we called: they are given two seconds, callers hear music
NO_WRAP_UP: Final = timedelta(0)


class Floor:
    """Seats, waiting and connecting callers, live calls."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.seats: dict[str, Seat] = {}
        self.waiting: dict[str, Waiting] = {}
        self.connecting: dict[str, matching.Connecting] = {}
        self._queues: dict[str, Queue] = {}
        self._agent_of_leg: dict[str, str] = {}
        self._positions_at: datetime | None = None
        self._fallback_call: dict[str, str] = {}  # agent -> caller whom app_queue is connecting or has connected
        self._last_talk: dict[str, tuple[str, datetime]] = {}  # agent -> the caller it talked with until when

    # ------------------------------------------------------------------------------------------- inputs

    def configure(self, agents: Sequence[Agent], queues: Sequence[Queue], now: datetime) -> list[Effect]:
        """Take over agents and queues as they are now. An agent who was removed stays until log-out."""
        self._queues = {queue.name: queue for queue in queues}
        for agent in agents:
            seat = self.seats.get(agent.id)
            known = seat or Seat(agent=agent, since=now, idle_since=now)
            self.seats[agent.id] = replace(known, agent=agent)
        current = {agent.id for agent in agents}
        for agent_id, seat in list(self.seats.items()):
            if agent_id not in current and seat.state is AgentState.LOGGED_OUT:
                del self.seats[agent_id]
        return self._match(now)

    def log_in(self, agent: Agent, leg: str, channel: str, at: datetime, *, paused: str | None = None) -> list[Effect]:
        """The agent's nailed-up leg rests. A second log-in replaces the first. `paused`: log in paused, with reason."""
        effects: list[Effect] = []
        before = self.seats.get(agent.id) or Seat(agent=agent, since=at, idle_since=at)
        self.seats[agent.id] = before
        if before.state is not AgentState.LOGGED_OUT:
            effects += [*self._end_talk(before, at), *self._move(before, AgentEvent.LOG_OUT, at)]
            effects.append(HangUp(channel=before.channel))
            self._agent_of_leg.pop(before.leg, None)
        self._fallback_call.pop(agent.id, None)
        self.seats[agent.id] = replace(
            self.seats[agent.id], agent=agent, leg=leg, channel=channel, idle_since=at, pause_next=None
        )
        self._agent_of_leg[leg] = agent.id
        effects += self._move(self.seats[agent.id], AgentEvent.LOG_IN, at)
        if paused is not None:
            effects += self._move(self.seats[agent.id], AgentEvent.PAUSE, at, reason=paused)
        return [*effects, *self._match(at)]

    def log_out(self, agent: str, at: datetime) -> list[Effect]:
        seat = self.seats.get(agent)
        if seat is None or seat.state is AgentState.LOGGED_OUT:
            return []
        self._agent_of_leg.pop(seat.leg, None)
        ended = self._end_talk(seat, at)
        return [*ended, *self._move(seat, AgentEvent.LOG_OUT, at), HangUp(channel=seat.channel)]

    def pause(self, agent: str, reason: str, at: datetime) -> list[Effect]:
        """Pause now, or after the present call and its wrap-up."""
        seat = self.seats.get(agent)
        if seat is None or seat.state is AgentState.LOGGED_OUT:
            return []
        if seat.state in BUSY:
            self.seats[agent] = replace(seat, pause_next=reason or "pause")
            return []
        return self._move(seat, AgentEvent.PAUSE, at, reason=reason or "pause")

    def get_ready(self, agent: str, at: datetime) -> list[Effect]:
        """End a pause or a wrap-up, or take back a pause asked for during a call."""
        seat = self.seats.get(agent)
        if seat is None:
            return []
        seat = self.seats[agent] = replace(seat, pause_next=None)
        if seat.state not in {AgentState.PAUSED, AgentState.WRAP_UP}:
            return []
        return [*self._move(seat, AgentEvent.GET_READY, at), *self._match(at)]

    def waits(self, waiting: Waiting, at: datetime) -> list[Effect]:
        """A caller was handed over, or comes back because the agent could not be reached."""
        effects: list[Effect] = []
        on_the_way = self.connecting.get(waiting.call_id)
        if on_the_way is not None and at <= on_the_way.at:
            return []  # older news than our redirect, which is under way
        lost = self.connecting.pop(waiting.call_id, None)
        if lost is not None:
            effects += self._release(lost, at)
        self.waiting[waiting.call_id] = waiting
        effects += self.calls.queued(waiting.call_id, waiting.queue, waiting.intent, waiting.since)
        matched = self._match(at)
        if waiting.call_id in self.waiting:
            effects.append(_place(waiting.call_id, matching.positions(self.waiting.values())[waiting.call_id]))
        return [*effects, *matched]

    def refused(self, call: str, at: datetime) -> list[Effect]:
        """Asterisk refused the redirect: the caller keeps the place, the agent goes to the end of the line.

        Both are matched again at the next `tick`.
        """
        lost = self.connecting.pop(call, None)
        if lost is None:
            return []
        self.waiting[call] = lost.waiting
        return self._release(lost, at)

    def observe(self, happening: seen.Happening) -> list[Effect]:
        """What the tracker saw. CallWaits only tells that an agent is wanted: the service reads the row for `waits`."""
        handle = _OBSERVE.get(type(happening))
        return handle(self, happening) if handle else []

    def tick(self, now: datetime) -> list[Effect]:
        """Timers: end of wrap-ups, redirects that were lost, callers' places."""
        effects: list[Effect] = []
        for seat in list(self.seats.values()):
            if seat.state is AgentState.WRAP_UP and seat.wrap_up_until is not None and seat.wrap_up_until <= now:
                effects += self._wrapped_up(seat, now)
        for call, lost in list(self.connecting.items()):
            if now - lost.at > CONNECT_TIMEOUT:
                effects += self.refused(call, now)
        effects += self._match(now)
        if self._positions_at is None or now - self._positions_at >= POSITION_EVERY:
            self._positions_at = now
            effects += self.positions()
        return effects

    # ------------------------------------------------------------------------------------------- resync

    def forget(self) -> None:
        """The link to Asterisk was lost: drop what only Asterisk knows. Agents' states stay until repaired."""
        self.calls.reset()
        self.waiting.clear()
        self.connecting.clear()
        self._fallback_call.clear()

    def lost(self, agent: str, at: datetime) -> list[Effect]:
        """The agent's leg does not exist any more, and nobody told us."""
        seat = self.seats[agent]
        self._agent_of_leg.pop(seat.leg, None)
        ended = self._end_talk(seat, at)
        return [*ended, *self._move(seat, AgentEvent.VANISH, at, reason="no channel"), *self._match(at)]

    def alone(self, agent: str, at: datetime) -> list[Effect]:
        """The agent is thought busy, but nobody is there."""
        seat = self.seats[agent]
        if seat.state is AgentState.ON_CALL:
            return [*self._complete(seat, at), *self._match(at)]
        lost = self.connecting.get(seat.call or "")
        return self.refused(seat.call or "", at) if lost else self._move(seat, AgentEvent.RELEASE, at)

    def talks(self, agent: str, other: str, at: datetime) -> list[Effect]:
        """Somebody is with the agent: the leg `other`."""
        return self._connect(self.seats[agent], other, at)

    # ------------------------------------------------------------------------------------------- happenings

    def _arrived(self, happening: seen.CallArrived) -> list[Effect]:
        return self.calls.arrived(happening)

    def _answered(self, happening: seen.LegAnswered) -> list[Effect]:
        return self.calls.answered(happening.leg, happening.at)

    def _done(self, happening: seen.CallDone) -> list[Effect]:
        self.calls.done(happening.call, happening.outcome)
        return []

    def _withdrawn(self, happening: seen.CallWithdrawn) -> list[Effect]:
        effects = self._leaves_queue(happening.call, happening.at)
        return [*effects, *self.calls.withdrawn(happening.call, happening.at), *self._match(happening.at)]

    def _fell_back(self, happening: seen.CallFellBack) -> list[Effect]:
        effects = self._leaves_queue(happening.call, happening.at)
        return [*effects, *self.calls.fell_back(happening.call, happening.at), *self._match(happening.at)]

    def _person_answered(self, happening: seen.PersonAnswered) -> list[Effect]:
        opened = self.calls.person_answered(happening)
        person = Waiting(
            call_id=happening.call,
            channel=happening.channel,
            queue=happening.queue,
            since=happening.at,
            skills=happening.skills,
            priority=PERSON_PRIORITY,
        )
        return [*opened, *self.waits(person, happening.at)]

    def _person_dropped(self, happening: seen.PersonDropped) -> list[Effect]:
        effects = self._leaves_queue(happening.call, happening.at)
        return [*effects, *self.calls.dropped(happening.call, happening.at), *self._match(happening.at)]

    def _met(self, happening: seen.Met) -> list[Effect]:
        first, second = happening.legs
        agent_id = self._agent_of_leg.get(first) or self._agent_of_leg.get(second)
        if agent_id is None:
            return []
        other = second if self._agent_of_leg.get(first) else first
        return self._connect(self.seats[agent_id], other, happening.at)

    def _fallback_connected(self, happening: seen.FallbackConnected) -> list[Effect]:
        # Before or after the agent's leg meets app_queue's Local channel: Asterisk promises no order.
        seat = self.seats.get(happening.agent)
        if seat is not None and seat.state is AgentState.ON_CALL:
            self.seats[happening.agent] = replace(seat, call=happening.call)
        else:
            self._fallback_call[happening.agent] = happening.call
        return self.calls.connected(happening.call, happening.agent, happening.at)

    def _parted(self, happening: seen.Parted) -> list[Effect]:
        first, second = happening.legs
        agent_id = self._agent_of_leg.get(first) or self._agent_of_leg.get(second)
        if agent_id is None or self.seats[agent_id].state is not AgentState.ON_CALL:
            return []
        return [*self._complete(self.seats[agent_id], happening.at), *self._match(happening.at)]

    def _leg_ended(self, happening: seen.LegEnded) -> list[Effect]:
        agent_id = self._agent_of_leg.pop(happening.leg, None)
        if agent_id is not None:
            return self._agent_gone(self.seats[agent_id], happening)
        self._fallback_call = {a: call for a, call in self._fallback_call.items() if call != happening.leg}
        talking = next((s for s in self.seats.values() if s.call == happening.leg and s.state in BUSY), None)
        effects: list[Effect] = []
        if talking is not None and talking.state is AgentState.ON_CALL:
            effects += self._complete(talking, happening.at)
        effects += self._leaves_queue(happening.leg, happening.at)
        return [*effects, *self.calls.ended(happening.leg, happening.cause, happening.at), *self._match(happening.at)]

    # ------------------------------------------------------------------------------------------- steps

    def _connect(self, seat: Seat, other: str, at: datetime) -> list[Effect]:
        expected = self.connecting.pop(other, None)
        waiting = expected.waiting if expected else self.waiting.pop(other, None)
        effects: list[Effect] = []
        if seat.state is AgentState.RESERVED and seat.call != other:
            # Somebody else was quicker (the fallback queue): the caller on the way will come back to us.
            lost = self.connecting.pop(seat.call or "", None)
            if lost is not None:
                self.waiting[lost.waiting.call_id] = lost.waiting
        if seat.state is not AgentState.ON_CALL:
            resume_pause = seat.reason if seat.state is AgentState.PAUSED else seat.pause_next
            queue = waiting.queue if waiting else seat.queue
            self.seats[seat.agent.id] = seat = replace(seat, queue=queue, pause_next=resume_pause)
            call = self._fallback_call.pop(seat.agent.id, other)
            effects += self._move(seat, AgentEvent.CONNECT, at, call=call)
        elif other in self.calls.live:
            self.seats[seat.agent.id] = replace(seat, call=other)  # another one than before we lost sight
        if waiting is not None:
            effects.append(DropWaiting(call=other))
        return [*effects, *self.calls.connected(other, seat.agent.id, at), *self._match(at)]

    def _complete(self, seat: Seat, at: datetime) -> list[Effect]:
        queue = self._queues.get(seat.queue or "")
        length = queue.wrap_up if queue else NO_WRAP_UP
        after = seat.wrap_up(at, length)
        self.seats[seat.agent.id] = after
        effects: list[Effect] = [AgentMoved(before=seat, event=AgentEvent.COMPLETE, after=after)]
        effects += self._end_talk(seat, at)
        return effects if length > NO_WRAP_UP else [*effects, *self._wrapped_up(after, at)]

    def _end_talk(self, seat: Seat, at: datetime) -> list[Effect]:
        """The talk is over, whatever becomes of agent and caller."""
        if seat.state is not AgentState.ON_CALL or seat.call is None:
            return []
        self._last_talk[seat.agent.id] = (seat.call, at)
        return self.calls.parted(seat.call, seat.agent.id, (seat.leg, seat.channel), at)

    def _wrapped_up(self, seat: Seat, at: datetime) -> list[Effect]:
        reason, self.seats[seat.agent.id] = seat.pause_next, replace(seat, pause_next=None)
        seat = self.seats[seat.agent.id]
        if reason is not None:
            return self._move(seat, AgentEvent.PAUSE, at, reason=reason)
        return self._move(seat, AgentEvent.WRAPPED_UP, at)

    def _agent_gone(self, seat: Seat, happening: seen.LegEnded) -> list[Effect]:
        if seat.state is AgentState.LOGGED_OUT:
            return []
        effects = self._end_talk(seat, happening.at)
        ordinary = happening.cause in (ORDINARY_HANGUP, None)
        # The bridge ended a moment ago because the leg did, so the seat may be in wrap-up already, or further.
        call, until = self._last_talk.pop(seat.agent.id, ("", happening.at))
        caller = self.calls.live.get(call)
        if (
            not ordinary
            and caller is not None
            and caller.stage is not Stage.TALKING
            and happening.at - until < JUST_NOW
        ):
            effects.append(TellLost(channel=caller.channel))
        event = AgentEvent.LOG_OUT if ordinary else AgentEvent.VANISH
        reason = "hung up" if ordinary else f"leg lost, cause {happening.cause}"
        return [*effects, *self._move(seat, event, happening.at, reason=reason), *self._match(happening.at)]

    def _leaves_queue(self, call: str, at: datetime) -> list[Effect]:
        """The caller hung up or fell back: out of the queue, and the agent on the way to is free again."""
        lost = self.connecting.pop(call, None)
        gone = self.waiting.pop(call, None) or (lost.waiting if lost else None)
        effects: list[Effect] = self._release(lost, at) if lost else []
        return [*effects, DropWaiting(call=call)] if gone else effects

    def _release(self, lost: matching.Connecting, at: datetime) -> list[Effect]:
        seat = self.seats.get(lost.agent)
        if seat is None or seat.state is not AgentState.RESERVED or seat.call != lost.waiting.call_id:
            return []
        # To the end of the line, so that a leg that cannot be reached does not eat caller after caller.
        self.seats[lost.agent] = seat = replace(seat, idle_since=at)
        effects = self._move(seat, AgentEvent.RELEASE, at)
        if seat.pause_next is None:
            return effects
        reason, self.seats[lost.agent] = seat.pause_next, replace(self.seats[lost.agent], pause_next=None)
        return [*effects, *self._move(self.seats[lost.agent], AgentEvent.PAUSE, at, reason=reason)]

    def _match(self, now: datetime) -> list[Effect]:
        if not self.waiting:
            return []
        effects: list[Effect] = []
        ready = [seat for seat in self.seats.values() if seat.state is AgentState.READY]
        present = {seat.agent.id for seat in self.seats.values() if seat.state not in OFF_DUTY}
        for chosen in matching.match(self.waiting.values(), ready, now, present):
            call = chosen.waiting.call_id
            del self.waiting[call]
            self.connecting[call] = matching.Connecting(waiting=chosen.waiting, agent=chosen.seat.agent.id, at=now)
            self.seats[chosen.seat.agent.id] = replace(chosen.seat, queue=chosen.waiting.queue)
            effects.append(
                Connect(
                    call=call,
                    channel=chosen.waiting.channel,
                    agent=chosen.seat.agent.id,
                    agent_channel=chosen.seat.channel,
                    reasons=chosen.reasons,
                )
            )
            seat = self.seats[chosen.seat.agent.id]
            effects += self._move(seat, AgentEvent.RESERVE, now, call=call)
            effects.append(Publish(message=AgentReserved(call_id=call, agent=chosen.seat.agent.id)))
        return effects

    def positions(self) -> list[Effect]:
        """Tell each waiting caller's place."""
        return [_place(call, place) for call, place in matching.positions(self.waiting.values()).items()]

    def _move(
        self, seat: Seat, event: AgentEvent, at: datetime, *, call: str | None = None, reason: str = ""
    ) -> list[Effect]:
        if event not in TRANSITIONS[seat.state]:
            return []
        after = seat.after(event, at, call=call, reason=reason)
        self.seats[seat.agent.id] = after
        return [AgentMoved(before=seat, event=event, after=after)]


def _place(call: str, position: int) -> Publish:
    return Publish(message=WaitChanged(call_id=call, position=position))


_OBSERVE: Final[Mapping[type, Callable[[Floor, Any], list[Effect]]]] = {
    seen.CallArrived: Floor._arrived,
    seen.LegAnswered: Floor._answered,
    seen.CallDone: Floor._done,
    seen.CallWaits: lambda floor, happening: floor.calls.asked(happening),
    seen.CallWithdrawn: Floor._withdrawn,
    seen.CallFellBack: Floor._fell_back,
    seen.PersonAnswered: Floor._person_answered,
    # The ivr hands them over like a caller, with the place they have kept.
    seen.CallbackAnswered: lambda floor, happening: floor.calls.person_answered(happening),
    seen.PersonDropped: Floor._person_dropped,
    seen.Met: Floor._met,
    seen.Parted: Floor._parted,
    seen.LegEnded: Floor._leg_ended,
    seen.FallbackConnected: Floor._fallback_connected,
}
