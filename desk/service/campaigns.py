"""Campaigns: whom we call. They act at once; the dialer looks at them every second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from callcenter.accounts import Role
from callcenter.errors import NotFound
from callcenter.outbound import Campaign, CampaignState, LeadState
from callcenter.records import ServiceState
from desk.access import ADMIN, SUPERVISORS
from desk.campaigns import (
    SILENT_AFTER,
    TAG,
    Doing,
    Drops,
    Floor,
    Put,
    Written,
    campaign_tag,
    message_tag,
    without_commands,
)
from desk.contract import API, Call, Reply, Route
from desk.failures import Refused
from desk.models.campaigns import (
    CampaignChange,
    CampaignDoing,
    CampaignList,
    CampaignShown,
    CampaignStatus,
    DialerShown,
    DropsShown,
    NewCampaign,
    Saying,
    StateAsked,
    StateDone,
    Verb,
)

CAMPAIGNS: Final = f"{API}/campaigns"
CAMPAIGN: Final = CAMPAIGNS + "/{campaign}"
WAV: Final = "audio/wav"
ANY: Final = "application/octet-stream"
# What a supervisor may do: stop the calls at once, and let what was stopped go on.
SUPERVISED: Final[Mapping[Verb, frozenset[CampaignState]]] = {
    Verb.PAUSE: frozenset(CampaignState),
    Verb.START: frozenset({CampaignState.PAUSED, CampaignState.RUNNING}),
}


async def campaigns(call: Call) -> Reply:
    floor = await call.desk.campaigns.look(await call.desk.store.campaigns())
    return Reply(answer=CampaignList(items=[_doing(one) for one in floor.campaigns], dialer=_dialer(floor)))


async def campaign(call: Call) -> Reply:
    return await _shown(call, await call.desk.campaigns.existing(call.path["campaign"]))


async def status(call: Call) -> Reply:
    found = await call.desk.campaigns.existing(call.path["campaign"])
    floor = await call.desk.campaigns.look([found])
    shown = CampaignStatus(at=floor.now, dialer=_dialer(floor), campaign=_doing(floor.campaigns[0]))
    return Reply(answer=shown)


async def add(call: Call) -> Reply:
    said: NewCampaign = call.body
    written = Written(who=call.known.name, values=options_of(said))
    return await _put(call, await call.desk.campaigns.add(said.name, written))


async def change(call: Call) -> Reply:
    said: CampaignChange = call.body
    found = await call.desk.campaigns.existing(call.path["campaign"])
    written = Written(who=call.known.name, values=_changes(found, options_of(said)), seen=call.if_match)
    return await _put(call, await call.desk.campaigns.change(found.name, written))


async def message(call: Call) -> Reply:
    found = await call.desk.campaigns.existing(call.path["campaign"])
    heard = await call.desk.campaigns.message(found)
    return Reply(content=heard, content_type=WAV, tag=message_tag(heard))


async def put_message(call: Call) -> Reply:
    found = await call.desk.campaigns.existing(call.path["campaign"])
    if call.if_match != await _heard(call, found):
        raise Refused(412, "conflict", f"the message of {found.name} was changed meanwhile: listen to it again")
    written = Written(who=call.known.name, values={}, recording=call.raw)
    put = await call.desk.campaigns.change(found.name, written)
    shown = await _put(call, put)
    return replace(shown, tag=await _heard(call, put.campaign))


async def _heard(call: Call, found: Campaign) -> str:
    """Return the tag of a campaign's message."""
    try:
        return message_tag(await call.desk.campaigns.message(found))
    except NotFound:
        return message_tag(b"")


async def move(call: Call) -> Reply:
    said: StateAsked = call.body
    found = await call.desk.campaigns.existing(call.path["campaign"])
    if call.known.role is not Role.ADMIN and found.state not in SUPERVISED.get(said.state, ()):
        raise Refused(403, "forbidden", "supervisors pause campaigns and let paused ones go on; admins do the rest")
    notes = await call.desk.campaigns.move(found.name, said.state, call.known.name)
    now = await call.desk.campaigns.existing(found.name)
    return Reply(answer=StateDone(state=now.state, notes=list(notes)))


# ------------------------------------------------------------------------------------------------ from and to


def options_of(said: BaseModel) -> dict[str, Any]:
    """Return what was sent as the command line's options, what was left out left out."""
    return _options(said.model_dump(mode="json", exclude={"name"}, exclude_none=True))


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for field, value in given.items():
        match field:
            case "cap_percent":
                read["cap"] = f"{value:.4f}%"
            case "ring_s" | "max_wait_s":
                read[field.removesuffix("_s")] = value
            case "amd_misses_percent":
                read["amd_misses"] = f"{value}%"
            case "interval_min":
                read["interval"] = f"{value}min"
            case "skills":
                read["skills"] = ",".join(value)
            case _:
                read[field] = value
    return read


def _changes(found: Campaign, options: dict[str, Any]) -> dict[str, Any]:
    """Return what differs from what is: a form sends all it shows.

    The number shown stays with another trunk if it was sent: left out, the trunk's is taken.
    """
    now = _options(_settings(found))
    changes = {name: value for name, value in options.items() if value != now.get(name)}
    if "trunk" in changes and "caller_id" in options:
        changes["caller_id"] = options["caller_id"]
    return changes


def _settings(found: Campaign) -> dict[str, Any]:
    """Return a campaign's settings as fields of the desk."""
    same = ("kind", "queue", "trunk", "company", "callback", "caller_id", "title", "mode", "max_tries", "language")
    return {
        **{name: getattr(found, name) for name in (*same, "region", "opt_out_key", "order", "weight", "amd")},
        "cap_percent": round(100 * found.cap, 4),
        "amd_misses_percent": round(100 * found.amd_misses, 4),
        "ring_s": found.ring.total_seconds(),
        "max_wait_s": found.max_wait.total_seconds(),
        "interval_min": int(found.interval.total_seconds() // 60),
        "skills": list(found.skills),
    }


async def _put(call: Call, put: Put) -> Reply:
    return await _shown(call, put.campaign, put.notes)


async def _shown(call: Call, found: Campaign, notes: tuple[str, ...] = ()) -> Reply:
    shown = CampaignShown(
        name=found.name,
        state=found.state,
        created_at=found.created_at,
        has_message=bool(found.message),
        says=await call.desk.campaigns.says(found),
        notes=list(notes),
        **_settings(found),
    )
    return Reply(answer=shown, tag=campaign_tag(found))


def _doing(one: Doing) -> CampaignDoing:
    found, leads = one.campaign, one.total.leads
    return CampaignDoing(
        name=found.name,
        title=found.title,
        state=found.state,
        kind=found.kind,
        queue=found.queue,
        trunk=found.trunk,
        mode=found.mode,
        leads={state: leads.get(state, 0) for state in LeadState},
        next_due=one.next_due,
        in_flight={state.value: count for state, count in one.total.open.items()},
        today=dict(one.today.outcomes),
        total=dict(one.total.outcomes),
        drops=[_drops(drops) for drops in one.drops],
        pacing=_saying(one.pacing) if one.pacing else None,
        notes=[without_commands(note) for note in one.notes],
    )


def _drops(drops: Drops) -> DropsShown:
    return DropsShown(
        rule=drops.rule,
        window_s=drops.window.total_seconds(),
        cap=drops.cap,
        answered=drops.answered,
        dropped=drops.dropped,
        rate=drops.rate,
    )


def _saying(state: ServiceState) -> Saying:
    return Saying(text=state.text, since=state.since, seen_at=state.seen_at)


def _dialer(floor: Floor) -> DialerShown:
    state = floor.dialer
    if state is None:
        return DialerShown(running=False, text="", since=None, seen_at=None)
    return DialerShown(running=_is_there(floor.now, state), text=state.text, since=state.since, seen_at=state.seen_at)


def _is_there(now: datetime, state: ServiceState) -> bool:
    return now - state.seen_at <= SILENT_AFTER


ROUTES: Final = (
    Route(
        method="GET",
        path=CAMPAIGNS,
        summary="The campaigns and the dialer: state, leads, calls, drops against the cap",
        tag="campaigns",
        handler=campaigns,
        roles=SUPERVISORS,
        answer=CampaignList,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=CAMPAIGNS,
        summary="Add a campaign, paused, with the message people hear if no agent is free",
        tag="campaigns",
        handler=add,
        roles=ADMIN,
        body=NewCampaign,
        answer=CampaignShown,
        status=201,
        errors=(409, 422),
    ),
    Route(
        method="GET",
        path=CAMPAIGN,
        summary="All that is set for a campaign, and what its message says",
        tag="campaigns",
        handler=campaign,
        roles=SUPERVISORS,
        answer=CampaignShown,
    ),
    Route(
        method="PUT",
        path=CAMPAIGN,
        summary="Change what is given of a campaign; its message too if that says something else now",
        tag="campaigns",
        handler=change,
        roles=ADMIN,
        body=CampaignChange,
        answer=CampaignShown,
        errors=(409, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
    Route(
        method="GET",
        path=f"{CAMPAIGN}/status",
        summary="What a campaign does now: what the dialer decided and why, counts, drops against the cap",
        tag="campaigns",
        handler=status,
        roles=SUPERVISORS,
        answer=CampaignStatus,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{CAMPAIGN}/state",
        summary="Start, pause, drain or end a campaign; supervisors pause, and start what is paused",
        tag="campaigns",
        handler=move,
        roles=SUPERVISORS,
        body=StateAsked,
        answer=StateDone,
        errors=(409, 422),
    ),
    Route(
        method="GET",
        path=f"{CAMPAIGN}/message",
        summary="What people hear for whom no agent is free",
        tag="campaigns",
        handler=message,
        roles=SUPERVISORS,
        sends=WAV,
    ),
    Route(
        method="PUT",
        path=f"{CAMPAIGN}/message",
        summary="Take in a recording (WAV) of the message: who called, a number, and the key to opt out",
        tag="campaigns",
        handler=put_message,
        roles=ADMIN,
        takes=ANY,
        answer=CampaignShown,
        errors=(409, 412, 422),
        needs_tag=True,
        tag_form=TAG,
    ),
)
