"""Runs test cases: a case and a bundle of flows in, what came of it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from callcenter.errors import CallCenterError
from ivr.bundle import Bundle
from ivr.hours import DAYS, Hours
from ivr.nodes import HoursNode, SplitNode
from ivr.nodes.node import Node
from ivr.nodes.split import WHOLE
from ivr.session import CallInfo
from ivr.testing.call import Situation, VirtualCall
from ivr.testing.caller import CannotHappen, Listener, act
from ivr.testing.cases import Case, Given, Openness, Step, step_to_plain
from ivr.testing.expecting import Seen, unmet
from ivr.testing.voice import Said, Voice
from ivr.testing.world import GivenWorld, NotGiven

CALL_ID: Final = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one case. `failures` empty: it passed. `visits`: (flow, node, exit) of every node passed."""

    case: str
    failures: tuple[str, ...]
    heard: tuple[Said, ...]
    path: tuple[str, ...]
    visits: frozenset[tuple[str, str, str]]

    @property
    def passed(self) -> bool:
        return not self.failures

    def told(self) -> str:
        """Return what was expected, what was heard and when, and the path, for whoever has to mend it."""
        lines = [f"  {line}" for failure in self.failures for line in failure.splitlines()]
        heard = [f"    {said}" for said in self.heard] or ["    nothing"]
        path = [f"    {visit}" for visit in self.path]
        return "\n".join((*lines, "  heard", *heard, "  path", *path))


def run_case(bundle: Bundle, case: Case, voice: Voice) -> Result:
    """Run one case from a fresh call to its last step, and compare what came of it with what is expected."""
    call = VirtualCall(as_given(bundle, case.given), situation_of(case, voice), GivenWorld(case.given))
    listener = Listener(call)
    failures = _not_there(bundle, case.given)
    for number, step in enumerate(case.steps, 1):
        try:
            act(call, listener, step)
        except (CannotHappen, NotGiven) as error:
            failures.append(f"step {number}, {_named(step)}: {error}")
            break
    else:
        failures.extend(_to_the_end(call))
    seen = Seen.of(call)
    if not failures:
        failures.extend(unmet(case.expect, seen))
    return Result(
        case=case.name,
        failures=tuple(failures),
        heard=tuple(call.heard),
        path=seen.path,
        visits=frozenset((row.flow, row.node, row.exit) for row in call.trail.rows()),
    )


def situation_of(case: Case, voice: Voice) -> Situation:
    given = case.given
    call = CallInfo(
        call_id=CALL_ID,
        caller=given.caller,
        did=given.did,
        language=given.language,
        variables=given.variables,
        intent=given.intent,
        since=given.since,
    )
    return Situation(call=call, at=given.clock, voice=voice, speech=case.speech)


def _to_the_end(call: VirtualCall) -> list[str]:
    """Let the flow go on until it waits for somebody; what they have left as a message ends by silence."""
    try:
        call.settle()
        while call.spoken_s and not call.ended:
            call.give_up()
            call.settle()
    except CallCenterError as error:
        return [f"after the last step: {error}"]
    return []


def _named(step: Step) -> str:
    plain = step_to_plain(step)
    return plain if isinstance(plain, str) else ", ".join(f"{name}: {value}" for name, value in plain.items())


# ------------------------------------------------------------------------------------------------ what is forced


def as_given(bundle: Bundle, given: Given) -> Bundle:
    """Return the flows with hours and splits as a case wants them, whatever clock and caller say."""
    if given.hours is None and not given.split:
        return bundle
    flows = {}
    for name, flow in bundle.flows.items():
        forced = {node_id: one for node_id, node in flow.nodes.items() if (one := _forced(node_id, node, given))}
        flows[name] = flow.model_copy(update={"nodes": {**flow.nodes, **forced}}) if forced else flow
    return replace(bundle, flows=flows)


def _not_there(bundle: Bundle, given: Given) -> list[str]:
    """Return what is given for nodes that no flow has: nothing would come of it, and nobody would notice."""
    failures = []
    for field, kind, named in (("hours", HoursNode, given.hours), ("split", SplitNode, given.split)):
        there = {name for flow in bundle.flows.values() for name, node in flow.nodes.items() if isinstance(node, kind)}
        for name in sorted(set(named) - there) if isinstance(named, dict) else ():
            has = f"; there are {', '.join(sorted(there))}" if there else ""
            failures.append(f"given.{field}: no flow has a node {name!r} of kind {field}{has}")
    return failures


def _forced(node_id: str, node: Node, given: Given) -> Node | None:
    """Return `node` as the case wants it; None: as it is."""
    if isinstance(node, HoursNode):
        openness = given.hours.get(node_id) if isinstance(given.hours, dict) else given.hours
        hours = _hours(openness, node.hours.timezone, given.clock.date()) if openness else None
        return node.model_copy(update={"hours": hours}) if hours else None
    if isinstance(node, SplitNode) and node_id in given.split:
        return node.model_copy(update={"weights": {given.split[node_id]: WHOLE}})
    return None


@lru_cache(maxsize=256)
def _hours(openness: Openness, timezone: str, day: date) -> Hours:
    plain: dict[str, object] = {"timezone": timezone, "weekly": {weekday: ["09:00-17:00"] for weekday in DAYS}}
    # The days around it too: what day it is there depends on the time zone.
    around = [day + timedelta(days=days) for days in range(-2, 3)]
    if openness == "open":
        plain["exceptions"] = {one: ["00:00-24:00"] for one in around}
    elif openness == "closed":  # until nine o'clock on the third day from now, which a flow may say
        plain["exceptions"] = {one: [] for one in around}
    else:
        plain["holidays"] = around
    return Hours.model_validate(plain)
