"""The JSON Schema of flows, for editors and for whoever writes flows by hand: from the very models that read them."""

from __future__ import annotations

from typing import Any

from callcenter.errors import NotFound
from ivr.flow import Flow
from ivr.nodes import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def flow_schema() -> dict[str, Any]:
    """Return the schema of a whole flow."""
    return {"$schema": DIALECT, **_strict(Flow.model_json_schema())}


def node_schema(kind: str) -> dict[str, Any]:
    """Return the schema of one kind of node; raise NotFound."""
    model = KINDS.get(kind)
    if model is None:
        raise NotFound(f"there is no node kind {kind!r}; there are {', '.join(sorted(KINDS))}")
    return {"$schema": DIALECT, **_strict(model.model_json_schema())}


def _strict(schema: Any) -> Any:
    """Return `schema` as the models read it: a node must say its kind, and names must be of their pattern."""
    if isinstance(schema, list):
        return [_strict(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(inner) for name, inner in schema.items()}
    if "const" in schema.get("properties", {}).get("kind", {}):
        found["required"] = ["kind", *schema.get("required", ())]
    if "patternProperties" in schema:
        found["additionalProperties"] = False
    return found
