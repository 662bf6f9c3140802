"""Faults put into flows, and what of a flow was passed."""

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import read
from ivr.testing.coverage import coverage
from ivr.testing.junit import junit
from ivr.testing.mutants import mutants
from ivr.testing.runner import Result
from tests.ivr.made_up import END, OFFICE, a_flow

TO_END = {"exits": {"next": "end"}}


def made(node: dict[str, Any]) -> list[str]:
    """What is changed of a node, in the order it is changed."""
    return [f"{m.field}: {m.change}" for m in mutants(a_flow({"a": node, "end": END, "e2": END})) if m.node == "a"]


@pytest.mark.parametrize(
    ("node", "changes"),
    [
        ({"kind": "play", "prompts": ["x", "y"], **TO_END}, ["prompts.0: x dropped", "prompts.1: y dropped"]),
        ({"kind": "play", "prompts": ["x"], **TO_END}, ["prompts.0: x → mutant"]),
        (
            {"kind": "say", "prompts": ["x", {"say": "money", "value": "due", "currency": "USD"}], **TO_END},
            [
                "prompts.0: x dropped",
                'prompts.1.value: due → "mutant"',
                "prompts.1.currency: dropped",
                "prompts.1.currency: USD → EUR",
            ],
        ),
        (
            {
                "kind": "menu",
                "prompts": ["x"],
                "invalid_prompt": "no",
                "choices": {"a": {"keys": ["1", "2"], "phrases": {"en": ["yes"]}}, "b": {"keys": ["0"]}},
                "exits": {"a": "end", "b": "e2", "failed": "end"},
            },
            [
                "exits: a and b swapped",
                "exits: b and failed swapped",
                "tries: 3 → 1",
                "prompts.0: x → mutant",
                "invalid_prompt: no → nox",
                "choices.a: dropped",
                "choices.a.keys: key 1 dropped",
                "choices.a.keys: key 2 dropped",
                "choices.a.phrases: dropped",
                "choices.b: dropped",
                "choices.b.keys: key 0 → 3",
            ],
        ),
        (
            {
                "kind": "branch",
                "cases": [{"when": "a > 1 and b <= 2", "exit": "yes"}, {"when": "c", "exit": "maybe"}],
                "exits": {"yes": "end", "maybe": "e2", "else": "end"},
            },
            [
                "exits: else and maybe swapped",
                "exits: maybe and yes swapped",
                "cases.0: a > 1 and b <= 2 dropped",
                "cases.0.when: a > 1 and b <= 2 → not (a > 1 and b <= 2)",
                "cases.0.when: a > 1 and b <= 2 → a >= 1 and b <= 2",
                "cases.0.when: a > 1 and b <= 2 → a > 1 and b < 2",
                "cases.0.exit: yes → yesx",
                "cases.1: c dropped",
                "cases.1.when: c → not (c)",
                "cases.1.exit: maybe → maybex",
            ],
        ),
        (
            {"kind": "set", "variables": {"a": "1", "b": "2"}, **TO_END},
            [
                "variables.a: dropped",
                'variables.a: 1 → "mutant"',
                "variables.b: dropped",
                'variables.b: 2 → "mutant"',
            ],
        ),
        (
            {
                "kind": "hours",
                "hours": {
                    "timezone": "UTC",
                    "weekly": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00", "18:00-24:00"]},
                    "holidays": ["2026-12-25"],
                    "exceptions": {"2026-12-24": ["09:00-12:00"]},
                },
                "exits": {"open": "end", "closed": "end"},
            },
            [
                "hours.weekly: 09:00-17:00 opens an hour later",
                "hours.weekly: 09:00-17:00 closes an hour earlier",
                "hours.weekly: 18:00-24:00 opens an hour later",
                "hours.weekly: 18:00-24:00 closes an hour earlier",
                "hours.weekly: all a day later",
                "hours.holidays: 2026-12-25 dropped",
                "hours.exceptions: 2026-12-24 dropped",
            ],
        ),
        (
            {
                "kind": "collect",
                "prompts": ["x"],
                "into": "n",
                "takes": "number",
                "minimum": "1",
                "maximum": "limit",
                "confirm": True,
                "secure": False,
                "exits": {"done": "end", "failed": "end"},
            },
            [
                "tries: 3 → 1",
                "terminator: # → *",
                "prompts.0: x → mutant",
                "into: n → nx",
                "minimum: 1 → (1) + 1",
                "maximum: limit → (limit) - 1",
                "confirm: true → false",
            ],
        ),
        (
            {"kind": "queue", "queue": "sales", "skills": ["es"], "exits": {"done": "end", "unavailable": "e2"}},
            [
                "exits: done and unavailable swapped",
                "priority: 0 → 1",
                "queue: sales → salesx",
                "skills.0: es → mutant",
            ],
        ),
        (
            {"kind": "language", "offers": [{"language": "en", "key": "1"}, {"language": "es", "key": "2"}], **TO_END},
            [
                "tries: 2 → 1",
                "offers.0: en dropped",
                "offers.0.language: en → fr",
                "offers.0.key: 1 → 9",
                "offers.1: es dropped",
                "offers.1.language: es → fr",
                "offers.1.key: 2 → 9",
            ],
        ),
        (
            {"kind": "split", "weights": {"x": 50, "y": 50}, "exits": {"x": "end", "y": "e2"}},
            ["exits: x and y swapped"],
        ),
        (
            {"kind": "music", "keys": {"1": "x"}, "exits": {"next": "end", "x": "end"}},
            ["keys.1: dropped", "keys.1: x → xx"],
        ),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_is_changed(node: dict[str, Any], changes: list[str]) -> None:
    assert made(node) == changes


def test_mutants_are_the_same_every_time_and_each_is_another_flow() -> None:
    first, second = list(mutants(OFFICE)), list(mutants(OFFICE))
    assert [str(mutant) for mutant in first] == [str(mutant) for mutant in second]
    assert len({mutant.flow.to_text() for mutant in first} | {OFFICE.to_text()}) == len(first) + 1
    assert str(first[0]) == "ask-account.exits: done and failed swapped"


def test_every_mutant_can_be_written_and_read() -> None:
    for mutant in mutants(OFFICE):
        assert read(mutant.flow.canonical()) == mutant.flow


def test_what_nobody_can_reach_is_not_changed() -> None:
    flow = a_flow({name: {"kind": "play", "prompts": ["x"], **TO_END} for name in ("a", "lost")} | {"end": END})
    assert {mutant.node for mutant in mutants(flow)} == {"a"}
    assert coverage(flow, [("test", "a", "next"), ("test", "end", "")]).share == 1.0


def test_coverage_counts_nodes_and_exits_within_reach() -> None:
    none = coverage(OFFICE, [])
    assert (none.share, none.nodes, none.exits, len(none.missed)) == (0.0, 14, 21, 35)
    some = coverage(OFFICE, [("office", "welcome", "next"), ("office", "choose", "sales"), ("other", "end", "")])
    assert none.missed[:2] == ("ask-account", "choose")
    assert set(none.missed) - set(some.missed) == {"welcome", "welcome -> next", "choose", "choose -> sales"}


def test_an_exit_that_is_not_connected_is_covered_by_the_one_taken_in_its_place() -> None:
    covered = coverage(OFFICE, [("office", "sales", "timeout")])
    assert "sales -> unavailable" not in covered.missed


@given(st.text())
def test_junit_is_xml_whatever_a_case_is_called(name: str) -> None:
    result = Result(case=name, failures=(f"it {name}",), heard=(), path=(), visits=frozenset())
    root = ElementTree.fromstring(junit({"main": [result]}))
    assert root[0].get("failures") == "1"
