"""The flow engine: one happening in, one turn out. Pure: no clock, no I/O; the session is a value.

    start(flow, call, now)                   → Turn    the call has come in
    resume(flow, session, happening, now)    → Turn    something happened to the caller who waits
    give_up(session, reason)                 → Turn    what the last turn asked for cannot be done

A *turn* runs from node to node until one must wait. Its commands are for the service to perform in order; the last one
is the wait itself or the end. Whatever happens, in whatever state, a turn is returned and the caller is never left
without a next thing: what cannot go on ends in `Fallback`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ivr.commands import Command, Fallback
from ivr.flow import Flow
from ivr.happenings import Happening, HungUp
from ivr.nodes import Step
from ivr.session import ACCEPTS, CallInfo, End, EndKind, Session, Wait

MAX_STEPS_PER_TURN: Final = 100  # nodes passed without a wait: more is a loop that says prompts for ever
MAX_TURNS_PER_CALL: Final = 1000  # answers of one caller: more is a machine talking to a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One node passed in a turn. `exit` empty: still there. `why` says what decided, for the log and the test."""

    node: str
    exit: str = ""
    why: str = ""

    def __str__(self) -> str:
        way = f"{self.node} -> {self.exit}" if self.exit else self.node
        return f"{way} ({self.why})" if self.why else way


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One burst from a happening to the next wait."""

    session: Session
    commands: tuple[Command, ...] = ()
    path: tuple[Visit, ...] = ()

    @property
    def waiting_for(self) -> Wait:
        return self.session.wait


def start(flow: Flow, call: CallInfo, now: datetime) -> Turn:
    """Return the first turn of a call."""
    session = Session(
        call_id=call.call_id,
        caller=call.caller,
        did=call.did,
        language=call.language or flow.languages[0],
        node=flow.start,
        started_at=now,
        turns=1,
    )
    return _enter(flow, session, now)


def resume(flow: Flow, session: Session, happening: Happening, now: datetime) -> Turn:
    """Return the turn that follows from `happening`; one the session does not wait for changes nothing."""
    if type(happening) not in ACCEPTS[session.wait]:
        return Turn(session=session, path=(Visit(node=session.node, why=f"{happening.kind} ignored"),))
    if isinstance(happening, HungUp):
        ended = replace(session, wait=Wait.NOTHING, end=End(kind=EndKind.CALLER))
        return Turn(session=ended, path=(Visit(node=session.node, why="caller hung up"),))
    if session.turns >= MAX_TURNS_PER_CALL:
        return _fall_back(session, f"more than {MAX_TURNS_PER_CALL} turns in one call")
    node = flow.nodes.get(session.node)
    if node is None or session.wait not in node.waits_for:
        return _fall_back(session, f"flow {flow.name!r} has no node {session.node!r} that waits for {session.wait}")
    step = node.hear(replace(session, turns=session.turns + 1), happening, now)
    return _go_on(flow, step, now)


def give_up(session: Session, reason: str) -> Turn:
    """Return the turn of a call whose commands cannot be performed: on to the fallback queue."""
    return _fall_back(session, reason)


def _enter(flow: Flow, session: Session, now: datetime) -> Turn:
    node = flow.nodes.get(session.node)
    if node is None:
        return _fall_back(session, f"node {session.node!r} is not in flow {flow.name!r}")
    return _go_on(flow, node.enter(session, now), now)


def _go_on(flow: Flow, step: Step, now: datetime) -> Turn:
    """Follow exits from `step` until a node waits or ends the call."""
    commands: list[Command] = []
    path: list[Visit] = []
    for _ in range(MAX_STEPS_PER_TURN):
        here = step.session.node
        commands.extend(step.commands)
        path.append(Visit(node=here, exit=step.exit or "", why=step.why))
        if step.exit is None:
            return Turn(session=step.session, commands=tuple(commands), path=tuple(path))
        target = flow.nodes[here].leads_to(step.exit)
        if target not in flow.nodes:
            return _fall_back(step.session, f"exit {step.exit!r} of node {here!r} leads nowhere", commands, path)
        moved = replace(step.session, node=target, tries=0, wait=Wait.NOTHING)
        step = flow.nodes[target].enter(moved, now)
    # What was to be said in the circle is not said: the caller has waited for nothing long enough.
    return _fall_back(step.session, f"more than {MAX_STEPS_PER_TURN} nodes without a wait: a loop")


def _fall_back(
    session: Session, reason: str, said: list[Command] | None = None, path: list[Visit] | None = None
) -> Turn:
    ended = replace(session, wait=Wait.NOTHING, end=End(kind=EndKind.FALLBACK, reason=reason))
    last = Visit(node=session.node, why=f"fallback: {reason}")
    return Turn(session=ended, commands=(*(said or ()), Fallback(reason=reason)), path=(*(path or ()), last))
