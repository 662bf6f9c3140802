"""AMI events → what happened to calls and legs. Pure: feed it events in the order Asterisk sent them.

Rules of this module:

- A *call* begins with the user event CallArrived on its caller's leg, or with PersonAnswered or CallbackAnswered on the
  leg of somebody we called; its id is that leg's Uniqueid.
- Two legs *meet* when both are in one basic bridge; a leg *rests* while it is in a holding bridge (an agent's
  nailed-up leg between calls). `Met` is told when the second leg enters, `Parted` when the first one leaves.
- Unknown events and legs we never saw begin are no error: after a reconnect Asterisk goes on talking about
  channels that are older than our connection. `reset` drops the picture, `adopt` takes over a snapshot.
- Nothing is asserted about what Asterisk sends: a header may be missing, an event may come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from callcenter import dialplan
from callcenter.happenings import (
    CallArrived,
    CallbackAnswered,
    CallDone,
    CallFellBack,
    CallWaits,
    CallWithdrawn,
    CentreChanged,
    ClosureChanged,
    DialEnded,
    FallbackCompleted,
    FallbackConnected,
    Happening,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegProgressed,
    LegRinging,
    LegStarted,
    MachineAnswered,
    Met,
    Parted,
    PersonAnswered,
    PersonDropped,
    Rested,
)

AmiEvent = Mapping[str, "str | list[str]"]

HOLDING = "holding_bridge"
UP: Final = "Up"  # how Asterisk calls the state of a leg that was answered
CALLER_CONTEXTS: Final = frozenset(
    {
        dialplan.CONTEXT_INBOUND,
        dialplan.CONTEXT_WAITING,
        dialplan.CONTEXT_CONNECT,
        dialplan.CONTEXT_FALLBACK,
        dialplan.CONTEXT_CLOSED,
        dialplan.CONTEXT_AFTER_IVR,
    }
)
# A person we called back: like a caller from the answer on.
CALLED_BACK_CONTEXTS: Final = CALLER_CONTEXTS - {dialplan.CONTEXT_INBOUND} | {dialplan.CONTEXT_CALLBACK}
# A person we called, once the leg is on its own.
PERSON_CONTEXTS: Final = CALLED_BACK_CONTEXTS | {
    dialplan.CONTEXT_ANSWERED,
    dialplan.CONTEXT_TALKED,
    dialplan.CONTEXT_SAFE_HARBOUR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A live channel. `bridge` is None while it is in the dialplan."""

    id: str
    channel: str
    context: str = ""
    bridge: str | None = None


class Tracker:
    """The picture of live legs and bridges, and the translation of events into happenings."""

    def __init__(self) -> None:
        self._legs: dict[str, Leg] = {}
        self._by_channel: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}  # basic bridge -> legs in order of entry

    def reset(self) -> None:
        """Forget everything: the link to Asterisk was lost, or Asterisk started anew."""
        self._legs.clear()
        self._by_channel.clear()
        self._members.clear()

    def adopt(self, legs: Iterable[Leg]) -> None:
        """Take over the channels of a snapshot (see `leg_of_snapshot`), after `reset`."""
        for leg in legs:
            self._legs[leg.id] = leg
            self._by_channel[leg.channel] = leg.id
            if leg.bridge:
                self._members.setdefault(leg.bridge, []).append(leg.id)

    @property
    def legs(self) -> Mapping[str, Leg]:
        return self._legs

    def leg_of_channel(self, channel: str) -> str | None:
        return self._by_channel.get(channel)

    def partners(self, leg: str) -> tuple[str, ...]:
        """Legs that share a basic bridge with `leg` now."""
        known = self._legs.get(leg)
        if known is None or known.bridge is None:
            return ()
        return tuple(other for other in self._members.get(known.bridge, ()) if other != leg)

    def observe(self, event: AmiEvent) -> tuple[Happening, ...]:
        """Return what `event` means, in order; empty for events that mean nothing to us."""
        name = _text(event, "Event")
        if name == "UserEvent":
            return _user_event(event)
        translate = _TRANSLATE.get(name)
        return translate(self, event) if translate else ()

    def _new_channel(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg = Leg(id=_text(event, "Uniqueid"), channel=_text(event, "Channel"), context=_text(event, "Context"))
        if not leg.id or leg.id in self._legs:
            return ()
        self._legs[leg.id] = leg
        self._by_channel[leg.channel] = leg.id
        return (LegStarted(leg=leg.id, channel=leg.channel, at=_at(event)),)

    def _new_state(self, event: AmiEvent) -> tuple[Happening, ...]:
        if _text(event, "ChannelStateDesc") != UP:
            return ()
        return (LegAnswered(leg=_text(event, "Uniqueid"), at=_at(event)),)

    def _rename(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg = self._legs.get(_text(event, "Uniqueid"))
        if leg is not None:
            self._by_channel.pop(leg.channel, None)
            renamed = Leg(id=leg.id, channel=_text(event, "Newname"), context=leg.context, bridge=leg.bridge)
            self._legs[leg.id] = renamed
            self._by_channel[renamed.channel] = leg.id
        return ()

    def _bridge_enter(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg_id, bridge, at = _text(event, "Uniqueid"), _text(event, "BridgeUniqueid"), _at(event)
        if _text(event, "BridgeTechnology") == HOLDING:
            return (Rested(leg=leg_id, at=at),)
        members = self._members.setdefault(bridge, [])
        if leg_id in members:
            return ()
        met = tuple(Met(legs=(other, leg_id), at=at) for other in members)
        members.append(leg_id)
        self._place(leg_id, bridge)
        return met

    def _bridge_leave(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg_id, bridge, at = _text(event, "Uniqueid"), _text(event, "BridgeUniqueid"), _at(event)
        members = self._members.get(bridge, [])
        if leg_id not in members:
            return ()
        members.remove(leg_id)
        self._place(leg_id, None)
        return tuple(Parted(legs=(other, leg_id), at=at) for other in members)

    def _bridge_destroy(self, event: AmiEvent) -> tuple[Happening, ...]:
        self._members.pop(_text(event, "BridgeUniqueid"), None)
        return ()

    def _hangup(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg_id = _text(event, "Uniqueid")
        leg = self._legs.pop(leg_id, None)
        if leg is not None:
            self._by_channel.pop(leg.channel, None)
            if leg.bridge in self._members and leg_id in self._members[leg.bridge]:
                self._members[leg.bridge].remove(leg_id)
        cause, up = _text(event, "Cause"), _text(event, "ChannelStateDesc") == UP
        return (LegEnded(leg=leg_id, cause=int(cause) if cause.isdecimal() else None, at=_at(event), up=up),)

    def _dial_begin(self, event: AmiEvent) -> tuple[Happening, ...]:
        attempt = _text(event, "AccountCode")
        if not attempt:
            return ()
        dialed = LegDialed(
            leg=_text(event, "DestUniqueid"),
            channel=_text(event, "DestChannel"),
            gate_channel=_text(event, "Channel"),
            attempt=attempt,
            at=_at(event),
        )
        return (dialed,)

    def _dial_state(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg, attempt = _text(event, "DestUniqueid"), _text(event, "AccountCode")
        if not attempt:
            return ()
        match _text(event, "DialStatus"):
            case "RINGING":  # 180
                return (LegRinging(leg=leg, attempt=attempt, at=_at(event)),)
            case "PROGRESS":  # 183
                return (LegProgressed(leg=leg, attempt=attempt, at=_at(event)),)
        return ()

    def _dial_end(self, event: AmiEvent) -> tuple[Happening, ...]:
        leg, attempt = _text(event, "DestUniqueid"), _text(event, "AccountCode")
        status = _text(event, "DialStatus")
        return (DialEnded(leg=leg, attempt=attempt, status=status, at=_at(event)),) if attempt else ()

    def _agent_connect(self, event: AmiEvent) -> tuple[Happening, ...]:
        call, agent = _text(event, "Uniqueid"), _text(event, "MemberName")
        return (FallbackConnected(call=call, agent=agent, at=_at(event)),)

    def _agent_complete(self, event: AmiEvent) -> tuple[Happening, ...]:
        call, agent = _text(event, "Uniqueid"), _text(event, "MemberName")
        return (FallbackCompleted(call=call, agent=agent, at=_at(event)),)

    def _place(self, leg_id: str, bridge: str | None) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            self._legs[leg_id] = Leg(id=leg.id, channel=leg.channel, context=leg.context, bridge=bridge)


_TRANSLATE: Final[Mapping[str, Callable[[Tracker, AmiEvent], tuple[Happening, ...]]]] = {
    "Newchannel": Tracker._new_channel,
    "Newstate": Tracker._new_state,
    "Rename": Tracker._rename,
    "BridgeEnter": Tracker._bridge_enter,
    "BridgeLeave": Tracker._bridge_leave,
    "BridgeDestroy": Tracker._bridge_destroy,
    "Hangup": Tracker._hangup,
    "DialBegin": Tracker._dial_begin,
    "DialState": Tracker._dial_state,
    "DialEnd": Tracker._dial_end,
    "AgentConnect": Tracker._agent_connect,
    "AgentComplete": Tracker._agent_complete,
}


def _user_event(event: AmiEvent) -> tuple[Happening, ...]:
    """A user event is raised on the caller's leg: its Uniqueid is the call."""
    build = _USER_EVENTS.get(_text(event, "UserEvent"))
    return (build(event),) if build else ()


def _arrived(event: AmiEvent) -> Happening:
    return CallArrived(
        call=_text(event, "Uniqueid"),
        channel=_text(event, "Channel"),
        did=_text(event, "Did"),
        caller=known(_text(event, "CallerIDNum")),
        at=_at(event),
    )


def _waits(event: AmiEvent) -> Happening:
    channel = _text(event, "Channel")
    return CallWaits(call=_text(event, "Uniqueid"), channel=channel, queue=_text(event, "Queue"), at=_at(event))


def _person(event: AmiEvent) -> Happening:
    return PersonAnswered(
        call=_text(event, "Uniqueid"),
        channel=_text(event, "Channel"),
        attempt=_text(event, "Attempt"),
        number=_text(event, "Number"),
        caller_id=_text(event, "CallerId"),
        queue=_text(event, "Queue"),
        skills=tuple(_text(event, "Skills").split()),
        at=_at(event),
    )


def _called_back(event: AmiEvent) -> Happening:
    return CallbackAnswered(
        call=_text(event, "Uniqueid"),
        channel=_text(event, "Channel"),
        attempt=_text(event, "Attempt"),
        number=_text(event, "Number"),
        caller_id=_text(event, "CallerId"),
        at=_at(event),
    )


def _machine(event: AmiEvent) -> Happening:
    return MachineAnswered(call=_text(event, "Uniqueid"), attempt=_text(event, "Attempt"), at=_at(event))


def _dropped(event: AmiEvent) -> Happening:
    return PersonDropped(call=_text(event, "Uniqueid"), attempt=_text(event, "Attempt"), at=_at(event))


_USER_EVENTS: Final[Mapping[str, Callable[[AmiEvent], Happening]]] = {
    dialplan.EVENT_ARRIVED: _arrived,
    dialplan.EVENT_WAITING: _waits,
    dialplan.EVENT_WITHDRAWN: lambda e: CallWithdrawn(call=_text(e, "Uniqueid"), at=_at(e)),
    dialplan.EVENT_DONE: lambda e: CallDone(call=_text(e, "Uniqueid"), outcome=_text(e, "Outcome"), at=_at(e)),
    dialplan.EVENT_FALLBACK: lambda e: CallFellBack(call=_text(e, "Uniqueid"), at=_at(e)),
    dialplan.EVENT_PERSON: _person,
    dialplan.EVENT_CALLED_BACK: _called_back,
    dialplan.EVENT_MACHINE: _machine,
    dialplan.EVENT_DROPPED: _dropped,
    dialplan.EVENT_CLOSURE: lambda e: ClosureChanged(
        closed=_text(e, "State") == "closed", by=_text(e, "By"), at=_at(e)
    ),
    dialplan.EVENT_CENTRE: lambda e: CentreChanged(at=_at(e)),
}


def leg_of_snapshot(row: AmiEvent, holding: Collection[str]) -> Leg:
    """Return the leg that one CoreShowChannel event describes. `holding`: ids of the holding bridges, where legs rest.

    (The row's Application does not tell: a parked leg shows BridgeWait even while Bridge() has it in a call.)
    """
    bridge = _text(row, "BridgeId")
    return Leg(
        id=_text(row, "Uniqueid"),
        channel=_text(row, "Channel"),
        context=_text(row, "Context"),
        bridge=None if not bridge or bridge in holding else bridge,
    )


def known(number: str) -> str:
    """Return a caller's number, "" where Asterisk has none.

    >>> known("<unknown>"), known("+12025550143")
    ('', '+12025550143')
    """
    return "" if number == "<unknown>" else number


def _text(event: AmiEvent, header: str) -> str:
    value = event.get(header, "")
    return value if isinstance(value, str) else value[-1]


def _at(event: AmiEvent) -> datetime:
    """The event's own time (timestampevents=yes), to the microsecond; the epoch if Asterisk sent none."""
    try:
        return datetime.fromtimestamp(float(_text(event, "Timestamp")), UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
