"""Attempts on their way. Each test is the story of a call: what happened, what the ledger and the pacer are told."""

from dataclasses import replace

import pytest

from callcenter.happenings import DialEnded, Happening, LegEnded
from callcenter.outbound import AttemptOutcome, Campaign
from callcenter.tracker import Tracker
from dialer.flights import Ended, NeverDialed
from dialer.pacing import Kind
from dialer.pacing.picture import Stage
from tests.dialer.flown import (
    AGENT,
    ANSWERED,
    CAMPAIGN,
    FLIES,
    GATE,
    LEG,
    LIVE,
    OUT,
    RINGS,
    T0,
    VERDICTS,
    A,
    Story,
    at,
    dial_ended,
    dialed,
    dropped,
    ended,
    gate_ended,
    machine,
    met,
    person,
    progressed,
    ringing,
)


def test_who_hangs_up_before_dial_tells_of_the_answer_has_answered() -> None:
    gone = LegEnded(leg=LEG, cause=16, at=at(8), up=True)
    story = Story(*RINGS, gone, dial_ended("ANSWER"))
    assert story.outcomes == [(AttemptOutcome.DROPPED, 16)]
    assert story.facts[-1] == {"answered_at": at(8), "call_id": LEG}
    assert story.pacer == [*FLIES, (Kind.ANSWERED, 8), (Kind.HANGUP, 8)]


def test_an_answer_that_was_told_is_not_told_again_by_the_end() -> None:
    story = Story(*ANSWERED, LegEnded(leg=LEG, cause=16, at=at(9), up=True))
    assert story.pacer == [*LIVE, (Kind.HANGUP, 9)]


@pytest.mark.parametrize(
    ("campaign", "leaves_at", "outcome", "told"),
    [
        (replace(CAMPAIGN, amd=True), 9.3, OUT.ABANDONED, Kind.MACHINE),  # within two seconds: nobody let them down
        (replace(CAMPAIGN, amd=True), 10.1, OUT.DROPPED, Kind.HANGUP),
        (CAMPAIGN, 9.3, OUT.DROPPED, Kind.HANGUP),
    ],
)
def test_who_hangs_up_while_amd_listens_was_not_let_down(
    campaign: Campaign, leaves_at: float, outcome: AttemptOutcome, told: Kind
) -> None:
    story = Story(*RINGS, dial_ended("ANSWER"), gate_ended(8), ended(leaves_at), campaign=campaign)
    assert story.outcomes == [(outcome, 16)]
    assert story.pacer[-1] == (told, leaves_at)


def test_a_person_answers_and_is_connected() -> None:
    story = Story()
    stages = [story.stage]
    for happening in (dialed(), ringing(), dial_ended("ANSWER"), person(8.0001), gate_ended(8.001), met()):
        story.goes_on(happening)
        stages.append(story.stage)
    assert stages == [Stage.DIALING, Stage.DIALING, Stage.RINGING, Stage.AMD, Stage.WAITING, Stage.WAITING, None]
    assert story.pacer == [*FLIES, (Kind.ANSWERED, 8), (Kind.LIVE, 8.0001), (Kind.CONNECTED, 8.01)]
    assert story.facts == [
        {"call_id": LEG},
        {"ringing_at": at(1)},
        {"answered_at": at(8), "call_id": LEG},
        {"connected_at": at(8.01)},
    ]
    story.goes_on(ended(60))
    assert story.outcomes == [(OUT.CONNECTED, 16)]
    assert story.pacer[-1] == (Kind.TALK_END, 60)
    assert A not in story.flights


def test_the_end_is_told_with_all_that_is_needed_to_write_it() -> None:
    story = Story(*ANSWERED, met(), ended(60, 31))
    (end,) = [effect for effect in story.effects if isinstance(effect, Ended)]
    assert (end.flight.attempt, end.flight.lead, end.flight.tries, end.flight.campaign) == (A, 7, 2, "spring")
    assert (end.cause, end.at) == (31, at(60))


def test_nobody_is_there_in_time_and_the_person_hears_the_message() -> None:
    story = Story(*ANSWERED, dropped())
    assert story.stage is None
    story.goes_on(ended(25))
    assert story.outcomes == [(OUT.DROPPED, 16)]
    assert story.pacer == [*LIVE, (Kind.ABANDONED, 10)]


def test_a_person_who_hangs_up_while_waiting_was_dropped() -> None:
    story = Story(*ANSWERED, ended(9.2))
    assert story.outcomes == [(OUT.DROPPED, 16)]
    assert story.pacer == [*LIVE, (Kind.HANGUP, 9.2)]


def test_who_hangs_up_while_we_listen_for_a_machine_counts_as_a_person_who_was_dropped() -> None:
    story = Story(*RINGS, dial_ended("ANSWER"), gate_ended(8), ended(9))
    assert story.outcomes == [(OUT.DROPPED, 16)]
    assert story.pacer == [*FLIES, (Kind.ANSWERED, 8), (Kind.HANGUP, 9)]


def test_an_agent_who_comes_after_the_message_began_does_not_undo_the_drop() -> None:
    story = Story(*ANSWERED, dropped(), met(10.5))
    assert {"connected_at": at(10.5)} in story.facts
    story.goes_on(ended(60))
    assert story.outcomes == [(OUT.DROPPED, 16)]
    assert story.pacer == [*LIVE, (Kind.ABANDONED, 10)]


def test_the_agent_vanishes_in_the_talk_and_no_other_is_free() -> None:
    story = Story(*ANSWERED, met())
    story.goes_on(person(40))
    assert story.stage is Stage.WAITING  # the next free agent is theirs, and no other call's
    story.goes_on(dropped(42))
    assert story.stage is None
    story.goes_on(ended(60))
    assert story.outcomes == [(OUT.CONNECTED, 16)]
    assert story.pacer == [*LIVE, (Kind.CONNECTED, 8.01), (Kind.TALK_END, 60)]


def test_the_agent_vanishes_in_the_talk_and_another_takes_over() -> None:
    story = Story(*ANSWERED, met(), person(40), met(41))
    assert story.stage is None
    assert story.facts[-1] == {"connected_at": at(8.01)}
    story.goes_on(ended(60))
    assert story.pacer == [*LIVE, (Kind.CONNECTED, 8.01), (Kind.TALK_END, 60)]


def test_the_agent_chosen_was_gone_and_the_person_waits_on() -> None:
    story = Story(*ANSWERED, person(8.5))
    assert story.stage is Stage.WAITING
    story.goes_on(met(9))
    assert story.pacer == [*LIVE, (Kind.CONNECTED, 9)]


def test_a_machine_answers() -> None:
    story = Story(*RINGS, dial_ended("ANSWER"), gate_ended(8), machine())
    assert story.stage is None
    story.goes_on(ended(11.1))
    assert story.outcomes == [(OUT.MACHINE, 16)]
    assert story.pacer == [*FLIES, (Kind.ANSWERED, 8), (Kind.MACHINE, 11)]


@pytest.mark.parametrize("gate_first", [True, False])  # Asterisk does it either way
@pytest.mark.parametrize(
    ("before", "status", "cause", "outcome", "kind"),
    [
        ([ringing()], "BUSY", 17, OUT.BUSY, Kind.BUSY),
        ([], "CONGESTION", 34, OUT.FAILED, Kind.BUSY),
        ([], "NOANSWER", 1, OUT.INVALID, Kind.BUSY),
        ([ringing()], "NOANSWER", 0, OUT.NO_ANSWER, Kind.NO_ANSWER),  # Dial()'s own time was up
        ([ringing()], "NOANSWER", 16, OUT.NO_ANSWER, Kind.NO_ANSWER),  # we hung up
        ([progressed()], "NOANSWER", 0, OUT.NO_ANSWER, Kind.NO_ANSWER),  # the network plays the ring tone itself
        ([progressed()], "NOANSWER", 21, OUT.NO_ANSWER, Kind.NO_ANSWER),
        ([], "NOANSWER", 21, OUT.FAILED, Kind.BUSY),  # the trunk refuses us
        ([], "NOANSWER", 18, OUT.FAILED, Kind.BUSY),  # the trunk did not say a word for 32 s
        ([], "NOANSWER", 0, OUT.FAILED, Kind.BUSY),
    ],
)
def test_nobody_answers(
    before: list[Happening], status: str, cause: int, outcome: AttemptOutcome, kind: Kind, gate_first: bool
) -> None:
    hangups = [gate_ended(8.001), ended(8.001, cause)]
    story = Story(dialed(), *before, dial_ended(status), *(hangups if gate_first else reversed(hangups)))
    assert story.outcomes == [(outcome, cause)]
    assert [told for told, _ in story.pacer if told in VERDICTS] == [kind]
    assert story.stage is None


def test_a_call_we_cancel_is_not_called_unanswered() -> None:
    story = Story(*RINGS)
    story.flights.cancel(A)
    story.goes_on(dial_ended("NOANSWER", 17), ended(17, 16))
    assert story.outcomes == [(OUT.CANCELLED, 16)]
    assert story.pacer == [*FLIES, (Kind.NO_ANSWER, 17)]


def test_who_answers_while_we_cancel_is_a_person_like_any_other() -> None:
    story = Story(*RINGS)
    story.flights.cancel(A)
    story.goes_on(dial_ended("ANSWER"), person(), gate_ended(8), met(), ended(60))
    assert story.outcomes == [(OUT.CONNECTED, 16)]


def test_the_gate_says_no_or_is_away() -> None:
    story = Story(gate_ended(0.1, 21), ended(0.1, 21, leg=A))
    (never,) = [effect for effect in story.effects if isinstance(effect, NeverDialed)]
    assert (never.flight.attempt, never.at) == (A, at(0.1))
    assert story.outcomes == []
    assert story.pacer == [(Kind.PLACED, 0), (Kind.BUSY, 0.1)]
    assert len(story.flights) == 0


def test_a_call_that_is_forwarded_ends_with_its_last_leg() -> None:
    """Seen on Asterisk 22.10 with Dial() as it is by default, after a 302."""
    story = Story(*RINGS, dial_ended("CANCEL", 2), dialed(2, leg="other"), ended(2, 23))
    assert story.outcomes == []
    assert [story.flights.attempt_of(leg) for leg in (LEG, "other")] == [None, A]
    story.goes_on(DialEnded(leg="other", attempt=A, status="NOANSWER", at=at(30)), ended(30, 0, leg="other"))
    assert story.outcomes == [(OUT.NO_ANSWER, 0)]
    assert len(story.flights) == 0


def test_the_events_of_a_call_as_asterisk_sends_them() -> None:
    """The Local channel's first half is dialled too, by the Originate: its events carry no account code."""
    leg = {"AccountCode": A, "Channel": GATE, "DestChannel": "PJSIP/trunk-demo-0", "DestUniqueid": LEG}
    half = {"DestChannel": GATE.replace(";2", ";1"), "DestUniqueid": A}
    own = {"UserEvent": "PersonAnswered", "Uniqueid": LEG, "Channel": "PJSIP/trunk-demo-0", "AccountCode": A}
    story, tracker = Story(), Tracker()
    for name, headers in (
        ("DialBegin", half),
        ("DialBegin", leg),
        ("DialState", {**leg, "DialStatus": "RINGING"}),
        ("DialState", {**half, "DialStatus": "RINGING"}),
        ("DialEnd", {**leg, "DialStatus": "ANSWER"}),
        ("UserEvent", {**own, "Attempt": A, "Number": "+12025550143", "CallerId": "+1", "Queue": "sales"}),
        ("Hangup", {"Uniqueid": f"{A}-2", "Cause": "16"}),
        ("DialEnd", {**half, "DialStatus": "NOANSWER"}),
        ("Hangup", {"Uniqueid": A, "Cause": "16"}),
        ("BridgeEnter", {"Uniqueid": LEG, "BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"}),
        ("BridgeEnter", {"Uniqueid": AGENT, "BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"}),
        ("Hangup", {"Uniqueid": LEG, "Cause": "16"}),
    ):
        story.goes_on(*tracker.observe({"Event": name, "Timestamp": str(T0.timestamp()), **headers}))
    assert [kind for kind, _ in story.pacer] == [
        *(Kind.PLACED, Kind.RINGING, Kind.ANSWERED, Kind.LIVE, Kind.CONNECTED, Kind.TALK_END)
    ]
    assert story.outcomes == [(OUT.CONNECTED, 16)]
