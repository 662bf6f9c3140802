"""`python -m bench.campaign`: a predictive campaign on the real Asterisk, and the simulator with the same parameters.

Twelve simulated agents talk for about 8 s, a simulated carrier lets people, machines, busy lines and nobody answer, AMD
listens, our services are processes of their own. What came of it is what the carrier logged: who answered, when they
heard an agent, or the message. The simulator plays days of the same length with people drawn from the same habits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.demo import centre as demo
from app.onebox import Blueprint
from bench import campaign_plot
from bench.centre import blueprint_of, document_of, running
from callcenter.adapters.store import Store
from callcenter.outbound import AMD_SILENCE, AMD_TAKES, Attempt, AttemptOutcome, Campaign, CampaignState, Lead
from callcenter.records import AgentChange
from dialer.pacing import make_pacer
from sim.outbound import Day, play
from sim.people import Answers, Fate, People
from sim.phones.agents import AgentPhones
from sim.phones.carrier import Carrier
from sim.phones.people import Habits, Outcome, PlanOf, Spread, people
from sim.phones.plans import Line, PhoneCall
from sim.scenario import Scenario

HERE: Final = Path(__file__).parent
JSON: Final = HERE / "campaign.json"
PLOT: Final = HERE / "campaign.svg"
QUEUE: Final = "sales"
AGENTS: Final = tuple(str(number) for number in range(21, 33))
WRAP_UP_S: Final = 2
MAX_WAIT_S: Final = 2.0
RING_S: Final = 22.0
SIM_DAYS: Final = 12
# 555-01xx is set aside for fiction in every area; these have 3,000 of them.
AREAS: Final = (
    "205", "206", "208", "209", "214", "215", "216", "218", "219", "225", "228", "229", "231", "234", "239",
    "240", "248", "251", "252", "253", "254", "256", "260", "262", "267", "269", "270", "276", "281", "301",
)  # fmt: skip
HABITS: Final = Habits(
    shares={
        Outcome.ANSWERS: 0.35,
        Outcome.NO_ANSWER: 0.37,
        Outcome.MACHINE: 0.15,
        Outcome.BUSY: 0.08,
        Outcome.INVALID: 0.03,
        Outcome.DECLINES: 0.02,
    },
    post_dial=Spread(median_s=1.0),
    ring=Spread(median_s=6.0, sigma=0.5),
    talk=Spread(median_s=7.4, sigma=0.4),
)
GATE_S: Final = 0.1  # from the reservation to the INVITE, as seen in the ledger
MACHINE_S: Final = 1.5  # of speech, and AMD takes it for a machine (amd.conf, greeting)
WITHIN_POINTS: Final = 4.0
MOST_DROPS: Final = 0.03
SLACK_S: Final = 0.3  # the machine may be busy, and packets come every 20 ms
AT_WORK: Final = frozenset({"reserved", "on-call", "wrap-up"})
THERE: Final = AT_WORK | {"ready"}


def numbers() -> list[str]:
    return [f"+1{area}55501{index:02d}" for index in range(100) for area in AREAS]


class Same(People):
    """The simulator's people, with the habits of those whom the carrier connects."""

    def fate(self, seed: int, lead: int) -> Fate:
        digits = numbers()[lead % 3_000]
        plan = people([digits], seed * 1_000 + lead // 3_000, HABITS)(digits)
        rng = random.Random(f"{seed}/{lead}/amd")
        heard_s = plan.greeting_s + AMD_SILENCE.total_seconds()  # AMD knows that it is a person
        left_s = math.inf if plan.patience_s is None else plan.patience_s
        machine = plan.outcome is Outcome.MACHINE
        gone = plan.outcome is Outcome.ANSWERS and left_s < heard_s  # hung up while AMD listened: no person for anybody
        declines = plan.outcome is Outcome.DECLINES
        answers = _ANSWERS.get(plan.outcome, Answers.NOTHING)
        return Fate(
            answers=Answers.BUSY if declines else Answers.MACHINE if gone else answers,
            segment=0,
            setup_s=GATE_S + plan.post_dial_s + (plan.ring_s if declines else 0.0),
            rings_s=plan.ring_s,
            amd_s=MACHINE_S + 0.3 if machine else min(left_s, heard_s),
            amd_right=True,
            patience_s=left_s - heard_s,
            talk_s=(plan.talk_s or 10.0) + rng.uniform(0.0, 0.2),
            wrap_s=float(WRAP_UP_S),
        )


_ANSWERS: Final[Mapping[Outcome, Answers]] = {
    Outcome.ANSWERS: Answers.PERSON,
    Outcome.MACHINE: Answers.MACHINE,
    Outcome.BUSY: Answers.BUSY,
    Outcome.INVALID: Answers.BUSY,
}


# ------------------------------------------------------------------------------------------------ the real centre


def _blueprint(folder: Path) -> Blueprint:
    """Twelve agents of one queue, a trunk wide enough."""
    document = document_of(dict.fromkeys(AGENTS, (QUEUE,)), rtp_first=17_000, wrap_up_s=WRAP_UP_S)
    document["trunk"][0] |= {"calls_per_second": 20.0, "channels": 120}
    return blueprint_of("bench-campaign", folder, document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a campaign: the carrier's word, the ledger's, the agents' states; `message_s`: when each of those
    who heard no agent heard the message, from the end of their greeting, None: hung up before."""

    since: datetime
    until: datetime
    calls: tuple[PhoneCall, ...]
    attempts: list[Attempt]
    changes: list[AgentChange]
    first_sound_s: list[float]
    message_s: list[float]
    gone: int


async def call_out(minutes: float, leads: int, options: argparse.Namespace) -> Seen:
    """Call a list of so many leads, which should last so many minutes, and return what came of it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with running(_blueprint(Path(folder))) as bench:
            port = bench.box.blueprint.centre.sip.port
            line = Line(name="agents", server_port=port, local_ip=demo.PHONE_ADDRESS)
            trunk = Line(name="carrier", server_port=port, local_ip=demo.TRUNK_ADDRESS)
            network = replace(trunk, local_port=bench.box.blueprint.centre.trunks[0].port)
            plan_of = people(numbers(), options.seed, HABITS)
            async with AgentPhones(bench.phones, line) as agents:
                await agents.log_in_all()
                await asyncio.sleep(4.0)  # "you are logged in" is said
                async with Carrier(network, plan_of, agents=agents.tones, record=True) as carrier:
                    campaign = await _prepare(bench.store, options.cap, options.mode, leads)
                    return await _run(bench.store, carrier, plan_of, campaign, minutes)


async def _prepare(store: Store, cap: float, mode: str, leads: int) -> Campaign:
    now = datetime.now(UTC)
    campaign = replace(
        demo.campaigns(now)[0],
        queue=QUEUE,
        mode=mode,
        cap=cap,
        amd=True,
        amd_misses=0.0,
        ring=timedelta(seconds=RING_S),
        max_wait=timedelta(seconds=MAX_WAIT_S),
        message="/usr/share/callcenter/prompts/en/goodbye",
    )
    await store.put_campaign(campaign)
    chosen = numbers()[:leads]
    await store.add_leads(
        [Lead(campaign=campaign.name, number=n, consent="bench", next_at=now, created_at=now) for n in chosen]
    )
    return campaign


async def _run(store: Store, carrier: Carrier, plan_of: PlanOf, campaign: Campaign, minutes: float) -> Seen:
    since = datetime.now(UTC)
    await store.set_campaign_state(campaign.name, CampaignState.RUNNING)
    async with asyncio.timeout(120.0 * minutes):
        while await store.leads_left(campaign.name, since):
            await asyncio.sleep(1.0)
            _tell(carrier, since)
    until = datetime.now(UTC)
    async with asyncio.timeout(120.0):
        while await store.open_attempts():  # noqa: ASYNC110 - the database tells nobody when it changes
            await asyncio.sleep(0.5)
    first, message, gone = _heard(carrier, plan_of)
    return Seen(
        since=since,
        until=until,
        calls=carrier.calls,
        attempts=await store.attempts(campaign.name, since - timedelta(minutes=1), until + timedelta(1), 100_000),
        changes=await store.agent_changes(None, since - timedelta(hours=1), until),
        first_sound_s=first,
        message_s=message,
        gone=gone,
    )


def _tell(carrier: Carrier, since: datetime) -> None:
    if sys.stdout.isatty():
        persons = [call for call in carrier.calls if call.expected == Outcome.ANSWERS and call.answered_at]
        told = (
            f"{(datetime.now(UTC) - since).total_seconds():4.0f} s: {len(carrier.calls)} calls, {len(persons)} people"
        )
        print(told, end="\r", flush=True)


def _heard(carrier: Carrier, plan_of: PlanOf) -> tuple[list[float], list[float], int]:
    """Return when people heard the first sound after their greeting, those of them without an agent apart, and how
    many of these heard nothing because they hung up."""
    first, message, gone = [], [], 0
    for call in carrier.calls:
        leg = carrier.leg(call)
        if call.expected != Outcome.ANSWERS or call.answered_at is None or leg.port is None:
            continue
        greeting_s = plan_of(call.number).greeting_s
        at = leg.port.first_heard_at
        waited = None if at is None else at - call.answered_at.timestamp() - greeting_s
        if waited is not None:
            first.append(waited)
        if not call.agents_heard:
            gone += waited is None
            message += [] if waited is None else [waited]
    return first, message, gone


# ------------------------------------------------------------------------------------------------ what it means


def utilisation(changes: Sequence[AgentChange], since: datetime, until: datetime) -> float:
    """Return the share of their time on duty that agents were on a call or wrapped up."""
    work = there = 0.0
    for agent in {change.agent for change in changes}:
        own = sorted((change for change in changes if change.agent == agent), key=lambda change: change.at)
        for change, after in zip(own, [*(c.at for c in own[1:]), until], strict=True):
            span = (min(after, until) - max(change.at, since)).total_seconds()
            there += max(0.0, span) * (change.state in THERE)
            work += max(0.0, span) * (change.state in AT_WORK)
    return work / there


def simulated(minutes: float, cap: float, mode: str, seeds: Sequence[int]) -> list[Day]:
    """Return days of that length."""
    wait_s = MAX_WAIT_S - AMD_TAKES.total_seconds()
    days = []
    for seed in seeds:
        scenario = Scenario(
            agents=len(AGENTS), hours=minutes / 60, seed=seed, people=Same(), cap=cap, max_wait_s=wait_s,
            ring_timeout_s=RING_S, amd=True, leads=len(numbers()),
        )  # fmt: skip
        days.append(play(scenario, make_pacer(mode)))
    return days


def judged(seen: Seen, days: Sequence[Day]) -> dict[str, Any]:
    """Return the figures, and whether each is as it must be."""
    persons = [call for call in seen.calls if call.expected == Outcome.ANSWERS and call.answered_at]
    alone = [call for call in persons if not call.agents_heard]
    outcomes = [attempt.outcome for attempt in seen.attempts]
    live = sum(outcome in {AttemptOutcome.CONNECTED, AttemptOutcome.DROPPED} for outcome in outcomes)
    drops = outcomes.count(AttemptOutcome.DROPPED)
    real, model = utilisation(seen.changes, seen.since, seen.until), statistics.mean(day.utilisation for day in days)
    late = [waited for waited in seen.message_s if waited > MAX_WAIT_S + SLACK_S]
    return {
        "minutes": (seen.until - seen.since).total_seconds() / 60,
        "calls": len(seen.calls),
        "people who answered": len(persons),
        "people who heard no agent": len(alone),
        "of them hung up before the message": seen.gone,
        "people taken for machines": _mistaken(seen, persons),
        "live, as the ledger counts": live,
        "drops, as the ledger counts": drops,
        "hung up while AMD listened": outcomes.count(AttemptOutcome.ABANDONED),
        "drop rate": drops / max(1, live),
        "utilisation": real,
        "utilisation, simulated": model,
        "utilisation, simulated, standard deviation of a day": statistics.stdev(day.utilisation for day in days),
        "drop rate, simulated": statistics.mean(day.drop_rate for day in days),
        "message after the greeting, latest (s)": max(seen.message_s, default=None),
        "ok": {
            f"within {WITHIN_POINTS:g} points of the simulator": abs(real - model) <= WITHIN_POINTS / 100,
            "drop rate": drops <= MOST_DROPS * live,
            "every drop got the message in time": not late,
        },
    }


def _mistaken(seen: Seen, persons: Sequence[PhoneCall]) -> int:
    machines = {a.number for a in seen.attempts if a.outcome is AttemptOutcome.MACHINE}
    return sum("+" + call.number.removeprefix("+") in machines for call in persons)


def main() -> int:
    parser = argparse.ArgumentParser(description="A predictive campaign on the real Asterisk, and in the simulator")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=float, default=0.03)
    parser.add_argument("--mode", default="predictive")
    options = parser.parse_args()
    days = simulated(options.minutes, options.cap, options.mode, range(1, SIM_DAYS + 1))
    seen = asyncio.run(call_out(options.minutes, round(statistics.mean(day.placed for day in days)), options))
    result = judged(seen, days)
    JSON.write_text(json.dumps(result, indent=2) + "\n")
    PLOT.write_text(campaign_plot.draw(seen.changes, seen.attempts, seen.since, seen.until))
    print(json.dumps(result, indent=2))
    print(f"written: {JSON.name}, {PLOT.name}")
    return 0 if all(result["ok"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
