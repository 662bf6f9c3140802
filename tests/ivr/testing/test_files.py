"""Files of test cases: what is read, what is refused and how it is said, and that what is written is read again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.testing.cases import Agent, Case, Given, HangUp, Hear, HttpGiven, Press, QueueGiven, Say, Silence, Speak, Wait
from ivr.testing.files import CasesError, load_cases, read_cases, schema, to_text, with_case

HERE = Path(__file__).parent
BROKEN = sorted((HERE / "broken").glob("*.yaml"))
GOOD = """
cases:
  - name: A caller with a bill
    given:
      clock: 2026-03-02 09:30 America/New_York
      queue: {agent_after: 2m}
      http: [{url: "https://crm.example/*", body: {balance: 1250}}]
    steps:
      - hear: welcome
      - press: 3
      - press: "0471#"
      - say: pay my bill
        score: 0.5
      - silence
      - wait: 1h 30m
      - agent: answers
      - hang up
    expect:
      path: [welcome -> next, ..., end]
      queue: collections
      callback: none
  - name: Nothing at all
    steps: []
"""


def test_a_good_file() -> None:
    first, second = load_cases(GOOD, "main.tests.yaml")
    assert (first.line, second.line) == (3, 22)
    case = first.case
    assert case.given.clock.isoformat() == "2026-03-02T14:30:00+00:00"
    assert case.steps == (
        Hear(hear="welcome"),
        Press(press="3"),
        Press(press="0471#"),
        Say(say="pay my bill", score=0.5),
        Silence(),
        Wait(wait=5400),
        Agent(agent="answers"),
        HangUp(),
    )
    assert case.expect.path == ("welcome -> next", "...", "end")
    assert case.expect.queue == {"queue": "collections"}
    assert case.speech
    assert not second.case.speech


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_files_are_refused_with_line_case_and_field(path: Path, update: bool) -> None:
    """What is said of each is at its end, as comments."""
    text, _, said = path.read_text("utf-8").partition("# Refused:\n")
    with pytest.raises(CasesError) as refused:
        load_cases(text, path.name)
    faults = "".join(f"#   {fault}\n" for fault in refused.value.faults)
    if update:
        path.write_text(f"{text}# Refused:\n{faults}", "utf-8")
    assert faults == said or update


def test_an_error_is_one_line_that_names_the_file() -> None:
    with pytest.raises(CasesError) as refused:
        load_cases("cases: [{name: x}]", "a.tests.yaml")
    assert str(refused.value) == "a.tests.yaml: line 1: 'x': steps: is required"


def test_cases_as_the_store_keeps_them() -> None:
    plain = [located.case.to_plain() for located in load_cases(GOOD, "x")]
    again = read_cases(json.loads(json.dumps(plain)), "main")
    assert [located.case for located in again] == [located.case for located in load_cases(GOOD, "x")]
    with pytest.raises(CasesError, match="main: 'x': steps: is required"):
        read_cases([{"name": "x"}], "main")


STEPS = st.one_of(
    st.builds(Hear, hear=st.sampled_from(["welcome", "we will call you"])),
    st.builds(Press, press=st.text("0123456789*#", min_size=1, max_size=5)),
    st.builds(Say, say=st.sampled_from(["yes", "hang up"]), score=st.none() | st.floats(0, 1)),
    st.builds(Silence, silence=st.integers(1, 5)),
    st.builds(Speak, speak=st.integers(0, 100)),
    st.builds(Wait, wait=st.integers(0, 10_000)),
    st.builds(Agent, agent=st.sampled_from(["answers", "leaves", "gone"])),
    st.just(HangUp()),
)
GIVENS = st.builds(
    Given,
    caller=st.sampled_from(["+12025550143", "", "0123"]),
    queue=st.builds(QueueGiven, agent_after=st.none() | st.integers(0, 5000), unavailable=st.booleans()),
    http=st.lists(st.builds(HttpGiven, url=st.just("*"), body=st.sampled_from([None, {"a": [1, None]}, "x"]))).map(
        tuple
    ),
    variables=st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([None, 1, 1.5, "1", True])),
)
NAMES = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20)
CASES = st.builds(Case, name=NAMES, given=GIVENS, steps=st.lists(STEPS, max_size=6).map(tuple))


@settings(max_examples=30, deadline=None)
@given(st.lists(CASES, max_size=3, unique_by=lambda case: case.name))
def test_what_is_written_is_read_again(cases: list[Case]) -> None:
    assert [located.case for located in load_cases(to_text(cases), "x")] == cases


def without_hints(value: Any) -> Any:
    """A schema without what only the editor of flows is told."""
    if isinstance(value, dict):
        kept = {name: without_hints(inner) for name, inner in value.items() if not name.startswith("x-")}
        return {name: inner for name, inner in kept.items() if (name, inner) != ("propertyNames", {})}
    return [without_hints(inner) for inner in value] if isinstance(value, list) else value


def test_the_schema_of_test_cases(update: bool) -> None:
    """tests/ivr/testing/schema.json: what editors are told. A change of it is a change of the format."""
    kept = HERE / "schema.json"
    text = json.dumps(without_hints(schema()), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if update:
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")


@pytest.mark.parametrize("end", ["", "# behind it\n", "...\n", "   \n\n"])
def test_one_more_case_leaves_a_file_that_can_be_read(end: str) -> None:
    text = f"# ours\ncases:\n- name: one\n  steps: []\n{end}"
    more = with_case(text, load_cases("cases: [{name: one, steps: [silence]}]", "x")[0].case, "x")
    assert [located.case.name for located in load_cases(more, "x")] == ["one", "one (2)"]
    assert more.startswith("# ours") or end == "...\n"
