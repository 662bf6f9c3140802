"""What nobody brings to an end: closed at which limit, and as what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.outbound import Attempt, AttemptOutcome, AttemptState
from dialer.sweep import DIALED, GATE_MAX_AGE, RESERVED_MAX, SENT_MAX, SNAPSHOT_SLACK, UNSEEN_MAX, View, sweep

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
RESERVED = Attempt(
    id="a",
    lead=1,
    campaign="spring",
    number="+12025550143",
    cell="main",
    state=AttemptState.RESERVED,
    counted=True,
    reserved_at=NOW,
)
SENT = replace(RESERVED, state=AttemptState.SENT, reserved_at=NOW - timedelta(hours=1), sent_at=NOW)
DIALING = replace(SENT, state=AttemptState.DIALING, sent_at=NOW - timedelta(minutes=1), gate_at=NOW)
ANSWERED = replace(DIALING, state=AttemptState.ANSWERED, answered_at=NOW)
CONNECTED = replace(ANSWERED, connected_at=NOW)
OUT = AttemptOutcome


def closed(attempt: Attempt, later: timedelta, view: View | None) -> AttemptOutcome | None:
    """Return as what the sweep closes `attempt` at NOW + `later`, None: it does not."""
    found = sweep([attempt], NOW + later, view)
    return found[0].outcome if found else None


def sees(later: timedelta, *attempts: str) -> View:
    return View(at=NOW + later, attempts=attempts)


@pytest.mark.parametrize("view", [None, sees(timedelta(hours=9)), sees(timedelta(hours=9), "a")])
@pytest.mark.parametrize(
    ("attempt", "limit", "outcome"),
    [(RESERVED, RESERVED_MAX, OUT.WITHDRAWN), (SENT, SENT_MAX, OUT.EXPIRED)],
    ids=["reserved", "sent"],
)
def test_what_was_not_let_through_is_given_back_whatever_asterisk_has(
    attempt: Attempt, limit: timedelta, outcome: AttemptOutcome, view: View | None
) -> None:
    assert closed(attempt, limit, view) is None
    assert closed(attempt, limit + TICK, view) is outcome


def test_what_was_sent_is_given_back_only_when_the_gate_lets_it_through_no_more() -> None:
    assert SENT_MAX > GATE_MAX_AGE


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [(DIALING, OUT.LOST), (ANSWERED, OUT.DROPPED), (CONNECTED, OUT.CONNECTED)],
    ids=["dialing", "answered", "connected"],
)
def test_what_may_have_been_dialled_is_closed_when_asterisk_has_no_channel_of_it(
    attempt: Attempt, outcome: AttemptOutcome
) -> None:
    later = SNAPSHOT_SLACK + TICK
    assert closed(attempt, later, sees(SNAPSHOT_SLACK, "b")) is None  # its channel may still come up
    assert closed(attempt, later, sees(later, "b")) is outcome
    assert closed(attempt, timedelta(days=1), sees(timedelta(days=1), "a", "b")) is None


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [(DIALING, OUT.LOST), (ANSWERED, OUT.DROPPED), (CONNECTED, OUT.CONNECTED)],
    ids=["dialing", "answered", "connected"],
)
def test_without_a_word_from_asterisk_no_call_is_closed_before_it_must_be_over(
    attempt: Attempt, outcome: AttemptOutcome
) -> None:
    assert closed(attempt, UNSEEN_MAX, None) is None
    assert closed(attempt, UNSEEN_MAX + TICK, None) is outcome


def test_an_old_look_at_asterisk_closes_no_young_call() -> None:
    assert closed(DIALING, timedelta(hours=1), sees(timedelta(0))) is None


def test_times_that_are_missing_are_taken_from_the_reservation() -> None:
    assert closed(replace(SENT, sent_at=None), timedelta(0), None) is OUT.EXPIRED
    assert closed(replace(DIALING, gate_at=None), timedelta(0), sees(timedelta(0))) is OUT.LOST


def test_what_has_ended_is_left_alone() -> None:
    ended = replace(DIALING, state=AttemptState.ENDED, outcome=OUT.BUSY)
    assert closed(ended, timedelta(days=1), sees(timedelta(days=1))) is None


def test_each_is_closed_only_from_the_states_that_say_the_same_of_the_trunk() -> None:
    """So whoever moves it at the same time wins: what passes the gate meanwhile is not given back."""
    later = timedelta(days=1)
    found = sweep([RESERVED, SENT, DIALING, CONNECTED], NOW + later, sees(later))
    assert [left.attempt for left in found] == [RESERVED, SENT, DIALING, CONNECTED]
    assert [left.only_from for left in found] == [{AttemptState.RESERVED}, {AttemptState.SENT}, DIALED, DIALED]
    assert {AttemptState.DIALING, AttemptState.ANSWERED} == DIALED
