"""What a campaign and the dialer are doing: read from the store, told as text and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.campaign_options import percent
from app.campaign_states import missing
from app.campaigns import hardly_meant
from app.centre_file import load
from app.tabular import columns
from callcenter.adapters.store import Store
from callcenter.compliance.limits import drop_rules
from callcenter.outbound import AttemptOutcome, Campaign, CampaignState, LeadState
from callcenter.records import ServiceState
from callcenter.settings import Settings
from desk.campaigns import SILENT_AFTER, Doing, Drops, Floor
from dialer.states import campaign_state_name, state_name

BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before all attempts


async def look(store: Store, settings: Settings, campaigns: list[Campaign]) -> Floor:
    """Read the status of `campaigns` and of the dialer; raise StoreError."""
    now = await store.now()
    return Floor(
        now=now,
        dialer=await store.service_state(state_name(settings.cell)),
        campaigns=tuple([await _status(store, settings, campaign, now) for campaign in campaigns]),
    )


async def _status(store: Store, settings: Settings, campaign: Campaign, now: datetime) -> Doing:
    name, notes = campaign.name, []
    if campaign.state is CampaignState.RUNNING:
        notes = [reason async for reason in missing(store, settings, campaign, now)]
        notes += hardly_meant(campaign, await store.agents())
    drops = []
    for rule in drop_rules(campaign, now):
        figures = await store.figures(name, now - rule.window)
        drops.append(
            Drops(
                rule=rule.id,
                window=rule.window,
                cap=min(rule.cap, campaign.cap),
                answered=figures.answered_by_person,
                dropped=figures.outcomes.get(AttemptOutcome.DROPPED, 0),
            )
        )
    return Doing(
        campaign=campaign,
        today=await store.figures(name, midnight(await asyncio.to_thread(zone_of, settings), now)),
        total=await store.figures(name, BEGINNING),
        next_due=await store.next_due(name),
        drops=tuple(drops),
        pacing=await store.service_state(campaign_state_name(settings.cell, name)),
        notes=tuple(notes),
    )


def zone_of(settings: Settings) -> str:
    """The centre's time zone, in which its day begins."""
    return load(settings.centre_file).identity.time_zone if settings.centre_file.exists() else "UTC"


def midnight(zone: str, now: datetime) -> datetime:
    """Return when the day of `now` began in `zone`, UTC."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


# --------------------------------------------------------------------------------------------------------- text


def dialer_line(floor: Floor) -> str:
    """What the dialer does: its own words while it says them, else that it does not run."""
    state = floor.dialer
    if state is None:
        return "the dialer does not run (never seen)"
    if floor.now - state.seen_at > SILENT_AFTER:
        return f"the dialer does not run (last seen {_stamp(state.seen_at)}, {ago(floor.now - state.seen_at)} ago)"
    return f"{state.text} (for {ago(floor.now - state.since)})"


def pacing_line(status: Doing, now: datetime) -> str:
    """What the dialer decided for a campaign, "" if it has nothing to decide; with its age if that was long ago."""
    said = status.pacing
    if said is None or status.campaign.state is not CampaignState.RUNNING:
        return ""
    silent = now - said.seen_at
    return said.text if silent <= SILENT_AFTER else f"{said.text} (said {ago(silent)} ago, nothing since)"


def overview(floor: Floor) -> Iterator[str]:
    """The dialer, all campaigns as a table, and of each what is to be known besides."""
    yield f"dialer: {dialer_line(floor)}"
    yield columns([row(status, floor.now) for status in floor.campaigns])
    for status in floor.campaigns:
        if pacing := pacing_line(status, floor.now):
            yield f"pacing: {status.campaign.name}: {pacing}"
        for note in status.notes:
            yield f"note: {status.campaign.name}: {note}"


def row(status: Doing, now: datetime) -> dict[str, Any]:
    """One line of the table of all campaigns."""
    leads, outcomes = status.total.leads, status.today.outcomes
    return {
        "campaign": status.campaign.name,
        "state": status.campaign.state.value,
        "ready": leads.get(LeadState.READY, 0),
        "dialing": leads.get(LeadState.DIALING, 0),
        "done": leads.get(LeadState.DONE, 0),
        "next due": _due(status.next_due, now),
        "today": sum(outcomes.values()),
        "connected": outcomes.get(AttemptOutcome.CONNECTED, 0),
        "dropped": outcomes.get(AttemptOutcome.DROPPED, 0),
        "drop rate": _worst(status.drops),
    }


def lines(status: Doing, now: datetime) -> Iterator[str]:
    """One campaign at length."""
    campaign, leads = status.campaign, status.total.leads
    yield f"campaign {campaign.name} ({campaign.title}): {campaign.state}"
    counts = ", ".join(f"{state} {leads.get(state, 0)}" for state in LeadState)
    yield f"  leads      {counts}; next due {_due(status.next_due, now) or 'none'}"
    if pacing := pacing_line(status, now):
        yield f"  pacing     {pacing}"
    yield f"  in flight  {_counts(status.total.open)}"
    yield f"  today      {_counts(status.today.outcomes)}"
    yield f"  so far     {_counts(status.total.outcomes)}"
    for drops in status.drops:
        share = "none" if drops.rate is None else percent(drops.rate)
        told = f"{drops.dropped} of {drops.answered} answered by a person, {share}"
        yield f"  drops      {told}; at most {percent(drops.cap)} in {ago(drops.window)} ({drops.rule})"
    for note in status.notes:
        yield f"  note       {note}"


def as_json(floor: Floor) -> dict[str, Any]:
    """All of it for programs; times ISO 8601 in UTC, shares as fractions."""
    state = floor.dialer
    dialer = {
        "running": state is not None and floor.now - state.seen_at <= SILENT_AFTER,
        "text": state.text if state else "",
        "since": _stamp(state.since) if state else None,
        "seen_at": _stamp(state.seen_at) if state else None,
    }
    return {"dialer": dialer, "campaigns": [_one(status) for status in floor.campaigns]}


def said_as_json(state: ServiceState) -> dict[str, str]:
    """What was said, since when, and when last."""
    return {"text": state.text, "since": _stamp(state.since), "seen_at": _stamp(state.seen_at)}


def _one(status: Doing) -> dict[str, Any]:
    return {
        "name": status.campaign.name,
        "state": status.campaign.state.value,
        "leads": {state.value: status.total.leads.get(state, 0) for state in LeadState},
        "next_due": _stamp(status.next_due) if status.next_due else None,
        "in_flight": {state.value: count for state, count in status.total.open.items()},
        "today": {outcome.value: count for outcome, count in status.today.outcomes.items()},
        "total": {outcome.value: count for outcome, count in status.total.outcomes.items()},
        "drops": [
            {
                "rule": drops.rule,
                "window_s": drops.window.total_seconds(),
                "cap": drops.cap,
                "answered": drops.answered,
                "dropped": drops.dropped,
                "rate": drops.rate,
            }
            for drops in status.drops
        ],
        "pacing": said_as_json(status.pacing) if status.pacing else None,
        "notes": list(status.notes),
    }


def ago(span: timedelta) -> str:
    """Return a length of time for people, in its one or two largest units.

    >>> [ago(timedelta(seconds=seconds)) for seconds in (5, 5_400, 86_400, 259_000, 2_592_000)]
    ['5 s', '1 h 30 min', '24 h', '2 days 23 h', '30 days']
    """
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds // 3600
    parts = {"h": hours, "min": minutes % 60} if hours < 48 else {"days": hours // 24, "h": hours % 24}
    return " ".join(f"{count} {unit}" for unit, count in parts.items() if count)


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return ""
    return "now" if due <= now else f"in {ago(due - now)}"


def _worst(drops: tuple[Drops, ...]) -> str:
    """The share of drops that is nearest to its limit."""
    known = [(one.rate / one.cap if one.cap else one.rate, one) for one in drops if one.rate is not None]
    if not known:
        return ""
    _, worst = max(known, key=lambda pair: pair[0])
    return f"{percent(worst.rate or 0.0)} of {percent(worst.cap)}"


def _counts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()) if count) or "none"


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
