"""The schema of flows: pinned, so that no change of what a stored flow means goes unnoticed."""

import json
from pathlib import Path

import pytest

from callcenter.errors import NotFound
from ivr.nodes import KINDS
from ivr.schema import flow_schema, node_schema

PINNED = Path(__file__).parent / "flow-schema.json"


def test_the_schema_of_flows_is_the_pinned_one(update: bool) -> None:
    """A difference here means that flows already stored may read otherwise: raise `v` of the kind and upgrade them.

    What is only new and may be left out needs no new version: `pytest tests/ivr/test_schema.py --update`.
    """
    text = json.dumps(flow_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if update:
        PINNED.write_text(text, "utf-8")
    assert text == PINNED.read_text("utf-8")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_schema_that_names_itself_and_its_version(kind: str) -> None:
    schema = node_schema(kind)
    assert schema["properties"]["kind"]["const"] == kind
    assert type(schema["properties"]["v"]["const"]) is int
    assert schema["description"]


def test_a_kind_that_does_not_exist() -> None:
    with pytest.raises(NotFound, match="there is no node kind 'plya'"):
        node_schema("plya")
