"""Starting, pausing, draining and ending campaigns: from which state each is possible, and what a start needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Final

from app import messages
from app.campaign_options import unlawful
from app.campaigns import AUDIT, existing, hardly_meant, known, rendered_of
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict
from callcenter.faults import nearest
from callcenter.outbound import Campaign, CampaignKind, CampaignState, LeadState
from callcenter.settings import Settings
from desk.campaigns import SILENT_AFTER
from dialer.states import state_name

_S = CampaignState
# What is said → from which states, to which. One that has ended may be started again: nothing of it is lost.
MOVES: Final[Mapping[str, tuple[frozenset[CampaignState], CampaignState]]] = {
    "start": (frozenset({_S.PAUSED, _S.DRAINING, _S.ENDED}), _S.RUNNING),
    "pause": (frozenset({_S.RUNNING, _S.DRAINING}), _S.PAUSED),
    "drain": (frozenset({_S.RUNNING}), _S.DRAINING),
    "end": (frozenset({_S.RUNNING, _S.PAUSED, _S.DRAINING}), _S.ENDED),
}


async def move(store: Store, settings: Settings, name: str, verb: str, who: str) -> tuple[str, ...]:
    """Do `verb` (of MOVES) to a campaign; return notes. Raise ConfigError with every reason why it cannot start.

    Nothing happens to a campaign that is in that state already.
    """
    campaign = await existing(store, name)
    possible, target = MOVES[verb]
    if campaign.state is target:
        return (f"it was {target} already",)
    if campaign.state not in possible:
        raise Conflict(f"campaign {name} is {campaign.state}: {verb} is for one that is {_or(possible)}")
    notes: tuple[str, ...] = ()
    if verb == "start":
        now = await store.now()
        reasons = [reason async for reason in missing(store, settings, campaign, now)]
        if reasons:
            raise ConfigError(f"campaign {name} cannot start: {'; '.join(reasons)}")
        notes = (
            *hardly_meant(campaign, await store.agents()),
            *[note async for note in _waits(store, settings, name, now)],
        )
    await store.audit(who, AUDIT, f"{verb} {name}", await store.now())
    await store.set_campaign_state(name, target)
    return notes


async def missing(store: Store, settings: Settings, campaign: Campaign, now: datetime) -> AsyncIterator[str]:
    """Why a campaign cannot be dialled, one reason after the other; none if it can."""
    for fault in unlawful(campaign, now):
        yield f"{fault}: change it with `callcenter campaign change {campaign.name}`"
    if campaign.kind is not CampaignKind.CALLBACK:
        rendered = rendered_of(settings)
        if trouble := await asyncio.to_thread(messages.trouble, campaign.message, rendered):
            mend = f"; `callcenter campaign change {campaign.name}` makes one" if rendered else ""
            yield f"{trouble}{mend}"
    around = await known(store, settings)
    if campaign.queue not in {queue.name for queue in await store.queues()}:
        yield _gone("queue", campaign.queue, around.queues)
    if campaign.trunk not in {trunk.name for trunk in await store.trunks()}:
        yield _gone("trunk", campaign.trunk, around.trunks)
    if campaign.kind is not CampaignKind.CALLBACK:
        async for reason in _nobody_to_call(store, campaign, now):
            yield reason


async def _nobody_to_call(store: Store, campaign: Campaign, now: datetime) -> AsyncIterator[str]:
    leads = (await store.figures(campaign.name, now)).leads
    if not leads:
        yield f"it has no leads: `callcenter leads import FILE --campaign {campaign.name}`"
    elif not leads.keys() - {LeadState.DONE}:
        again = f"`callcenter leads reset --campaign {campaign.name}` calls them once more"
        yield f"all of its {leads[LeadState.DONE]} leads are done: import more, or {again}"


async def _waits(store: Store, settings: Settings, name: str, now: datetime) -> AsyncIterator[str]:
    """Why a campaign that can be dialled is not yet."""
    due = await store.next_due(name)
    if due is not None and due > now:
        yield f"its first lead may be called at {due.isoformat(timespec='seconds')}"
    state = await store.service_state(state_name(settings.cell))
    if state is None or now - state.seen_at > SILENT_AFTER:
        yield "the dialer does not run: nobody is called before it does"


def _gone(what: str, name: str, around: Collection[str]) -> str:
    if name in around:
        return f'{what} "{name}" is not taken over yet: `callcenter reload`'
    return f'there is no {what} "{name}"{nearest(name, around) or f": `callcenter {what} add`"}'


def _or(states: frozenset[CampaignState]) -> str:
    return " or ".join(sorted(states))
