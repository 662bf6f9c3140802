"""Rules about a flow's shape: exits, reachability, circles, ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from callcenter.errors import Issue
from ivr.bundle import names_used
from ivr.flow import Flow
from ivr.lint.known import WARNING, Known, Rule, issue, near
from ivr.nodes import AnyNode, ConsentNode, LanguageNode, QueueNode, ReturnNode

# Kinds that would take a waiting caller away from the queue, or queue them twice.
NOT_WHILE_WAITING: Final = ("queue", "transfer", "payment", "callback")
# Kinds that wait for other systems only: a circle of them asks and asks, and nobody says anything.
ASKING_SYSTEMS: Final = frozenset({"caller", "http", "payment", "place", "promise"})


MOST_SHOWN: Final = 12  # nodes of a ring


def returns_of(flow: Flow) -> frozenset[str]:
    """Return the exits by which `flow` is left, where another flow runs it."""
    reachable = reached(flow)
    return frozenset(n.by for name, n in flow.nodes.items() if isinstance(n, ReturnNode) and name in reachable)


def reached(flow: Flow) -> set[str]:
    """Return the nodes that some caller may come to."""
    found: set[str] = set()
    ahead = [flow.start] if flow.start in flow.nodes else []
    while ahead:
        node_id = ahead.pop()
        if node_id not in found:
            found.add(node_id)
            ahead.extend(t for t in targets(flow, node_id) if t in flow.nodes)
    return found


def targets(flow: Flow, node_id: str) -> Sequence[str]:
    """Return where the exits lead that a node really offers."""
    node = flow.nodes[node_id]
    if node.open_exits:
        return list(node.exits.values())
    return [node.exits[e] for e in (*node.required_exits(), *node.optional_exits()) if e in node.exits]


def _no_start(flow: Flow, known: Known) -> Iterator[Issue]:
    if flow.start not in flow.nodes:
        yield issue("no-start", field="start", text=f"node {flow.start!r} does not exist{near(flow.start, flow.nodes)}")


def _dangling_exit(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        for name, target in node.exits.items():
            if target not in flow.nodes:
                text = f"leads to {target!r}, which does not exist{near(target, flow.nodes)}"
                yield issue("dangling-exit", node_id, f"exits.{name}", text)
        for name in node.required_exits():
            if name not in node.exits:
                yield issue("dangling-exit", node_id, f"exits.{name}", "leads nowhere; connect it to a node")


def _unknown_exit(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        offered = (*node.required_exits(), *node.optional_exits())
        returned = _returned_to(flow, node_id, known)
        for name in node.exits:
            if name in offered or (node.open_exits and (returned is None or name in returned)):
                continue
            has = f"its exits are {', '.join((*offered, *sorted(returned or ())))}" if offered or returned else "none"
            text = f"a {node.kind} node has no such exit here; {has if has != 'none' else 'it has no exits'}"
            yield issue("unknown-exit", node_id, f"exits.{name}", text)


def _unhandled_return(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report ways out of a flow that the node which runs it leads nowhere."""
    for node_id, node in sorted(flow.nodes.items()):
        for field, name in node.flows_used():
            inner = (known.flows or {}).get(name)
            for exit in sorted(returns_of(inner) - node.exits.keys()) if inner else ():
                if isinstance(node, QueueNode):
                    text = f"flow {name!r} may be left by {exit!r}; without this exit the caller goes on waiting"
                    yield issue("unhandled-return", node_id, f"exits.{exit}", text, WARNING)
                else:
                    text = f"flow {name!r} ({field}) may be left by {exit!r}; connect this exit to a node"
                    yield issue("unhandled-return", node_id, f"exits.{exit}", text)


def _returned_to(flow: Flow, node_id: str, known: Known) -> frozenset[str] | None:
    """Return the exits that flows run by this node are left by; None if one of them is not known."""
    if known.flows is None:
        return None
    found: frozenset[str] = frozenset()
    for _, name in flow.nodes[node_id].flows_used():
        if name not in known.flows:
            return None
        found |= returns_of(known.flows[name])
    return found


def _unreachable_node(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id in sorted(flow.nodes.keys() - reached(flow)):
        if flow.start in flow.nodes:
            text = "no caller can get here; lead an exit to it or delete it"
            yield issue("unreachable-node", node_id, "", text, WARNING)


def _no_way_out(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report reachable nodes from which no end can be reached. A dangling exit is already an issue of its own."""
    ending = _led_to(flow, {name for name, node in flow.nodes.items() if node.ends or _dangles(flow, name)})
    if not ending and _waits(flow):
        # A wait flow may go round until an agent is there.
        if known.flows is not None and not _is_waited_in(flow, known.flows):
            text = "never ends, which is right only for a flow that queue nodes name as their wait_flow, and none does"
            yield issue("no-way-to-hang-up", flow.start, "exits", text, WARNING)
        return
    for node_id in sorted(reached(flow) - ending):
        text = "from here the call can never end; lead one way out to a hangup node"
        yield issue("no-way-to-hang-up", node_id, "exits", text)


def _led_to(flow: Flow, goals: set[str]) -> set[str]:
    """Return the nodes from which a caller may come to one of `goals`, and these."""
    before: dict[str, list[str]] = {}
    for node_id in flow.nodes:
        for target in targets(flow, node_id):
            before.setdefault(target, []).append(node_id)
    found, ahead = set(goals), list(goals)
    while ahead:
        for node_id in before.get(ahead.pop(), ()):
            if node_id not in found:
                found.add(node_id)
                ahead.append(node_id)
    return found


def _is_waited_in(flow: Flow, flows: Mapping[str, Flow]) -> bool:
    """Return whether some queue has `flow` run while callers wait."""
    nodes = (node for other in flows.values() for node in other.nodes.values())
    return any(isinstance(node, QueueNode) and node.wait_flow == flow.name for node in nodes)


def _waits(flow: Flow) -> bool:
    """Return whether this is a flow for callers who wait: it has music, or says their place."""
    return any(node.kind in {"music", "place"} for node in flow.nodes.values())


def _loop_without_wait(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report each ring of nodes that never wait for the caller: it would spin until the engine's guard ends it."""
    reported: set[str] = set()
    for node_id in sorted(_maybe_in_rings(flow)):
        ring = _ring(flow, node_id) if node_id not in reported else ()
        if ring:
            reported.update(ring)
            shown = ring if len(ring) <= MOST_SHOWN else (*ring[:MOST_SHOWN], "…")
            text = f"runs in a circle without waiting: {' → '.join((*shown, node_id))}; put a menu or a hangup in it"
            yield issue("loop-without-wait", node_id, "exits", text)


def _maybe_in_rings(flow: Flow) -> set[str]:
    """Return the nodes that never wait and lead, over such nodes, to such as lead on: all rings are among them."""
    left = {node_id for node_id, node in flow.nodes.items() if not _waits_for_people(node)}
    onward = {node_id: left.intersection(targets(flow, node_id)) for node_id in left}
    before: dict[str, set[str]] = {node_id: set() for node_id in left}
    for node_id, following in onward.items():
        for target in following:
            before[target].add(node_id)
    ends = [node_id for node_id, following in onward.items() if not following]
    while ends:
        end = ends.pop()
        left.discard(end)
        for node_id in before[end]:
            onward[node_id].discard(end)
            if not onward[node_id]:
                ends.append(node_id)
    return left


def _waits_for_people(node: AnyNode) -> bool:
    if isinstance(node, LanguageNode) and len(node.offers) == 1:
        return False  # no question
    if isinstance(node, ConsentNode) and node.ask != "yes":
        return False  # it may be enough to tell
    return bool(node.waits_for) and node.kind not in ASKING_SYSTEMS


def _dangles(flow: Flow, node_id: str) -> bool:
    node = flow.nodes[node_id]
    return any(node.exits.get(name) not in flow.nodes for name in node.required_exits())


def _ring(flow: Flow, start: str) -> tuple[str, ...]:
    """Return the shortest way from `start` back to it through nodes that never wait, without its end; () if none."""
    came_from: dict[str, str] = {}
    ahead = [start]
    while ahead:
        node_id = ahead.pop(0)
        for target in targets(flow, node_id):
            if target == start:
                way = [node_id]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if target in flow.nodes and target not in came_from and not _waits_for_people(flow.nodes[target]):
                came_from[target] = node_id
                ahead.append(target)
    return ()


def _flow_runs_itself(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        for field, name in node.flows_used():
            way = _way_back(flow, name, known.flows or {})
            if way:
                text = f"runs in a circle: {' → '.join((flow.name, *way))}; a flow cannot run itself"
                yield issue("flow-runs-itself", node_id, field, text)


def _way_back(flow: Flow, name: str, flows: Mapping[str, Flow]) -> tuple[str, ...]:
    """Return the shortest way of flows from `name` to `flow`; () if none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = {name}
    while ways:
        way = ways.pop(0)
        if way[-1] == flow.name:
            return way
        inner = flows.get(way[-1])
        for node in inner.nodes.values() if inner else ():
            for _, further in node.flows_used():
                if further not in seen:
                    seen.add(further)
                    ways.append((*way, further))
    return ()


def _not_while_waiting(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report what a wait flow must not do: an agent may take the caller at any instant."""
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, QueueNode):
            continue
        flows = known.flows or {}
        within = all_run(node.wait_flow, flows) if node.wait_flow in flows else ()
        for name in sorted({node.wait_flow, *within} & flows.keys()):
            for inner_id, inner in sorted(flows[name].nodes.items()):
                if inner.kind in NOT_WHILE_WAITING:
                    runs = "" if name == node.wait_flow else f", which flow {node.wait_flow!r} runs,"
                    text = (
                        f"flow {name!r}{runs} has a {inner.kind} node ({inner_id}), which cannot be used while an "
                        "agent may come; return an exit from it and do that here"
                    )
                    yield issue("not-while-waiting", node_id, "wait_flow", text)


def all_run(name: str, flows: Mapping[str, Flow]) -> set[str]:
    """Return the names of all flows that run within flow `name`, however deep."""
    found: set[str] = set()
    ahead = [*names_used(flows[name])]
    while ahead:
        inner = ahead.pop()
        if inner in flows and inner not in found:
            found.add(inner)
            ahead.extend(names_used(flows[inner]))
    return found


RULES: Final[Mapping[str, Rule]] = {
    "no-start": _no_start,
    "dangling-exit": _dangling_exit,
    "unknown-exit": _unknown_exit,
    "unhandled-return": _unhandled_return,
    "unreachable-node": _unreachable_node,
    "no-way-to-hang-up": _no_way_out,
    "loop-without-wait": _loop_without_wait,
    "flow-runs-itself": _flow_runs_itself,
    "not-while-waiting": _not_while_waiting,
}
