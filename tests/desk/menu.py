"""A small flow with its test cases, of docs/examples, for the tests."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from tests.desk.house import ROOT, Answered, House

EXAMPLES = ROOT / "docs/examples"
MENU: dict[str, Any] = yaml.safe_load((EXAMPLES / "menu.yaml").read_text())
CASES: list[dict[str, Any]] = yaml.safe_load((EXAMPLES / "menu.tests.yaml").read_text())["cases"]
for _case in CASES:  # YAML's unquoted keys are numbers; the API takes text
    _case["steps"] = [
        {name: str(value) if name == "press" else value for name, value in step.items()} for step in _case["steps"]
    ]
LAYOUT = {"nodes": {"choose": {"x": 0, "y": 0}, "end": {"x": 400, "y": 80}}}


def menu(**nodes: Any) -> dict[str, Any]:
    """Return the flow with some nodes otherwise; None: without."""
    body = copy.deepcopy(MENU)
    for name, node in nodes.items():
        if node is None:
            del body["nodes"][name.replace("_", "-")]
        else:
            body["nodes"][name.replace("_", "-")] = node
    return body


GOODBYE = {"kind": "play", "prompts": ["goodbye"], "exits": {"next": "end"}}


async def save(house: House, body: dict[str, Any], lock: int = 0, **more: Any) -> Answered:
    """Save a draft of the flow."""
    return await house.ask(
        "PUT", "/flows/menu/draft", headers={"If-Match": f'"{lock}"'}, json={"body": body, "tests": CASES, **more}
    )


async def publish(house: House, body: dict[str, Any] | None = None, **more: Any) -> Answered:
    """Save a draft of the flow and publish it."""
    found = await house.ask("GET", "/flows/menu/draft")
    lock = found.plain["lock"] if found.status == 200 else 0
    if body is not None or found.status == 404:
        lock = (await save(house, body or MENU, await last_lock(house))).plain["lock"]
    return await house.ask("POST", "/flows/menu/publish", json={"message": "test", "lock": lock, **more})


async def last_lock(house: House) -> int:
    """Return the lock that the next save must have seen."""
    found = await house.ask("GET", "/flows/menu/draft")
    return found.plain["lock"] if found.status == 200 else 0
