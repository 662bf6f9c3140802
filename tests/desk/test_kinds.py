"""What an editor is told of nodes holds for every node there is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from desk.kinds import CALL_HELP, FUNCTION_HELP, GROUP_OF, TITLES, exit_rule, node_kinds
from ivr.expressions import FUNCTIONS
from ivr.flow import Flow, read
from ivr.nodes import KINDS
from ivr.session import CALL_NAMES
from tests.desk.house import ROOT

EXAMPLES = {
    path.stem: read(yaml.safe_load(path.read_text()), name=path.stem)
    for path in sorted((ROOT / "docs/examples").glob("*.yaml"))
    if not path.name.endswith(".tests.yaml")
}


def test_every_kind_has_a_title_and_a_place_in_the_palette() -> None:
    assert set(TITLES) == set(GROUP_OF) == set(KINDS)
    assert len(set(TITLES.values())) == len(TITLES)


def test_every_function_and_name_is_explained() -> None:
    assert set(FUNCTION_HELP) == set(FUNCTIONS)
    assert set(CALL_HELP) == set(CALL_NAMES)


def required(kind: str, node: Any) -> list[str]:
    """The exits a node must have, as an editor works them out from the rule of its kind."""
    rule = exit_rule(kind)
    found = list(rule["required"])
    if rule["from"] is not None:
        field, take = node[rule["from"]["field"]], rule["from"]["take"]
        named = {"keys": lambda: list(field), "values": lambda: list(field.values())}.get(
            take, lambda: [item[take] for item in field]
        )()
        found = [*named, *found]
    for field, exits in rule["required_if"].items():
        found += exits if node.get(field) else []
    return sorted(set(found))


@pytest.mark.parametrize("flow", EXAMPLES.values(), ids=EXAMPLES)
def test_the_rule_of_a_kind_gives_the_exits_that_its_nodes_have(flow: Flow) -> None:
    for node in flow.nodes.values():
        kind = node.kind
        plain = node.model_dump(mode="json")
        assert required(kind, plain) == sorted(set(node.required_exits())), kind
        assert exit_rule(kind)["optional"] == dict(node.optional_exits())
        assert exit_rule(kind)["open"] is node.open_exits


def test_all_kinds_are_among_the_examples() -> None:
    assert {node.kind for flow in EXAMPLES.values() for node in flow.nodes.values()} == set(KINDS)


def test_every_schema_is_told_whole() -> None:
    for kind, said in node_kinds()["kinds"].items():
        assert said["schema"]["properties"]["kind"]["const"] == kind
        assert said["help"]
