"""The catalogue of prompts, and that it has every prompt something says."""

import re
from pathlib import Path

import pytest

from callcenter.errors import ConfigError
from ivr import company
from ivr.flow import load
from ivr.prompts import load_catalogue

ROOT = Path(__file__).parents[2]
EN = load_catalogue((ROOT / "prompts/en.yaml").read_text("utf-8"), "en")


def test_a_text_is_one_line_and_has_a_length() -> None:
    catalogue = load_catalogue("a: >-\n  one two\n  three\n", "en")
    assert catalogue.text("a") == "one two three"
    assert 0.5 < catalogue.length_s("a") < 2
    assert catalogue.text("missing") == "[missing]"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "prompts/en.yaml: must be a list of lines `key: text`"),
        ("- a", "prompts/en.yaml: must be a list of lines `key: text`"),
        ("a: one\na: two", "prompts/en.yaml: line 2: 'a' is there twice"),
        ("a: 'x", "prompts/en.yaml: line 1, column 6: found unexpected end of stream"),
        ("a: 1", "prompts/en.yaml: a: has no text"),
        ("a: ''", "prompts/en.yaml: a: has no text"),
        (
            "A b: x\nyes: y",
            "prompts/en.yaml: key 'A b' is not made of small letters, digits and hyphens; "
            "key True is not made of small letters, digits and hyphens",
        ),
        ("../x: y", "prompts/en.yaml: key '../x' is not made of small letters, digits and hyphens"),
        ("a: " + "x" * 1001, "prompts/en.yaml: a: has 1001 characters, at most 1000 are said in one go"),
    ],
)
def test_a_wrong_catalogue_is_refused_in_one_line(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_catalogue(text, "en")
    assert str(refused.value) == error


def test_everything_flow_main_says_is_in_the_catalogue() -> None:
    flow = load((ROOT / "ivr/flows/main.json").read_text("utf-8"))
    used = {key for node in flow.nodes.values() for _, key in node.prompts_used()}
    assert used <= EN.keys


def test_everything_a_waiting_caller_may_hear_is_in_the_catalogue() -> None:
    assert set(company.prompts_used()) <= EN.keys


def test_everything_the_dialplan_says_is_in_the_catalogue() -> None:
    dialplan = (ROOT / "asterisk/conf/extensions.conf").read_text("utf-8")
    said = set(re.findall(r"\$\{CC_LANGUAGE\}/([a-z0-9-]+)", dialplan))
    assert {"technical-difficulty", "all-busy", "enter-pin"} <= said
    assert said <= EN.keys


@pytest.mark.parametrize(
    "key",
    ["fallback-menu", "closed-emergency", "enter-pin", "wrong-pin", "logged-in", "logged-out", "paused", "ready"],
)
def test_prompts_that_other_parts_name(key: str) -> None:
    assert EN.text(key).endswith(".")
