"""The agents as the dialer knows them: the acd's picture once a second, and its messages in between. Pure.

The dialer acts only on a picture that is fresh: no picture, no dialing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from callcenter.messages import AgentChanged
from callcenter.outbound import Campaign
from dialer.callbacks import SOON, Hand, Place
from dialer.pacing.picture import Activity, AgentNow
from dialer.sharing import IdleAgent

STALE: Final = timedelta(seconds=3.5)  # the picture comes once a second

READY: Final = "ready"
WRAP_UP: Final = "wrap-up"
TALKING: Final = frozenset({"reserved", "on-call"})
OFF: Final = "logged-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An agent. `since`: when the state began; `call`: with whom, or wrapped up; `free_at`: when the wrap-up ends.

    `leaving`: has said that a pause follows this call.
    """

    agent: str
    state: str
    since: datetime
    idle_since: datetime
    queues: frozenset[str]
    skills: frozenset[str]
    call: str | None = None
    queue: str | None = None
    free_at: datetime | None = None
    leaving: bool = False

    def suits(self, campaign: Campaign) -> bool:
        return campaign.queue in self.queues and self.skills.issuperset(campaign.skills)


class Crew:
    """`see` each picture and `hear` each message; the newer word about an agent counts."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self.waiting: tuple[Place, ...] = ()  # callers, as last drawn
        self._drawn_at: datetime | None = None
        self._seen_at: datetime | None = None

    def see(self, picture: Mapping[str, Any] | None, now: datetime) -> None:
        """Take over the acd's picture; one that did not change since the last look does not become fresher.

        One that the acd itself does not trust (its link to Asterisk is lost) ends our trust in the one before.
        """
        if picture is None:
            return
        if not picture.get("fresh"):
            self._seen_at = None
            return
        drawn_at = _time(picture["at"])
        if drawn_at == self._drawn_at:
            return
        self._drawn_at, self._seen_at = drawn_at, now
        drawn = {entry["id"]: _member(entry) for entry in picture["agents"]}
        for agent, member in drawn.items():
            known = self._members.get(agent)
            if known is not None and known.since > drawn_at:  # a message was quicker
                drawn[agent] = replace(known, queues=member.queues, skills=member.skills, leaving=member.leaving)
        self._members = drawn
        self.waiting = tuple(_place(entry) for entry in picture.get("waiting", ()))

    def hear(self, message: AgentChanged) -> None:
        """Take note of an agent's change; of an agent we have never seen the next picture tells."""
        known, at = self._members.get(message.agent), _time(message.at)
        if known is None or at < known.since:
            return
        self._members[message.agent] = replace(
            known,
            state=message.state,
            since=at,
            idle_since=at if _gets_idle(known.state, message.state) else known.idle_since,
            call=message.call_id,
            queue=known.queue if message.call_id == known.call else None,  # of another call the next picture tells
            free_at=None,  # so does it of a wrap-up
        )

    def is_fresh(self, now: datetime) -> bool:
        return self._seen_at is not None and now - self._seen_at <= STALE

    def talks_on(self, call: str) -> bool:
        """Whether an agent is known to be with this call."""
        return any(member.call == call and member.state in TALKING for member in self._members.values())

    def idle(self) -> list[IdleAgent]:
        return [
            IdleAgent(
                id=member.agent,
                queues=member.queues,
                skills=member.skills,
                idle_since=member.idle_since.timestamp(),
            )
            for member in self._members.values()
            if member.state == READY
        ]

    def hands(self, now: datetime) -> list[Hand]:
        """Return the agents who can take a call at `now` or SOON: those ready first, idle longest first."""
        members = sorted(self._members.values(), key=lambda member: (member.idle_since, member.agent))
        ready = [member for member in members if member.state == READY]
        soon = [member for member in members if member.free_at is not None and member.free_at <= now + SOON]
        return [
            Hand(agent=member.agent, queues=member.queues, skills=member.skills, ready=member.state == READY)
            for member in (*ready, *soon)
        ]

    def at_work(self) -> frozenset[str]:
        """Return the queues of agents who are on a call or in wrap-up."""
        busy = (m.queues for m in self._members.values() if m.state in {WRAP_UP, *TALKING})
        return frozenset().union(*busy)

    def talking(self) -> dict[str, str]:
        """Return agent → call (leg) of those who are reserved for one or on one."""
        return {m.agent: m.call for m in self._members.values() if m.state in TALKING and m.call}

    def present(self) -> frozenset[str]:
        """Return the agents who are logged in."""
        return frozenset(member.agent for member in self._members.values() if member.state != OFF)

    def suited(self, campaign: Campaign) -> int:
        """Return how many agents who are logged in may take calls of `campaign`."""
        return sum(member.state != OFF and member.suits(campaign) for member in self._members.values())

    def seen_by(
        self, campaign: Campaign, counted: Collection[str], calls: Collection[str], works_for: Mapping[str, str]
    ) -> list[AgentNow]:
        """Return the agents who may take calls of `campaign`, as its pacer sees them.

        `counted`: idle agents it may count on; `calls`: legs of this campaign; `works_for`: agent → the running
        campaign whose agents they are now (dialer.belonging). Who works for no running campaign is on a call of its own
        where the call came by its queue: inbound callers, and calls of campaigns that have stopped.
        """
        people = []
        for member in self._members.values():
            if member.state == OFF or not member.suits(campaign):
                continue
            whose = works_for.get(member.agent, campaign.name)
            ours = member.call in calls or (member.queue == campaign.queue and whose == campaign.name)
            activity = Activity.AWAY
            if member.agent in counted and member.state == READY:
                activity = Activity.IDLE
            elif member.state in TALKING and ours:
                activity = Activity.TALKING
            elif member.state == WRAP_UP and ours:
                activity = Activity.WRAPPING
            since = member.since.timestamp()
            people.append(AgentNow(agent=member.agent, activity=activity, since=since, leaving=member.leaving))
        return people


def _gets_idle(before: str, now: str) -> bool:
    """Whether the acd counts an agent's idle time from this change on: as `acd.agents` does, for the same turn."""
    return now == WRAP_UP or (now == READY and before in {OFF, *TALKING})


def _member(entry: Mapping[str, Any]) -> Member:
    return Member(
        agent=entry["id"],
        state=entry["state"],
        since=_time(entry["since"]),
        idle_since=_time(entry["idle_since"]),
        queues=frozenset(entry["queues"]),
        skills=frozenset(entry["skills"]),
        call=entry["call"],
        queue=entry["queue"],
        free_at=None if entry.get("free_at") is None else _time(entry["free_at"]),
        leaving=bool(entry.get("leaving")),
    )


def _place(entry: Mapping[str, Any]) -> Place:
    return Place(
        id=entry["call"],
        queue=entry["queue"],
        since=_time(entry["since"]),
        priority=entry.get("priority", 0),
        skills=frozenset(entry.get("skills", ())),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
