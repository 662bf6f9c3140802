"""Reserving: the transaction that turns drafts into attempts, or says why not.

All numbers of a batch are locked first; what is read after that stays true until the commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from callcenter.adapters.store.answers import rooms
from callcenter.adapters.store.dnc import ALL, forbidden
from callcenter.adapters.store.locks import lock_numbers
from callcenter.adapters.store.rows import every, row_of, select_of
from callcenter.adapters.store.schema import attempts, campaigns, leads
from callcenter.errors import Conflict
from callcenter.outbound import (
    Attempt,
    AttemptState,
    CallLimit,
    CampaignKind,
    CampaignState,
    Draft,
    LeadState,
    Refusal,
    Rule,
)

_OWN = select_of(Attempt, attempts).where(attempts.c.id.in_(bindparam("keys", expanding=True)))
_CAMPAIGNS = (
    select(campaigns.c.name, campaigns.c.state, campaigns.c.kind)
    .where(campaigns.c.name.in_(bindparam("names", expanding=True)))
    .order_by(campaigns.c.name)
    .with_for_update(read=True)
)
# Whoever is bounded by counts of its campaign waits for the others that are: no two see the same room.
_BOUNDED = (
    select(campaigns.c.name)
    .where(campaigns.c.name.in_(bindparam("names", expanding=True)))
    .order_by(campaigns.c.name)
    .with_for_update()
)
_LEADS = (
    select(leads.c.id, leads.c.campaign, leads.c.number, leads.c.state, leads.c.next_at, leads.c.created_at)
    .where(leads.c.id.in_(bindparam("keys", expanding=True)))
    .order_by(leads.c.id)
    .with_for_update()
)
_ON_NUMBERS = attempts.c.number.in_(bindparam("numbers", expanding=True))
_BUSY = select(attempts.c.number).where(_ON_NUMBERS, attempts.c.ended_at.is_(None))
# Of every campaign: whoever called a number last, its interval counts.
_INTERVALS = select(campaigns.c.name, campaigns.c.interval)
_COUNTED = (
    select(attempts.c.number, attempts.c.counts_at, attempts.c.outcome, attempts.c.campaign)
    .where(_ON_NUMBERS, attempts.c.counted, attempts.c.counts_at > bindparam("since"))
    .order_by(attempts.c.counts_at.desc())
)
_INSERT = insert(attempts)
_DIAL = (
    update(leads)
    .where(leads.c.id.in_(bindparam("keys", expanding=True)))
    .values(state=LeadState.DIALING, tries=leads.c.tries + 1)
)


NO_TIME: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known when a batch is decided.

    `requested`: campaigns of calls that their people asked for, at `created_at` of the lead; `intervals`: of all
    campaigns; `leads`: rows by id; `forbidden`: (number, campaign or ALL), and since when; `busy`: numbers with an open
    attempt; `calls`: of each number the attempts that count (`counts_at`, `outcome`, `campaign`), newest first, at
    least as far back as limits and intervals look.
    """

    campaigns: Mapping[str, CampaignState]
    requested: AbstractSet[str]
    intervals: Mapping[str, timedelta]
    leads: Mapping[int, Any]
    forbidden: Mapping[tuple[str, str], datetime]
    busy: AbstractSet[str]
    calls: Mapping[str, Sequence[Any]]


def reserve(db: Connection, drafts: Sequence[Draft], now: datetime) -> list[Attempt | Refusal]:
    """Decide all `drafts`, write what is reserved, and return the answers in the order of the drafts."""
    lock_numbers(db, (draft.number for draft in drafts))
    decided: dict[str, Attempt | Refusal] = {**_own(db, drafts)}
    asked = [draft for draft in drafts if draft.id not in decided]
    bounded = sorted({draft.campaign for draft in asked if draft.drops})
    if bounded:
        db.execute(_BOUNDED, {"names": bounded}).all()
    seen = _look(db, asked, now)
    left = {name: found.calls or 0 for name, (_, found) in rooms(db, asked).items()}
    new: dict[str, Attempt] = {}
    for draft in asked:
        refusal = refuse(draft, seen, now)
        if refusal is None and draft.number in new:
            refusal = Refusal(draft=draft.id, rule=Rule.OPEN_ATTEMPT)
        if refusal is None and left.get(draft.campaign, 1) <= 0:
            refusal = Refusal(draft=draft.id, rule=Rule.DROPS)
        if refusal is None:
            new[draft.number] = attempt_of(draft, now)
            left[draft.campaign] = left.get(draft.campaign, len(asked) + 1) - 1
        decided[draft.id] = refusal or new[draft.number]
    if new:
        db.execute(_INSERT, [{**row_of(attempt), "counts_at": now} for attempt in new.values()])
        db.execute(_DIAL, {"keys": sorted(attempt.lead for attempt in new.values())})
    return [decided[draft.id] for draft in drafts]


def refuse(draft: Draft, seen: Seen, now: datetime) -> Refusal | None:
    """Return why `draft` may not become an attempt at `now`, None if it may."""
    if seen.campaigns.get(draft.campaign) is not CampaignState.RUNNING:
        return Refusal(draft=draft.id, rule=Rule.CAMPAIGN_STATE)
    lead = seen.leads.get(draft.lead)
    if lead is None or (lead.campaign, lead.number, lead.state) != (draft.campaign, draft.number, LeadState.READY):
        return Refusal(draft=draft.id, rule=Rule.LEAD_STATE)
    if _is_forbidden(draft, lead, seen):
        return Refusal(draft=draft.id, rule=Rule.DNC)
    if draft.number in seen.busy:
        return Refusal(draft=draft.id, rule=Rule.OPEN_ATTEMPT)
    if lead.next_at > now:
        return Refusal(draft=draft.id, rule=Rule.LEAD_STATE, until=lead.next_at)
    return _over_limit(draft, seen, now)


def _is_forbidden(draft: Draft, lead: Any, seen: Seen) -> bool:
    """Whether a do-not-call list binds: for a call that was asked for, only what is younger than that wish."""
    since = (seen.forbidden.get((draft.number, of)) for of in (ALL, draft.campaign))
    entries = [at for at in since if at is not None]
    if draft.campaign in seen.requested:
        return any(at > lead.created_at for at in entries)
    return bool(entries)


def _over_limit(draft: Draft, seen: Seen, now: datetime) -> Refusal | None:
    """Refuse by the limit that holds up longest."""
    calls = seen.calls.get(draft.number, ())
    refusals = []
    for limit in draft.limits:
        if limit.calls < 1:
            return Refusal(draft=draft.id, rule=limit.rule)
        if (until := _free_at(limit, calls)) is not None and until > now:
            refusals.append((until, limit.rule))
    # Within its own campaign the draft's limits say how calls are spaced; after another's call that one's interval.
    # Who asks to be called does not mean: once you would have called me anyway.
    for call in () if draft.campaign in seen.requested else calls:
        if call.campaign != draft.campaign:
            until = call.counts_at + seen.intervals.get(call.campaign, NO_TIME)
            if until > now:
                refusals.append((until, Rule.INTERVAL))
    if not refusals:
        return None
    until, rule = max(refusals)
    return Refusal(draft=draft.id, rule=rule, until=until)


def _free_at(limit: CallLimit, calls: Sequence[Any]) -> datetime | None:
    """Return when one call more is within `limit`: once the oldest of its last `calls` leaves the window."""
    counted = [call.counts_at for call in calls if limit.outcome is None or call.outcome is limit.outcome]
    return counted[limit.calls - 1] + limit.window if len(counted) >= limit.calls else None


def attempt_of(draft: Draft, now: datetime) -> Attempt:
    """Return `draft` as the attempt it becomes at `now`."""
    return Attempt(
        id=draft.id,
        lead=draft.lead,
        campaign=draft.campaign,
        number=draft.number,
        cell=draft.cell,
        state=AttemptState.RESERVED,
        counted=True,
        reserved_at=now,
    )


def _own(db: Connection, drafts: Sequence[Draft]) -> dict[str, Attempt]:
    """Return the drafts that are reserved already: an earlier run was committed and its answer lost."""
    by_id = {draft.id: draft for draft in drafts}
    found = every(db, Attempt, _OWN, {"keys": list(by_id)})
    for attempt in found:
        if attempt != attempt_of(by_id[attempt.id], attempt.reserved_at):
            raise Conflict(f"attempt {attempt.id!r} was made before; a draft needs an id of its own")
    return {attempt.id: attempt for attempt in found}


def _look(db: Connection, drafts: Sequence[Draft], now: datetime) -> Seen:
    numbers = sorted({draft.number for draft in drafts})
    names = sorted({draft.campaign for draft in drafts})
    keys = sorted({draft.lead for draft in drafts})
    intervals: dict[str, timedelta] = {row.name: row.interval for row in db.execute(_INTERVALS)}
    windows = [limit.window for draft in drafts for limit in draft.limits]
    calls: dict[str, list[Any]] = defaultdict(list)
    since = now - max([NO_TIME, *windows, *intervals.values()])
    found = db.execute(_CAMPAIGNS, {"names": names}).all()
    for row in db.execute(_COUNTED, {"numbers": numbers, "since": since}):
        calls[row.number].append(row)
    return Seen(
        campaigns={row.name: row.state for row in found},
        requested={row.name for row in found if row.kind is CampaignKind.CALLBACK},
        intervals=intervals,
        leads={row.id: row for row in db.execute(_LEADS, {"keys": keys})},
        forbidden=forbidden(db, numbers),
        busy=set(db.execute(_BUSY, {"numbers": numbers}).scalars()),
        calls=calls,
    )
