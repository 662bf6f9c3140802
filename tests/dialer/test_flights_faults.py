"""Attempts on their way when news is lost, doubled, late, or older than our own restart."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.happenings import DialEnded, Happening, LegEnded, Met
from dialer.flights import Effect, Ended, NeverDialed, Paced
from dialer.pacing import Kind
from dialer.pacing.contract import PacingEvent
from dialer.pacing.picture import Stage
from dialer.pacing.tally import Tally
from tests.dialer.flown import (
    ANSWERED,
    CAMPAIGN,
    ENDS,
    FLIES,
    GATE,
    LEG,
    LIVE,
    OUT,
    RINGS,
    VERDICTS,
    A,
    Story,
    at,
    attempt,
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
