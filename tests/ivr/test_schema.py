"""The schema of flows: pinned, so that no change of what a stored flow means goes unnoticed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from callcenter.errors import NotFound
from ivr.folder import LAYOUT, TESTS
from ivr.nodes import KINDS
from ivr.plain import as_json, parse
from ivr.schema import flow_schema, node_schema
from ivr.testing import files
from tests.ivr.json_schema import faults

PINNED = Path(__file__).parent / "flow-schema.json"
ROOT = Path(__file__).parents[2]
WRITTEN = sorted((*(ROOT / "docs" / "examples").iterdir(), *(ROOT / "ivr" / "flows").iterdir()))
FLOWS = [path for path in WRITTEN if path.suffix in {".json", ".yaml"} and not path.name.endswith((LAYOUT, TESTS))]


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


@cache
def schema(of: str) -> dict[str, Any]:
    """The schema of a kind of node, of test cases, or of a flow."""
    return files.schema() if of == "tests" else node_schema(of) if of else flow_schema()


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.stem))
def test_what_is_read_is_right_by_the_schema_too(path: Path) -> None:
    """An editor that goes by the schema marks nothing in what people write, numbers for expressions and keys too."""
    flow = as_json(parse(path.read_text("utf-8")))
    assert list(faults(flow, schema(""), schema(""))) == []
    for name, node in flow["nodes"].items():
        assert list(faults(node, schema(node["kind"]), schema(node["kind"]), name)) == []
    tests = path.with_name(f"{path.stem}{TESTS}")
    if tests.is_file():
        assert list(faults(as_json(parse(tests.read_text("utf-8"))), schema("tests"), schema("tests"))) == []


@pytest.mark.parametrize(
    "nodes",
    [
        {"a": {}},
        {"a": {"exits": {}}},
        {"a": {"kind": "hangup", "couse": 1}},
        {"a": {"kind": "hangup", "cause": 128}},
        {"A node": {"kind": "hangup"}},
        {"a": {"kind": "play", "prompts": []}},
        {"a": {"kind": "branch", "cases": [{"when": [], "exit": "b"}]}},
    ],
)
def test_what_is_refused_is_wrong_by_the_schema_too(nodes: dict[str, Any]) -> None:
    flow = {"name": "a", "start": "a", "nodes": nodes}
    assert list(faults(flow, schema(""), schema(""))) != []
