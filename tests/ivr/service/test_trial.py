"""A draft on a real telephone: heard as callers would hear it, and nothing of it counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.dialplan import VAR_NEXT, VAR_TRANSFERRED, VAR_TRIAL
from callcenter.messages import TrialMoved
from callcenter.records import FlowTrial, trial_id
from tests.doubles import START, Act, FakeChannel, Gone
from tests.ivr.made_up import END, say
from tests.ivr.service.office import CALL, MAIN, WAIT, Office, changed

DRAFT = changed(MAIN, welcome=say("draft", then="opening-hours"))
TRIAL = FlowTrial(token="0a1b", flow="main", body=DRAFT, by="ann", caller="+12025550143", made_at=START)


@pytest.fixture
def centre() -> Office:
    office = Office(MAIN, WAIT)
    office.store.trials["0a1b"] = TRIAL
    return office


async def tries(centre: Office, acts: dict[str, list[Act]] | None = None, token: str = "0a1b") -> FakeChannel:
    channel = centre.channel(acts, agi_arg_1=token)
    await centre.ivr.routes["try"](channel)
    return channel


async def test_the_draft_is_heard_not_what_is_live(centre: Office) -> None:
    await tries(centre, {"main-menu": [Gone()]})
    assert centre.journal[:3] == ["answer", "say draft", "say main-menu"]
    session = centre.store.sessions[CALL]
    assert (session.flow, session.version) == ("try:main", 0)
    assert session.state["caller"] == "+12025550143"
    assert not centre.store.visits[CALL]


async def test_where_the_call_is_is_told_step_by_step(centre: Office) -> None:
    await tries(centre, {"main-menu": ["1"], "please-wait": [Gone()]})
    told = [message for message in centre.bus.published if isinstance(message, TrialMoved)]
    assert {message.trial for message in told} == {trial_id("0a1b")}
    first, *later = told
    assert first.visits[0][2:] == ["welcome", "next"]
    here = first.visits[-1]
    assert here[3] == ""  # the menu waits for a key
    assert [*here[:3], "sales"] in [visit for message in later for visit in message.visits]  # left by it
    way = {visit[0]: visit for message in told for visit in message.visits}
    assert sorted(way) == list(range(len(way)))
    assert "0a1b" not in repr(told)


async def test_where_callers_are_is_told_to_nobody(centre: Office) -> None:
    await centre.call({"main-menu": [Gone()]})
    assert not [message for message in centre.bus.published if isinstance(message, TrialMoved)]


async def test_no_agent_gets_it_and_the_wait_is_heard(centre: Office) -> None:
    await tries(centre, {"main-menu": ["1"], "please-wait": [Gone()]})
    assert centre.store.rows == {}
    assert "say please-wait" in centre.journal
    assert not [entry for entry in centre.journal if entry.startswith("event CallWaiting")]


async def test_a_token_is_for_one_call(centre: Office) -> None:
    centre.store.trials["0a1b"] = replace(TRIAL, call_id="another")
    channel = await tries(centre)
    assert channel.variables[VAR_NEXT] == "fallback"
    assert "answer" not in centre.journal


@pytest.mark.parametrize("token", ["", "ffff"])
async def test_a_token_that_is_none_is_nothing(centre: Office, token: str) -> None:
    assert (await tries(centre, token=token)).variables[VAR_NEXT] == "fallback"


async def test_a_token_lasts_ten_minutes(centre: Office) -> None:
    centre.clock.advance(timedelta(minutes=10, seconds=1).total_seconds())
    assert (await tries(centre)).variables[VAR_NEXT] == "fallback"


async def test_after_a_transfer_the_draft_goes_on(centre: Office) -> None:
    body = changed(
        DRAFT,
        welcome={
            "kind": "transfer",
            "destination": "night-desk",
            "prompts": ["connecting"],
            "exits": {"answered": "back", "failed": "end", "busy": "busy"},
        },
        back=say("goodbye", then="end"),
        busy=say("still-draft", then="end"),
        end=END,
    )
    centre.store.trials["0a1b"] = replace(TRIAL, body=body)
    channel = await tries(centre)
    assert channel.variables[VAR_NEXT] == "transfer"
    centre.journal.clear()
    await centre.resumed({VAR_TRANSFERRED: "BUSY", VAR_TRIAL: "0a1b"})
    assert centre.journal[0] == "say still-draft"
    assert not centre.store.visits[CALL]
