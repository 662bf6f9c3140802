"""Ghosts: where the floor and Asterisk's own list of channels disagree about an agent, and the repair. Pure.

A snapshot is some milliseconds older or newer than the event stream, so one look proves nothing: the service
repairs at once only after a reconnect, and otherwise what two looks in a row agree on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from acd.agents import AgentState
from acd.effects import Effect
from acd.floor import Floor
from callcenter.records import AgentChange


class Ghost(StrEnum):
    NO_LEG = "no-leg"  # logged in, but the nailed-up leg does not exist
    UNKNOWN_LEG = "unknown-leg"  # a parked leg of an agent whom we think logged out
    ALONE = "alone"  # reserved or on a call, but nobody is with the agent
    TALKING = "talking"  # not on a call, but somebody is with the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Asterisk's truth: live legs (Uniqueid → channel), parked channels by agent, and who is with whom (by leg)."""

    legs: Mapping[str, str]
    agent_channels: Mapping[str, str]
    partners: Mapping[str, str] = field(default_factory=dict)


def ghosts(floor: Floor, view: View) -> dict[str, Ghost]:
    """Return what is wrong with which agent."""
    live = set(view.legs.values())
    found: dict[str, Ghost] = {}
    for agent_id, seat in floor.seats.items():
        logged_in = seat.state is not AgentState.LOGGED_OUT
        if logged_in and seat.leg not in view.legs:
            found[agent_id] = Ghost.NO_LEG
        elif not logged_in and view.agent_channels.get(agent_id, "") in live:
            found[agent_id] = Ghost.UNKNOWN_LEG
        elif logged_in:
            partner = seat.leg in view.partners
            if seat.state in {AgentState.RESERVED, AgentState.ON_CALL} and not partner:
                found[agent_id] = Ghost.ALONE
            elif seat.state not in {AgentState.RESERVED, AgentState.ON_CALL} and partner:
                found[agent_id] = Ghost.TALKING
    return found


def repair(
    floor: Floor, view: View, found: Mapping[str, Ghost], last: Mapping[str, AgentChange], now: datetime
) -> list[Effect]:
    """Bring the agents in `found` in line with `view`. `last`: their last stored state, so a pause survives us."""
    effects: list[Effect] = []
    for agent_id, ghost in found.items():
        match ghost:
            case Ghost.NO_LEG:
                effects += floor.lost(agent_id, now)
            case Ghost.ALONE:
                effects += floor.alone(agent_id, now)
            case Ghost.TALKING:
                effects += floor.talks(agent_id, view.partners[floor.seats[agent_id].leg], now)
            case Ghost.UNKNOWN_LEG:
                effects += _adopt(floor, view, agent_id, last.get(agent_id), now)
    return effects


def resume_talks(floor: Floor, view: View, now: datetime) -> list[Effect]:
    """After the calls were read anew: those that were and are with an agent are talking again."""
    effects: list[Effect] = []
    for agent_id, seat in list(floor.seats.items()):
        partner = view.partners.get(seat.leg)
        if seat.state is AgentState.ON_CALL and partner is not None:
            effects += floor.talks(agent_id, partner, now)
    return effects


def _adopt(floor: Floor, view: View, agent_id: str, last: AgentChange | None, now: datetime) -> list[Effect]:
    channel = view.agent_channels[agent_id]
    leg = next(leg for leg, name in view.legs.items() if name == channel)
    paused = last is not None and last.state == AgentState.PAUSED
    effects = floor.log_in(
        floor.seats[agent_id].agent, leg, channel, now, paused=last.reason if paused and last else None
    )
    partner = view.partners.get(leg)
    return [*effects, *floor.talks(agent_id, partner, now)] if partner else effects


def partners_of(bridges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return who is with whom from (leg, bridge) pairs of basic bridges.

    >>> partners_of([("a", "b1"), ("b", "b1"), ("c", "b2")])
    {'a': 'b', 'b': 'a'}
    """
    members: dict[str, list[str]] = {}
    for leg, bridge in bridges:
        members.setdefault(bridge, []).append(leg)
    return {leg: other for legs in members.values() for leg in legs for other in legs if other != leg}
