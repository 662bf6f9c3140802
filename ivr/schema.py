"""The JSON Schema of flows, for editors and for whoever writes flows by hand: from the very models that read them."""

from __future__ import annotations

from typing import Any

from callcenter.errors import NotFound
from ivr.flow import Flow
from ivr.nodes import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def flow_schema() -> dict[str, Any]:
    """Return the schema of a whole flow."""
    return {"$schema": DIALECT, **Flow.model_json_schema()}


def node_schema(kind: str) -> dict[str, Any]:
    """Return the schema of one kind of node; raise NotFound."""
    model = KINDS.get(kind)
    if model is None:
        raise NotFound(f"there is no node kind {kind!r}; there are {', '.join(sorted(KINDS))}")
    return {"$schema": DIALECT, **model.model_json_schema()}
