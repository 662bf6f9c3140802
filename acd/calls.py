"""The record of each live call, and how it will be closed. Pure; the acd is the only writer of call records.

    arrived ──► ivr ──► waiting ⇄ talking ──► (ivr: after-call) ──► ended
                  └───► fallback ─► talking ─► ended
    person answered ──► waiting ──► talking ──► ended
                           └──────► message ──► ended
    called back ──► as arrived

The outcome is decided once, when the caller's leg ends, from what happened before (`outcome_of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from acd.effects import CancelCallbacks, ChangeCall, CloseCall, Effect, OpenCall, Publish, SaveLeg
from callcenter.happenings import CallArrived, CallbackAnswered, CallWaits, PersonAnswered
from callcenter.messages import CallChanged
from callcenter.records import CallRecord, Direction, LegRecord, Outcome


class Stage(StrEnum):
    IVR = "ivr"
    WAITING = "waiting"
    TALKING = "talking"
    FALLBACK = "fallback"
    MESSAGE = "message"  # a person we called hears that nobody was free
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call whose caller is on the line.

    - `announced`: the outcome the ivr gave for a call without an agent.
    - `asked`: queue of an agent asked for, and when, as long as the record does not say it.
    """

    record: CallRecord
    channel: str
    stage: Stage = Stage.IVR
    since: datetime
    fell_back: bool = False
    announced: Outcome | None = None
    asked: tuple[str, datetime] | None = None
    answered_at: datetime | None = None


SERVED_OTHERWISE: Final = frozenset({Outcome.CALL_BACK, Outcome.VOICEMAIL})


def outcome_of(call: LiveCall) -> Outcome:
    """Return how a call that ends now is recorded.

    A caller who reached an agent did so whatever came later; who left with a promise or a message of theirs was served;
    who asked for an agent and left before is abandoned; who fell back and met nobody is told apart, since that was our
    fault.
    """
    if call.record.connected_at is not None:
        return Outcome.FALLBACK_AGENT if call.fell_back else Outcome.REACHED_AGENT
    if call.record.direction is Direction.OUTBOUND:
        return Outcome.DROPPED
    if call.announced in SERVED_OTHERWISE:
        return call.announced
    if call.fell_back:
        return Outcome.FALLBACK_LEFT
    if call.record.queued_at is not None or call.asked is not None:
        return Outcome.ABANDONED
    return call.announced or Outcome.SELF_SERVICE


class Calls:
    """Live calls by id. Each method returns the effects that keep the store and the desk in step."""

    def __init__(self) -> None:
        self._live: dict[str, LiveCall] = {}

    @property
    def live(self) -> Mapping[str, LiveCall]:
        return self._live

    def reset(self) -> None:
        self._live.clear()

    def adopt(self, call: LiveCall) -> None:
        """Take over a call that is open in the store and alive in Asterisk."""
        self._live.setdefault(call.record.id, call)

    def arrived(self, happening: CallArrived) -> list[Effect]:
        if happening.call in self._live:
            return []
        record = CallRecord(
            id=happening.call,
            direction=Direction.INBOUND,
            started_at=happening.at,
            did=happening.did,
            caller=happening.caller,
        )
        self._live[happening.call] = LiveCall(record=record, channel=happening.channel, since=happening.at)
        return [OpenCall(record=record), self._told(happening.call, happening.at)]

    def person_answered(self, happening: PersonAnswered | CallbackAnswered) -> list[Effect]:
        """Somebody we called is on the line; the second time it is told, the call is open already."""
        if happening.call in self._live:
            return []
        requested = isinstance(happening, CallbackAnswered)
        record = CallRecord(
            id=happening.call,
            direction=Direction.CALLBACK if requested else Direction.OUTBOUND,
            started_at=happening.at,
            did=happening.caller_id,
            caller=happening.number,
        )
        self._live[happening.call] = LiveCall(
            record=record, channel=happening.channel, since=happening.at, answered_at=happening.at
        )
        return [OpenCall(record=record), self._caller_leg(self._live[happening.call])]

    def answered(self, leg: str, at: datetime) -> list[Effect]:
        call = self._live.get(leg)
        if call is None or call.answered_at is not None:
            return []
        self._live[leg] = replace(call, answered_at=at)
        return [self._caller_leg(self._live[leg])]

    def asked(self, happening: CallWaits) -> list[Effect]:
        """An agent is wanted; who hangs up before we could read what for has abandoned the call all the same."""
        call = self._live.get(happening.call)
        if call is not None and call.record.queued_at is None:
            self._live[happening.call] = replace(call, asked=(happening.queue, happening.at))
        return []

    def queued(self, call_id: str, queue: str, intent: str, at: datetime) -> list[Effect]:
        """The caller waits for an agent; the first time counts as the beginning of the wait.

        A place that is kept from an earlier call is older than this one, and so no time that they waited in it.
        """
        call = self._live.get(call_id)
        if call is None:
            return []
        queued_at = call.record.queued_at or max(at, call.record.started_at)
        call = replace(call, asked=None)
        return self._change(call, Stage.WAITING, at, queue=queue, intent=intent or None, queued_at=queued_at)

    def connected(self, call_id: str, agent: str, at: datetime) -> list[Effect]:
        call = self._live.get(call_id)
        if call is None:
            return []
        record = call.record
        effects = self._change(call, Stage.TALKING, at, agent=agent, connected_at=record.connected_at or at)
        by_themselves = record.direction is Direction.INBOUND and record.connected_at is None
        if by_themselves and record.caller and record.queue is not None:
            effects.append(CancelCallbacks(number=record.caller, queue=record.queue, at=at))
        return effects

    def parted(self, call_id: str, agent: str, agent_leg: tuple[str, str], at: datetime) -> list[Effect]:
        """The talk is over and the caller is still there. `agent_leg`: Uniqueid and channel of the agent's leg."""
        call = self._live.get(call_id)
        if call is None or call.stage is not Stage.TALKING:
            return []
        effects = self._change(call, Stage.FALLBACK if call.fell_back else Stage.IVR, at)
        return [self._talk_leg(call, agent, agent_leg, at), *effects]

    def withdrawn(self, call_id: str, at: datetime) -> list[Effect]:
        """The wait ended without an agent; the flow goes on."""
        call = self._live.get(call_id)
        return self._change(call, Stage.IVR, at) if call is not None else []

    def dropped(self, call_id: str, at: datetime) -> list[Effect]:
        call = self._live.get(call_id)
        return self._change(call, Stage.MESSAGE, at) if call is not None else []

    def fell_back(self, call_id: str, at: datetime) -> list[Effect]:
        call = self._live.get(call_id)
        if call is None:
            return []
        self._live[call_id] = replace(call, fell_back=True)
        return self._change(self._live[call_id], Stage.FALLBACK, at)

    def done(self, call_id: str, outcome: str) -> None:
        """The ivr's word on a call without an agent; a word we do not know is ignored."""
        call = self._live.get(call_id)
        if call is not None and outcome in frozenset(Outcome):
            self._live[call_id] = replace(call, announced=Outcome(outcome))

    def ended(self, call_id: str, cause: int | None, at: datetime) -> list[Effect]:
        call = self._live.pop(call_id, None)
        if call is None:
            return []
        outcome = outcome_of(call)
        leg = self._caller_leg(call)
        unsaid = [] if call.asked is None else [_asked(call_id, *call.asked)]
        changed = CallChanged(
            call_id=call_id,
            stage=Stage.ENDED,
            at=at.timestamp(),
            queue=call.record.queue if call.asked is None else call.asked[0],
            agent=call.record.agent,
            outcome=outcome,
        )
        return [
            *unsaid,
            CloseCall(call=call_id, at=at, outcome=outcome, cause=cause),
            SaveLeg(record=replace(leg.record, ended_at=at, cause=cause)),
            Publish(message=changed),
        ]

    def _change(self, call: LiveCall, stage: Stage, at: datetime, **changes: object) -> list[Effect]:
        record = replace(call.record, **changes)  # type: ignore[arg-type]
        self._live[record.id] = replace(call, record=record, stage=stage, since=at)
        told = self._told(record.id, at)
        return [ChangeCall(call=record.id, changes=changes), told] if changes else [told]

    def _told(self, call_id: str, at: datetime) -> Publish:
        call = self._live[call_id]
        return Publish(
            message=CallChanged(
                call_id=call_id,
                stage=call.stage,
                at=at.timestamp(),
                queue=call.record.queue,
                agent=call.record.agent,
            )
        )

    @staticmethod
    def _caller_leg(call: LiveCall) -> SaveLeg:
        record = call.record
        return SaveLeg(
            record=LegRecord(
                id=record.id,
                call_id=record.id,
                channel=call.channel,
                started_at=record.started_at,
                answered_at=call.answered_at,
            )
        )

    @staticmethod
    def _talk_leg(call: LiveCall, agent: str, agent_leg: tuple[str, str], at: datetime) -> SaveLeg:
        # A nailed-up leg takes part in many calls: one row for each, told apart by the call's id.
        leg, channel = agent_leg
        return SaveLeg(
            record=LegRecord(
                id=f"{leg}/{call.record.id}",
                call_id=call.record.id,
                channel=channel,
                started_at=call.since,
                answered_at=call.since,
                ended_at=at,
                agent=agent,
            )
        )


def _asked(call_id: str, queue: str, at: datetime) -> ChangeCall:
    return ChangeCall(call=call_id, changes={"queue": queue, "queued_at": at})
