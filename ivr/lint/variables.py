"""Rules about a flow's variables and secrets: what is read must have been set, on every way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from callcenter.errors import Issue
from ivr.expressions import names_in
from ivr.flow import Flow
from ivr.lint.graph import all_run, reached, targets
from ivr.lint.known import WARNING, Known, Rule, issue, listed, near
from ivr.session import CALL_NAMES


def _undefined_variable(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report variables that nothing sets, and those that may not be set yet on some way to where they are read."""
    everywhere = {*flow.parameters, *CALL_NAMES}
    anywhere = everywhere | {name for node in flow.nodes.values() for _, name in node.variables_set()}
    certain = _set_before(flow, frozenset(everywhere))
    for node_id, node in sorted(flow.nodes.items()):
        for field, text in node.expressions_used():
            for name in sorted(names_in(text)):
                if name not in anywhere:
                    mend = near(name, anywhere) or listed(anywhere)
                    yield issue("undefined-variable", node_id, field, f"nothing sets variable {name!r}{mend}")
                elif node_id in certain and name not in certain[node_id]:
                    said = f"variable {name!r} may not be set yet when a caller comes here; set it before"
                    yield issue("maybe-undefined", node_id, field, said, WARNING)


def _undefined_secret(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report secrets that a node needs and nobody takes: not this flow, none that it runs, none that runs it."""
    flows = {**(known.flows or {}), flow.name: flow}
    if known.flows is None or not any(any(node.secrets_used()) for node in flow.nodes.values()):
        return
    around = {name for name in flows if flow.name in all_run(name, flows)}
    near_by = {flow.name, *around, *(inner for name in (flow.name, *around) for inner in all_run(name, flows))}
    taken = {name for one in near_by for node in flows[one].nodes.values() for _, name in node.secrets_set()}
    for node_id, node in sorted(flow.nodes.items()):
        for field, name in node.secrets_used():
            if name not in taken:
                mend = near(name, taken) or "; take it by a secure collect node, into this name"
                yield issue("undefined-secret", node_id, field, f"nothing takes secret {name!r}{mend}")


def _set_before(flow: Flow, known: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return, for each node that can be reached, the variables set on every way to it.

    The greatest solution of: set before a node = what all nodes that lead to it have and set themselves.
    """
    nodes = reached(flow)
    sets = {name: frozenset(v for _, v in flow.nodes[name].variables_set()) for name in nodes}
    everything = known.union(*sets.values())
    before = {name: known if name == flow.start else everything for name in nodes}
    ahead = dict.fromkeys(sorted(nodes))
    while ahead:
        name = next(iter(ahead))
        del ahead[name]
        after = before[name] | sets[name]
        for target in targets(flow, name):
            if target in nodes and not before[target] <= after:
                before[target] &= after
                ahead[target] = None
    return before


RULES: Final[Mapping[str, Rule]] = {
    "undefined-variable": _undefined_variable,
    "undefined-secret": _undefined_secret,
}
