"""Calls back that people asked for: whom to call now, so that they keep their place and meet an agent. Pure.

Callers who wait and people to be called back stand in one line: by priority, then by the time since which they wait.
From the front, each takes an agent who suits: one who is ready, or whose wrap-up ends while a phone rings (`SOON`).
Whoever is to be called and gets one is called. So no more people are called than agents can take, nobody is overtaken,
and who answers waits for seconds. Those on their way (ringing, or not yet in the queue) keep the agents they were
called for.

Where calls come one after the other without any wrap-up no agent is ever seen ready. So the first of a queue's line,
with nobody before them, is called after `PATIENCE` all the same, one at a time, if an agent is at work in the queue:
having answered they are the first in the queue, and wait for one agent to become free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callcenter.care import Callback, CallbackResult, CallbackState
from callcenter.compliance.places import place_of
from callcenter.compliance.verdict import Request
from callcenter.outbound import AttemptOutcome, Campaign, CampaignKind, CampaignState, Lead, LeadState
from callcenter.records import TrunkRecord

SOON: Final = timedelta(seconds=15)  # a phone rings some 10 s before it is answered, then a key is asked for
PATIENCE: Final = timedelta(seconds=60)
TRIES: Final = 3
BETWEEN_TRIES: Final = timedelta(minutes=10)
MODE: Final = "callback"
_PREFIX: Final = "callback:"  # no operator's campaign can be called so


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody in the line: a caller who waits, or a person to be called back or on the way to the queue."""

    id: str
    queue: str
    since: datetime
    priority: int = 0
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """An agent who can take a call: at once (`ready`), or in a moment."""

    agent: str
    queues: frozenset[str]
    skills: frozenset[str] = frozenset()
    ready: bool = True

    def suits(self, place: Place) -> bool:
        return place.queue in self.queues and place.skills <= self.skills


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All who want agents, and the agents. `hands`: who is to be taken first, first.

    `due` are to be called back, `flying` are being called and have no agent yet; `at_work`: queues with an agent on a
    call or in wrap-up.
    """

    hands: Sequence[Hand] = ()
    waiting: Sequence[Place] = ()
    flying: Sequence[Place] = ()
    due: Sequence[Place] = ()
    at_work: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Whom to call now, by id and in order; `held`: ready agents who are counted on for calls back."""

    call: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()


@dataclass(slots=True)
class Heads:
    """Who has been the first of a queue's line, with no agent in sight, and since when."""

    _since: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def patient(self, heads: Mapping[str, Place], now: datetime) -> list[Place]:
        """Take note of the present `heads` by queue, and return those who have been that for PATIENCE."""
        since = {}
        for queue, place in heads.items():
            known, at = self._since.get(queue, ("", now))
            since[queue] = (place.id, at if known == place.id else now)
        self._since = since
        return [place for queue, place in heads.items() if now - since[queue][1] >= PATIENCE]


def choose(line: Line, heads: Heads, now: datetime) -> Choice:
    """Return whom to call back at `now`, a clock that is never set."""
    hands = _Hands(line.hands)
    for place in sorted(line.flying, key=_turn):
        hands.take(place)
    called: list[Place] = []
    first: dict[str, Place] = {}
    held_up = {place.queue for place in line.flying}  # the one who is called without an agent in sight is among them
    due = {place.id for place in line.due}
    for place in sorted([*line.waiting, *line.due], key=_turn):
        got = hands.take(place, hold=place.id in due)
        if place.id not in due:
            held_up.add(place.queue)
        elif got:
            called.append(place)
            held_up.add(place.queue)
        elif place.queue not in held_up and place.queue in line.at_work:
            first.setdefault(place.queue, place)
    called += heads.patient(first, now)
    return Choice(call=tuple(place.id for place in called), held=frozenset(hands.held))


def _turn(place: Place) -> tuple[int, datetime, str]:
    """The order in which the acd serves them (acd.matching)."""
    return -place.priority, place.since, place.id


class _Hands:
    def __init__(self, hands: Iterable[Hand]) -> None:
        self._free = list(hands)
        self.held: set[str] = set()

    def take(self, place: Place, *, hold: bool = True) -> bool:
        found = next((hand for hand in self._free if hand.suits(place)), None)
        if found is None:
            return False
        self._free.remove(found)
        if hold and found.ready:
            self.held.add(found.agent)
        return True


# ------------------------------------------------------------------------------------------- in terms of the ledger


def campaign_name(queue: str) -> str:
    """Return the name of the campaign that holds a queue's calls back.

    >>> campaign_name("sales")
    'callback:sales'
    """
    return _PREFIX + queue


def campaign_of(queue: str, trunk: TrunkRecord, now: datetime) -> Campaign:
    """Return the campaign for the calls back of `queue` over `trunk`, running."""
    return Campaign(
        name=campaign_name(queue),
        title=f"Calls back of {queue}"[:100],
        kind=CampaignKind.CALLBACK,
        queue=queue,
        trunk=trunk.name,
        caller_id=trunk.caller_id,
        region=place_of(trunk.caller_id).region,
        company="",
        callback="",
        mode=MODE,
        state=CampaignState.RUNNING,
        interval=BETWEEN_TRIES,
        max_tries=TRIES,
        created_at=now,
    )


def trunk_for(trunks: Iterable[TrunkRecord]) -> TrunkRecord | None:
    """Return the trunk for calls back where nobody has said another: the first, by name, that can show a number.

    One of a country: whom we may call, and when, goes by that.
    """
    usable = [trunk for trunk in trunks if trunk.active and trunk.channels > 0 and place_of(trunk.caller_id).region]
    return min(usable, key=lambda trunk: trunk.name, default=None)


def lead_of(callback: Callback, before: Lead | None, now: datetime) -> Lead:
    """Return the lead by which `callback` is called at `now`. `before`: the one its campaign has of that number.

    The lead's `created_at` is when it was asked for, `data` holds for when: both are what the law looks at.
    """
    due = before.data.get(_DUE) if before is not None and before.external_id == callback.id else None
    return Lead(
        campaign=campaign_name(callback.queue),
        number=callback.number,
        language=callback.language,
        external_id=callback.id,
        consent=f"asked for in call {callback.call_id}",
        data={_DUE: due or callback.due_at.isoformat()},
        next_at=now,
        created_at=min(callback.since, callback.due_at),
    )


def request_of(lead: Lead) -> Request | None:
    """Return what the person of a lead asked for, None if it is no call back."""
    due = lead.data.get(_DUE)
    return None if due is None else Request(asked_at=lead.created_at, due_at=datetime.fromisoformat(due))


_DUE: Final = "asked_for"


def result_of(callback: Callback, lead: Lead | None, now: datetime) -> CallbackResult | None:
    """Return what has become of a callback that is being called, None if it still is. The ledger knows: its lead says.

    A lead that is another's or none says that the call never came about: the claim's process died. It is open again.
    """
    if lead is None or lead.external_id != callback.id:
        return _result(callback, CallbackState.OPEN, now, due_at=callback.due_at, reason="was not called")
    if lead.state is LeadState.DIALING:
        return None
    last = lead.last_outcome
    if lead.state is LeadState.READY:
        reason = f"{last}, tries: {lead.tries}" if last else "was not called"
        return _result(callback, CallbackState.OPEN, now, due_at=lead.next_at, reason=reason)
    if last is AttemptOutcome.CONNECTED:
        return _result(callback, CallbackState.DONE, now, reason="talked with an agent")
    return _result(callback, CallbackState.FAILED, now, reason=f"given up: {last}, tries: {lead.tries}")


def _result(
    callback: Callback, state: CallbackState, now: datetime, *, due_at: datetime | None = None, reason: str
) -> CallbackResult:
    return CallbackResult(
        callback=callback.id, attempt=callback.attempt or "", state=state, at=now, due_at=due_at, reason=reason
    )
