"""Calls are ended when they have rung long enough by our own clock, and never a moment before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dialer.flights import Flight
from dialer.ringing import SILENT_MAX, Ringing

T0 = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DIALED = Flight(
    attempt="a1",
    campaign="spring",
    lead=1,
    tries=1,
    ring=timedelta(seconds=22),
    placed_at=T0,
    leg="main-2",
    gate_channel="Local/a1@dial-gate-1;2",
)
RINGS = replace(DIALED, ringing_at=T0)
SILENT_S = SILENT_MAX.total_seconds()


def test_a_call_that_rings_is_given_its_whole_time_from_when_we_saw_it() -> None:
    ringing = Ringing()
    assert ringing.due([DIALED], 100.0) == []
    assert ringing.due([RINGS], 113.0) == []  # thirteen seconds went by before the phone rang
    assert ringing.due([RINGS], 134.9) == []
    assert ringing.due([RINGS], 135.0) == [RINGS]


def test_asterisks_clock_does_not_matter() -> None:
    ringing = Ringing()
    long_ago = replace(RINGS, ringing_at=T0 - timedelta(hours=1))
    assert ringing.due([long_ago], 100.0) == []
    assert ringing.due([long_ago], 121.9) == []


def test_a_call_without_any_sign_is_given_up_and_one_that_waits_for_the_gate_is_not() -> None:
    ringing = Ringing()
    waits = replace(DIALED, attempt="a2", leg="")
    assert ringing.due([DIALED, waits], 0.0) == []
    assert ringing.due([DIALED, waits], SILENT_S - 0.1) == []
    assert ringing.due([DIALED, waits], SILENT_S) == [DIALED]


def test_whoever_answers_is_not_ended() -> None:
    ringing = Ringing()
    ringing.due([RINGS], 0.0)
    assert ringing.due([replace(RINGS, answered_at=T0)], 100.0) == []


def test_a_call_that_is_asked_to_end_and_still_rings_is_asked_again() -> None:
    ringing = Ringing()
    ringing.due([RINGS], 0.0)
    assert ringing.due([RINGS], 22.0) == ringing.due([RINGS], 22.25) == [RINGS]
