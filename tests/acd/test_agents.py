"""The table of agents' states."""

import pytest

from acd.agents import LOGGED_IN, TRANSITIONS, AgentEvent, AgentState, advance
from callcenter.errors import IllegalTransition


def test_every_state_has_a_row_and_every_target_is_a_state() -> None:
    assert set(TRANSITIONS) == set(AgentState)
    assert {target for row in TRANSITIONS.values() for target in row.values()} == set(AgentState)


@pytest.mark.parametrize("state", sorted(LOGGED_IN))
def test_an_agent_can_vanish_and_log_out_from_every_state(state: AgentState) -> None:
    assert advance(state, AgentEvent.VANISH) is AgentState.LOGGED_OUT
    assert advance(state, AgentEvent.LOG_OUT) is AgentState.LOGGED_OUT


@pytest.mark.parametrize("state", sorted(set(AgentState) - {AgentState.READY}))
def test_only_a_ready_agent_can_be_reserved(state: AgentState) -> None:
    with pytest.raises(IllegalTransition, match=f"agent: event 'reserve' is not possible in state '{state}'"):
        advance(state, AgentEvent.RESERVE)


def test_every_state_is_reachable_from_logged_out() -> None:
    seen = {AgentState.LOGGED_OUT}
    while True:
        more = seen | {target for state in seen for target in TRANSITIONS[state].values()}
        if more == seen:
            break
        seen = more
    assert seen == set(AgentState)
