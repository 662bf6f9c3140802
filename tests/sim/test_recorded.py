"""A recorded day played again: what the simulator writes down as records, it plays again to the same end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.outbound import Attempt, AttemptOutcome, AttemptState, Campaign, CampaignKind
from callcenter.records import AgentChange
from dialer.pacing import Kind, PacingDecision, PacingEvent, PacingSnapshot, make_pacer
from dialer.shifts import Span, spans
from dialer.trunks import TrunkLimits
from sim.outbound import play
from sim.people import Answers, People
from sim.recorded import Record, Recorded, figures_of, happened, record_of, scenario_of
from sim.scenario import Absence, Scenario

NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
SPRING = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550101",
    created_at=NINE,
)
TRUNK = TrunkLimits(channels=500, calls_per_second=50.0)
ENDS = {
    Kind.TALK_END: AttemptOutcome.CONNECTED,
    Kind.ABANDONED: AttemptOutcome.DROPPED,
    Kind.HANGUP: AttemptOutcome.DROPPED,
    Kind.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    Kind.BUSY: AttemptOutcome.BUSY,
}
TIMES = {Kind.RINGING: "ringing_at", Kind.ANSWERED: "answered_at", Kind.CONNECTED: "connected_at"}
STATES = {Kind.CONNECTED: "on-call", Kind.TALK_END: "wrap-up", Kind.IDLE: "ready", Kind.AWAY: "paused"}


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


class Scribe:
    """A pacer that writes the ledger and the agents' log of the day it paces."""

    def __init__(self, mode: str) -> None:
        self.pacer = make_pacer(mode)
        self.wake, self.start = self.pacer.wake, self.pacer.start
        self.attempts: dict[Any, Attempt] = {}
        self.changes: list[AgentChange] = []

    def observe(self, event: PacingEvent, /) -> None:
        self.pacer.observe(event)
        now = at(event.t)
        if event.kind == Kind.PLACED:
            self.attempts[event.call] = attempt(event.call, now)  # type: ignore[arg-type]
        elif event.kind in TIMES:
            noted: Mapping[str, Any] = {TIMES[Kind(event.kind)]: now}
            self.attempts[event.call] = replace(self.attempts[event.call], **noted)
        elif event.kind in ENDS:
            ended = replace(self.attempts[event.call], outcome=ENDS[Kind(event.kind)], ended_at=now)
            self.attempts[event.call] = ended
        if event.kind in STATES and event.agent != -1:
            call = f"call-{event.call}" if event.kind in {Kind.CONNECTED, Kind.TALK_END} else None
            self.changes.append(
                AgentChange(agent=str(event.agent), state=STATES[Kind(event.kind)], at=now, call_id=call)
            )

    def decide(self, snapshot: PacingSnapshot, /) -> PacingDecision:
        return self.pacer.decide(snapshot)


def attempt(number: int, placed: datetime, **known: Any) -> Attempt:
    return Attempt(
        id=f"{number:08x}",
        lead=number,
        campaign="spring",
        number="+12025550143",
        cell="main",
        state=AttemptState.ENDED,
        counted=True,
        reserved_at=placed,
        gate_at=placed,
        call_id=f"call-{number}",
        **known,
    )


def recorded(scenario: Scenario, mode: str = "ratio") -> tuple[Record, Any]:
    scribe = Scribe(mode)
    day = play(scenario, scribe)
    found = record_of(SPRING, scribe.attempts.values(), spans(scribe.changes, NINE, at(scenario.end_s)), set())
    assert found is not None
    return found, day


LUNCH = tuple(Absence(agent=agent, from_s=1_200.0, until_s=2_400.0) for agent in range(3))
DAY = Scenario(agents=8, hours=1.0, seed=5, people=People(p_machine=0.0, handle_s=90.0), absences=LUNCH)


def test_what_happened_is_read_from_ledger_and_log() -> None:
    record, day = recorded(DAY)
    was = happened(record)
    assert record.hours == pytest.approx(1.0, abs=0.01)
    assert was.utilisation == pytest.approx(day.utilisation, abs=0.01)
    assert was.agents == pytest.approx(7.0, abs=0.15)  # three of eight for twenty minutes at lunch
    assert was.drop_rate == pytest.approx(day.drop_rate, abs=0.005)
    assert was.people == pytest.approx(day.live, rel=0.03)
    assert was.talks_per_agent_hour == pytest.approx(day.connected / 7, rel=0.05)


def test_played_again_the_day_comes_out_as_it_was() -> None:
    record, day = recorded(DAY)
    again = [
        figures_of(play(scenario_of(record, seed, TRUNK), make_pacer("ratio")), record.hours) for seed in (1, 2, 3, 4)
    ]
    mean = sum(one.utilisation for one in again) / 4
    assert mean == pytest.approx(day.utilisation, abs=0.04)
    assert sum(one.people for one in again) / 4 == pytest.approx(day.live, rel=0.1)
    assert sum(one.agents for one in again) / 4 == pytest.approx(7.0, abs=0.2)


def test_another_pacer_and_another_team_come_out_otherwise() -> None:
    record, _ = recorded(DAY)
    base = play(scenario_of(record, 1, TRUNK), make_pacer("ratio"))
    calm = play(scenario_of(record, 1, TRUNK), make_pacer("progressive"))
    assert calm.utilisation < base.utilisation
    team = scenario_of(record, 1, TRUNK, agents=20)
    assert (team.agents, team.absences) == (20, ())


def test_the_same_seed_plays_the_same_day() -> None:
    record, _ = recorded(DAY, "progressive")
    first, second = (play(scenario_of(record, 7, TRUNK), make_pacer("progressive")) for _ in range(2))
    assert first == second


def test_people_are_those_who_were_met_in_that_half_hour() -> None:
    calls = [attempt(n, at(60.0 * n), outcome=AttemptOutcome.BUSY, ended_at=at(60.0 * n + 2)) for n in range(60)]
    late = [
        attempt(
            100 + n,
            at(3_600.0 + 50.0 * n),
            outcome=AttemptOutcome.CONNECTED,
            ringing_at=at(3_603.0 + 50.0 * n),
            answered_at=at(3_610.0 + 50.0 * n),
            connected_at=at(3_610.0 + 50.0 * n),
            ended_at=at(3_640.0 + 50.0 * n),
        )
        for n in range(73)
    ]
    record = record_of(SPRING, [*calls, *late], [], {"7"})
    assert record is not None
    day = scenario_of(record, 1, TRUNK)
    early, later = day.people_at(100.0), day.people_at(5_500.0)
    assert isinstance(early, Recorded)
    assert isinstance(later, Recorded)
    assert {fate.answers for fate in early.fates} == {Answers.BUSY}
    assert {(f.answers, f.setup_s, f.rings_s, f.talk_s) for f in later.fates} == {(Answers.PERSON, 3.0, 7.0, 30.0)}
    assert {fate.setup_s for fate in early.fates} == {2.0}


def test_whoever_was_dropped_talks_as_others_did_and_who_hung_up_was_as_patient() -> None:
    facts = {"ringing_at": at(2), "answered_at": at(8)}
    talked = attempt(1, at(0), outcome=AttemptOutcome.CONNECTED, connected_at=at(8), ended_at=at(50), **facts)
    dropped = attempt(2, at(0), outcome=AttemptOutcome.DROPPED, ended_at=at(10), **facts)
    left = attempt(3, at(0), outcome=AttemptOutcome.DROPPED, ended_at=at(8.5), **facts)
    record = record_of(SPRING, [talked, dropped, left], [], set())
    assert record is not None
    people = scenario_of(record, 1, TRUNK).people
    assert isinstance(people, Recorded)
    assert [fate.talk_s for fate in people.fates] == [42.0, 42.0, 42.0]
    assert people.fates[2].patience_s == pytest.approx(0.5)
    assert people.fates[1].patience_s != pytest.approx(2.0)


def test_agents_on_other_calls_were_away() -> None:
    calls = [attempt(n, at(600.0 * n), outcome=AttemptOutcome.NO_ANSWER, ended_at=at(600.0 * n + 30)) for n in range(7)]
    log = [
        Span(agent="7", state="ready", call=None, start=at(0), end=at(900)),
        Span(agent="7", state="on-call", call="somebody-else", start=at(900), end=at(1_500)),
        Span(agent="7", state="ready", call=None, start=at(1_500), end=at(3_600)),
        Span(agent="8", state="ready", call=None, start=at(0), end=at(3_600)),
    ]
    record = record_of(SPRING, calls, log, {"7"})
    assert record is not None
    day = scenario_of(record, 1, TRUNK)
    assert day.agents == 1
    assert day.absences == (Absence(agent=0, from_s=900.0, until_s=1_500.0),)
    assert happened(record).agents == pytest.approx(50 / 60)


def test_a_day_without_calls_is_none() -> None:
    waiting = attempt(1, at(0))
    refused = attempt(2, at(0), outcome=AttemptOutcome.REFUSED)
    assert record_of(SPRING, [waiting, refused], [], {"7"}) is None
