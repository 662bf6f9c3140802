"""A flow with every flow it runs, in the versions that hold for one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from callcenter.errors import FlowError, Issue
from ivr.flow import Flow

MAX_FLOWS: Final = 50  # flows that one call may run; more nobody can oversee


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """`main` is the flow a call enters, `flows` holds it and all it may run, `versions` says which they are."""

    main: str
    flows: Mapping[str, Flow]
    versions: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, main: Flow, *others: Flow) -> Bundle:
        """Return a bundle of flows that have no versions yet, such as drafts."""
        return cls(main=main.name, flows={flow.name: flow for flow in (main, *others)})

    @property
    def flow(self) -> Flow:
        return self.flows[self.main]


def names_used(flow: Flow) -> frozenset[str]:
    """Return the names of the flows that `flow` itself runs."""
    return frozenset(name for node in flow.nodes.values() for _, name in node.flows_used())


def gather(main: Flow, find: Callable[[str], Flow | None]) -> Bundle:
    """Return `main` with every flow it runs, found one by one by `find`; one that is not found is left out.

    A caller who comes to a flow that is missing is treated by the engine as one whose flow failed; `ivr.lint` says so
    before. Raise FlowError for more than MAX_FLOWS.
    """
    flows, ahead = {main.name: main}, sorted(names_used(main))
    while ahead:
        name = ahead.pop()
        if name in flows:
            continue
        found = find(name)
        if found is None:
            continue
        flows[name] = found
        if len(flows) > MAX_FLOWS:
            text = f"runs more than {MAX_FLOWS} flows, counting those they run; put some together"
            raise FlowError(main.name, [Issue(code="too-many-flows", node="", field="", text=text)])
        ahead.extend(sorted(names_used(found) - flows.keys()))
    return Bundle(main=main.name, flows=flows)
