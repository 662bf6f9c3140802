"""queue: wait for an agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ivr.commands import Enqueue, Music, Play, Withdraw
from ivr.expressions import Expression, ExpressionError, Value, evaluate
from ivr.happenings import AgentConnected, AgentLeft, ConnectFailed, Happening, QueueFailed
from ivr.nodes.node import Call, Node, Step, spoken
from ivr.nodes.words import FlowOrNone, Intent, QueueName, Skill, SomePrompts
from ivr.promise import Promise, promise_of
from ivr.session import Session, Wait

MUSIC_S: Final = 60.0  # one piece where there is no wait flow; then the next
WAIT_FLOW: Final = "wait"  # the shipped one


class QueueNode(Node):
    """Wait for an agent of `queue`; the call goes on by `done` when the agent has left.

    `unavailable`: the queue does not exist or is switched off. `timeout`: waited here longer than `max_wait_s` (none:
    the queue's own limit). `prompts` are heard at the start of the wait, then the flow `wait_flow` runs ("": only
    music) until an agent is there, which cuts it off wherever it is. If it is left by an exit that this node has, such
    as `callback`, the caller leaves the queue by it. Whoever leaves it unserved keeps their place, for a call back or
    another queue. `agent` (an expression) is who should take the call if they are free within `agent_first_s`. In a
    call back, with `called_back`, queue, priority and skills are those that were promised.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.AGENT, Wait.TALK})
    open_exits: ClassVar[bool] = True
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["queue"] = "queue"
    v: Literal[1] = 1
    queue: Annotated[QueueName, Field(description="Whose agents it waits for.")]
    intent: Annotated[Intent | None, Field(description="What the caller wants; none: as a menu found out.")] = None
    priority: Annotated[int, Field(ge=-100, le=100, description="Larger is served first.")] = 0
    skills: Annotated[
        tuple[Skill, ...], Field(max_length=20, description="What the agent must be able to do; none: any agent.")
    ] = ()
    prompts: Annotated[SomePrompts, Field(description="Said as the wait begins.")] = ("please-wait",)
    wait_flow: Annotated[FlowOrNone, Field(description="The flow that runs during the wait; empty: only music.")] = (
        WAIT_FLOW
    )
    max_wait_s: Annotated[
        float | None, Field(gt=0, le=86_400, description="Longest wait here; none: the queue's own limit.")
    ] = None
    agent: Annotated[
        Expression | None, Field(description="Who should take the call, such as caller_last_agent; none: anybody.")
    ] = None
    agent_first_s: Annotated[
        float, Field(gt=0, le=600, description="How long that agent alone may take it; then anybody.")
    ] = 30.0
    called_back: Annotated[
        bool, Field(description="In a call back: the queue that was promised; `queue` only if none was.")
    ] = False

    def required_exits(self) -> tuple[str, ...]:
        return ("done", "unavailable")

    def optional_exits(self) -> Mapping[str, str]:
        return {"timeout": "unavailable"}

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions_used()
        if self.agent is not None:
            yield "agent", self.agent

    def queues_used(self) -> Iterator[tuple[str, str]]:
        if not self.called_back:
            yield "queue", self.queue

    def flows_used(self) -> Iterator[tuple[str, str]]:
        if self.wait_flow:
            yield "wait_flow", self.wait_flow

    def enter(self, session: Session, now: datetime) -> Step:
        if session.queued:
            return Step(session=session, exit="unavailable", why="waits in a queue already")
        known = session if self.intent is None else session.with_intent(self.intent)
        return self._wait(known.but(since=now), spoken(self.prompts, session, now))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case AgentConnected():
                return Step(session=session.but(wait=Wait.TALK))
            case AgentLeft(agent=agent):
                served = session.but(since=None, kept_since=None, agent=agent or session.agent)
                return Step(session=served, exit="done")
            case QueueFailed(reason=QueueFailed.TIMEOUT):
                return Step(session=_unserved(session), exit="timeout", why="waited too long")
            case QueueFailed(reason=reason):
                return Step(session=_unserved(session), exit="unavailable", why=reason)
            case ConnectFailed():
                # They asked first and still come first: the wait goes on from where it began.
                return replace(self._wait(session, ()), why="connect failed")
            case _:
                return _music(session)

    def returned(self, session: Session, exit: str, results: Mapping[str, Value], now: datetime) -> Step:
        if exit not in self.exits:
            return self._company(session, ())  # nothing of ours: the wait goes on
        return Step(session=_unserved(session), commands=(Withdraw(),), exit=exit)

    def not_run(self, session: Session, problem: str, now: datetime) -> Step | None:
        return replace(_music(session), why=problem)  # a queue without company is still a queue

    def _wait(self, session: Session, prompts: tuple[str, ...]) -> Step:
        step = self._company(session, prompts)
        return replace(step, commands=(self._enqueue(session), *step.commands))

    def _company(self, session: Session, prompts: tuple[str, ...]) -> Step:
        said = (Play(prompts=prompts, language=session.language, interruptible=False),) if prompts else ()
        if self.wait_flow:
            return Step(session=session, commands=said, call=Call(flow=self.wait_flow, queued=True))
        step = _music(session)
        return replace(step, commands=(*said, *step.commands))

    def _enqueue(self, session: Session) -> Enqueue:
        entered = session.since or session.started_at
        promised = promise_of(session) if self.called_back else None
        here = promised or Promise(queue=self.queue, priority=self.priority, skills=self.skills)
        return Enqueue(
            queue=here.queue,
            since=session.kept_since or entered,
            entered=entered,
            intent=session.intent,
            priority=here.priority,
            skills=here.skills,
            language=session.language,
            data={name: value for name, value in session.variables.items() if not name.startswith("_")},
            max_wait_s=self.max_wait_s,
            agent=self._agent(session),
            agent_first_s=self.agent_first_s,
        )

    def _agent(self, session: Session) -> str:
        if self.agent is None:
            return ""
        try:
            return str(evaluate(self.agent, session.scope) or "")
        except ExpressionError:
            return ""  # no wish: any agent


def _music(session: Session) -> Step:
    return Step(session=session.but(wait=Wait.AGENT), commands=(Music(seconds=MUSIC_S),))


def _unserved(session: Session) -> Session:
    return session.but(since=None, kept_since=session.kept_since or session.since)
