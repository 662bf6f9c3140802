"""Is this flow sound? Every defect found by looking at it, with where it is and how to mend it.

An issue of severity "error" blocks publishing; a "warning" does not. What the flow refers to (prompts, queues) is
passed in as `Known`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from callcenter.errors import FlowError, Issue
from ivr.flow import Flow
from ivr.nodes import MenuNode, QueueNode

WARNING: Final = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an installation has: prompt keys by language, names of queues. None: not known here, do not check."""

    prompts: Mapping[str, frozenset[str]] | None = None
    queues: frozenset[str] | None = None


def lint(flow: Flow, known: Known) -> tuple[Issue, ...]:
    """Return all defects of `flow`, in the order of the rules below and of the nodes' ids."""
    return tuple(issue for rule in RULES.values() for issue in rule(flow, known))


def check(flow: Flow, known: Known) -> tuple[Issue, ...]:
    """Return the warnings of `flow`; raise FlowError with the errors if there is one."""
    issues = lint(flow, known)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        raise FlowError(flow.name, errors)
    return issues


def _no_start(flow: Flow, known: Known) -> Iterator[Issue]:
    if flow.start not in flow.nodes:
        yield _issue(
            "no-start", field="start", text=f"node {flow.start!r} does not exist{_near(flow.start, flow.nodes)}"
        )


def _dangling_exit(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        for name, target in node.exits.items():
            if target not in flow.nodes:
                text = f"leads to {target!r}, which does not exist{_near(target, flow.nodes)}"
                yield _issue("dangling-exit", node_id, f"exits.{name}", text)
        for name in node.required_exits():
            if name not in node.exits:
                yield _issue("dangling-exit", node_id, f"exits.{name}", "leads nowhere; connect it to a node")


def _unknown_exit(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        offered = (*node.required_exits(), *node.optional_exits())
        for name in node.exits:
            if name not in offered:
                has = f"its exits are {', '.join(offered)}" if offered else "it has no exits"
                text = f"a {flow.nodes[node_id].kind} node has no such exit; {has}"
                yield _issue("unknown-exit", node_id, f"exits.{name}", text)


def _missing_prompt(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.prompts is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        for name, key in node.prompts_used():
            for language in flow.languages:
                have = known.prompts.get(language, frozenset())
                if key not in have:
                    mend = _near(key, have) or f"; add it to prompts/{language}.yaml"
                    yield _issue("missing-prompt", node_id, name, f"prompt {key!r} is missing in {language}{mend}")


def _unknown_queue(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.queues is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        if isinstance(node, QueueNode) and node.queue not in known.queues:
            have = f"; there are {', '.join(sorted(known.queues))}" if known.queues else "; there is none yet"
            yield _issue("unknown-queue", node_id, "queue", f"queue {node.queue!r} does not exist{have}")


def _duplicate_key(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, MenuNode):
            continue
        owner: dict[str, str] = {}
        for name, choice in node.choices.items():
            for key in choice.keys:
                first = owner.setdefault(key, name)
                if first != name:
                    text = f"key {key} already means {first!r}; give one of them another key"
                    yield _issue("duplicate-key", node_id, f"choices.{name}.keys", text)


def _unreachable_node(flow: Flow, known: Known) -> Iterator[Issue]:
    reached = _reached(flow)
    for node_id in sorted(flow.nodes.keys() - reached):
        if flow.start in flow.nodes:
            text = "no caller can get here; lead an exit to it or delete it"
            yield _issue("unreachable-node", node_id, "", text, WARNING)


def _no_way_out(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report reachable nodes from which no hang-up can be reached. A dangling exit is already an issue of its own."""
    ending = {node_id for node_id, node in flow.nodes.items() if node.ends or _dangles(flow, node_id)}
    while more := {n for n in flow.nodes.keys() - ending if ending.intersection(_targets(flow, n))}:
        ending |= more
    for node_id in sorted(_reached(flow) - ending):
        text = "from here the call can never end; lead one way out to a hangup node"
        yield _issue("no-way-to-hang-up", node_id, "exits", text)


def _loop_without_wait(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report each ring of nodes that never wait for the caller: it would spin until the engine's guard ends it."""
    reported: set[str] = set()
    for node_id in sorted(flow.nodes):
        if node_id in reported or flow.nodes[node_id].waits_for:
            continue
        ring = _ring(flow, node_id)
        if ring:
            reported.update(ring)
            text = f"runs in a circle without waiting: {' → '.join((*ring, node_id))}; put a menu or a hangup in it"
            yield _issue("loop-without-wait", node_id, "exits", text)


def _reached(flow: Flow) -> set[str]:
    reached: set[str] = set()
    ahead = [flow.start] if flow.start in flow.nodes else []
    while ahead:
        node_id = ahead.pop()
        if node_id not in reached:
            reached.add(node_id)
            ahead.extend(t for t in _targets(flow, node_id) if t in flow.nodes)
    return reached


def _targets(flow: Flow, node_id: str) -> Sequence[str]:
    """Where the exits of a node that it really offers lead."""
    node = flow.nodes[node_id]
    return [node.exits[e] for e in (*node.required_exits(), *node.optional_exits()) if e in node.exits]


def _dangles(flow: Flow, node_id: str) -> bool:
    node = flow.nodes[node_id]
    return any(node.exits.get(name) not in flow.nodes for name in node.required_exits())


def _ring(flow: Flow, start: str) -> tuple[str, ...]:
    """Return the shortest way from `start` back to it through nodes that never wait, without its end; () if none."""
    came_from: dict[str, str] = {}
    ahead = [start]
    while ahead:
        node_id = ahead.pop(0)
        for target in _targets(flow, node_id):
            if target == start:
                way = [node_id]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if target in flow.nodes and target not in came_from and not flow.nodes[target].waits_for:
                came_from[target] = node_id
                ahead.append(target)
    return ()


def _near(name: str, have: Iterable[str]) -> str:
    close = get_close_matches(name, list(have), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _issue(code: str, node: str = "", field: str = "", text: str = "", severity: str = "error") -> Issue:
    return Issue(code=code, node=node, field=field, text=text, severity=severity)


Rule = Callable[[Flow, Known], Iterator[Issue]]
RULES: Final[Mapping[str, Rule]] = {
    "no-start": _no_start,
    "dangling-exit": _dangling_exit,
    "unknown-exit": _unknown_exit,
    "missing-prompt": _missing_prompt,
    "unknown-queue": _unknown_queue,
    "duplicate-key": _duplicate_key,
    "unreachable-node": _unreachable_node,
    "no-way-to-hang-up": _no_way_out,
    "loop-without-wait": _loop_without_wait,
}
