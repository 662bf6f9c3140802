"""Reading, writing and refusing flows."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import FlowError, Issue
from ivr.flow import MAX_TEXT, Flow, load, read
from ivr.hours import SPAN
from ivr.lint import Known, check, lint
from ivr.nodes import KINDS
from ivr.nodes.words import FORMS
from ivr.prompts import load_catalogue

ROOT = Path(__file__).parents[2]
BROKEN = sorted((ROOT / "tests/flows/broken").glob("*.json"))
SHIPPED = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "ivr/flows").glob("*.json"))}
MAIN = SHIPPED["main"]
PROMPTS = {
    language: load_catalogue((ROOT / f"prompts/{language}.yaml").read_text("utf-8"), language).keys
    for language in ("en", "es", "fr")
}
KNOWN = Known(prompts={"en": PROMPTS["en"]}, queues=frozenset({"sales", "support", "collections"}))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_flows_are_sound_and_in_canonical_form(name: str) -> None:
    flow = load(SHIPPED[name])
    known = replace(KNOWN, prompts=PROMPTS, flows={other: load(text) for other, text in SHIPPED.items()})
    assert lint(flow, known) == ()
    assert (flow.name, flow.to_text()) == (name, SHIPPED[name])


def test_yaml_and_any_order_of_writing_give_the_same_flow() -> None:
    def reversed_maps(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: reversed_maps(value[key]) for key in reversed(value)}
        return [reversed_maps(item) for item in value] if isinstance(value, list) else value

    text = yaml.safe_dump(reversed_maps(json.loads(MAIN)), sort_keys=False)
    assert load(text).to_text() == MAIN


def test_yaml_may_write_keys_of_the_telephone_as_numbers() -> None:
    text = "{name: m, start: a, nodes: {a: {kind: menu, prompts: [x], choices: {one: {keys: [1, '#']}}}}}"
    menu = load(
        " " + text.replace("{name", "name", 1)[:-1].replace(", start", "\n start").replace(", nodes", "\n nodes")
    )
    assert menu.canonical()["nodes"]["a"]["choices"] == {"one": {"keys": ["1", "#"]}}


def issues_of(plain: Any) -> tuple[Issue, ...]:
    try:
        return check(read(plain), KNOWN)
    except FlowError as refused:
        return refused.issues


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_flows_are_refused_with_node_and_field(path: Path, update: bool) -> None:
    case = json.loads(path.read_text("utf-8"))
    issues = [str(issue) for issue in issues_of(case["flow"])]
    if update:
        path.write_text(
            json.dumps({"issues": issues, "flow": case["flow"]}, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
    assert issues, "a broken flow must have an issue"
    assert issues == case["issues"] or update


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "flow 'draft' is refused: must be a map: names and what they stand for [schema]"),
        (
            '{"name": "x",',
            "flow 'draft' is refused: line 1, column 14: Expecting property name enclosed in double quotes [syntax]",
        ),
        ('{"nodes": {"a": 1, "a": 2}}', "flow 'draft' is refused: 'a' is there twice in one object [syntax]"),
        ("nodes:\n  a: 1\n  a: 2\n", "flow 'draft' is refused: line 3: 'a' is there twice [syntax]"),
        (
            "a: &x [1]\nb: *x\n",
            "flow 'draft' is refused: YAML aliases are not read; write out what they stand for [syntax]",
        ),
        ("a: [1", "flow 'draft' is refused: line 1, column 6: expected ',' or ']', but got '<stream end>' [syntax]"),
        ("? [a]\n: b\n", "flow 'draft' is refused: line 1: a key must be a word or a number [syntax]"),
        (
            "a: !!python/object:os.system x",
            "flow 'draft' is refused: line 1, column 4: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object:os.system' [syntax]",
        ),
        (
            "\x00",
            "flow 'draft' is refused: unacceptable character #x0000: special characters are not allowed in "
            '"<unicode string>", position 0 [syntax]',
        ),
        ("[" * 100_000, "flow 'draft' is refused: nested too deeply [syntax]"),
        (
            "x" * (MAX_TEXT + 1),
            f"flow 'draft' is refused: {MAX_TEXT + 1} characters, at most {MAX_TEXT} are read [too-long]",
        ),
        (
            "name: a\nstart: x\nnodes: {1: {kind: play, prompts: [welcome], promt: x}}",
            "flow 'a' is refused: 1: is 1, must be text; put it in quotes [schema]; "
            "1.promt: is no field of a play node [schema]",
        ),
        (
            '{"name": "a", "start": "x", "nodes": {"\\ud800": {"kind": "hangup", "x": 1}}}',
            "flow 'a' is refused: ���: is no text that can be kept [schema]; ���.x: is no field of this node [schema]",
        ),
        (
            '{"name": "a", "start": "' + "x" * 900 + '", "nodes": {"x": {"kind": "hangup"}}}',
            f"flow 'a' is refused: start: '{'x' * 399} … [schema]",
        ),
        ('{"a": ' + "1" * 5000 + "}", "flow 'draft' is refused: has a number of thousands of digits [syntax]"),
        ('{"a": NaN}', "flow 'draft' is refused: NaN is no number of JSON [syntax]"),
    ],
    ids=lambda value: value[:20] if not value.startswith("flow") else "",
)
def test_text_that_is_no_flow_is_refused_in_one_line(text: str, error: str) -> None:
    with pytest.raises(FlowError) as refused:
        load(text, name="draft")
    assert str(refused.value) == error


@pytest.mark.parametrize(
    ("node", "error"),
    [
        ({"kind": "hangup", "cause": "x"}, "x.cause: is 'x', must be a whole number"),
        ({"kind": "music", "seconds": None}, "x.seconds: is None, must be a number"),
        ({"kind": "play", "prompts": ["a"], "interruptible": 3}, "x.interruptible: is 3, must be true or false"),
        ({"kind": "hours", "hours": {"timezone": "UTC", "holidays": ["25.12.2026"]}},
         "x.hours.holidays.0: is '25.12.2026', must be a date such as 2026-12-24"),
        ({"kind": "hangup", "note": "x" * 501}, "x.note: is longer than 500 characters"),
        ({"kind": "set", "variables": {"a": "1" * 301}}, "x.variables.a: has 301 characters, at most 300"),
        ({"kind": "split", "weights": {"a": 100}}, "x.weights: has 1 entries, at least 2"),
        ({"kind": "split", "weights": {str(n): 0 for n in range(11)}}, "x.weights: has 11 entries, at most 10"),
        ({"kind": "language", "offers": []}, "x.offers: must not be empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_said_in_words(node: dict[str, Any], error: str) -> None:
    assert [str(issue) for issue in issues_of({"name": "a", "start": "x", "nodes": {"x": node}})] == [
        f"{error} [schema]"
    ]


def test_a_draft_with_loose_ends_can_be_kept_but_not_published() -> None:
    draft = load('{"name": "draft", "start": "a", "nodes": {"a": {"kind": "play", "prompts": ["welcome"]}}}')
    assert load(draft.to_text()) == draft
    with pytest.raises(FlowError, match=r"a\.exits\.next: leads nowhere; connect it to a node"):
        check(draft, KNOWN)


def test_what_is_not_known_is_not_checked() -> None:
    flow = read(
        {
            "name": "x",
            "start": "q",
            "nodes": {
                "q": {"kind": "queue", "queue": "any", "prompts": ["any"], "exits": {"done": "h", "unavailable": "h"}},
                "h": {"kind": "hangup"},
            },
        }
    )
    assert lint(flow, Known()) == ()
    assert [issue.code for issue in lint(flow, KNOWN)] == ["missing-prompt", "unknown-queue"]


def test_every_kind_has_its_name_and_a_schema() -> None:
    schema = Flow.model_json_schema()
    for name, kind in KINDS.items():
        assert kind.model_fields["kind"].default == name
        assert kind.__name__ in schema["$defs"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
FIELDS = sorted({name for kind in KINDS.values() for name in kind.model_fields})
NODES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4).flatmap(
    lambda fields: st.sampled_from([*KINDS, "none"]).map(lambda kind: {**fields, "kind": kind})
)
FLOWS = st.fixed_dictionaries({"name": JSON, "start": JSON, "nodes": st.dictionaries(st.text(), NODES | JSON)})


@given(plain=JSON | FLOWS)
def test_whatever_is_read_is_a_flow_or_a_flow_error(plain: Any) -> None:
    try:
        flow = read(plain)
    except FlowError as error:
        refused = error
    else:
        refused = None
        assert read(flow.canonical()) == flow
    assert refused is None or refused.issues


@given(text=st.text(alphabet="{}[]:,-?!&*#'\"|>%@` \nab1", max_size=60))
def test_whatever_text_is_read_is_a_flow_or_a_flow_error(text: str) -> None:
    with contextlib.suppress(FlowError):
        load(text)


def test_every_pattern_is_explained_in_words() -> None:
    def patterns(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(patterns, schema))
        if not isinstance(schema, dict):
            return set()
        here = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        return here.union(*map(patterns, schema.values()), schema.get("patternProperties", {}))

    assert patterns(Flow.model_json_schema()) == {*FORMS, SPAN.pattern}
