"""Leads: the people a campaign calls, from a list (CSV)."""

from __future__ import annotations

from typing import Final

from callcenter.outbound import AttemptOutcome, LeadState
from desk.access import ADMIN, SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.models.campaigns import (
    LeadsAsked,
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
SOURCE: Final = "list"


async def leads(call: Call) -> Reply:
    asked: LeadsAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    state = None if asked.state is None else LeadState(asked.state)
    listed = await call.desk.store.leads(found.name, state, asked.limit)
    return Reply(answer=Listing[LeadShown](items=[LeadShown.model_validate(one) for one in listed]))


async def take(call: Call) -> Reply:
    asked: ListAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    return Reply(answer=_taken(await take_leads(call.desk.store, found, given_of(call, asked))))


def given_of(call: Call, asked: ListAsked) -> Given:
    """Return a list as it was sent; raise ConfigError for what is no text."""
    text = decode(call.raw, asked.encoding)
    return Given(text=text, source=SOURCE, who=call.known.name, dry_run=asked.dry_run)


def told(faults: tuple[RowFault, ...]) -> list[Refusal]:
    """Return the first faults of a list."""
    return [Refusal(line=one.line, column=one.column, text=one.text) for one in faults[:FAULTS_TOLD]]


def _taken(done: Imported) -> LeadsTaken:
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
