"""The route table: everything the API does. Each row says who may, what goes in and what comes out."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic import RootModel

from desk.access import EVERYBODY
from desk.contract import API, Call, Reply, Route
from desk.openapi import document
from desk.service import (
    aftercare,
    callers,
    campaign_decisions,
    campaign_leads,
    campaigns,
    closing,
    flows,
    forecasts,
    imports,
    people,
    phones,
    prompt_conflicts,
    prompts,
    setup,
    setup_centre,
    setup_lines,
    sign_in,
    traffic,
    trials,
    versions,
)


class Described(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


@cache
def described() -> dict[str, Any]:
    """Return the OpenAPI document of the whole API."""
    return document(ROUTES)


async def _openapi(_: Call) -> Reply:
    return Reply(answer=Described(described()))


ROUTES: Final[tuple[Route, ...]] = (
    *sign_in.ROUTES,
    *people.ROUTES,
    *flows.ROUTES,
    *versions.ROUTES,
    *trials.ROUTES,
    *traffic.ROUTES,
    *phones.ROUTES,
    *setup.ROUTES,
    *setup_lines.ROUTES,
    *setup_centre.ROUTES,
    *closing.ROUTES,
    *prompt_conflicts.ROUTES,
    *prompts.ROUTES,
    *campaigns.ROUTES,
    *campaign_decisions.ROUTES,
    *campaign_leads.ROUTES,
    *forecasts.ROUTES,
    *callers.ROUTES,
    *imports.ROUTES,
    *aftercare.ROUTES,
    Route(
        method="GET",
        path=f"{API}/openapi.json",
        summary="This description",
        tag="about",
        handler=_openapi,
        roles=EVERYBODY,
        public=True,
        answer=Described,
    ),
)
