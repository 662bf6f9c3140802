"""Stored nodes of earlier versions, brought up to the present fields when a flow is read.

A kind's `v` is raised when a field changes its meaning, its name or its default; the function that turns the fields of
version n into those of n + 1 goes in here, and stays as long as a stored flow may have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Fields = Mapping[str, Any]

UPGRADES: Final[Mapping[str, Mapping[int, Callable[[Fields], Fields]]]] = {}  # by kind, by the version they start from


def upgraded(plain: Any, upgrades: Mapping[str, Mapping[int, Callable[[Fields], Fields]]] = UPGRADES) -> Any:
    """Return the flow `plain` (parsed JSON) with all nodes in their kinds' present versions; no flow, as it is."""
    if not isinstance(plain, Mapping) or not isinstance(plain.get("nodes"), Mapping):
        return plain
    return {**plain, "nodes": {name: _upgraded_node(node, upgrades) for name, node in plain["nodes"].items()}}


def _upgraded_node(node: Any, upgrades: Mapping[str, Mapping[int, Callable[[Fields], Fields]]]) -> Any:
    if not isinstance(node, Mapping):
        return node
    steps = upgrades.get(str(node.get("kind")), {})
    while type(version := node.get("v", 1)) is int and version in steps:
        node = {**steps[version](node), "kind": node["kind"], "v": version + 1}
    return node
