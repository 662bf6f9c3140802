"""How long a list lasts: leads that may be called when, come again by the rules of retry, and are used up. Pure.

The list flows: in each step of ten minutes as many calls are placed as agents need, of the leads that are due and may
be called then; each outcome takes its share, and what is called again is due again when `dialer.retry` says. Leads
that the law treats alike (same time zones, same consent) are one class. Fractions of leads are as good as leads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from callcenter.compliance import places
from callcenter.compliance.verdict import Question, may_dial
from callcenter.outbound import AttemptOutcome, Campaign, Lead, LeadState
from dialer.retry import after

STEP: Final = timedelta(minutes=10)
DAY: Final = timedelta(days=1)
DAYS: Final = 10  # looked ahead
TRIES: Final = 8  # a lead that was called more often counts as called so often
STEPS_A_DAY: Final = DAY // STEP
DRY: Final = 0.5  # of the calls agents need: with fewer due the list has run dry
USED_UP: Final = 0.005  # of the leads left: then the list is used up

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When agents work: from `start` for `length`, each day alike."""

    start: datetime
    length: timedelta

    @property
    def steps(self) -> int:
        """Steps of a day; the last one may be shorter and counts as a whole one."""
        return max(1, -(-self.length // STEP))

    def at(self, day: int, step: int) -> datetime:
        return self.start + day * DAY + step * STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """The leads of a campaign that may still be called.

    - `opens`: class × day × step of work: may be called then. `due`: class × tries × step of the clock from the start
      on: leads due from that step on (the first: at once).
    - `never`: leads nobody may call (do-not-call list, no lawful hour); `leads`: all others.
    """

    opens: NDArray[np.bool_]
    due: Floats
    leads: float
    never: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What agents do with as many leads as they need, one value per draw: calls per hour of all agents together.

    `ends`: outcome → share of the calls.
    """

    calls_per_hour: Floats
    ends: Mapping[AttemptOutcome, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What becomes of the list, one value per draw.

    - `calls`: placed on the first day; `fed`: share of the calls agents needed that day; `left_due`: share of the leads
      still due, and callable, when it ends.
    - `dry_h`: hours of work until the list had too few leads due on the first day, nan if it never had.
    - `used_up_days`: days until hardly a lead was left, nan if that lies beyond `DAYS`.
    """

    calls: Floats
    fed: Floats
    left_due: Floats
    dry_h: Floats
    used_up_days: Floats


def work_list(
    campaign: Campaign, leads: Sequence[Lead], forbidden: Iterable[str], *, total: int, hours: Hours
) -> WorkList:
    """Return the list of which `leads` (READY) are a fair sample and that has `total` leads.

    `forbidden`: numbers on a do-not-call list that binds the campaign.
    """
    weight = total / len(leads) if leads else 0.0
    banned, never = set(forbidden), 0
    classes: dict[tuple[object, ...], list[Lead]] = defaultdict(list)
    for lead in leads:
        classes[_class_of(lead, hours.start)].append(lead)
    opens: dict[bytes, int] = {}
    rows: list[NDArray[np.bool_]] = []
    due = np.zeros((max(1, len(classes)), TRIES, STEPS_A_DAY * DAYS))
    for members in classes.values():
        allowed = [lead for lead in members if lead.number not in banned]
        never += len(members) - len(allowed)
        row = _opens(campaign, allowed[0], hours) if allowed else np.zeros((DAYS, hours.steps), dtype=bool)
        if not row.any():
            never += len(allowed)
            continue
        place = opens.setdefault(row.tobytes(), len(rows))
        if place == len(rows):
            rows.append(row)
        for lead in allowed:
            step = max(0, -(-(lead.next_at - hours.start) // STEP))
            if step < due.shape[2]:
                due[place, min(lead.tries, TRIES - 1), step] += weight
    found = np.array(rows) if rows else np.zeros((1, DAYS, hours.steps), dtype=bool)
    callable_leads = weight * (len(leads) - never)
    return WorkList(opens=found, due=due[: len(found)], leads=callable_leads, never=weight * never)


def first_open(campaign: Campaign, leads: Sequence[Lead], now: datetime) -> datetime | None:
    """Return the first instant from `now` on at which one of `leads` may be called; None if none ever may."""
    found: dict[tuple[object, ...], datetime] = {}
    for lead in leads:
        key = _class_of(lead, now)
        if key in found and found[key] <= max(now, lead.next_at):
            continue
        verdict = may_dial(_question(campaign, lead), max(now, lead.next_at))
        at = max(now, lead.next_at) if verdict.allowed else verdict.until
        if at is not None and (key not in found or at < found[key]):
            found[key] = at
    return min(found.values(), default=None)


def flow(campaign: Campaign, work: WorkList, demand: Demand, hours: Hours, days: int = DAYS) -> Flow:
    """Return what becomes of `work` when agents place the calls of `demand` on each of `days`."""
    draws = len(demand.calls_per_hour)
    need = demand.calls_per_hour * (STEP / timedelta(hours=1))
    later = np.repeat(work.due[None, :, :, : days * STEPS_A_DAY], draws, axis=0)
    due = np.zeros(later.shape[:3])
    state = _State(left=np.full(draws, work.leads), moved_to=0)
    again = again_after(campaign, hours.start)
    first = np.zeros(draws)
    dry, used_up = np.full(draws, np.nan), np.full(draws, np.nan)
    first_left = np.zeros(draws)
    for day in range(days):
        for step in range(hours.steps):
            clock = day * STEPS_A_DAY + step
            due += later[:, :, :, state.moved_to : clock + 1].sum(axis=3)
            state.moved_to = clock + 1
            there = due * work.opens[:, day, step][None, :, None]
            have = there.sum(axis=(1, 2))
            placed = np.minimum(have, need)
            called = there * np.divide(placed, have, out=np.zeros(draws), where=have > 0)[:, None, None]
            due -= called
            state.left -= _come_again(later, called, demand, again, clock)
            if day == 0:
                first += placed
                dry = np.where(np.isnan(dry) & (placed < DRY * need), step * (STEP / timedelta(hours=1)), dry)
        if day == 0:
            last = work.opens[:, 0, -1][None, :, None]
            first_left = (due * last).sum(axis=(1, 2)) / max(work.leads, 1e-9)
        used_up = np.where(np.isnan(used_up) & (state.left <= USED_UP * work.leads), day + 1.0, used_up)
        if not np.isnan(used_up).any():
            break
    fed = first / np.maximum(need * hours.steps, 1e-9)
    return Flow(calls=first, fed=fed, left_due=first_left, dry_h=dry, used_up_days=used_up)


def lawful(work: WorkList, hours: Hours) -> timedelta:
    """Return how long the first day is: until nobody on the list may be called any more, or agents go home."""
    open_steps = np.nonzero(work.opens[:, 0].any(axis=0))[0]
    return hours.length if not len(open_steps) else min(hours.length, int(open_steps[-1] + 1) * STEP)


def today(work: WorkList) -> float:
    """Return how many leads may be called on the first day, as they are due now."""
    steps = work.opens.shape[2]
    due = work.due.sum(axis=1)[:, :steps].cumsum(axis=1)
    total = 0.0
    for row, opens in zip(due, work.opens[:, 0], strict=True):
        there = np.nonzero(opens)[0]
        total += float(row[there[-1]]) if len(there) else 0.0
    return total


def again_after(campaign: Campaign, at: datetime) -> Mapping[tuple[AttemptOutcome, int], int | None]:
    """Return, by outcome and tries so far (without this one), the steps until a lead is called again; None: never."""
    found: dict[tuple[AttemptOutcome, int], int | None] = {}
    for outcome in AttemptOutcome:
        for tries in range(TRIES):
            state, due = after(campaign, tries + 1, outcome, at)
            again = state is LeadState.READY and due is not None
            found[outcome, tries] = max(1, -(-(due - at) // STEP)) if again and due is not None else None
    return found


@dataclass(slots=True, kw_only=True)
class _State:
    left: Floats
    moved_to: int


def _come_again(
    later: Floats,
    called: Floats,
    demand: Demand,
    again: Mapping[tuple[AttemptOutcome, int], int | None],
    clock: int,
) -> Floats:
    """Enter when the `called` are due again; return how many never are."""
    gone = np.zeros(len(called))
    end = later.shape[3]
    for outcome, share in demand.ends.items():
        part = called * share[:, None, None]
        for tries in range(TRIES):
            wait = again[outcome, tries]
            if wait is None:
                gone += part[:, :, tries].sum(axis=1)
            elif clock + wait < end:
                later[:, :, min(tries + 1, TRIES - 1), clock + wait] += part[:, :, tries]
    return gone


def _class_of(lead: Lead, now: datetime) -> tuple[object, ...]:
    """What the hours of a lead depend on."""
    zones = places.zones_of(lead.number, lead.time_zone, now)
    return places.place_of(lead.number).region, zones, bool(lead.consent)


def _opens(campaign: Campaign, lead: Lead, hours: Hours) -> NDArray[np.bool_]:
    question = _question(campaign, lead)
    rows = [[may_dial(question, hours.at(day, step)).allowed for step in range(hours.steps)] for day in range(DAYS)]
    return np.array(rows, dtype=bool)


def _question(campaign: Campaign, lead: Lead) -> Question:
    return Question(
        number=lead.number,
        kind=campaign.kind,
        region=campaign.region,
        time_zone=lead.time_zone,
        consent=lead.consent,
    )
