"""queue: wait for an agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivr.commands import Enqueue
from ivr.happenings import AgentConnected, AgentLeft, ConnectFailed, Happening, QueueFailed
from ivr.nodes.node import NAME, Node, PromptKey, Step
from ivr.session import INTENT, Session, Wait

QueueName = Annotated[str, StringConstraints(pattern=NAME)]


class QueueNode(Node):
    """Wait for an agent of `queue`; the call goes on by `done` when the agent has left.

    `unavailable`: the queue does not exist or is switched off. `timeout`: waited longer than `max_wait_s` (none: the
    queue's own limit). `prompts` are heard at the start of the wait and cut off the moment an agent is there.
    """

    waits_for = frozenset({Wait.AGENT, Wait.TALK})

    kind: Literal["queue"] = "queue"
    v: Literal[1] = 1
    queue: QueueName
    intent: str | None = None  # None: what a menu has found out
    priority: Annotated[int, Field(ge=-100, le=100)] = 0  # larger is served first
    skills: tuple[str, ...] = ()
    prompts: Annotated[tuple[PromptKey, ...], Field(max_length=20)] = ("please-wait",)
    max_wait_s: Annotated[float, Field(gt=0, le=86_400)] | None = None

    def required_exits(self) -> tuple[str, ...]:
        return ("done", "unavailable")

    def optional_exits(self) -> Mapping[str, str]:
        return {"timeout": "unavailable"}

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from (("prompts", key) for key in self.prompts)

    def enter(self, session: Session, now: datetime) -> Step:
        known = session if self.intent is None else session.with_intent(self.intent)
        waiting = replace(known, wait=Wait.AGENT, since=now)
        return Step(session=waiting, commands=(self._enqueue(waiting, now, self.prompts),))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case AgentConnected():
                return Step(session=replace(session, wait=Wait.TALK))
            case AgentLeft():
                return Step(session=replace(session, since=None), exit="done")
            case QueueFailed(reason=QueueFailed.TIMEOUT):
                return Step(session=replace(session, since=None), exit="timeout", why="waited too long")
            case QueueFailed(reason=reason):
                return Step(session=replace(session, since=None), exit="unavailable", why=reason)
            case ConnectFailed():
                # They asked first and still come first: the wait goes on from where it began.
                since = session.since or now
                waiting = replace(session, wait=Wait.AGENT, since=since)
                return Step(session=waiting, commands=(self._enqueue(waiting, since, ()),), why="connect failed")
            case _:
                return Step(session=session)

    def _enqueue(self, session: Session, since: datetime, prompts: tuple[str, ...]) -> Enqueue:
        return Enqueue(
            queue=self.queue,
            since=since,
            intent=session.intent,
            priority=self.priority,
            skills=self.skills,
            language=session.language,
            data={name: value for name, value in session.variables.items() if name != INTENT},
            prompts=prompts,
            max_wait_s=self.max_wait_s,
        )
