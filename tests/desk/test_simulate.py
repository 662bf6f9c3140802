"""Simulations: where every kind of wait leaves the call, and that nothing of the outside is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from desk.publishing import bundle_of
from desk.service.shelf import shipped_files
from desk.simulate import record, simulate
from ivr.flow import read
from ivr.testing.cases import Given, Step
from ivr.testing.files import read_cases
from ivr.testing.runner import run_case
from ivr.testing.world import NotGiven
from tests.desk.house import HERE

FLOWS = {name: files.flow for name, files in shipped_files().items()}
VOICE = HERE.found.voice()
STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[Step, ...])


def flow(**nodes: Any) -> Any:
    return read({"name": "tried", "start": next(iter(nodes)), "nodes": nodes})


END = {"kind": "hangup"}
QUEUE = {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end"}}
VOICEMAIL = {
    "kind": "voicemail",
    "box": "sales",
    "exits": {"saved": "end", "empty": "end", "failed": "end"},
}


def played(tried: Any, *steps: Any, **given: Any) -> Any:
    bundle = bundle_of(tried, FLOWS)
    found = simulate(bundle, Given(**given), STEPS.validate_python(steps), VOICE)
    json.dumps(found.model_dump(mode="json"), allow_nan=False)
    return found


def test_a_caller_in_a_queue_and_with_an_agent() -> None:
    tried = flow(join=QUEUE, end=END)
    waiting = played(tried)
    assert (waiting.waiting_for, waiting.queue, waiting.failure) == ("queue", "sales", None)
    assert waiting.performed[0].kind == "enqueue"
    talking = played(tried, {"agent": "answers"})
    assert (talking.waiting_for, talking.asks) == ("agent", None)
    over = played(tried, {"agent": "answers"}, {"agent": "leaves"})
    assert (over.waiting_for, over.queue) == ("nothing", "")
    assert over.end is not None
    assert over.end.end == "hung up"


def test_a_caller_who_is_recorded() -> None:
    tried = flow(leave=VOICEMAIL, end=END)
    recording = played(tried)
    assert recording.waiting_for == "recording"
    assert recording.asks is not None
    assert "#" in recording.asks.keys
    said = played(tried, {"say": "please call me back"}, {"press": "#"})
    assert said.performed[-1].kind == "keep-voicemail"


def test_a_caller_who_may_speak() -> None:
    main = FLOWS["main"]
    spoken = played(main, speech=True)
    assert spoken.waiting_for == "speech"
    assert spoken.asks is not None
    assert spoken.asks.phrases


def test_the_clock_runs_and_hours_hold_as_given() -> None:
    tried = flow(join=QUEUE, end=END)
    begun, later = played(tried), played(tried, {"wait": 90})
    assert (later.clock - begun.clock).total_seconds() == pytest.approx(90)


def test_a_card_number_is_in_no_answer() -> None:
    files = shipped_files()["payment"]
    for case in read_cases(files.tests, "payment"):
        found = played(files.flow, *case.case.steps, **dict(case.case.given))
        assert "4111111111111111" not in found.model_dump_json().replace('"text"', "")


@pytest.mark.parametrize("name", ["main", "after-hours", "payment"])
def test_what_the_cases_of_a_shipped_flow_do_is_recorded_as_a_case_that_passes(name: str) -> None:
    files = shipped_files()[name]
    bundle = bundle_of(files.flow, FLOWS)
    cases = [located.case for located in read_cases(files.tests, name)][:25]
    assert cases
    for case in cases:
        again = record(bundle, case.given, case.steps, VOICE, case.name)
        result = run_case(bundle, again, VOICE)
        assert result.passed, result.told()


def test_what_cannot_go_on_is_no_test_case() -> None:
    with pytest.raises(NotGiven, match="step 1"):
        record(bundle_of(flow(end=END), FLOWS), Given(), STEPS.validate_python([{"press": "1"}]), VOICE)
