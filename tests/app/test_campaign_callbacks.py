"""The campaign of a queue's calls back, as an operator sees it and changes it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import CampaignKind, CampaignState
from callcenter.records import TrunkRecord
from dialer.callbacks import campaign_of
from tests.app.office import Office

NAME = "callback:sales"
TRUNK = TrunkRecord(name="carrier", channels=10, calls_per_second=1.0, caller_id="+12025550100")


def with_callbacks(office: Office) -> None:
    """As the dialer makes it for the first call back of queue sales."""

    async def work(store: Store) -> None:
        await store.put_campaign(campaign_of("sales", TRUNK, await store.now()))

    office.store(work)


def test_it_is_listed_as_what_it_is(office: Office) -> None:
    with_callbacks(office)
    (row,) = json.loads(office("campaign", "list", "--json"))
    assert (row["name"], row["kind"], row["queue"], row["state"]) == (NAME, "callback", "sales", "running")
    assert "company" in office("campaign", "show", NAME)


def test_status_misses_neither_a_message_nor_a_list(office: Office) -> None:
    with_callbacks(office)
    (status,) = json.loads(office("campaign", "status", "--json"))["campaigns"]
    assert status["notes"] == []


def test_it_is_paused_and_started_as_any_other(office: Office) -> None:
    with_callbacks(office)
    office("campaign", "pause", NAME)
    assert office.campaign(NAME).state is CampaignState.PAUSED
    office("campaign", "start", NAME)
    assert office.campaign(NAME).state is CampaignState.RUNNING


def test_its_trunk_and_its_tries_can_be_changed_and_no_message_is_made(office: Office) -> None:
    with_callbacks(office)
    office("campaign", "change", NAME, "--trunk", "second", "--interval", "20m", "--max-tries", "2")
    found = office.campaign(NAME)
    assert (found.trunk, found.caller_id, found.max_tries) == ("second", "+12025550102", 2)
    assert found.interval == timedelta(minutes=20)
    assert office.voice.spoken == []


@pytest.mark.parametrize(("option", "value"), [("--mode", "ratio"), ("--queue", "sales"), ("--kind", "sales")])
def test_what_follows_from_whom_it_is_for_cannot_be_changed(office: Office, option: str, value: str) -> None:
    with_callbacks(office)
    assert "calls back have only caller_id, interval" in office.refused("campaign", "change", NAME, option, value)
    assert office.campaign(NAME).kind is CampaignKind.CALLBACK


def test_nobody_adds_such_a_campaign_or_a_list_to_it(office: Office) -> None:
    with_callbacks(office)
    assert "use sales or collections" in office.refused("campaign", "add", "x", "--kind", "callback")
    refused = office.refused("leads", "import", "-", "--campaign", NAME, stdin=b"number\n+12025550143\n")
    assert refused == f"campaign {NAME} calls back whoever asks for it, and has no list"
