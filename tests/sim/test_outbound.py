"""The simulated outbound day: loses no call and no second, agrees with a count by hand, shows what a pacer does."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dialer.pacing import Kind, PacingDecision, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.contract import calls_in_flight, ready_agents
from dialer.trunks import TrunkLimits
from sim.outbound import MIN_RING_S, Day, play
from sim.people import Answers, People
from sim.roster import Doing, Roster
from sim.scenario import Absence, Scenario, Wire

LUNCH = tuple(Absence(agent=agent, from_s=1_800.0, until_s=3_000.0) for agent in range(5))
BAD_WIRE = Wire(lost=0.05, doubled=0.05, late_s=1.0)


def scenario(**changes: Any) -> Scenario:
    return replace(Scenario(agents=10, hours=1, seed=1), **changes)


def day(mode: str = "progressive", **changes: Any) -> Day:
    return play(scenario(**changes), make_pacer(mode))


class Watched:
    """A pacer that looks over another one's shoulder and keeps what it sees."""

    def __init__(self, mode: str) -> None:
        self.pacer = make_pacer(mode)
        self.wake = self.pacer.wake
        self.events: list[PacingEvent] = []
        self.asked: list[float] = []
        self.overbooked = 0  # most calls in flight beyond ready agents, just after a decision that placed some
        self.leaving: set[int] = set()

    def start(self, info: Mapping[str, Any], /) -> None:
        self.info = dict(info)
        self.pacer.start(info)

    def observe(self, event: PacingEvent, /) -> None:
        self.events.append(event)
        self.pacer.observe(event)

    def decide(self, snapshot: PacingSnapshot, /) -> PacingDecision:
        decision = self.pacer.decide(snapshot)
        self.asked.append(snapshot.t)
        self.leaving |= snapshot.leaving
        assert len(snapshot.calls) == calls_in_flight(snapshot)
        assert (len(snapshot.idle), len(snapshot.talking)) == (snapshot.n_idle, snapshot.n_talk)
        assert decision.originate <= min(snapshot.trunk_free, snapshot.cps_free)
        if decision.originate:
            booked = calls_in_flight(snapshot) + decision.originate - ready_agents(snapshot)
            self.overbooked = max(self.overbooked, booked)
        return decision


def test_the_same_seed_is_the_same_day() -> None:
    assert day("ratio", wire=BAD_WIRE) == day("ratio", wire=BAD_WIRE)
    assert day("ratio") != day("ratio", seed=2)


@pytest.mark.parametrize("mode", ["progressive", "ratio"])
@pytest.mark.parametrize("amd", [False, True])
def test_no_call_and_no_second_is_lost(mode: str, amd: bool) -> None:
    result = day(mode, amd=amd, absences=LUNCH)
    assert sum(result.spent_s.values()) == pytest.approx(10 * 3_600)
    assert result.spent_s[Doing.AWAY] > 0
    assert result.placed == sum(result.ends.values()) + result.under_way
    assert result.drops == result.ends.get(Kind.ABANDONED, 0) + result.ends.get(Kind.HANGUP, 0)
    assert result.live == result.connected + result.drops  # nobody waits when the last call is played out
    assert (result.ends.get(Kind.MACHINE, 0) > 0) == amd


@pytest.mark.parametrize("agents", [1, 2, 7, 40])
def test_progressive_never_drops_while_agents_stay(agents: int) -> None:
    watched = Watched("progressive")
    result = play(scenario(agents=agents, wire=BAD_WIRE), watched)
    assert result.live > 10 * agents
    assert (result.drops, watched.overbooked) == (0, 0)


def test_progressive_drops_when_agents_go_away_with_calls_on_their_way() -> None:
    """The check above can see: the cause it rules out does happen."""
    going = tuple(
        Absence(agent=agent, from_s=600.0 * turn, until_s=600.0 * turn + 60)
        for agent in range(8)
        for turn in range(1, 6)
    )
    assert day(absences=going).drops > 0


def test_ratio_is_faster_and_stays_under_the_cap() -> None:
    results = [(day("ratio", agents=20, hours=2, seed=seed), day(agents=20, hours=2, seed=seed)) for seed in range(3)]
    for ratio, progressive in results:
        assert ratio.utilisation > progressive.utilisation + 0.1
        assert 0 < ratio.drop_rate <= 0.03


@pytest.mark.parametrize("cap", [0.01, 0.05])
def test_ratio_stays_under_other_caps(cap: float) -> None:
    result = day("ratio", agents=15, hours=2, cap=cap, budget={"live": 500, "drops": 0})
    assert 0 < result.drops <= cap * (500 + result.live)


def test_ratio_stays_under_the_cap_on_a_bad_wire() -> None:
    assert 0 < day("ratio", agents=20, hours=2, wire=BAD_WIRE).drop_rate <= 0.03


def test_one_agent_waits_as_long_as_a_count_by_hand_says() -> None:
    people = People(p_person=1.0, p_busy=0.0, p_machine=0.0)
    result = play(Scenario(agents=1, hours=2, seed=3, people=people), Watched("progressive"))
    clock, idle = 1.0, 1.0  # a fresh trunk lets nothing through at once: the first call is placed after a second
    for lead in range(result.placed):
        fate = people.fate(3, lead)
        answered = fate.rings_s < 22.0
        waited = fate.setup_s + (fate.rings_s if answered else 22.0)
        idle += max(0.0, min(waited, 7_200.0 - clock))
        clock += waited + (fate.talk_s + fate.wrap_s if answered else 0.0)
    # The next call is placed at the instant the agent is ready, or up to 100 ms later if the pacer was just asked.
    assert 0 <= result.spent_s[Doing.IDLE] - idle < 0.01 * result.placed


def idle_by_hand(people: People, ring_timeout_s: float) -> float:
    """Seconds a lone agent waits between two talks: what a call takes until it is over or somebody is there, times the
    calls it takes until somebody is. Means of the distributions of `sim.people`, with AMD."""
    normal, sigma = statistics.NormalDist(), 0.5
    edge = math.log(ring_timeout_s / people.rings_s) / sigma
    in_time = normal.cdf(edge)
    rings_s = people.rings_s * math.exp(sigma**2 / 2) * normal.cdf(edge - sigma) + (1 - in_time) * ring_timeout_s
    person_s = rings_s + in_time * (0.9 + 2.1) / 2
    machine_s = 0.3 * (0.2 + 1.0) / 2 + 0.7 * (15.0 + 21.0) / 2 + (2.2 + 4.0) / 2
    nothing = 1 - people.p_person - people.p_machine - people.p_busy
    setup_s = people.setup_s * math.exp(0.35**2 / 2)
    call_s = setup_s + people.p_person * person_s + people.p_machine * machine_s + nothing * ring_timeout_s
    talks = people.p_person * in_time * (1 - people.amd_misses_person) + people.p_machine * people.amd_misses_machine
    return call_s / talks


def test_one_agent_waits_as_long_as_the_means_say() -> None:
    """No fate is looked up here: a floor that dialled, rang or listened for too long would show."""
    people = People()
    hand = idle_by_hand(people, 22.0)
    assert 65 < hand < 75
    days = [
        play(Scenario(agents=1, hours=2, seed=seed, amd=True, people=people), make_pacer("progressive"))
        for seed in range(8)
    ]
    found = [day.idle_per_call_s for day in days]
    half = 3.5 * statistics.stdev(found) / math.sqrt(len(found))  # 99 % of Student's t with 7 degrees of freedom
    assert abs(statistics.mean(found) - hand) <= half
    assert half < 0.3 * hand


def test_the_pacer_is_asked_once_a_second_and_when_it_wakes() -> None:
    watched = Watched("progressive")
    play(scenario(hours=0.2), watched)
    gaps = [b - a for a, b in zip(watched.asked, watched.asked[1:], strict=False)]
    assert max(gaps) <= 1.0 + 1e-9
    assert min(gaps) >= 0.1 - 1e-9
    assert watched.asked[-1] < 720.0
    idle_at = [event.t for event in watched.events if event.kind == Kind.IDLE and event.t < 719]
    assert all(any(t - 1e-9 <= asked <= t + 0.1 + 1e-9 for asked in watched.asked) for t in idle_at)


def test_waking_shortens_the_wait() -> None:
    class Asleep(Watched):
        def __init__(self, mode: str) -> None:
            super().__init__(mode)
            self.wake = frozenset()

    awake = [play(scenario(seed=seed), Watched("progressive")).idle_per_call_s for seed in range(4)]
    asleep = [play(scenario(seed=seed), Asleep("progressive")).idle_per_call_s for seed in range(4)]
    assert statistics.mean(awake) < statistics.mean(asleep)


def test_the_pacer_is_told_what_the_contract_says() -> None:
    watched = Watched("ratio")
    play(scenario(amd=True, cap=0.05, max_wait_s=1.0, budget={"live": 3_000, "drops": 0}), watched)
    assert watched.info == {
        "cap": 0.05,
        "max_wait": 1.0,
        "ring_timeout": 22.0,
        "amd": True,
        "day_end": 3_600.0,
        "segments": 1,
        "budget": {"live": 3_000, "drops": 0},
    }
    assert {event.kind for event in watched.events} == set(Kind) - {Kind.AWAY}
    assert watched.overbooked > 0
    connected = [event for event in watched.events if event.kind == Kind.CONNECTED]
    assert all(event.agent in range(10) and event.call >= 0 and event.seg == 0 for event in connected)
    assert all(event.agent == -1 for event in watched.events if event.kind == Kind.PLACED)


def test_only_announced_leaves_are_told() -> None:
    watched = Watched("progressive")
    told = tuple(replace(absence, announced=absence.agent < 2) for absence in LUNCH)
    play(scenario(absences=told, hours=0.9, agents=5, people=People(p_person=0.9)), watched)
    assert watched.leaving <= {0, 1}
    assert watched.leaving
    away = [event.agent for event in watched.events if event.kind == Kind.AWAY]
    assert sorted(away) == [0, 1, 2, 3, 4]


def test_a_bad_wire_loses_doubles_and_delays() -> None:
    good, bad = Watched("progressive"), Watched("progressive")
    play(scenario(), good)
    play(scenario(wire=Wire(lost=0.5)), bad)
    assert 0.3 < len(bad.events) / len(good.events) < 0.7
    doubled = Watched("progressive")
    play(scenario(wire=Wire(doubled=1.0, late_s=1.0)), doubled)
    times = [event.t for event in doubled.events]
    assert times != sorted(times)
    assert len(set(doubled.events)) == len(doubled.events) / 2


def test_trunk_and_list_bound_the_calls() -> None:
    tight = scenario(agents=50, hours=0.1, trunk=TrunkLimits(channels=20, calls_per_second=2))
    watched = Watched("progressive")
    play(tight, watched)
    placed = [event.t for event in watched.events if event.kind == Kind.PLACED]
    for start in placed:
        assert sum(start <= t < start + 10 for t in placed) <= 10 * 2 + 2
    assert day(leads=17).placed == 17


class Rash(Watched):
    """Places calls for everybody and ends those that ring for `after_s`."""

    def __init__(self, after_s: float, originate: int) -> None:
        super().__init__("progressive")
        self.after_s, self.originate, self.cancelled = after_s, originate, 0

    def decide(self, snapshot: PacingSnapshot, /) -> PacingDecision:
        long = [
            call
            for call, (_, ringing, answered, _) in snapshot.calls.items()
            if answered < 0 <= ringing and snapshot.t - ringing >= self.after_s
        ]
        self.cancelled += len(long)
        return PacingDecision(originate=self.originate, cancel=tuple(long))


def test_calls_that_rang_long_enough_may_be_cancelled() -> None:
    rash = Rash(MIN_RING_S, 1)
    result = play(scenario(hours=0.2), rash)
    assert 0 < rash.cancelled <= result.ends[Kind.NO_ANSWER]


def test_a_pacer_that_cancels_too_early_is_stopped() -> None:
    with pytest.raises(ValueError, match="may not be cancelled: it has not rung for 15 s"):
        play(scenario(hours=0.2), Rash(5.0, 1))


def test_a_negative_number_of_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="the pacer wants -1 calls"):
        play(scenario(hours=0.2), Rash(MIN_RING_S, -1))


def test_too_many_calls_are_dropped_or_hang_up_within_the_longest_wait() -> None:
    watched = Rash(MIN_RING_S, 3)
    result = play(scenario(agents=2, hours=0.1), watched)
    assert result.drop_rate > 0.3
    live = {event.call: event.t for event in watched.events if event.kind == Kind.LIVE}
    ends = {event.call: event for event in watched.events if event.kind in {Kind.ABANDONED, Kind.HANGUP}}
    waits = {call: event.t - live[call] for call, event in ends.items()}
    assert all(wait <= 2.0 + 1e-9 for wait in waits.values())
    assert all(waits[call] == pytest.approx(2.0) for call, event in ends.items() if event.kind == Kind.ABANDONED)
    assert {event.kind for event in ends.values()} == {Kind.ABANDONED, Kind.HANGUP}


def test_people_are_as_they_are_said_to_be() -> None:
    people = People(segments=(1.0, 1.5))
    fates = [people.fate(5, lead) for lead in range(20_000)]
    for segment, share in enumerate((0.25, 0.375)):
        mine = [fate for fate in fates if fate.segment == segment]
        assert sum(fate.answers is Answers.PERSON for fate in mine) / len(mine) == pytest.approx(share, abs=0.015)
    persons = [fate for fate in fates if fate.answers is Answers.PERSON]
    handle = statistics.mean(fate.talk_s + fate.wrap_s for fate in persons)
    assert handle == pytest.approx(120, rel=0.03)
    assert statistics.mean(fate.wrap_s for fate in persons) == pytest.approx(24, rel=0.03)
    assert statistics.median(fate.rings_s for fate in persons) == pytest.approx(8, rel=0.03)
    assert sum(not fate.amd_right for fate in persons) / len(persons) == pytest.approx(0.005, abs=0.003)


def test_a_lead_is_the_same_whoever_calls_it() -> None:
    assert People().fate(1, 7) == People().fate(1, 7) != People().fate(2, 7)


def test_a_roster_counts_time_up_to_the_end() -> None:
    roster = Roster(2, until_s=100.0)
    roster.move(0, Doing.IDLE, 10.0)
    roster.move(0, Doing.TALK, 30.0)
    roster.move(0, Doing.WRAP, 150.0)
    assert roster.spent(200.0) == {Doing.IDLE: 20.0, Doing.TALK: 70.0, Doing.WRAP: 0.0, Doing.AWAY: 110.0}
    assert (roster.doing(0), dict(roster.of(Doing.AWAY))) == (Doing.WRAP, {1: 0.0})


def test_marks_and_a_stop_change_nothing_of_what_happens() -> None:
    whole = day("ratio", marks_s=(900.0, 1_800.0))
    part = day("ratio", stop_s=1_800.0)
    early, middle = whole.marks
    assert replace(whole, marks=()) == day("ratio")
    assert (early.at_s, middle.at_s) == (900.0, 1_800.0)
    assert sum(early.spent_s.values()) == pytest.approx(10 * 900)
    assert 0 < early.connected < middle.connected <= part.connected
    assert middle.spent_s == pytest.approx(part.spent_s)
    assert [t for t in part.live_times if t < 1_800] == [t for t in whole.live_times if t < 1_800]
