"""The flow engine: one happening in, one turn out. Pure: no clock, no I/O; the session is a value.

    start(bundle, call, now)                 → Turn    the call has come in
    resume(bundle, session, happening, now)  → Turn    something happened to the caller who waits
    give_up(session, reason)                 → Turn    what the last turn asked for cannot be done

A *turn* runs from node to node, into flows and out of them, until one must wait. Its commands are for the service to
perform in order; the last one is the wait itself or the end. Whatever happens, in whatever state, a turn is returned
and the caller is never left without a next thing: what cannot go on ends in `Fallback`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ivr.bundle import Bundle
from ivr.commands import Command, Fallback, Hangup
from ivr.happenings import Digits, Happening, Heard, HungUp, NoInput, QueueFailed
from ivr.nodes import Step
from ivr.nodes.node import Call, Node
from ivr.session import ACCEPTS, OF_THE_QUEUE, CallInfo, End, EndKind, Session, Wait

MAX_STEPS_PER_TURN: Final = 100  # nodes passed without a wait: more is a loop that says prompts for ever
MAX_TURNS_PER_CALL: Final = 1000  # answers of one caller: more is a machine talking to a machine
MAX_SPINS: Final = 20  # answers of other systems without one of the caller: more is a loop that asks them for ever
MAX_DEPTH: Final = 8  # flows within flows: more is a flow that runs itself
NORMAL_CLEARING: Final = 16  # Q.850


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One node passed in a turn. `exit` empty: still there. `why` says what decided, for the log and the test."""

    flow: str
    node: str
    exit: str = ""
    why: str = ""
    inner: bool = False  # of a flow that another flow runs: shown with its name

    def __str__(self) -> str:
        place = f"{self.flow}:{self.node}" if self.inner else self.node
        way = f"{place} -> {self.exit}" if self.exit else place
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


def start(bundle: Bundle, call: CallInfo, now: datetime) -> Turn:
    """Return the first turn of a call."""
    flow = bundle.flow
    session = Session(
        call_id=call.call_id,
        caller=call.caller,
        did=call.did,
        language=call.language or flow.languages[0],
        flow=flow.name,
        node=flow.start,
        started_at=now,
        turns=1,
        kept_since=call.since,
        intent=call.intent,
        variables=call.variables,
        versions=bundle.versions,
    )
    return _enter(bundle, session, now)


def resume(bundle: Bundle, session: Session, happening: Happening, now: datetime) -> Turn:
    """Return the turn that follows from `happening`; one the session does not wait for changes nothing."""
    of_the_queue = session.queued and session.end is None and type(happening) in OF_THE_QUEUE
    if not of_the_queue and type(happening) not in ACCEPTS[session.wait]:
        return Turn(session=session, path=(_visit(session, why=f"{happening.kind} ignored"),))
    if isinstance(happening, HungUp):
        return _hung_up(bundle, session, now)
    if of_the_queue:
        session = _back_in_the_queue(session)
    heard = isinstance(happening, Digits | Heard | NoInput)
    # Somebody who waits in a queue turns round and round; how long is the queue's matter.
    counted = session if session.queued else session.but(turns=session.turns + 1)
    # A queue that fails at once, again and again, is another system too; agents come and go in their own time.
    free = heard or (of_the_queue and not isinstance(happening, QueueFailed))
    counted = counted.but(spins=0 if free else session.spins + 1)
    if counted.turns > MAX_TURNS_PER_CALL:
        return _fall_back(session, f"more than {MAX_TURNS_PER_CALL} turns in one call")
    if counted.spins > MAX_SPINS:
        return _fall_back(session, f"other systems were asked more than {MAX_SPINS} times without the caller: a loop")
    node = _node(bundle, counted)
    if node is None or (not of_the_queue and session.wait not in node.waits_for):
        return _fall_back(session, f"flow {session.flow!r} has no node {session.node!r} that waits for {session.wait}")
    return _go_on(bundle, node.hear(counted, happening, now), now)


def give_up(session: Session, reason: str) -> Turn:
    """Return the turn of a call whose commands cannot be performed: on to the fallback queue."""
    return _fall_back(session, reason)


def _enter(bundle: Bundle, session: Session, now: datetime) -> Turn:
    node = _node(bundle, session)
    if node is None:
        return _fall_back(session, f"node {session.node!r} is not in flow {session.flow!r}")
    return _go_on(bundle, node.enter(session, now), now)


def _go_on(bundle: Bundle, step: Step, now: datetime) -> Turn:
    """Follow exits from `step` until a node waits or ends the call."""
    commands: list[Command] = []
    path: list[Visit] = []
    for _ in range(MAX_STEPS_PER_TURN):
        commands.extend(step.commands)
        path.append(_visit(step.session, exit=step.exit or step.leave or "", why=step.why))
        if step.exit is None and step.call is None and step.leave is None:
            session = step.session if step.session.end is None else step.session.but(secrets={})
            return Turn(session=session, commands=tuple(commands), path=tuple(path))
        moved = _moved(bundle, step, now)
        if isinstance(moved, str):
            return _fall_back(step.session, moved, commands, path)
        step = moved
    # What was to be said in the circle is not said: the caller has waited for nothing long enough.
    return _fall_back(step.session, f"more than {MAX_STEPS_PER_TURN} nodes without a wait: a loop")


def _moved(bundle: Bundle, step: Step, now: datetime) -> Step | str:
    """Return the first step at the place where `step` leads, or why it leads nowhere."""
    if step.call is not None:
        return _called(bundle, step.session, step.call, now)
    if step.leave is not None:
        return _left(bundle, step.session, step.leave, now)
    session, exit = step.session, step.exit or ""
    here = _node(bundle, session)
    target = here.leads_to(exit) if here else None
    moved = session.but(node=target or "", tries=0, stage="", wait=Wait.NOTHING)
    node = _node(bundle, moved)
    if node is None:
        return f"exit {exit!r} of node {session.node!r} leads nowhere"
    return node.enter(moved, now)


def _called(bundle: Bundle, session: Session, call: Call, now: datetime) -> Step | str:
    flow, caller = bundle.flows.get(call.flow), _node(bundle, session)
    problem = ""
    if flow is None:
        problem = f"flow {call.flow!r}, which node {session.node!r} runs, does not exist"
    elif len(session.outer) >= MAX_DEPTH:
        problem = f"more than {MAX_DEPTH} flows within one another: a loop"
    if flow is None or problem:
        return (caller.not_run(session, problem, now) if caller else None) or problem
    inner = session.but(
        outer=(*session.outer, session.frame(queued=call.queued)),
        flow=flow.name,
        node=flow.start,
        tries=0,
        stage="",
        wait=Wait.NOTHING,
        variables=call.variables,
    )
    node = _node(bundle, inner)
    return f"node {flow.start!r} is not in flow {flow.name!r}" if node is None else node.enter(inner, now)


def _hung_up(bundle: Bundle, session: Session, now: datetime) -> Turn:
    """Return the last turn of a caller who is gone: what their node still wants done needs no telephone."""
    node = _node(bundle, session)
    commands = node.hung_up(session, now) if node else ()
    ended = session.but(wait=Wait.NOTHING, end=End(kind=EndKind.CALLER, outcome=session.outcome), secrets={})
    return Turn(session=ended, commands=commands, path=(_visit(session, why="caller hung up"),))


def _left(bundle: Bundle, session: Session, exit: str, now: datetime) -> Step | str:
    """Go back to the node that runs this flow. A flow that nobody runs is over: the call ends."""
    if not session.outer:
        end = End(kind=EndKind.HANGUP, cause=NORMAL_CLEARING, outcome=session.outcome)
        ended = session.but(wait=Wait.NOTHING, end=end, secrets={})
        return Step(session=ended, commands=(Hangup(),), why=f"left by {exit}")
    *outer, frame = session.outer
    back = session.back_in(frame, tuple(outer)).but(wait=Wait.NOTHING)
    node = _node(bundle, back)
    if node is None:
        return f"node {frame.node!r}, which ran flow {session.flow!r}, is not in flow {frame.flow!r}"
    return node.returned(back, exit, session.variables, now)


def _back_in_the_queue(session: Session) -> Session:
    """Return the session at the queue node, out of the wait flow and whatever that runs."""
    for depth in reversed(range(len(session.outer))):
        if session.outer[depth].queued:
            return session.back_in(session.outer[depth], session.outer[:depth])
    return session


def _node(bundle: Bundle, session: Session) -> Node | None:
    flow = bundle.flows.get(session.flow)
    return flow.nodes.get(session.node) if flow else None


def _visit(session: Session, *, exit: str = "", why: str = "") -> Visit:
    return Visit(flow=session.flow, node=session.node, exit=exit, why=why, inner=bool(session.outer))


def _fall_back(
    session: Session, reason: str, said: list[Command] | None = None, path: list[Visit] | None = None
) -> Turn:
    ended = session.but(wait=Wait.NOTHING, end=End(kind=EndKind.FALLBACK, reason=reason), secrets={})
    last = _visit(session, why=f"fallback: {reason}")
    return Turn(session=ended, commands=(*(said or ()), Fallback(reason=reason)), path=(*(path or ()), last))
