"""The table of an attempt's states."""

import pytest

from callcenter.errors import IllegalTransition
from callcenter.outbound import OPEN, AttemptState
from dialer.attempts import TRANSITIONS, AttemptEvent, advance

STATES, EVENTS = list(AttemptState), list(AttemptEvent)


def test_every_state_has_a_row_and_every_event_a_use() -> None:
    assert set(TRANSITIONS) == set(AttemptState)
    assert {event for row in TRANSITIONS.values() for event in row} == set(AttemptEvent)


def test_only_the_end_is_final() -> None:
    assert {state for state in STATES if not TRANSITIONS[state]} == {AttemptState.ENDED}
    assert frozenset(state for state in STATES if TRANSITIONS[state]) == OPEN


@pytest.mark.parametrize("state", sorted(OPEN))
def test_whatever_is_open_can_be_closed(state: AttemptState) -> None:
    assert advance(state, AttemptEvent.CLOSE) is AttemptState.ENDED


def test_the_way_to_an_answer_leads_through_the_gate_and_never_back() -> None:
    way = [AttemptState.RESERVED]
    while steps := [state for event, state in TRANSITIONS[way[-1]].items() if event is not AttemptEvent.CLOSE]:
        way += steps
    assert way == [AttemptState.RESERVED, AttemptState.SENT, AttemptState.DIALING, AttemptState.ANSWERED]


@pytest.mark.parametrize(("state", "event"), [(s, e) for s in STATES for e in EVENTS if e not in TRANSITIONS[s]])
def test_what_the_table_does_not_have_is_refused(state: AttemptState, event: AttemptEvent) -> None:
    with pytest.raises(IllegalTransition, match=f"{state}.*{event}|{event}.*{state}"):
        advance(state, event)
