"""Simulations and test runs over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.desk.house import House
from tests.desk.menu import CASES, EXAMPLES, GOODBYE, MENU, menu, save


@pytest.fixture
async def desk(house: House) -> House:
    await house.enter()
    return house


async def test_a_call_is_played_step_by_step(desk: House) -> None:
    begun = (await desk.ask("POST", "/flows/menu/simulate", json={"body": MENU})).plain
    assert (begun["waiting_for"], begun["at"]) == ("keys", {"flow": "menu", "node": "choose"})
    assert begun["asks"]["max_digits"] == 1
    assert [said["key"] for said in begun["heard"]] == ["main-menu"]
    assert begun["failure"] is None
    after = (await desk.ask("POST", "/flows/menu/simulate", json={"body": MENU, "steps": [{"press": "1"}]})).plain
    assert [(step["node"], step["exit"]) for step in after["path"]] == [
        ("choose", "sales"),
        ("say-sales", "next"),
        ("end", ""),
    ]
    assert (after["waiting_for"], after["intent"]) == ("nothing", "sales")
    assert after["end"] == {"end": "hung up", "cause": 16, "outcome": "self-service", "reason": ""}
    assert after["elapsed_s"] > begun["elapsed_s"]


async def test_what_cannot_be_done_is_said_and_the_call_stays_as_it_was(desk: House) -> None:
    steps = [{"press": "1"}, {"press": "2"}]
    said = (await desk.ask("POST", "/flows/menu/simulate", json={"body": MENU, "steps": steps})).plain
    assert said["failure"] == {"step": 2, "text": "nobody takes keys: the flow has hung up", "needs": ""}
    assert said["at"]["node"] == "end"


async def test_an_answer_that_nobody_gave_is_asked_for(desk: House) -> None:
    body = yaml.safe_load((EXAMPLES / "http.yaml").read_text())
    given: dict[str, Any] = {"variables": {"account": "7"}}
    said = (await desk.ask("POST", "/flows/http/simulate", json={"body": body, "given": given})).plain
    assert said["failure"]["needs"] == "http"
    assert said["performed"][-1]["kind"] == "fetch"
    given["http"] = [{"url": "*", "status": 200, "body": {"account": {"balance": 5}}}]
    said = (await desk.ask("POST", "/flows/http/simulate", json={"body": body, "given": given})).plain
    assert said["failure"] is None
    assert said["variables"]["balance"] == 5


async def test_what_was_played_becomes_a_test_that_passes(desk: House) -> None:
    sent: dict[str, Any] = {"body": MENU, "steps": [{"press": "1"}], "given": {"caller": "+12025550199"}}
    case = (await desk.ask("POST", "/flows/menu/record", json=sent)).plain["case"]
    assert case["name"] == "A caller presses 1"
    assert case["expect"]["path"] == ["choose -> sales", "say-sales -> next", "end"]
    ran = (await desk.ask("POST", "/flows/menu/tests/run", json={"body": MENU, "tests": [case]})).plain
    assert (ran["passed"], ran["failed"]) == (1, 0)
    broken = await desk.ask("POST", "/flows/menu/record", json={**sent, "steps": [{"press": "1"}, {"press": "1"}]})
    assert (broken.status, broken.code) == (422, "not-given")


async def test_tests_say_what_failed_and_what_is_never_passed(desk: House) -> None:
    await save(desk, MENU)
    ran = (await desk.ask("POST", "/flows/menu/tests/run", json={"body": menu(say_sales=GOODBYE)})).plain
    assert (ran["passed"], ran["failed"]) == (len(CASES) - 1, 1)
    [failed] = [case for case in ran["cases"] if not case["passed"]]
    assert failed["name"] == "Is asked back"
    assert failed["path"][0] == "choose -> sales"
    assert ran["coverage"]["share"] == 1.0
    few = (await desk.ask("POST", "/flows/menu/tests/run", json={"body": MENU, "tests": CASES[:1]})).plain
    assert "say-agent" in few["coverage"]["missed"]


@pytest.mark.parametrize(
    ("path", "sent", "status", "code"),
    [
        ("simulate", {"body": {}}, 422, "flow"),
        ("simulate", {"body": MENU, "steps": [{"dance": 1}]}, 400, "invalid"),
        ("simulate", {"body": MENU, "given": {"clock": "tomorrow"}}, 400, "invalid"),
        ("tests/run", {"body": MENU, "tests": [{"name": "x"}]}, 422, "test-cases"),
        ("tests/run", {"body": {}}, 422, "flow"),
    ],
)
async def test_what_makes_no_sense_is_refused(desk: House, path: str, sent: Any, status: int, code: str) -> None:
    refused = await desk.ask("POST", f"/flows/menu/{path}", json=sent)
    assert (refused.status, refused.code) == (status, code), refused.plain
