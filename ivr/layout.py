"""Where nodes lie on the canvas: kept apart from a flow's content, so that moving one is no new version of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callcenter.errors import FlowError, Issue
from ivr.flow import Flow
from ivr.nodes.words import NodeId, Sorted
from ivr.plain import parse

Coordinate = Annotated[int, Field(ge=-100_000, le=100_000)]  # pixels at full size


class Place(BaseModel):
    """The upper left corner of a node."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: Coordinate
    y: Coordinate


class Layout(BaseModel):
    """The places of a flow's nodes; one without a place is put where there is room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: Annotated[dict[NodeId, Place], Sorted] = Field(default_factory=dict)

    def of(self, flow: Flow) -> Layout:
        """Return the places of nodes that `flow` has."""
        return Layout(nodes={name: place for name, place in self.nodes.items() if name in flow.nodes})

    def canonical(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    def to_text(self) -> str:
        """Return the canonical JSON text, a node per line so that a diff shows which was moved."""
        lines = [f"    {json.dumps(name)}: {place.model_dump_json()}" for name, place in self.nodes.items()]
        body = ",\n".join(lines)
        return '{\n  "nodes": {\n' + body + "\n  }\n}\n" if lines else '{\n  "nodes": {}\n}\n'


def load_layout(text: str, flow: str) -> Layout:
    """Read a layout from JSON or YAML text; raise FlowError."""
    try:
        return Layout.model_validate(parse(text))
    except ValidationError as error:
        issues = [
            Issue(code="layout", node="", field=".".join(str(part) for part in detail["loc"]), text=detail["msg"])
            for detail in error.errors(include_url=False)
        ]
    except ValueError as error:
        issues = [Issue(code="syntax", node="", field="", text=str(error))]
    raise FlowError(flow, issues)
