"""Which nodes and exits of a flow were passed by test cases, and which never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ivr.flow import Flow
from ivr.lint.graph import reached
from ivr.nodes.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Counts: nodes within reach, and their connected exits. `missed`: nodes, and exits as `node -> exit`."""

    flow: str
    nodes: int
    exits: int
    missed: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of nodes and exits passed, 0..1."""
        whole = self.nodes + self.exits
        return 1 - len(self.missed) / whole if whole else 1.0


def coverage(flow: Flow, visits: Iterable[tuple[str, str, str]]) -> Coverage:
    """Return what `visits` (flow, node, exit) cover of `flow`. What no caller can reach does not count."""
    passed = {(node, exit) for name, node, exit in visits if name == flow.name}
    visited = {node for node, _ in passed}
    nodes = sorted(reached(flow))
    wanted = [(node_id, exit) for node_id in nodes for exit in offered(flow.nodes[node_id])]
    taken = {(node_id, _connected(flow.nodes[node_id], exit)) for node_id, exit in passed if node_id in flow.nodes}
    missed = [node for node in nodes if node not in visited]
    missed += [f"{node} -> {exit}" for node, exit in wanted if (node, exit) not in taken]
    return Coverage(flow=flow.name, nodes=len(nodes), exits=len(wanted), missed=tuple(missed))


def offered(node: Node) -> tuple[str, ...]:
    """Return the exits that a node offers and that lead somewhere."""
    own = {*node.required_exits(), *node.optional_exits()}
    return tuple(exit for exit in node.exits if node.open_exits or exit in own)


def _connected(node: Node, exit: str) -> str:
    """Return the exit really taken: one that is not connected is taken by another."""
    return exit if exit in node.exits else node.optional_exits().get(exit, exit)
