"""May this number be called now? Asked when the hopper is filled, and again at the gate with a fresh `now`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from callcenter.compliance import places
from callcenter.compliance.hours import Clock, next_open, refusing, zone_info
from callcenter.compliance.law import RULES
from callcenter.compliance.rules import UNASKED, HoursRule, Rulebook, binding
from callcenter.outbound import CampaignKind

# A call placed in the last minute of the hours would be answered after them.
LAST_MINUTE: Final = timedelta(minutes=1)
HORIZON: Final = timedelta(days=10)  # longer than any row of holidays and weekends
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer. If refused: by which `rule` (its id), `until` when (None: time does not help), in words and by whom.

    `until` (UTC) is the next instant at which the same question, with nothing else changed, is answered with yes.
    """

    allowed: bool
    rule: str = ""
    until: datetime | None = None
    why: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A person's own wish to be called: when they said it, and for when."""

    asked_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whom we want to call, and for what.

    `number`: E.164; `region`: the campaign's; `time_zone`: IANA name the list gives, or ""; `on_dnc`: it is on a
    do-not-call list that binds the campaign; `countries`: whose numbers may be called (empty: `places.home`);
    `consent`: where it is on record that this person agreed to be called at any time, or ""; `request`: of a call back.
    """

    number: str
    kind: CampaignKind
    region: str
    time_zone: str = ""
    on_dnc: bool = False
    countries: frozenset[str] = frozenset()
    consent: str = ""
    request: Request | None = None


ALLOWED: Final = Verdict(allowed=True)


def may_dial(question: Question, now: datetime, rules: Rulebook = RULES) -> Verdict:
    """Return whether a number may be called at `now` (aware; ValueError if it is not) by `rules`."""
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    now = now.astimezone(UTC)  # arithmetic on any other zone would be by its wall clock
    if question.on_dnc:
        return Verdict(allowed=False, rule="dnc", why="the number is on the do-not-call list")
    forbidden = places.never(question.number, region=question.region, countries=question.countries)
    if forbidden is not None:
        return Verdict(allowed=False, rule=forbidden.rule, why=forbidden.why)
    if question.request is not None:
        asked = _asked(question, question.request, now, rules)
        return asked or _in_hours(question, now, rules)
    if question.consent and all(rule.lifted_by_consent for rule in (*_hours(question, rules), rules.default_hours)):
        return ALLOWED
    return _in_hours(question, now, rules)


def _in_hours(question: Question, now: datetime, rules: Rulebook) -> Verdict:
    if question.time_zone and not _is_zone(question.time_zone):
        return _no_zone(f"{question.time_zone!r} is no time zone")
    zones = places.zones_of(question.number, question.time_zone, now)
    if not zones:
        return _no_zone("the number does not tell its time zone")
    return _by_hours(_schedule(question, zones, rules), now)


def _asked(question: Question, request: Request, now: datetime, rules: Rulebook) -> Verdict | None:
    """Return the answer about a call that was asked for; None: it is so late that the calling hours bind."""
    for rule in binding(rules.requests, question.region, question.kind, now.date()):
        if now - request.asked_at > rule.lasts:
            return Verdict(allowed=False, rule=rule.id, why="it was asked for too long ago", source=rule.source)
        if now - request.due_at > rule.punctual:
            return None
    return ALLOWED


def _no_zone(why: str) -> Verdict:
    mend = 'give time_zone in the list, e.g. "America/New_York"'
    return Verdict(allowed=False, rule="unknown-zone", why=f"{why}: {mend}")


def _is_zone(name: str) -> bool:
    try:
        zone_info(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schedule:
    """The hours of the called person's country and of the campaign's, in every zone the number may lie in."""

    zones: tuple[str, ...]
    rules: tuple[HoursRule, ...]
    default: HoursRule

    def clocks(self) -> tuple[Clock, ...]:
        return tuple(Clock(zone=zone, rules=self.rules, default=self.default) for zone in self.zones)


def _schedule(question: Question, zones: tuple[str, ...], rules: Rulebook) -> _Schedule:
    return _Schedule(zones=zones, rules=_hours(question, rules), default=rules.default_hours)


def _hours(question: Question, rules: Rulebook) -> tuple[HoursRule, ...]:
    """Return the hours of the called person's country and of the campaign's; of all kinds for a call back."""
    there = places.place_of(question.number).region
    kinds = UNASKED if question.kind is CampaignKind.CALLBACK else {question.kind}
    hours = tuple(rule for rule in rules.hours if _binds(rule, there, kinds)) or (rules.default_hours,)
    return hours + tuple(rule for rule in rules.hours if _binds(rule, question.region, kinds) and rule not in hours)


def _binds(rule: HoursRule, region: str, kinds: Collection[CampaignKind]) -> bool:
    return any(rule.binds(region, kind) for kind in kinds)


def _by_hours(schedule: _Schedule, now: datetime) -> Verdict:
    for clock in schedule.clocks():
        found = refusing(clock, now)
        last = "" if found else ", and the last minute is left out"
        found = found or refusing(clock, now + LAST_MINUTE)
        if found is not None:
            rule, spans = found
            return _refused(rule, _in_words(clock, now, spans) + last, schedule, now)
    return ALLOWED


def _in_words(clock: Clock, now: datetime, spans: str) -> str:
    return f"it is {now.astimezone(zone_info(clock.zone)):%a %H:%M} in {clock.zone}; calling hours: {spans}"


def _refused(rule: HoursRule, why: str, schedule: _Schedule, now: datetime) -> Verdict:
    # Nothing is lawful from the start of this quarter of an hour until `until`, or the answer starts at `now`; so
    # leads that are refused together, thousands of an evening, share one search.
    until = _next_lawful(schedule, now - (now - EPOCH) % QUARTER)
    if until is not None and until <= now:
        until = _next_lawful(schedule, now)
    if until is None and len(schedule.zones) > 1:
        why += f"; no hour suits all {len(schedule.zones)} time zones of the number: give time_zone in the list"
    return Verdict(allowed=False, rule=rule.id, until=until, why=why, source=rule.source)


@lru_cache(maxsize=1024)
def _next_lawful(schedule: _Schedule, now: datetime) -> datetime | None:
    """Return the first instant from `now` on at which all clocks are open, and a minute later still are.

    Each round moves `at` to an instant before which some clock says no, so nothing lawful is stepped over.
    """
    clocks = schedule.clocks()
    at, before = now, None
    while at != before and at < now + HORIZON:
        before = at
        for clock in clocks:
            opens = next_open(clock, at)
            stays = None if opens is None else next_open(clock, opens + LAST_MINUTE)
            if opens is None or stays is None:
                return None
            at = max(opens, stays - LAST_MINUTE)
    return at if at == before else None
