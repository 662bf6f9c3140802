"""What differs between two versions of a flow."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ivr.diff import Sort, diff
from ivr.flow import Flow, read

END = {"kind": "hangup"}


def a_flow(nodes: dict[str, Any], **more: Any) -> Flow:
    return read({"name": "test", "start": "a", "nodes": nodes, **more})


def told(before: Flow, after: Flow) -> list[str]:
    return [str(change) for change in diff(before, after)]


MENU = {"kind": "menu", "prompts": ["x"], "choices": {"one": {"keys": ["1"]}}, "exits": {"one": "end", "failed": "end"}}


def test_nodes_and_fields_added_removed_and_changed() -> None:
    before = a_flow({"a": MENU, "end": END, "old": END})
    choices = {"one": {"keys": ["4"]}, "two": {"keys": ["2"], "intent": "sales"}}
    menu = {**MENU, "choices": choices, "tries": 2, "exits": {"one": "end", "two": "new", "failed": "end"}}
    after = a_flow({"a": menu, "end": END, "new": {"kind": "hangup", "cause": 17}}, about="More.")
    assert told(before, after) == [
        "+ about: More.",
        '~ a.choices.one.keys: ["1"] → ["4"]',
        '+ a.choices.two: {"keys": ["2"], "intent": "sales"}',
        "+ a.exits.two: new",
        "~ a.tries: 3 → 2",
        "+ new (hangup)",
        "- old (hangup)",
    ]


def test_the_same_flow_written_otherwise_is_no_difference() -> None:
    other = {**MENU, "tries": 3, "exits": {"failed": "end", "one": "end"}}  # 3 is the default
    assert diff(a_flow({"a": MENU, "end": END}), a_flow({"end": END, "a": other})) == ()


def test_what_is_left_out_is_its_default() -> None:
    queue = {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end"}}
    other = {**queue, "prompts": ["welcome"], "wait_flow": "", "max_wait_s": 60, "called_back": True}
    assert told(a_flow({"a": other, "end": END}), a_flow({"a": queue, "end": END})) == [
        '~ a.prompts: ["welcome"] → ["please-wait"]',
        "~ a.wait_flow:  → wait",
        "- a.max_wait_s: 60.0",
        "~ a.called_back: true → false",
    ]


def test_a_renamed_node_is_one_change_and_what_leads_to_it_none() -> None:
    before = a_flow({"a": MENU, "end": END})
    after = a_flow({"a": {**MENU, "exits": {"one": "bye", "failed": "bye"}}, "bye": END})
    assert [(change.sort, change.node, change.after) for change in diff(before, after)] == [
        (Sort.RENAMED, "end", "bye")
    ]


def test_of_two_that_look_alike_nothing_is_called_renamed() -> None:
    before = a_flow({"a": MENU, "end": END})
    after = a_flow({"a": {**MENU, "exits": {"one": "bye", "failed": "ciao"}}, "bye": END, "ciao": END})
    assert {change.sort for change in diff(before, after)} == {Sort.ADDED, Sort.REMOVED, Sort.CHANGED}


@given(st.dictionaries(st.sampled_from("bcdef"), st.integers(1, 127), max_size=4))
def test_a_flow_does_not_differ_from_itself_and_differences_have_two_sides(causes: dict[str, int]) -> None:
    nodes = {"a": END, **{name: {"kind": "hangup", "cause": cause} for name, cause in causes.items()}}
    flow, bare = a_flow(nodes), a_flow({"a": END})
    assert diff(flow, flow) == ()
    assert {change.node for change in diff(bare, flow)} == set(causes)
    assert {(change.sort, change.node) for change in diff(flow, bare)} == {(Sort.REMOVED, name) for name in causes}
