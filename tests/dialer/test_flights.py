"""Attempts on their way. Each test is the story of a call: what happened, what the ledger and the pacer are told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.happenings import (
    CallbackAnswered,
    CallFellBack,
    CallWaits,
    DialEnded,
    Happening,
    LegDialed,
    LegEnded,
    LegProgressed,
    LegRinging,
    MachineAnswered,
    Met,
    PersonAnswered,
    PersonDropped,
)
from callcenter.outbound import Attempt, AttemptFacts, AttemptOutcome, AttemptState, Campaign, CampaignKind
from callcenter.tracker import Tracker
from dialer.flights import Effect, Ended, Flights, NeverDialed, Note, Paced, calls_now
from dialer.pacing import Kind
from dialer.pacing.contract import PacingEvent
from dialer.pacing.picture import Stage
from dialer.pacing.tally import Tally

T0 = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
A, LEG, GATE, AGENT = "ab12cd34", "main-2", "Local/ab12cd34@dial-gate-00000000;2", "agent-leg"
CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="demo",
    caller_id="+12025550100",
    region="US",
    company="Test",
    callback="+12025550100",
    ring=timedelta(seconds=22),
    created_at=T0,
)
OUT = AttemptOutcome
# What a pacer may be told first of what became of a call; it is told one of them.
VERDICTS = {Kind.CONNECTED, Kind.ABANDONED, Kind.HANGUP, Kind.NO_ANSWER, Kind.BUSY, Kind.MACHINE}
# With what a call is over for a pacer: exactly one of them, docs/pacing.md.
ENDS = {Kind.MACHINE, Kind.NO_ANSWER, Kind.BUSY, Kind.ABANDONED, Kind.HANGUP, Kind.TALK_END}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def attempt(
    ringing_at: datetime | None = None, answered_at: datetime | None = None, connected_at: datetime | None = None
) -> Attempt:
    return Attempt(
        id=A,
        lead=7,
        campaign="spring",
        number="+12025550143",
        cell="main",
        state=AttemptState.DIALING,
        counted=True,
        reserved_at=T0,
        ringing_at=ringing_at,
        answered_at=answered_at,
        connected_at=connected_at,
    )


def dialed(seconds: float = 0.2, leg: str = LEG) -> LegDialed:
    return LegDialed(leg=leg, channel="PJSIP/trunk-demo-0", gate_channel=GATE, attempt=A, at=at(seconds))


def ringing(seconds: float = 1) -> LegRinging:
    return LegRinging(leg=LEG, attempt=A, at=at(seconds))


def progressed(seconds: float = 1) -> LegProgressed:
    return LegProgressed(leg=LEG, attempt=A, at=at(seconds))


def dial_ended(status: str, seconds: float = 8) -> DialEnded:
    return DialEnded(leg=LEG, attempt=A, status=status, at=at(seconds))


def person(seconds: float = 8) -> PersonAnswered:
    return PersonAnswered(
        call=LEG,
        channel="PJSIP/trunk-demo-0",
        attempt=A,
        number="+12025550143",
        caller_id="+12025550100",
        queue="sales",
        skills=(),
        at=at(seconds),
    )


def machine(seconds: float = 11) -> MachineAnswered:
    return MachineAnswered(call=LEG, attempt=A, at=at(seconds))


def dropped(seconds: float = 10) -> PersonDropped:
    return PersonDropped(call=LEG, attempt=A, at=at(seconds))


def met(seconds: float = 8.01) -> Met:
    return Met(legs=(AGENT, LEG), at=at(seconds))


def ended(seconds: float, cause: int | None = 16, leg: str = LEG) -> LegEnded:
    return LegEnded(leg=leg, cause=cause, at=at(seconds))


def gate_ended(seconds: float, cause: int = 16) -> LegEnded:
    return ended(seconds, cause, leg=f"{A}-2")


RINGS = (dialed(), ringing())
ANSWERED = (*RINGS, dial_ended("ANSWER"), person(), gate_ended(8))
FLIES = [(Kind.PLACED, 0), (Kind.RINGING, 1)]
LIVE = [*FLIES, (Kind.ANSWERED, 8), (Kind.LIVE, 8)]


class Story:
    """An attempt from its reservation on, and all effects so far."""

    def __init__(self, *happenings: Happening, campaign: Campaign = CAMPAIGN) -> None:
        self.flights = Flights()
        self.effects = self.flights.begin(attempt(), campaign, 2)
        self.goes_on(*happenings)

    def goes_on(self, *happenings: Happening) -> None:
        for happening in happenings:
            self.effects += self.flights.observe(happening)

    @property
    def pacer(self) -> list[tuple[str, float]]:
        """What the pacer was told, and when."""
        return [(e.event.kind, round(e.event.t - T0.timestamp(), 4)) for e in self.effects if isinstance(e, Paced)]

    @property
    def outcomes(self) -> list[tuple[AttemptOutcome, int | None]]:
        return [(e.outcome, e.cause) for e in self.effects if isinstance(e, Ended)]

    @property
    def facts(self) -> list[AttemptFacts]:
        return [e.facts for e in self.effects if isinstance(e, Note)]

    @property
    def stage(self) -> Stage | None:
        """Where the pacer sees the call; None: it needs no agent."""
        found = calls_now(self.flights.of("spring"))
        return found[0].stage if found else None


# ---------------------------------------------------------------------------------------------------- people


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


# ---------------------------------------------------------------------------------------------------- nobody


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


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_the_same_event_twice_is_told_once() -> None:
    stories: list[list[Happening]] = [
        [*ANSWERED, met(), ended(60)],
        [*ANSWERED, dropped(), ended(60)],
        [*RINGS, dial_ended("ANSWER"), machine(), ended(60)],
        [*RINGS, dial_ended("BUSY"), ended(8, 17)],
        [gate_ended(0.1)],
    ]
    for happenings in stories:
        once = Story(*happenings)
        twice = Story(*[one for happening in happenings for one in (happening, happening)])
        assert twice.effects == once.effects


def test_attempts_and_legs_we_do_not_know_mean_nothing() -> None:
    story = Story()
    before = list(story.effects)
    for happening in (*ANSWERED, progressed(), machine(), dropped()):
        if not isinstance(happening, LegEnded):
            story.goes_on(replace(happening, attempt="ffff"))
    story.goes_on(Met(legs=("x", "y"), at=at(1)), ended(1, leg="x"), ended(1, leg="ffff-2"), ended(1, leg=A))
    assert story.effects == before
    assert story.stage is Stage.DIALING


def test_what_was_lost_is_made_good_by_what_comes_next() -> None:
    talk = Story(ringing(), met(), ended(60))  # neither the dialling nor the answer was seen
    assert talk.pacer == [*FLIES, (Kind.ANSWERED, 8.01), (Kind.LIVE, 8.01), (Kind.CONNECTED, 8.01), (Kind.TALK_END, 60)]
    assert {"answered_at": at(8.01), "call_id": LEG} in talk.facts
    drop = Story(dropped(), ended(60))
    assert drop.pacer == [(Kind.PLACED, 0), (Kind.ANSWERED, 10), (Kind.LIVE, 10), (Kind.ABANDONED, 10)]
    assert drop.outcomes == [(OUT.DROPPED, 16)]
    assert Story(person(), met(), ended(60)).outcomes == [(OUT.CONNECTED, 16)]
    assert Story(machine(), ended(12)).outcomes == [(OUT.MACHINE, 16)]
    assert Story(dial_ended("BUSY"), gate_ended(8), ended(8, None)).outcomes == [(OUT.BUSY, None)]
    assert Story(progressed(), gate_ended(8), ended(8, 21)).outcomes == [(OUT.NO_ANSWER, 21)]


def test_a_header_that_is_missing_is_no_fact() -> None:
    story = Story(dialed(leg=""), ringing(), dialed(leg=""))
    assert story.facts == [{"ringing_at": at(1)}]
    assert story.flights.attempt_of(LEG) == A
    answered = Story(DialEnded(leg="", attempt=A, status="ANSWER", at=at(8)), gate_ended(8))
    assert answered.facts == [{"answered_at": at(8), "call_id": None}]
    answered.goes_on(person(), ended(9))  # nor was it not dialled because its leg was not told
    assert answered.outcomes == [(OUT.DROPPED, 16)]


# ---------------------------------------------------------------------------------------------------- restarts


def test_after_a_restart_a_call_that_waits_for_the_gate_goes_its_way() -> None:
    story = Story()
    story.flights.adopt(A, "", GATE)
    story.goes_on(gate_ended(3))
    assert [type(effect) for effect in story.effects] == [Paced, NeverDialed, Paced]


def test_after_a_restart_a_call_that_rings_goes_its_way() -> None:
    story = Story()
    story.flights.begin(attempt(ringing_at=at(1)), CAMPAIGN, 2)
    story.flights.adopt(A, LEG, GATE)
    assert story.stage is Stage.RINGING
    story.goes_on(ringing(5), dial_ended("NOANSWER"), gate_ended(23), ended(23, 0))
    assert story.outcomes == [(OUT.NO_ANSWER, 0)]
    assert story.facts == []  # it is known since when it rings


def test_after_a_restart_a_person_who_waits_is_connected_or_dropped() -> None:
    for goes_on, outcome, kind in (
        ([met(12), ended(60)], OUT.CONNECTED, Kind.CONNECTED),
        ([dropped(12), ended(60)], OUT.DROPPED, Kind.ABANDONED),
        ([ended(12)], OUT.DROPPED, Kind.HANGUP),
    ):
        story = Story()
        story.flights.begin(attempt(ringing_at=at(1), answered_at=at(8)), CAMPAIGN, 2)
        story.flights.adopt(A, LEG, "")
        assert story.stage is Stage.WAITING
        story.goes_on(person(8), *goes_on)
        assert story.outcomes == [(outcome, 16)]
        assert [told for told, _ in story.pacer if told in VERDICTS] == [kind]


def test_after_a_restart_it_is_still_unknown_who_answered_a_campaign_that_listens_for_machines() -> None:
    story = Story()
    story.flights.begin(attempt(answered_at=at(8)), replace(CAMPAIGN, amd=True), 2)
    story.flights.adopt(A, LEG, "")
    assert story.stage is Stage.AMD
    story.goes_on(machine(), ended(11.1))
    assert story.outcomes == [(OUT.MACHINE, 16)]
    assert story.pacer == [(Kind.PLACED, 0), (Kind.MACHINE, 11)]


def test_who_was_taken_for_a_person_is_no_machine_later() -> None:
    story = Story(*ANSWERED, machine(), ended(12))
    assert story.outcomes == [(OUT.DROPPED, 16)]
    assert story.pacer == [*LIVE, (Kind.HANGUP, 12)]


def test_after_a_restart_a_talk_is_a_talk_whatever_old_news_still_comes() -> None:
    story = Story()
    story.flights.begin(attempt(answered_at=at(8), connected_at=at(30)), CAMPAIGN, 2)
    story.flights.adopt(A, LEG, "")
    story.goes_on(met(29), person(29.1))  # from before the look at Asterisk's channels
    assert story.stage is None
    story.goes_on(ended(60))
    assert story.outcomes == [(OUT.CONNECTED, 16)]
    assert story.pacer == [(Kind.PLACED, 0), (Kind.TALK_END, 60)]


def test_when_the_link_is_lost_nothing_is_known_any_more() -> None:
    story = Story(*ANSWERED)
    story.flights.clear()
    assert len(story.flights) == 0
    before = list(story.effects)
    story.goes_on(met(), ended(60))
    assert story.effects == before


def test_a_call_the_sweep_has_closed_is_forgotten() -> None:
    story = Story(*ANSWERED)
    story.flights.forget(A)
    story.flights.forget(A)
    assert story.flights.attempt_of(LEG) is None
    assert story.stage is None


# ---------------------------------------------------------------------------------------------------- calls back

WISHED = replace(CAMPAIGN, kind=CampaignKind.CALLBACK)
CALLED_BACK = CallbackAnswered(
    call=LEG, channel="PJSIP/trunk-demo-0", attempt=A, number="+12025550143", caller_id="+12025550100", at=at(8)
)
TAKEN = CallWaits(call=LEG, channel="PJSIP/trunk-demo-0", queue="sales", at=at(12))
FELL_BACK = CallFellBack(call=LEG, at=at(12))
BACK = (*RINGS, dial_ended("ANSWER"), CALLED_BACK, gate_ended(8))


def wished(*happenings: Happening) -> Story:
    return Story(*happenings, campaign=WISHED)


def test_a_call_back_that_nobody_takes_was_most_likely_answered_by_a_machine() -> None:
    assert wished(*BACK, ended(20)).outcomes == [(OUT.MACHINE, 16)]


@pytest.mark.parametrize("taken", [TAKEN, FELL_BACK])
def test_whoever_takes_it_and_leaves_before_an_agent_has_abandoned_it_and_is_no_drop(taken: Happening) -> None:
    assert wished(*BACK, taken, ended(40)).outcomes == [(OUT.ABANDONED, 16)]


@pytest.mark.parametrize("taken", [TAKEN, FELL_BACK])
def test_whoever_takes_it_and_meets_an_agent_is_connected(taken: Happening) -> None:
    assert wished(*BACK, taken, met(20), ended(60)).outcomes == [(OUT.CONNECTED, 16)]


@pytest.mark.parametrize(("status", "cause", "outcome"), [("BUSY", 17, OUT.BUSY), ("NOANSWER", 0, OUT.NO_ANSWER)])
def test_a_call_back_that_is_not_answered_is_told_as_any_other(
    status: str, cause: int, outcome: AttemptOutcome
) -> None:
    assert wished(*RINGS, dial_ended(status), ended(9, cause)).outcomes == [(outcome, cause)]


def test_taken_over_after_a_restart_it_is_known_whether_it_was_taken() -> None:
    for taken_at, outcome in ((None, OUT.MACHINE), (at(12), OUT.ABANDONED)):
        flights = Flights()
        flights.begin(attempt(answered_at=at(8)), WISHED, tries=1)
        flights.adopt(A, LEG, "", taken_at=taken_at)
        (told,) = [effect for effect in flights.observe(ended(40)) if isinstance(effect, Ended)]
        assert told.outcome is outcome


# ---------------------------------------------------------------------------------------------------- in AMI's words


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


# ---------------------------------------------------------------------------------------------------- whatever happens

HAPPENINGS = [
    *(dialed(), dialed(leg="other"), dialed(leg=""), ringing(), progressed()),
    *(dial_ended(status) for status in ("ANSWER", "BUSY", "NOANSWER", "CONGESTION", "CANCEL", "")),
    *(person(), person(40), machine(), dropped(), met(), met(41)),
    *(ended(50), ended(50, None), ended(50, 17), ended(50, leg="other"), gate_ended(50), ended(50, leg=A)),
]


@settings(max_examples=400, derandomize=True)
@given(st.lists(st.sampled_from(HAPPENINGS), max_size=14), st.booleans())
def test_whatever_is_lost_doubled_or_out_of_order_each_thing_is_told_once(
    happenings: list[Happening], cancelled: bool
) -> None:
    story = Story()
    if cancelled:
        story.flights.cancel(A)
    story.goes_on(*happenings)
    told = [kind for kind, _ in story.pacer]
    ends = [e for e in story.effects if isinstance(e, Ended | NeverDialed)]
    assert len(ends) <= 1
    assert len([kind for kind in told if kind in VERDICTS]) <= 1
    assert len([kind for kind in told if kind in ENDS]) <= 1
    assert len(told) == len(set(told))
    assert not {Kind.LIVE, Kind.MACHINE} <= set(told)
    if ends:
        assert A not in story.flights
        assert story.stage is None
        assert len([kind for kind in told if kind in ENDS]) == 1
        assert story.flights.attempt_of(LEG) is None
        assert story.flights.attempt_of("other") is None


@settings(max_examples=200, derandomize=True)
@given(st.lists(st.sampled_from(HAPPENINGS), max_size=14))
def test_ledger_and_pacer_agree_on_who_was_dropped(happenings: list[Happening]) -> None:
    """A drop in the ledger is a drop for the pacer that holds the drops under the cap, and nothing else is one."""
    story = Story(*happenings)
    if not story.outcomes:
        return
    (outcome, _), *_rest = story.outcomes
    tally = Tally({})
    for event in paced(story.effects):
        tally.take(event)
    assert tally.drops(waiting=0) == (outcome is OUT.DROPPED)


def paced(effects: Iterable[Effect]) -> list[PacingEvent]:
    return [effect.event for effect in effects if isinstance(effect, Paced)]
