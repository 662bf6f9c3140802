"""Flows played in a terminal, and recorded sessions: tests/flows/<flow>.<case>.json, rewritten by `pytest --update`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.flow import load
from ivr.player import Recording, play
from ivr.prompts import load_catalogue
from ivr.session import CallInfo

ROOT = Path(__file__).parents[2]
MAIN = load((ROOT / "ivr/flows/main.json").read_text("utf-8"))
EN = load_catalogue((ROOT / "prompts/en.yaml").read_text("utf-8"), "en")
GOLDEN = sorted((ROOT / "tests/flows").glob("main.*.json"))


def recorded(typed: Sequence[str], at: str = "2026-03-02T15:00:00+00:00", **call: str) -> tuple[Recording, list[str]]:
    lines, shown = iter(typed), []

    def ask(question: str) -> str | None:
        shown.append(question)
        return next(lines, None)

    info = CallInfo(call_id="1.1", **call)
    return play(MAIN, EN, info, datetime.fromisoformat(at), ask, shown.append), shown


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_recorded_sessions_of_flow_main(path: Path, update: bool) -> None:
    golden = json.loads(path.read_text("utf-8"))
    session, _ = recorded(golden["typed"], golden["at"], caller=golden["caller"], did=golden["did"])
    now = {"about": golden["about"], **session.to_json()}
    if update:
        path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert now == golden or update


def test_there_are_recorded_sessions_for_every_exit_of_flow_main() -> None:
    taken = {
        visit.partition(" (")[0]
        for path in GOLDEN
        for turn in json.loads(path.read_text("utf-8"))["turns"]
        for visit in turn["path"]
    }
    every = {f"{node_id} -> {name}" for node_id, node in MAIN.nodes.items() for name in node.required_exits()}
    # Flow main is open around the clock.
    assert every - taken == {"opening-hours -> closed", "say-closed -> next"}


def test_keys_may_be_typed_ahead_and_cut_prompts_short() -> None:
    slow, _ = recorded(["3", "4711#", "hangup"])
    fast, _ = recorded(["34711#", "hangup"])
    assert fast.turns[-1].session.variables == slow.turns[-1].session.variables
    assert not any("account number" in line for line in fast.heard)


def test_keys_typed_ahead_of_a_mistake_are_forgotten() -> None:
    session, _ = recorded(["91", "hangup"])
    assert [str(visit) for visit in session.turns[1].path] == ["choose (invalid, try 1 of 3)"]
    assert session.turns[-1].session.intent == ""


def test_the_pound_key_after_a_full_number_belongs_to_it() -> None:
    session, _ = recorded(["3", "1234567890#", "hangup"])
    assert session.turns[-1].session.variables["account"] == "1234567890"


def test_a_wait_passes_in_no_time_and_says_what_a_caller_would_hear() -> None:
    session, _ = recorded(["1", "wait 600", "agent", "leave"])
    assert sum("We have not forgotten you" in line for line in session.heard) == 10
    assert session.heard[-1].endswith("x hung up, cause 16")


def test_what_cannot_happen_now_is_explained() -> None:
    _, shown = recorded(["agent", "12x", "hangup"])
    assert shown.count("  type keys, an empty line for silence, or hangup") == 2


def test_the_end_of_input_is_a_hang_up() -> None:
    session, _ = recorded([])
    assert session.heard[-1].endswith("x the caller hung up")
    assert session.turns[-1].session.end is not None


def test_the_clock_shows_when_something_was_said() -> None:
    session, _ = recorded(["", "hangup"], at=datetime(2026, 3, 2, tzinfo=UTC).isoformat())
    assert session.heard[0].startswith('00:00  "Thank you for calling."')
    assert session.heard[2].startswith('00:15  "Sorry, I did not get an answer."')
