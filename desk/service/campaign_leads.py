"""Leads: the people a campaign calls, from a list (CSV)."""

from __future__ import annotations

from typing import Final

from callcenter.errors import NotFound
from callcenter.outbound import Attempt, AttemptOutcome, AttemptsOf, LeadsOf, LeadState
from desk.access import ADMIN, SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.cursors import cursor_of, numbered_place_of, place_of
from desk.models.campaigns import (
    AttemptsAsked,
    AttemptShown,
    LeadsAsked,
    LeadSeen,
    LeadShown,
    LeadsTaken,
    ListAsked,
    Refusal,
    ResetAsked,
    ResetDone,
)
from desk.models.common import Listing
from desk.service.campaigns import ANY, CAMPAIGN
from desk.service.lists import Given, Imported, take_leads
from dialer.sheet import RowFault, decode

LEADS: Final = f"{CAMPAIGN}/leads"
FAULTS_TOLD: Final = 1_000
ATTEMPTS_TOLD: Final = 50
SOURCE: Final = "list"


async def leads(call: Call) -> Reply:
    asked: LeadsAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    of = LeadsOf(
        campaign=found.name,
        state=None if asked.state is None else LeadState(asked.state),
        outcome=asked.outcome,
        digits=_digits(asked.number),
        after=None if asked.cursor is None else numbered_place_of(asked.cursor),
        limit=asked.limit,
    )
    listed = await call.desk.store.lead_page(of)
    following = cursor_of(listed[-1].next_at, listed[-1].id) if len(listed) == asked.limit else None
    return Reply(answer=Listing[LeadShown](items=[LeadShown.model_validate(one) for one in listed], next=following))


async def lead(call: Call) -> Reply:
    found = await call.desk.campaigns.existing(call.path["campaign"])
    one = await call.desk.store.lead(int(call.path["lead"]))
    if one is None or one.campaign != found.name:
        raise NotFound(f"campaign {found.name} has no lead {call.path['lead']}")
    tries = await call.desk.store.attempts_of_lead(one, ATTEMPTS_TOLD)
    known = {name: getattr(one, name) for name in LeadSeen.model_fields if name not in {"on_dnc", "attempts"}}
    seen = LeadSeen(
        **{**known, "data": dict(one.data)},
        on_dnc=bool(await call.desk.store.dnc_numbers([one.number], found.name)),
        attempts=[_attempt(each, one.name) for each in tries],
    )
    return Reply(answer=seen)


async def attempts(call: Call) -> Reply:
    asked: AttemptsAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    of = AttemptsOf(
        campaign=found.name,
        outcome=asked.outcome,
        digits=_digits(asked.number),
        before=None if asked.cursor is None else place_of(asked.cursor),
        limit=asked.limit,
    )
    listed = await call.desk.store.attempt_page(of)
    following = cursor_of(listed[-1][0].reserved_at, listed[-1][0].id) if len(listed) == asked.limit else None
    items = [_attempt(one, name) for one, name in listed]
    return Reply(answer=Listing[AttemptShown](items=items, next=following))


def _digits(number: str | None) -> str:
    """Return what to look for: a number as people write it, the zero of calls within a country left out."""
    return "".join(sign for sign in number or "" if sign.isdecimal()).lstrip("0")


def _attempt(one: Attempt, name: str) -> AttemptShown:
    lasted = one.ended_at - one.answered_at if one.ended_at and one.answered_at else None
    known = {field: getattr(one, field) for field in AttemptShown.model_fields if field not in {"name", "talked_s"}}
    return AttemptShown(**known, name=name, talked_s=None if lasted is None else lasted.total_seconds())


async def take(call: Call) -> Reply:
    asked: ListAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    return Reply(answer=leads_taken(await take_leads(call.desk.store, found, given_of(call, asked))))


def given_of(call: Call, asked: ListAsked) -> Given:
    """Return a list as it was sent; raise ConfigError for what is no text."""
    text = decode(call.raw, asked.encoding)
    return Given(text=text, source=SOURCE, who=call.known.name, dry_run=asked.dry_run)


def told(faults: tuple[RowFault, ...]) -> list[Refusal]:
    """Return the first faults of a list."""
    return [Refusal(line=one.line, column=one.column, text=one.text) for one in faults[:FAULTS_TOLD]]


def leads_taken(done: Imported) -> LeadsTaken:
    """Return what became of a list of leads."""
    read, new = done.read, done.new
    return LeadsTaken(
        good=len(read.leads),
        imported=new,
        already_there=None if new is None else len(read.leads) - new,
        on_dnc=done.forbidden,
        any_hour=read.any_hour,
        bad=len(read.faults),
        faults=told(read.faults),
        notes=list(read.notes),
    )


async def reset(call: Call) -> Reply:
    said: ResetAsked = call.body
    found = await call.desk.campaigns.existing(call.path["campaign"])
    outcomes = frozenset(said.outcomes or set(AttemptOutcome) - {AttemptOutcome.CONNECTED})
    words = f"that ended as {' or '.join(sorted(outcomes))}" if said.outcomes else "but for connected"
    await call.desk.store.audit(call.known.name, "leads", f"reset {found.name}, those {words}", call.now)
    return Reply(answer=ResetDone(ready=await call.desk.store.reset_leads(found.name, outcomes, call.now)))


ROUTES: Final = (
    Route(
        method="GET",
        path=LEADS,
        summary="The leads of a campaign, those due first",
        tag="campaigns",
        handler=leads,
        roles=SUPERVISORS,
        query=LeadsAsked,
        answer=Listing[LeadShown],
    ),
    Route(
        method="GET",
        path=LEADS + "/{lead}",
        summary="All that is known of a lead, with the last calls to it",
        tag="campaigns",
        handler=lead,
        roles=SUPERVISORS,
        answer=LeadSeen,
    ),
    Route(
        method="GET",
        path=f"{CAMPAIGN}/attempts",
        summary="The calls a campaign made, newest first, and what became of them",
        tag="campaigns",
        handler=attempts,
        roles=SUPERVISORS,
        query=AttemptsAsked,
        answer=Listing[AttemptShown],
    ),
    Route(
        method="POST",
        path=LEADS,
        summary="Add the people of a list (CSV: number, name, language, time_zone, priority, any_hour_consent, …)",
        tag="campaigns",
        handler=take,
        roles=ADMIN,
        query=ListAsked,
        takes=ANY,
        answer=LeadsTaken,
        errors=(409, 422),
    ),
    Route(
        method="POST",
        path=f"{LEADS}/reset",
        summary="Call leads that are done once more, as if never tried; what holds per number still holds",
        tag="campaigns",
        handler=reset,
        roles=ADMIN,
        body=ResetAsked,
        answer=ResetDone,
    ),
)
