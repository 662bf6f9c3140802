"""Plain values out of JSON and YAML: the same by libyaml and by PyYAML's own reader, and nothing dropped in silence."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import plain
from ivr.plain import MAX_DEPTH, parse

SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab: #'\"-é\n", max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1", min_size=1), inner, max_size=3)
)


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_both_readers_read_the_same(value: Any, flow: bool) -> None:
    text = f"# a comment\n{yaml.safe_dump(value, default_flow_style=flow)}"
    assert parse(text) == yaml.load(text, Loader=plain._PlainLoader) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: 'a' is there twice"),
        ("? [1, 2]\n: 3", "line 1: a key must be a word or a number"),
        ("a: &x [1]\nb: *x", "YAML aliases are not read; write out what they stand for"),
        ("a: [1, 2", "line 1, column 9: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "line 1, column 5: mapping values are not allowed here"),
        ("[" * 100_000, "nested too deeply"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
        ('{"a": 1, "a": 2}', "'a' is there twice in one object"),
        ("!!python/object:os.system x", "line 1, column 1: could not determine a constructor for the tag"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(text)
    assert str(refused.value).startswith(said)


def test_deep_but_not_too_deep() -> None:
    assert str(parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


@pytest.mark.parametrize("text", ["a: 2026-03-02", "a: 2026-13-45", "2026-03-02: [a]", "a: 2026-03-02T09:30:00Z"])
def test_what_looks_like_a_date_is_text_as_in_json(text: str) -> None:
    key, _, value = text.partition(": ")
    assert parse(text) == yaml.load(text, Loader=plain._PlainLoader) == {key: ["a"] if value == "[a]" else value}
