"""A day of outbound calls in front of a pacer: leads are dialled, some answer, agents talk to them. Pure.

Each lead's fate (who answers, after how long, how long they talk) depends on the seed and the lead's number alone, so
two pacers meet the same people in the same order (common random numbers). A call goes
placed → ringing → answered → AMD, if on → a person → connected to the agent idle longest, or waiting, or dropped;
placed → busy; ringing → noanswer. The pacer sees what docs/pacing.md promises, and `Wire` can delay, double and lose
the events on their way to it. Not modelled: retries, inbound callers, several campaigns, time to reach the agent.

Times are seconds from the start of the day. The people are those of `sim.people`, what a day
consists of is in `sim.scenario`.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from callcenter.outbound import MIN_RING
from dialer.pacing import Kind, Pacer, PacingEvent, PacingSnapshot
from dialer.pacing.cadence import Cadence
from dialer.pacing.contract import DROPS
from dialer.trunks import Trunk
from sim.agenda import Agenda
from sim.leads import InOrder, LeadList
from sim.people import Answers, Fate
from sim.roster import Doing, Roster
from sim.scenario import Absence, Scenario, Wire
from sim.scored import ScoredLeads

MIN_RING_S: Final = MIN_RING.total_seconds()
IN_FLIGHT: Final = frozenset({"dialing", "ringing", "amd", "waiting"})  # stages of a call that may need an agent
PLAY_OUT_S: Final = 60.0  # calls in flight at the end of the day go on so long, and count


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far things had come at `at_s`, counted from the start of the day."""

    at_s: float
    spent_s: Mapping[Doing, float]
    placed: int
    connected: int
    live: int
    drops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came of a day. Agents' time ends at the end of the day; calls placed by then count to their end.

    - `spent_s`: agents' time by what they did, summed.
    - `ends`: how calls ended, by kind of event (talkend, abandoned, hangup, machine, noanswer, busy).
    - `under_way`: calls not over when everything stopped; `connected` and `drops` count them if they got so far.
    - `false_machines`: people whom AMD took for machines.
    - `drop_times`, `live_times`: when people were dropped, and when they answered.
    - `marks`: where the scenario asked for them.
    """

    spent_s: Mapping[Doing, float]
    placed: int
    connected: int
    ends: Mapping[str, int]
    under_way: int
    false_machines: int
    live_times: Sequence[float]
    drop_times: Sequence[float]
    decisions: int
    marks: Sequence[Mark] = ()

    @property
    def live(self) -> int:
        return len(self.live_times)

    @property
    def drops(self) -> int:
        return len(self.drop_times)

    @property
    def drop_rate(self) -> float:
        """Drops per person who answered; 0 if nobody did."""
        return self.drops / self.live if self.live else 0.0

    @property
    def utilisation(self) -> float:
        """Share of their time on duty that agents talk or wrap up."""
        busy = self.spent_s[Doing.TALK] + self.spent_s[Doing.WRAP]
        return busy / (busy + self.spent_s[Doing.IDLE])

    @property
    def idle_per_call_s(self) -> float:
        """Mean idle time between two conversations; all of it if there were none."""
        return self.spent_s[Doing.IDLE] / max(1, self.connected)


def play(scenario: Scenario, pacer: Pacer) -> Day:
    """Return the day of `scenario` with a fresh `pacer`; raise ValueError if it decides what it may not."""
    return OutboundFloor(scenario, pacer).play()


@dataclass(slots=True)
class Call:
    """A call that was placed; times -1: not yet."""

    number: int
    fate: Fate
    placed: float
    ringing: float = -1.0
    answered: float = -1.0
    live: float = -1.0
    stage: str = "new"


class OutboundFloor:
    """One day. Calls that need an agent yet are `_flying`, those of them with a person on the line `_waiting`."""

    def __init__(self, scenario: Scenario, pacer: Pacer) -> None:
        self._scenario, self._pacer, self._agenda = scenario, pacer, Agenda()
        self._cadence = Cadence(wake=frozenset(pacer.wake))
        self._wire_rng = random.Random(f"{scenario.seed}/wire")
        self._trunk = Trunk(limits=scenario.trunk, since=0.0)
        self._roster = Roster(scenario.agents, scenario.played_s)
        self._wishes: dict[int, Absence] = {}
        self._leads: LeadList = InOrder(scenario) if scenario.scored is None else ScoredLeads(scenario, scenario.scored)
        self._flying: dict[Hashable, Call] = {}
        self._times: dict[int, tuple[float, float, float, int]] = {}
        self._waiting: dict[int, Call] = {}
        self._stages: Counter[str] = Counter()
        self._open = self._placed = self._connected = self._false_machines = self._decisions = 0
        self._ends: Counter[str] = Counter()
        self._live_times: list[float] = []
        self._drop_times: list[float] = []
        self._marks: list[Mark] = []
        self._ask_at, self._question = math.inf, 0

    def play(self) -> Day:
        scenario = self._scenario
        self._pacer.start(scenario.info)
        for absence in scenario.absences:
            self._agenda.at(absence.from_s, partial(self._wish_away, absence))
            self._agenda.at(absence.until_s, partial(self._come_back, absence))
        for agent in range(scenario.agents):
            self._get_ready(agent)
        for at_s in scenario.marks_s:
            self._agenda.at(at_s, self._mark)
        self._plan_question()
        self._agenda.run(scenario.played_s + PLAY_OUT_S)
        return Day(
            spent_s=self._roster.spent(scenario.played_s),
            placed=self._placed,
            connected=self._connected,
            ends=dict(self._ends),
            under_way=self._open,
            false_machines=self._false_machines,
            live_times=tuple(self._live_times),
            drop_times=tuple(self._drop_times),
            decisions=self._decisions,
            marks=tuple(self._marks),
        )

    def _mark(self) -> None:
        now = self._agenda.now
        self._marks.append(
            Mark(
                at_s=now,
                spent_s=self._roster.spent(now),
                placed=self._placed,
                connected=self._connected,
                live=len(self._live_times),
                drops=len(self._drop_times),
            )
        )

    # What the pacer is told and asked

    def _tell(self, kind: Kind, call: Call | None = None, agent: int = -1) -> None:
        call_and_seg = {"call": call.number, "seg": call.fate.segment} if call else {}
        event = PacingEvent(kind=kind, t=self._agenda.now, agent=agent, **call_and_seg)
        wire, rng = self._scenario.wire, self._wire_rng
        if wire == Wire():
            self._deliver(event)
            return
        for _ in range(0 if rng.random() < wire.lost else 1 + (rng.random() < wire.doubled)):
            self._agenda.after(rng.uniform(0.0, wire.late_s), partial(self._deliver, event))

    def _deliver(self, event: PacingEvent) -> None:
        self._pacer.observe(event)
        self._cadence.note(event.kind)
        self._plan_question()

    def _plan_question(self) -> None:
        due = max(self._agenda.now, self._cadence.due_at)
        if due < min(self._ask_at, self._scenario.played_s):
            self._ask_at, self._question = due, self._question + 1
            self._agenda.at(due, partial(self._ask, self._question))

    def _ask(self, question: int) -> None:
        if question != self._question:
            return  # an event brought the question forward
        self._leads.arrange(self._agenda.now, len(self._roster.of(Doing.IDLE)))
        snapshot = self._snapshot()
        decision = self._pacer.decide(snapshot)
        self._decisions += 1
        self._cadence.decided(self._agenda.now)
        self._ask_at = math.inf
        for number in decision.cancel:
            self._cancel(number)
        if decision.originate < 0:
            raise ValueError(f"the pacer wants {decision.originate} calls")
        for _ in range(min(decision.originate, int(snapshot.trunk_free), int(snapshot.cps_free), self._leads.left)):
            self._place()
        self._plan_question()

    def _snapshot(self) -> PacingSnapshot:
        scenario, now, stages = self._scenario, self._agenda.now, self._stages
        idle, talking, wrapping = map(self._roster.of, (Doing.IDLE, Doing.TALK, Doing.WRAP))
        return PacingSnapshot(
            t=now,
            cap=scenario.cap,
            day_end=scenario.end_s,
            max_wait=scenario.max_wait_s,
            n_idle=len(idle),
            n_talk=len(talking),
            n_wrap=len(wrapping),
            n_away=len(self._roster.of(Doing.AWAY)),
            n_dialing=stages["dialing"],
            n_ringing=stages["ringing"],
            n_amd=stages["amd"],
            n_waiting=stages["waiting"],
            idle=idle,
            talking=talking,
            wrapping=wrapping,
            calls=self._times,
            trunk_free=self._trunk.channels_free(self._open),
            cps_free=self._trunk.calls_free(now),
            peek=self._leads.peek,
            leaving=frozenset(agent for agent, wish in self._wishes.items() if wish.announced),
        )

    # A call, from the dial to its end

    def _place(self) -> None:
        now = self._agenda.now
        call = Call(number=self._placed, fate=self._leads.take(now), placed=now)
        self._trunk.take(now, 1)
        self._placed += 1
        self._open += 1
        self._flying[call.number] = call
        self._enter(call, "dialing")
        self._tell(Kind.PLACED, call)
        self._agenda.after(call.fate.setup_s, partial(self._ring, call))

    def _enter(self, call: Call, stage: str) -> None:
        self._stages[call.stage] -= 1
        self._stages[stage] += 1
        call.stage = stage
        if stage in IN_FLIGHT:
            self._times[call.number] = (call.placed, call.ringing, call.answered, call.fate.segment)
        elif self._flying.pop(call.number, None):
            del self._times[call.number]

    def _end(self, call: Call, kind: Kind) -> None:
        """The call is over before anybody talked."""
        self._leads.ended(call.number, answered=kind in DROPS)
        self._enter(call, "over")
        self._open -= 1
        self._ends[kind] += 1
        self._tell(kind, call)

    def _ring(self, call: Call) -> None:
        if call.fate.answers is Answers.BUSY:
            self._end(call, Kind.BUSY)
            return
        call.ringing = self._agenda.now
        self._enter(call, "ringing")
        self._tell(Kind.RINGING, call)
        if call.fate.answers is not Answers.NOTHING and call.fate.rings_s < self._scenario.ring_timeout_s:
            self._agenda.after(call.fate.rings_s, partial(self._answer, call))
        else:
            self._agenda.after(self._scenario.ring_timeout_s, partial(self._ring_out, call))

    def _ring_out(self, call: Call) -> None:
        if call.stage == "ringing":
            self._end(call, Kind.NO_ANSWER)

    def _cancel(self, number: Hashable) -> None:
        call = self._flying.get(number)
        if call is None or call.stage != "ringing" or self._agenda.now - call.ringing < MIN_RING_S:
            raise ValueError(f"call {number} may not be cancelled: it has not rung for {MIN_RING_S:g} s")
        self._end(call, Kind.NO_ANSWER)

    def _answer(self, call: Call) -> None:
        if call.stage != "ringing":
            return
        call.answered = self._agenda.now
        self._enter(call, "amd")
        self._tell(Kind.ANSWERED, call)
        if self._scenario.amd:
            self._agenda.after(call.fate.amd_s, partial(self._judge, call))
        else:
            self._live(call)

    def _judge(self, call: Call) -> None:
        person = call.fate.answers is Answers.PERSON
        if person == call.fate.amd_right:
            self._live(call)
        else:
            self._false_machines += person
            self._end(call, Kind.MACHINE)

    def _live(self, call: Call) -> None:
        call.live = self._agenda.now
        self._enter(call, "waiting")
        self._live_times.append(self._agenda.now)
        self._waiting[call.number] = call
        self._tell(Kind.LIVE, call)
        self._match()
        if call.stage == "waiting":
            hangs_up = call.fate.patience_s < self._scenario.max_wait_s
            kind = Kind.HANGUP if hangs_up else Kind.ABANDONED
            wait_s = min(call.fate.patience_s, self._scenario.max_wait_s)
            self._agenda.after(wait_s, partial(self._drop, call, kind))

    def _drop(self, call: Call, kind: Kind) -> None:
        if call.stage == "waiting":
            del self._waiting[call.number]
            self._drop_times.append(self._agenda.now)
            self._end(call, kind)

    def _match(self) -> None:
        """First come, first served, by the agent who is idle longest: both are kept in that order."""
        while self._waiting and (idle := self._roster.of(Doing.IDLE)):
            self._connect(self._waiting[next(iter(self._waiting))], next(iter(idle)))

    def _connect(self, call: Call, agent: int) -> None:
        del self._waiting[call.number]
        self._enter(call, "talking")
        self._connected += 1
        self._leads.ended(call.number, answered=True)
        self._roster.move(agent, Doing.TALK, self._agenda.now)
        self._tell(Kind.CONNECTED, call, agent)
        self._agenda.after(call.fate.talk_s, partial(self._end_talk, call, agent))

    def _end_talk(self, call: Call, agent: int) -> None:
        self._enter(call, "over")
        self._open -= 1
        self._ends[Kind.TALK_END] += 1
        self._roster.move(agent, Doing.WRAP, self._agenda.now)
        self._tell(Kind.TALK_END, call, agent)
        self._agenda.after(call.fate.wrap_s, partial(self._get_ready, agent))

    # Agents

    def _get_ready(self, agent: int) -> None:
        """Nothing holds the agent any more: ready, or away if that was wished."""
        if agent in self._wishes:
            self._roster.move(agent, Doing.AWAY, self._agenda.now)
            self._tell(Kind.AWAY, agent=agent)
            return
        self._roster.move(agent, Doing.IDLE, self._agenda.now)
        self._tell(Kind.IDLE, agent=agent)
        self._match()

    def _wish_away(self, absence: Absence) -> None:
        self._wishes[absence.agent] = absence
        if self._roster.doing(absence.agent) is Doing.IDLE:
            self._get_ready(absence.agent)

    def _come_back(self, absence: Absence) -> None:
        if self._wishes.get(absence.agent) is absence:
            del self._wishes[absence.agent]
            if self._roster.doing(absence.agent) is Doing.AWAY:
                self._get_ready(absence.agent)
