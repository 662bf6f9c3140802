"""Who is called back now: the line of callers and of people to be called, and what became of a call back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.care import Callback, CallbackState
from callcenter.fields import check_name
from callcenter.outbound import AttemptOutcome, CampaignKind, Lead, LeadState
from callcenter.records import TrunkRecord
from dialer.callbacks import (
    PATIENCE,
    Hand,
    Heads,
    Line,
    Place,
    campaign_name,
    campaign_of,
    choose,
    lead_of,
    request_of,
    result_of,
    trunk_for,
)

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def place(name: str, minutes_ago: float = 0, queue: str = "sales", priority: int = 0, *skills: str) -> Place:
    since = NOON - minutes_ago * MINUTE
    return Place(id=name, queue=queue, since=since, priority=priority, skills=frozenset(skills))


def hand(name: str, *queues: str, ready: bool = True, skills: Sequence[str] = ()) -> Hand:
    return Hand(agent=name, queues=frozenset(queues or {"sales"}), skills=frozenset(skills), ready=ready)


SOON = hand("soon", ready=False)


def called(line: Line, heads: Heads | None = None, now: datetime = NOON) -> tuple[str, ...]:
    return choose(line, heads or Heads(), now).call


def test_a_ready_agent_calls_one_person_back_the_one_who_waits_longest() -> None:
    choice = choose(Line(hands=[hand("a")], due=[place("b", 1), place("c", 5)]), Heads(), NOON)
    assert (choice.call, choice.held) == (("c",), {"a"})


def test_a_hundred_due_with_two_agents_are_called_two_at_a_time() -> None:
    due = [place(f"c{number:03}", 100 - number) for number in range(100)]
    hands = [hand("a"), hand("b")]
    assert called(Line(hands=hands, due=due)) == ("c000", "c001")
    assert called(Line(hands=hands, due=due[1:], flying=[due[0]])) == ("c001",)
    assert called(Line(hands=hands, due=due[2:], flying=due[:2])) == ()
    assert called(Line(hands=[], due=due, at_work={"sales"})) == ()


def test_nobody_is_called_back_before_a_caller_who_has_waited_longer() -> None:
    line = Line(hands=[SOON], waiting=[place("caller", 5)], due=[place("a", 4)])
    assert called(line) == ()
    assert called(replace(line, hands=[SOON, replace(SOON, agent="later")])) == ("a",)


def test_a_caller_who_came_later_does_not_hold_up_whoever_kept_the_place() -> None:
    assert called(Line(hands=[SOON], waiting=[place("caller", 3)], due=[place("a", 4)])) == ("a",)


def test_priority_goes_before_the_time_waited() -> None:
    assert called(Line(hands=[hand("a")], due=[place("b", 9), place("vip", 1, "sales", 5)])) == ("vip",)


def test_an_agent_whose_wrap_up_ends_soon_is_counted_on_and_not_taken_from_campaigns() -> None:
    choice = choose(Line(hands=[SOON], due=[place("a")]), Heads(), NOON)
    assert (choice.call, choice.held) == (("a",), frozenset())


def test_agents_are_kept_for_those_who_are_called_already() -> None:
    choice = choose(Line(hands=[hand("a"), hand("b")], flying=[place("x")]), Heads(), NOON)
    assert (choice.call, choice.held) == ((), {"a"})


def test_only_agents_who_suit_count() -> None:
    hands = [hand("a", "support"), hand("b", "sales", skills=["spanish"])]
    line = Line(hands=hands, due=[place("french", 3, "sales", 0, "french"), place("spanish", 2, "sales", 0, "spanish")])
    assert called(line) == ("spanish",)


def test_one_agent_of_two_queues_is_counted_on_once() -> None:
    line = Line(hands=[hand("a", "sales", "support")], due=[place("x", 1), place("y", 2, "support")])
    assert called(line) == ("y",)


def test_without_any_wrap_up_the_first_of_the_line_is_called_after_a_minute() -> None:
    heads = Heads()
    line = Line(due=[place("a", 5), place("b", 4)], at_work={"sales"})
    assert called(line, heads, NOON) == ()
    assert called(line, heads, NOON + PATIENCE - SECOND) == ()
    assert called(line, heads, NOON + PATIENCE) == ("a",)
    after = replace(line, due=[place("b", 4)], flying=[place("a", 5)])
    assert called(after, heads, NOON + PATIENCE + SECOND) == ()  # one at a time
    assert called(after, heads, NOON + 9 * PATIENCE) == ()


def test_the_minute_begins_once_nobody_is_before_them() -> None:
    heads = Heads()
    line = Line(due=[place("a", 5)], waiting=[place("caller", 6)], at_work={"sales"})
    assert called(line, heads, NOON) == ()
    free = replace(line, waiting=[place("later", 1)])
    assert called(free, heads, NOON + PATIENCE) == ()
    assert called(free, heads, NOON + 2 * PATIENCE) == ("a",)


def test_nobody_is_called_while_no_agent_is_at_work() -> None:
    heads = Heads()
    line = Line(due=[place("a", 5)], at_work={"support"})
    assert called(line, heads, NOON) == ()
    assert called(line, heads, NOON + PATIENCE) == ()


_NAMES = st.sampled_from(["sales", "support"])
_PLACES = st.lists(st.tuples(st.integers(0, 60), _NAMES, st.integers(0, 2)), max_size=8)


def _places(prefix: str, found: Sequence[tuple[int, str, int]]) -> list[Place]:
    return [place(f"{prefix}{i}", ago, queue, priority) for i, (ago, queue, priority) in enumerate(found)]


@given(
    hands=st.lists(st.tuples(st.sets(_NAMES, min_size=1), st.booleans()), max_size=5),
    waiting=_PLACES,
    flying=_PLACES,
    due=_PLACES,
)
def test_no_more_are_called_than_agents_can_take_and_nobody_is_overtaken(
    hands: Sequence[tuple[set[str], bool]],
    waiting: Sequence[tuple[int, str, int]],
    flying: Sequence[tuple[int, str, int]],
    due: Sequence[tuple[int, str, int]],
) -> None:
    line = Line(
        hands=[hand(f"h{i}", *queues, ready=ready) for i, (queues, ready) in enumerate(hands)],
        waiting=_places("w", waiting),
        flying=_places("f", flying),
        due=_places("d", due),
    )
    choice = choose(line, Heads(), NOON)
    chosen = {one.id: one for one in line.due if one.id in choice.call}
    assert len(chosen) <= len(hands)
    if all(len(queues) == 2 for queues, _ in hands):
        assert len(chosen) <= max(0, len(hands) - len(line.flying))
    for queue in ("sales", "support"):
        suited = sum(queue in queues for queues, _ in hands)
        mine = [one for one in chosen.values() if one.queue == queue]
        assert len(mine) <= suited
        passed = [one for one in line.due if one.queue == queue and one.id not in chosen]
        assert all((-one.priority, one.since, one.id) < (-p.priority, p.since, p.id) for one in mine for p in passed)
    assert choice.held <= {one.agent for one in line.hands if one.ready}


# ------------------------------------------------------------------------------------------------ what became of it

WISH = Callback(
    id="a",
    number="+12025550143",
    queue="sales",
    since=NOON - MINUTE,
    due_at=NOON,
    language="es",
    state=CallbackState.DIALING,
    attempt="x",
    call_id="1.2",
    updated_at=NOON,
)
LEAD = replace(lead_of(WISH, None, NOON), state=LeadState.DIALING)
LATER = NOON + 10 * MINUTE


def test_its_lead_says_who_when_and_for_when_they_asked() -> None:
    lead = lead_of(WISH, None, NOON + 5 * MINUTE)
    assert (lead.campaign, lead.external_id, lead.language) == ("callback:sales", "a", "es")
    assert (lead.next_at, lead.consent) == (NOON + 5 * MINUTE, "asked for in call 1.2")
    request = request_of(lead)
    assert request is not None
    assert (request.asked_at, request.due_at) == (NOON - MINUTE, NOON)


def test_a_later_try_is_still_for_the_time_that_was_asked_for() -> None:
    again = replace(WISH, due_at=LATER)
    first = lead_of(WISH, None, NOON)
    kept = request_of(lead_of(again, first, LATER))
    assert kept is not None
    assert kept.due_at == NOON
    new = request_of(lead_of(again, replace(first, external_id="other"), LATER))
    assert new is not None
    assert new.due_at == LATER


def test_one_that_is_being_called_is_left_alone() -> None:
    assert result_of(WISH, LEAD, NOON) is None


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (AttemptOutcome.CONNECTED, CallbackState.DONE),
        (AttemptOutcome.BUSY, CallbackState.FAILED),
        (AttemptOutcome.INVALID, CallbackState.FAILED),
        (AttemptOutcome.REFUSED, CallbackState.FAILED),
        (AttemptOutcome.ABANDONED, CallbackState.FAILED),
        (None, CallbackState.FAILED),
    ],
)
def test_one_whose_lead_is_done_is_over(outcome: AttemptOutcome | None, state: CallbackState) -> None:
    result = result_of(WISH, replace(LEAD, state=LeadState.DONE, last_outcome=outcome, tries=3), NOON)
    assert result is not None
    assert (result.callback, result.attempt, result.state) == ("a", "x", state)


def test_one_that_is_to_be_tried_again_is_open_until_then() -> None:
    lead = replace(LEAD, state=LeadState.READY, last_outcome=AttemptOutcome.NO_ANSWER, tries=1, next_at=LATER)
    result = result_of(WISH, lead, NOON)
    assert result is not None
    assert (result.state, result.due_at, result.reason) == (CallbackState.OPEN, LATER, "no-answer, tries: 1")


@pytest.mark.parametrize("lead", [None, replace(LEAD, external_id="another's")])
def test_one_whose_process_died_before_there_was_a_lead_is_open_at_once(lead: Lead | None) -> None:
    result = result_of(WISH, lead, LATER)
    assert result is not None
    assert (result.state, result.due_at) == (CallbackState.OPEN, WISH.due_at)  # what the law looks at


def test_calls_back_go_over_the_first_trunk_that_can_show_a_number() -> None:
    trunks = [
        TrunkRecord(name="1", channels=9, calls_per_second=1, caller_id="+11111111111"),
        TrunkRecord(name="c", channels=9, calls_per_second=1, caller_id="+12025550103"),
        TrunkRecord(name="b", channels=9, calls_per_second=1, caller_id="+12025550102"),
        TrunkRecord(name="a", channels=9, calls_per_second=1),
        TrunkRecord(name="0", channels=9, calls_per_second=1, caller_id="+12025550100", active=False),
    ]
    trunk = trunk_for(trunks)
    assert trunk is not None
    assert trunk.name == "b"
    assert trunk_for([*trunks[3:], trunks[0]]) is None
    campaign = campaign_of("sales", trunk, NOON)
    assert (campaign.kind, campaign.region, campaign.caller_id) == (CampaignKind.CALLBACK, "US", "+12025550102")


def test_no_operators_campaign_can_have_its_name() -> None:
    with pytest.raises(ValueError, match="callback:sales"):
        check_name(campaign_name("sales"))
