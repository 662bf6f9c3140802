"""`callcenter status`: what every service says of itself, and what the campaigns do."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from app import campaign_status
from app.campaign_cli import run_status
from app.installation import settings
from app.tabular import columns
from callcenter.adapters.store import Store
from callcenter.records import ServiceState
from desk.campaigns import SILENT_AFTER, Floor

OF_CAMPAIGNS = "campaign:"  # told with the campaign


def status(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Say what the services say of themselves, how long ago, and what the campaigns do."""

    async def look(store: Store) -> tuple[list[ServiceState], Floor]:
        floor = await campaign_status.look(store, settings(), await store.campaigns())
        return [state for state in await store.service_states() if not state.name.startswith(OF_CAMPAIGNS)], floor

    services, floor = run_status(look)
    if json:
        told = {"services": [_one(state, floor.now) for state in services], **campaign_status.as_json(floor)}
        typer.echo(jsonlib.dumps(told, ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(services, floor)))


def _lines(services: list[ServiceState], floor: Floor) -> Iterator[str]:
    if services:
        yield columns([_row(state, floor.now) for state in services])
    yield from campaign_status.overview(floor)


def _row(state: ServiceState, now: datetime) -> dict[str, str]:
    silent = now - state.seen_at
    text = state.text if silent <= SILENT_AFTER else f"does not run; its last words: {state.text}"
    return {
        "service": state.name,
        "for": campaign_status.ago(now - state.since),
        "seen": f"{campaign_status.ago(silent)} ago",
        "says": text,
    }


def _one(state: ServiceState, now: datetime) -> dict[str, Any]:
    running = now - state.seen_at <= SILENT_AFTER
    return {"name": state.name, "running": running, **campaign_status.said_as_json(state)}
