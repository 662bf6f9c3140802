"""Flows in a folder, as a git repository keeps them."""

import json

import pytest

from callcenter.errors import FlowError
from ivr.flow import read
from ivr.folder import FlowFiles, read_folder, write_folder
from ivr.layout import Layout, load_layout

FLOW = read({"name": "main", "start": "a", "nodes": {"a": {"kind": "hangup"}}})
PLACED = Layout.model_validate({"nodes": {"a": {"x": 10, "y": -20}}})


def test_what_is_written_is_read_again() -> None:
    flows = {"main": FlowFiles(flow=FLOW, layout=PLACED, tests=({"name": "hangs up at once", "steps": ["hang up"]},))}
    texts = write_folder(flows)
    assert sorted(texts) == ["main.json", "main.layout.json", "main.tests.yaml"]
    assert read_folder(texts) == flows


def test_a_flow_alone_has_no_other_files_and_strangers_are_passed_over() -> None:
    texts = write_folder({"main": FlowFiles(flow=FLOW, layout=Layout())})
    assert sorted(texts) == ["main.json"]
    assert read_folder({**texts, "README.md": "Flows."}).keys() == {"main"}


def test_places_of_nodes_that_are_gone_are_forgotten() -> None:
    layout = {"nodes": {"a": {"x": 1, "y": 2}, "gone": {"x": 3, "y": 4}}}
    texts = {"main.json": FLOW.to_text(), "main.layout.json": json.dumps(layout)}
    assert read_folder(texts)["main"].layout.nodes.keys() == {"a"}


def test_the_file_must_be_called_like_the_flow_and_be_there_once() -> None:
    with pytest.raises(FlowError, match=r"file other\.json holds flow 'main'; call the file main\.json"):
        read_folder({"other.json": FLOW.to_text()})
    with pytest.raises(FlowError, match=r"main\.yaml is a second file of this flow"):
        read_folder({"main.json": FLOW.to_text(), "main.yaml": FLOW.to_text()})


def test_a_file_of_tests_that_is_none() -> None:
    for text, said in (
        ("[1]", "must be `cases:` and a list of them"),
        ("cases: {", "line 1"),
        ("cases: [{given: {queue: {talk: .inf}}}]", "inf is nothing that JSON can hold"),
        ("cases: [{name: !!binary aGk=}]", "b'hi' is nothing that JSON can hold"),
        ("cases: [{given: {1: a, '1': b}}]", "two of the keys 1, '1' are the same in JSON"),
    ):
        with pytest.raises(FlowError, match=said):
            read_folder({"main.json": FLOW.to_text(), "main.tests.yaml": text})


def test_a_file_of_tests_may_be_empty_yet() -> None:
    assert read_folder({"main.json": FLOW.to_text(), "main.tests.yaml": "\n"})["main"].tests == ()


def test_test_cases_are_kept_as_json_holds_them() -> None:
    text = "cases: [{name: x, given: {facts: {last_call_at: 2026-02-27}}, expect: {recording: {on: true}}}]"
    (case,) = read_folder({"main.json": FLOW.to_text(), "main.tests.yaml": text})["main"].tests
    assert case["given"] == {"facts": {"last_call_at": "2026-02-27"}}
    assert case["expect"] == {"recording": {"on": True}}


def test_a_layout_shows_one_node_per_line_and_refuses_what_is_none() -> None:
    assert PLACED.to_text() == '{\n  "nodes": {\n    "a": {"x":10,"y":-20}\n  }\n}\n'
    assert load_layout(PLACED.to_text(), "main") == PLACED
    assert load_layout(Layout().to_text(), "main") == Layout()
    with pytest.raises(FlowError, match=r"nodes\.a\.x: Input should be a valid integer"):
        load_layout('{"nodes": {"a": {"x": "left", "y": 1}}}', "main")
    with pytest.raises(FlowError, match="line 1"):
        load_layout('{"nodes": ', "main")
