"""Campaigns kept and changed, with their messages. The dialer reads them from the store once a second.

What an operator writes is read and checked in `app.campaign_options`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app import messages
from app.campaign_options import Known, make
from app.centre_file import load
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.faults import nearest
from callcenter.fields import check_name
from callcenter.outbound import Campaign, CampaignKind
from callcenter.records import Agent
from callcenter.settings import Settings
from desk.campaigns import Put, Written, check_seen

AUDIT: Final = "campaign"
# Changed, these make a message wrong.
SAID: Final = frozenset({"company", "callback", "opt_out_key", "language", "kind", "region"})
# A collector's name that tells what it does tells whoever answers of a debt: 12 CFR 1006.2(j)(1)(i).
TELLING: Final = re.compile(r"\b(debts?|collect\w*|recover\w*|creditors?)\b", re.IGNORECASE)


# ---------------------------------------------------------------------------------------------------- the store


async def existing(store: Store, name: str) -> Campaign:
    """Return a campaign; raise NotFound with the nearest name."""
    found = await store.campaign(name)
    if found is None:
        names = [campaign.name for campaign in await store.campaigns()]
        hint = nearest(name, names) or ": make it with `callcenter campaign add`"
        raise NotFound(f'there is no campaign "{name}"{hint}')
    return found


async def known(store: Store, settings: Settings) -> Known:
    """What centre.toml says, where there is one; else what the store took over from it."""
    if settings.centre_file.exists():
        centre = await asyncio.to_thread(load, settings.centre_file)
        records = centre.records()
        region, queues, trunks, agents = centre.identity.region, records.queues, records.trunks, records.agents
    else:
        region, queues, trunks, agents = "", await store.queues(), await store.trunks(), await store.agents()
    return Known(
        region=region,
        queues=frozenset(queue.name for queue in queues),
        trunks={trunk.name: trunk.caller_id for trunk in trunks},
        agents=tuple(agents),
    )


def rendered_of(settings: Settings) -> Path | None:
    """The folder that Asterisk includes as `rendered`, None if it is not here."""
    return Path(settings.rendered_dir) if settings.rendered_dir else None


async def add(store: Store, settings: Settings, name: str, written: Written) -> Put:
    """Keep a new campaign, paused, with its message. Raise ConfigError, Conflict, MachineError, StoreError."""
    try:
        check_name(name)
    except ValueError as error:
        raise ConfigError(f"campaign: {error}") from None
    if await store.campaign(name) is not None:
        raise Conflict(f"there is a campaign {name} already: `callcenter campaign change {name}` changes it")
    around = await known(store, settings)
    campaign = make(name, written.values, around, await store.now())
    put = await _put(store, settings, None, campaign, written)
    return replace(put, notes=(*put.notes, *hardly_meant(put.campaign, around.agents)))


async def change(store: Store, settings: Settings, name: str, written: Written) -> Put:
    """Change what is written of a campaign, and its message if that says something else now; its state stays.

    Raise Refused (412) if it is not as `written.seen` says.
    """
    before = await existing(store, name)
    check_seen(before, written.seen)
    around = await known(store, settings)
    campaign = make(name, written.values, around, await store.now(), before)
    put = await _put(store, settings, before, campaign, written)
    return replace(put, notes=(*put.notes, *hardly_meant(put.campaign, around.agents)))


async def _put(store: Store, settings: Settings, before: Campaign | None, campaign: Campaign, written: Written) -> Put:
    rendered = rendered_of(settings)
    spoken = ""
    notes: tuple[str, ...] = ()
    if written.recording is not None or _must_speak(before, campaign, rendered):
        if rendered is None:
            raise ConfigError(
                "CALLCENTER_RENDERED_DIR is not set: the folder that Asterisk includes as `rendered`, "
                "where the message has to lie"
            )
        message = await asyncio.to_thread(messages.put_message, rendered, campaign, recording=written.recording)
        campaign = replace(campaign, message=message)
        spoken = messages.said(message, rendered)
    elif SAID & written.values.keys():
        notes = ("the message is your own recording and was kept: does it still say the right thing?",)
    verb = "add" if before is None else "change"
    await store.audit(written.who, AUDIT, f"{verb} {campaign.name}: {written}", await store.now())
    await store.put_campaign(campaign)
    return Put(campaign=campaign, spoken=spoken, notes=notes)


def _must_speak(before: Campaign | None, campaign: Campaign, rendered: Path | None) -> bool:
    """Whether the message is to be spoken anew: there is none, or it is a spoken one that says something else now.

    Who is called back hears the IVR, and no message.
    """
    if campaign.kind is CampaignKind.CALLBACK:
        return False
    if before is None or not before.message:
        return True
    if rendered is None:
        return any(getattr(before, key) != getattr(campaign, key) for key in SAID)
    if messages.trouble(before.message, rendered):
        return True
    said = messages.said(before.message, rendered)
    return bool(said) and said != messages.words(campaign)


def hardly_meant(campaign: Campaign, agents: Sequence[Agent]) -> Iterator[str]:
    """What is allowed and hardly meant, one line each. `agents`: all there are."""
    needs = frozenset(campaign.skills)
    if not any(campaign.queue in agent.queues and needs <= agent.skills.keys() for agent in agents):
        skilled = f" with {', '.join(campaign.skills)}" if needs else ""
        yield f"no agent{skilled} serves queue {campaign.queue}: nobody would be called"
    if campaign.kind is CampaignKind.COLLECTIONS and (found := TELLING.search(campaign.company)):
        yield f'"{found[0]}" in the company\'s name tells whoever answers of a debt (12 CFR 1006.2(j))'
