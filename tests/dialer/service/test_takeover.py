"""Whose channels are up in Asterisk, and who talked even if nobody told the dialer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import Attempt
from callcenter.records import CallRecord, Direction
from callcenter.tracker import AmiEvent, leg_of_snapshot
from dialer.service.takeover import Lines, lines_of, note_agent
from tests.callcenter.adapters.outbound_rows import CAMPAIGN, NUMBER, SECOND, T0, add_lead, dialing

LEG = "main-1.7"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite:///{tmp_path}/callcenter.db") as opened:
        await opened.migrate()
        yield opened


async def talk(store: Store) -> Attempt:
    """An attempt whose person talks on LEG, and the acd's record of that call, with no agent in either."""
    await store.put_campaign(CAMPAIGN)
    attempt = await dialing(store, await add_lead(store))
    await store.note_attempt(attempt.id, answered_at=T0 + SECOND, connected_at=T0 + SECOND, call_id=LEG)
    await store.open_call(
        CallRecord(id=LEG, direction=Direction.OUTBOUND, started_at=T0, did=CAMPAIGN.caller_id, caller=NUMBER)
    )
    return attempt


async def agent_of(store: Store, attempt: Attempt) -> str | None:
    found = await store.attempt(attempt.id)
    assert found is not None
    return found.agent


async def test_the_agent_is_taken_from_the_record_of_the_call(store: Store) -> None:
    attempt = await talk(store)
    await store.update_call(LEG, agent="12")
    await note_agent(store, attempt.id)
    assert await agent_of(store, attempt) == "12"


async def test_the_agent_who_was_told_of_stays(store: Store) -> None:
    attempt = await talk(store)
    await store.note_attempt(attempt.id, agent="11")
    await store.update_call(LEG, agent="12")
    await note_agent(store, attempt.id)
    assert await agent_of(store, attempt) == "11"


async def test_without_a_record_of_an_agent_nothing_is_noted(store: Store) -> None:
    attempt = await talk(store)
    await note_agent(store, attempt.id)
    await note_agent(store, "0" * 32)  # an attempt that never was
    assert await agent_of(store, attempt) is None


HOLDING, TALK = "b-holding", "b-talk"


def row(channel: str, context: str, attempt: str, bridge: str = "") -> AmiEvent:
    """One CoreShowChannel event; a channel's number is its Uniqueid."""
    return {
        "Channel": channel,
        "Uniqueid": channel.rpartition("-")[2],
        "Context": context,
        "AccountCode": attempt,
        "BridgeId": bridge,
    }


def lines(*rows: AmiEvent) -> dict[str, Lines]:
    return lines_of(rows, [leg_of_snapshot(event, {HOLDING}) for event in rows])


def test_a_call_that_rings_has_a_gate_channel_and_a_leg_that_is_not_answered() -> None:
    found = lines(
        row("Local/a1@dial-gate-1;1", "dial-gate", ""),
        row("Local/a1@dial-gate-1;2", "dial-gate", "a1"),
        row("PJSIP/trunk-demo-7", "inbound", "a1"),
    )
    assert found == {"a1": Lines(leg="7", gate_channel="Local/a1@dial-gate-1;2")}


def test_a_talk_is_the_persons_leg_and_not_the_agents_which_has_taken_over_the_account_code() -> None:
    person, agent = row("PJSIP/trunk-demo-7", "connect", "a1", TALK), row("PJSIP/1011-3", "agent-park", "a1", TALK)
    expected = {"a1": Lines(leg="7", answered=True, partner=True)}
    assert lines(person, agent) == lines(agent, person) == expected


def test_an_agent_who_rests_belongs_to_no_attempt() -> None:
    assert lines(row("PJSIP/1011-3", "agent-park", "a1", HOLDING)) == {}
