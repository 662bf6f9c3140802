"""`callcenter campaign add|change|list|show|start|pause|drain|end|status|why|forecast|replay`: whom we call, and how.

These act at once: the dialer looks at the campaigns every second.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from app import campaign_scores, campaign_status, messages, pacing_why
from app.campaign_states import MOVES, move
from app.campaigns import add, change, existing, rendered_of
from app.files import read_bytes
from app.forecast_cli import forecast
from app.installation import operator, run, settings
from app.replay_cli import replay
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.outbound import Campaign, LeadState
from desk.campaigns import Floor, Put, Written

T = TypeVar("T")

campaign_app = typer.Typer(help="Campaigns: whom we call.", no_args_is_help=True)
campaign_app.command("forecast")(forecast)
campaign_app.command("replay")(replay)

Name = Annotated[str, typer.Argument(metavar="NAME")]


@campaign_app.command("add", help="Add a campaign, paused, with the message people hear if no agent is free.")
@campaign_app.command("change", help="Change what is given; the message too if it says something else now.")
def put(  # noqa: PLR0913, PLR0917 - one parameter per option
    ctx: typer.Context,
    name: Name,
    kind: Annotated[str | None, typer.Option(help="sales or collections: what is said decides the law.")] = None,
    queue: Annotated[str | None, typer.Option(help="Its agents take the calls.")] = None,
    trunk: Annotated[str | None, typer.Option(help="Its calls leave here.")] = None,
    company: Annotated[str | None, typer.Option(help="Who calls, as the message says it.")] = None,
    callback: Annotated[str | None, typer.Option(help="Number people may call, said in the message.")] = None,
    caller_id: Annotated[str | None, typer.Option(help="Number shown; the trunk's if left out.")] = None,
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    mode: Annotated[
        str | None, typer.Option(help="progressive: a call per ready agent; ratio: several; predictive: by forecast.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="list: who is due longest; score: by the chance of an answer.")
    ] = None,
    cap: Annotated[str | None, typer.Option(help="Largest share of drops: 3% or 0.03.")] = None,
    ring: Annotated[float | None, typer.Option(help="Seconds it rings before we give up; 22.")] = None,
    max_wait: Annotated[float | None, typer.Option(help="Seconds a person waits for an agent; 2.")] = None,
    interval: Annotated[str | None, typer.Option(help="Least time between two calls to a number; 4h.")] = None,
    max_tries: Annotated[int | None, typer.Option(help="Calls per lead; 3.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the message; en.")] = None,
    skills: Annotated[str | None, typer.Option(help="NAME,…: what its agents must have besides.")] = None,
    region: Annotated[str | None, typer.Option(help="Country whose rules apply; the centre's.")] = None,
    opt_out_key: Annotated[str | None, typer.Option(help="Key after which nobody calls again; 9.")] = None,
    weight: Annotated[float | None, typer.Option(help="Its share where campaigns compete; 1.")] = None,
    amd: Annotated[bool | None, typer.Option(help="Tell answering machines from people.")] = None,
    amd_misses: Annotated[
        str | None, typer.Option(help="Share of people it takes for machines, found by listening; 0.5%.")
    ] = None,
    message: Annotated[Path | None, typer.Option(help="Your own recording of the message, WAV; - reads it.")] = None,
) -> None:
    values = {key: value for key, value in ctx.params.items() if value is not None and key not in {"name", "message"}}
    written = Written(who=operator(), values=values, recording=read_bytes(message) if message else None)
    act, done = (add, "added: paused") if ctx.command.name == "add" else (change, "changed")
    result = run(lambda store: act(store, settings(), name, written))
    typer.echo(f"campaign {name} {done}, shows {result.campaign.caller_id}")
    _tell(result)
    if act is add:
        typer.echo(f"next: `callcenter leads import FILE --campaign {name}`, then `callcenter campaign start {name}`")


@campaign_app.command("list")
def campaign_list(json: Json = False) -> None:
    """List the campaigns."""

    async def rows(store: Store) -> list[dict[str, Any]]:
        now = await store.now()
        found = []
        for campaign in await store.campaigns():
            ready = (await store.figures(campaign.name, now)).leads.get(LeadState.READY, 0)
            keys = ("name", "title", "state", "kind", "queue", "trunk", "mode")
            found.append({**{key: getattr(campaign, key) for key in keys}, "ready": ready})
        return found

    show(run(rows), as_json=json)


@campaign_app.command("show")
def campaign_show(name: Name, json: Json = False) -> None:
    """Show all that is set for a campaign, and what its message says."""
    campaign = run(lambda store: existing(store, name))
    row = row_of(campaign)
    row["says"] = messages.said(campaign.message, rendered_of(settings())) or None
    if json:
        show([row], as_json=True)
        return
    for key, value in row.items():
        shown = " ".join(value) if isinstance(value, list) else "-" if value in (None, "") else value
        typer.echo(f"{key:<12} {shown}")


@campaign_app.command("scores")
def campaign_scores_command(
    name: Name, leads: Annotated[int, typer.Option(help="So many of the leads that are due, with the reasons.")] = 10
) -> None:
    """Say how well it is known whom people answer, and why leads have their scores."""

    async def told(store: Store) -> list[str]:
        return await campaign_scores.lines(store, await existing(store, name), leads)

    typer.echo("\n".join(run(told)))


@campaign_app.command("start")
def campaign_start(name: Name) -> None:
    """Call its leads, from now on."""
    _move(name, "start")


@campaign_app.command("pause")
def campaign_pause(name: Name) -> None:
    """Place no new call; calls under way go on."""
    _move(name, "pause")


@campaign_app.command("drain")
def campaign_drain(name: Name) -> None:
    """Place what is on its way to the trunk, nothing else; then it ends."""
    _move(name, "drain")


@campaign_app.command("end")
def campaign_end(name: Name) -> None:
    """Place no new call; `start` begins again."""
    _move(name, "end")


@campaign_app.command("status")
def campaign_status_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One campaign at length; all if left out.")] = "",
    json: Json = False,
) -> None:
    """Say what the dialer and the campaigns do now, and what has come of it."""

    async def look(store: Store) -> Floor:
        campaigns = [await existing(store, name)] if name else await store.campaigns()
        return await campaign_status.look(store, settings(), campaigns)

    floor = run_status(look)
    if json:
        typer.echo(jsonlib.dumps(campaign_status.as_json(floor), ensure_ascii=False))
    elif name:
        typer.echo(f"dialer: {campaign_status.dialer_line(floor)}")
        for status in floor.campaigns:
            typer.echo("\n".join(campaign_status.lines(status, floor.now)))
    else:
        typer.echo("\n".join(campaign_status.overview(floor)))


@campaign_app.command("why")
def campaign_why(
    name: Name,
    at: Annotated[str, typer.Option(help="14:03:22, or a date and time; now if left out.")] = "",
    json: Json = False,
) -> None:
    """Say why the dialer placed as many calls as it did at a time."""

    async def look(store: Store) -> tuple[pacing_why.Why, str]:
        campaign = await existing(store, name)
        now, zone = await store.now(), await asyncio.to_thread(campaign_status.zone_of, settings())
        return await pacing_why.look(store, campaign.name, pacing_why.time_in(at, zone, now) if at else now), zone

    why, zone = run_status(look)
    if json:
        typer.echo(jsonlib.dumps(pacing_why.as_json(why), ensure_ascii=False))
    else:
        typer.echo("\n".join(pacing_why.lines(why, zone)))


def run_status(look: Callable[[Store], Awaitable[T]]) -> T:
    """Do `look`; raise StoreError that says what the missing database means."""
    try:
        return run(look)
    except StoreError as error:
        raise StoreError(f"the database is away, and without it nobody is called: {error}") from None


def row_of(campaign: Campaign) -> dict[str, Any]:
    """A campaign's settings, times in seconds under names that say so."""
    row: dict[str, Any] = {}
    for key in campaign.__slots__:
        value = getattr(campaign, key)
        if isinstance(value, timedelta):
            row[f"{key}_s"] = value.total_seconds()
        elif key == "created_at":
            row[key] = value.isoformat(timespec="seconds")
        else:
            row[key] = list(value) if isinstance(value, tuple) else value
    return row


def _move(name: str, verb: str) -> None:
    notes = run(lambda store: move(store, settings(), name, verb, operator()))
    typer.echo(f"campaign {name} is {MOVES[verb][1]}")
    for note in notes:
        typer.echo(f"note: {note}")


def _tell(result: Put) -> None:
    if result.spoken:
        typer.echo(f'people for whom no agent is free hear: "{result.spoken}"')
    for note in result.notes:
        typer.echo(f"note: {note}")
