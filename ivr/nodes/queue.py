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
from ivr.nodes.node import Call, Node, Step, expressions_in, keys_in, spoken
from ivr.nodes.words import FlowName, QueueName, SomePrompts
from ivr.session import Session, Wait

MUSIC_S: Final = 60.0  # one piece where there is no wait flow; then the next
WAIT_FLOW: Final = "wait"  # the shipped one


class QueueNode(Node):
    """Wait for an agent of `queue`; the call goes on by `done` when the agent has left.

    `unavailable`: the queue does not exist or is switched off. `timeout`: waited longer than `max_wait_s` (none: the
    queue's own limit). `prompts` are heard at the start of the wait, then the flow `wait_flow` runs ("": music only)
    until an agent is there, which cuts it off wherever it is. If it is left by an exit that this node has, such as
    `callback`, the caller leaves the queue by it; they keep their place for a call back. `agent` (an expression) is who
    should take the call if they are free within `agent_first_s`.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.AGENT, Wait.TALK})
    open_exits: ClassVar[bool] = True

    kind: Literal["queue"] = "queue"
    v: Literal[1] = 1
    queue: QueueName
    intent: str | None = None  # None: what a menu has found out
    priority: Annotated[int, Field(ge=-100, le=100)] = 0  # larger is served first
    skills: tuple[str, ...] = ()
    prompts: SomePrompts = ("please-wait",)
    wait_flow: FlowName | Literal[""] = WAIT_FLOW
    max_wait_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    agent: Expression | None = None
    agent_first_s: Annotated[float, Field(gt=0, le=600)] = 30.0

    def required_exits(self) -> tuple[str, ...]:
        return ("done", "unavailable")

    def optional_exits(self) -> Mapping[str, str]:
        return {"timeout": "unavailable"}

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from keys_in("prompts", self.prompts)

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from expressions_in("prompts", self.prompts)
        if self.agent is not None:
            yield "agent", self.agent

    def queues_used(self) -> Iterator[tuple[str, str]]:
        yield "queue", self.queue

    def flows_used(self) -> Iterator[tuple[str, str]]:
        if self.wait_flow:
            yield "wait_flow", self.wait_flow

    def enter(self, session: Session, now: datetime) -> Step:
        if session.queued:
            return Step(session=session, exit="unavailable", why="waits in a queue already")
        known = session if self.intent is None else session.with_intent(self.intent)
        return self._wait(known, session.kept_since or now, spoken(self.prompts, session))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case AgentConnected():
                return Step(session=replace(session, wait=Wait.TALK))
            case AgentLeft(agent=agent):
                served = replace(session, since=None, kept_since=None, agent=agent or session.agent)
                return Step(session=served, exit="done")
            case QueueFailed(reason=QueueFailed.TIMEOUT):
                return Step(session=replace(session, since=None), exit="timeout", why="waited too long")
            case QueueFailed(reason=reason):
                return Step(session=replace(session, since=None), exit="unavailable", why=reason)
            case ConnectFailed():
                # They asked first and still come first: the wait goes on from where it began.
                step = self._wait(session, session.since or now, ())
                return replace(step, why="connect failed")
            case _:
                return Step(session=replace(session, wait=Wait.AGENT), commands=(Music(seconds=MUSIC_S),))

    def returned(self, session: Session, exit: str, results: Mapping[str, Value], now: datetime) -> Step:
        if exit not in self.exits:
            return self._company(session, ())  # nothing of ours: the wait goes on
        left = replace(session, since=None, kept_since=session.since)
        return Step(session=left, commands=(Withdraw(),), exit=exit)

    def _wait(self, session: Session, since: datetime, prompts: tuple[str, ...]) -> Step:
        waiting = replace(session, wait=Wait.AGENT, since=since)
        step = self._company(waiting, prompts)
        return replace(step, commands=(self._enqueue(waiting, since), *step.commands))

    def _company(self, session: Session, prompts: tuple[str, ...]) -> Step:
        said = (Play(prompts=prompts, language=session.language, interruptible=False),) if prompts else ()
        if self.wait_flow:
            return Step(session=session, commands=said, call=Call(flow=self.wait_flow, queued=True))
        return Step(session=replace(session, wait=Wait.AGENT), commands=(*said, Music(seconds=MUSIC_S)))

    def _enqueue(self, session: Session, since: datetime) -> Enqueue:
        return Enqueue(
            queue=self.queue,
            since=since,
            intent=session.intent,
            priority=self.priority,
            skills=self.skills,
            language=session.language,
            data=dict(session.variables),
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
