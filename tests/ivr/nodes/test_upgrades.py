"""Nodes stored by earlier versions: brought up step by step, read as the present one, and never changed in meaning."""

from collections.abc import Mapping
from typing import Any

import pytest

from ivr.flow import read
from ivr.nodes import KINDS
from ivr.nodes.upgrades import UPGRADES, upgraded

Fields = Mapping[str, Any]


def one_prompt(fields: Fields) -> Fields:
    """A made-up version 1 of play: its one prompt was called `prompt`."""
    rest = {name: value for name, value in fields.items() if name != "prompt"}
    return {**rest, "prompts": [fields["prompt"]]}


def interruptible_by_default(fields: Fields) -> Fields:
    """A made-up version 2 of play: it was not interruptible unless it said so."""
    return {"interruptible": False, **fields}


MADE_UP = {"play": {1: one_prompt, 2: interruptible_by_default}}
END = {"kind": "hangup"}


def flow(node: Fields) -> dict[str, Any]:
    return {"name": "old", "start": "a", "nodes": {"a": {"kind": "play", **node, "exits": {"next": "end"}}, "end": END}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"prompt": "x"}, {"v": 3, "prompts": ["x"], "interruptible": False}),
        ({"v": 1, "prompt": "x"}, {"v": 3, "prompts": ["x"], "interruptible": False}),
        ({"v": 2, "prompts": ["x"]}, {"v": 3, "prompts": ["x"], "interruptible": False}),
        ({"v": 2, "prompts": ["x"], "interruptible": True}, {"v": 3, "prompts": ["x"], "interruptible": True}),
        ({"v": 3, "prompts": ["x"]}, {"v": 3, "prompts": ["x"]}),
        ({"v": 4, "prompts": ["x"]}, {"v": 4, "prompts": ["x"]}),
    ],
)
def test_each_version_is_brought_up_step_by_step(old: Fields, new: Fields) -> None:
    plain = upgraded(flow(old), MADE_UP)
    assert plain["nodes"]["a"] == {"kind": "play", "exits": {"next": "end"}, **new}
    assert plain["nodes"]["end"] == END


@pytest.mark.parametrize(
    "odd", [None, [], {"nodes": []}, {"nodes": {"a": 1}}, {"nodes": {"a": {"kind": [1], "v": "1"}}}]
)
def test_what_is_no_flow_is_left_for_the_reader_to_refuse(odd: Any) -> None:
    assert upgraded(odd, MADE_UP) == odd


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_that_is_known_ends_at_the_present_version(kind: str) -> None:
    present = KINDS[kind].model_fields["v"].default
    assert sorted(UPGRADES.get(kind, {})) == list(range(1, present))


def test_a_flow_of_the_first_version_of_every_kind_is_read_as_it_is() -> None:
    plain = flow({"v": 1, "prompts": ["x"]})
    assert read(plain).canonical()["nodes"]["a"] == {
        "kind": "play",
        "v": 1,
        "prompts": ["x"],
        "exits": {"next": "end"},
    }
