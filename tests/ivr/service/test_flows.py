"""Which flows a call enters: in the versions its number's alias points to, and the same ones when it comes back."""

import pytest

from callcenter.errors import FlowError, NotFound, StoreError
from callcenter.records import Number
from ivr.flow import Flow, read
from ivr.service.flows import Flows, shipped
from tests.ivr.made_up import END, say
from tests.ivr.service.office import DID, MAIN, WAIT, Office, changed

PAY = {
    "name": "pay",
    "start": "say",
    "nodes": {"say": say("goodbye", then="back"), "back": {"kind": "return", "by": "next"}},
}
CALLS = changed(MAIN, welcome={"kind": "subflow", "flow": "pay", "exits": {"next": "choose"}})


def flows(office: Office, *known: Flow) -> Flows:
    """With nothing shipped but `known`."""
    return Flows(office.store, "US", shipped={flow.name: flow for flow in known}.get)


async def test_a_flow_comes_with_all_it_runs_in_the_versions_of_now() -> None:
    office = Office(CALLS, PAY, PAY, WAIT)
    bundle = await flows(office).for_number(DID)
    assert (bundle.main, sorted(bundle.flows)) == ("main", ["main", "pay", "wait"])
    assert bundle.versions == {"main": 1, "pay": 2, "wait": 1}


async def test_flows_that_the_call_does_not_run_are_not_among_its_versions() -> None:
    office = Office(MAIN, PAY, WAIT)
    assert (await flows(office).for_number(DID)).versions == {"main": 1, "wait": 1}


async def test_a_flow_is_read_once_however_many_calls_there_are() -> None:
    office = Office(CALLS, PAY, WAIT)
    found = flows(office)
    first = await found.for_number(DID)
    second = await found.for_number(DID)
    assert first is second
    assert office.store.reads.count("flow") == 3
    office.publish(PAY)
    third = await found.for_number(DID)
    assert third.versions["pay"] == 2
    assert third.flows["main"] is first.flows["main"]
    assert office.store.reads.count("flow") == 4


async def test_a_call_that_comes_back_gets_the_versions_it_began_with() -> None:
    office = Office(CALLS, PAY, WAIT)
    began = await flows(office).for_number(DID)
    office.publish(CALLS)
    office.publish(PAY)
    assert (await flows(office).pinned("main", began.versions)).versions == began.versions


async def test_a_call_that_comes_back_gets_no_flow_it_did_not_begin_with() -> None:
    office = Office(MAIN, WAIT)
    bundle = await flows(office).pinned("main", {"main": 1})
    assert sorted(bundle.flows) == ["main"]
    with pytest.raises(NotFound):
        await flows(office).pinned("main", {"wait": 1})
    with pytest.raises(NotFound):
        await flows(office).pinned("main", {"main": 9})


async def test_what_the_store_lacks_is_taken_from_what_is_shipped() -> None:
    office = Office(MAIN)
    bundle = await flows(office, read(WAIT)).for_number(DID)
    assert bundle.versions == {"main": 1, "wait": 0}
    assert (await flows(office, read(WAIT)).pinned("main", bundle.versions)).versions == bundle.versions


async def test_a_flow_that_is_missing_or_broken_is_left_out_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    office = Office(CALLS, WAIT)
    office.publish({"name": "pay", "start": 7}, "pay")
    found = flows(office)
    for _ in range(3):
        assert sorted((await found.for_number(DID)).flows) == ["main", "wait"]
    assert caplog.text.count("flow main runs pay: flow 'pay' is refused") == 1


async def test_a_number_that_leads_nowhere() -> None:
    office = Office(MAIN, WAIT)
    with pytest.raises(NotFound, match="leads to no flow"):
        await flows(office).for_number("+12025550199")
    office.store.numbers[DID] = Number(did=DID, flow="gone", fallback_queue="sales")
    with pytest.raises(NotFound, match="'gone' does not exist"):
        await flows(office).for_number(DID)
    office.publish({"name": "gone"}, "gone")
    with pytest.raises(FlowError):
        await flows(office).for_number(DID)


@pytest.mark.parametrize("did", ["+12025550100", "12025550100", "2025550100"])
async def test_a_number_is_found_however_it_is_written(did: str) -> None:
    office = Office(MAIN, WAIT)
    assert (await flows(office).for_number(did)).main == "main"


async def test_with_the_database_away_callers_hear_what_was_heard_last() -> None:
    office = Office(MAIN, WAIT)
    found = flows(office)
    last = await found.for_number(DID)
    office.store.broken = {"entrance", "flow", "flow_versions"}
    assert await found.for_number(DID) is last
    with pytest.raises(StoreError):
        await found.for_number("+12025550101")


async def test_a_flow_no_number_leads_to_is_found_by_its_name() -> None:
    office = Office(PAY)
    found = flows(office)
    assert (await found.live("pay")).versions == {"pay": 1}
    office.store.broken = {"flow_versions"}
    assert (await found.live("pay")).versions == {"pay": 1}


def test_the_flows_that_come_with_the_program_are_found() -> None:
    wait = shipped("wait")
    assert wait is not None
    assert wait.name == "wait"
    assert shipped("no-such-flow") is None
    assert END["kind"] == "hangup"
