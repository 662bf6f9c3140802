"""A floor with one queue and two agents, its clock, and what happens on it, for tests."""

from datetime import UTC, datetime, timedelta

from acd.agents import AgentState
from acd.effects import CloseCall, Connect, Effect
from acd.floor import Floor
from callcenter.happenings import CallArrived, Met
from callcenter.records import Agent, Outcome, Queue, Waiting

T0 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SALES = Queue(name="sales", title="Sales", wrap_up=timedelta(seconds=15))
FIRST = Agent(id="1", name="Agent 1", phone="1001", queues=("sales",))
SECOND = Agent(id="2", name="Agent 2", phone="1002", queues=("sales",))


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def waiting(call: str, seconds: float = 0) -> Waiting:
    return Waiting(call_id=call, channel=f"PJSIP/{call}", queue="sales", since=at(seconds))


def floor_with(*agents: Agent) -> Floor:
    """A floor whose given agents are logged in, in that order, one second apart."""
    floor = Floor()
    floor.configure([FIRST, SECOND], [SALES], T0)
    for second, agent in enumerate(agents):
        floor.log_in(agent, f"leg{agent.id}", f"PJSIP/{agent.phone}", at(second))
    return floor


def call_waits(floor: Floor, call: str, seconds: float) -> list[Effect]:
    floor.observe(CallArrived(call=call, channel=f"PJSIP/{call}", did="+12025550100", caller="+1202", at=at(seconds)))
    return floor.waits(waiting(call, seconds), at(seconds))


def talking(floor: Floor, call: str, seconds: float, leg: str = "leg1") -> None:
    call_waits(floor, call, seconds)
    floor.observe(Met(legs=(leg, call), at=at(seconds)))


def connects(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(e.call, e.agent) for e in effects if isinstance(e, Connect)]


def closed(effects: list[Effect]) -> list[tuple[str, Outcome]]:
    return [(e.call, e.outcome) for e in effects if isinstance(e, CloseCall)]


def state(floor: Floor, agent: str = "1") -> AgentState:
    return floor.seats[agent].state
