"""A call that nobody makes, as far as its steps go: a test case without expectations, run to where it waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from callcenter.errors import CallCenterError
from desk.models.flows import Heard
from desk.models.simulation import Asks, Ended, Passed, Performed, Place, Simulation, Stopped, WaitingFor
from ivr.bundle import Bundle
from ivr.commands import Collect, Enqueue, Fetch, Music, Record, as_json
from ivr.testing.call import VirtualCall
from ivr.testing.caller import Listener, act
from ivr.testing.cases import Case, Given, Step
from ivr.testing.expecting import Seen
from ivr.testing.recording import recorded
from ivr.testing.runner import as_given, situation_of
from ivr.testing.voice import Voice
from ivr.testing.world import GivenWorld, NotGiven

NAME: Final = "simulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A call after its steps, and why it stopped before their end, if it did."""

    call: VirtualCall
    failure: Stopped | None


def simulate(bundle: Bundle, given: Given, steps: Sequence[Step], voice: Voice) -> Simulation:
    """Return how a call stands after `steps`."""
    ran = _run(bundle, given, steps, voice)
    call, session = ran.call, ran.call.turn.session
    seen = Seen.of(call)
    return Simulation(
        heard=[Heard.model_validate(said) for said in call.heard],
        path=_path(call),
        at=Place(flow=session.flow, node=session.node),
        waiting_for=_waiting_for(call),
        asks=_asks(call),
        variables=dict(seen.variables),
        intent=session.intent,
        language=session.language,
        queue=_queue(call),
        performed=[Performed(kind=command.kind, fields=_fields(command)) for command in call.performed],
        end=_end(call, seen),
        clock=call.now,
        elapsed_s=round(call.now_s, 3),
        failure=ran.failure,
    )


def record(bundle: Bundle, given: Given, steps: Sequence[Step], voice: Voice, name: str = "") -> Case:
    """Return the test case in which the same happens again; raise NotGiven or CannotHappen if it cannot go on."""
    ran = _run(bundle, given, steps, voice)
    if ran.failure is not None:
        where = f"step {ran.failure.step}: " if ran.failure.step else ""
        raise NotGiven(f"{where}{ran.failure.text}")
    return recorded(steps, given, Seen.of(ran.call), name)


def _run(bundle: Bundle, given: Given, steps: Sequence[Step], voice: Voice) -> Ran:
    case = Case(name=NAME, given=given, steps=tuple(steps))
    call = VirtualCall(as_given(bundle, given), situation_of(case, voice), GivenWorld(given))
    listener, number = Listener(call), 0
    try:
        call.settle()
        for number, step in enumerate(steps, 1):  # noqa: B007 - told where it stopped
            act(call, listener, step)
        number = 0
        call.settle()
    except CallCenterError as error:
        return Ran(call=call, failure=Stopped(step=number, text=str(error), needs=_needs(call, error)))
    return Ran(call=call, failure=None)


def _needs(call: VirtualCall, error: CallCenterError) -> str:
    asked = call.performed[-1] if call.performed else None
    return "http" if isinstance(error, NotGiven) and isinstance(asked, Fetch) else ""


def _path(call: VirtualCall) -> list[Passed]:
    whys: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for turn in call.turns:
        for visit in turn.path:
            whys[visit.flow, visit.node, visit.exit].append(visit.why)
    path = []
    for row in call.trail.rows():
        reasons = whys[row.flow, row.node, row.exit]
        path.append(Passed(flow=row.flow, node=row.node, exit=row.exit, why=reasons.pop(0) if reasons else ""))
    return path


def _waiting_for(call: VirtualCall) -> WaitingFor:  # noqa: PLR0911 - a table
    if call.ended:
        return "nothing"
    if call.talking:
        return "agent"
    match call.question:
        case Collect(phrases=phrases) if phrases and call.situation.speech:
            return "speech"
        case Collect():
            return "keys"
        case Record():
            return "recording"
    if call.queued:
        return "queue"
    return "music" if isinstance(call.question, Music) else "nothing"


def _asks(call: VirtualCall) -> Asks | None:
    if call.ended or call.talking:
        return None
    match call.question:
        case Collect() as asked:
            return Asks(
                max_digits=asked.max_digits,
                terminator=asked.terminator,
                timeout_s=asked.timeout_s,
                phrases={choice: list(words) for choice, words in asked.phrases.items()},
                secure=asked.secure,
            )
        case Record() as asked:
            return Asks(keys=asked.ends, timeout_s=asked.silence_s)
        case Music() as asked:
            return Asks(keys=asked.keys, timeout_s=asked.seconds)
    return None


def _queue(call: VirtualCall) -> str:
    if not call.turn.session.queued:
        return ""
    joined = [command.queue for command in call.performed if isinstance(command, Enqueue)]
    return joined[-1] if joined else ""


def _fields(command: Any) -> dict[str, Any]:
    fields = as_json(command)
    del fields["kind"]
    return fields


def _end(call: VirtualCall, seen: Seen) -> Ended | None:
    end = call.turn.session.end
    return None if end is None else Ended(end=seen.end, cause=end.cause, outcome=end.outcome, reason=end.reason)
