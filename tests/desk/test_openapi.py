"""The description of the API says all that there is, once, and as clients need it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from desk.contract import Route
from desk.openapi import TEXTS
from desk.service.routes import ROUTES, described

DOCUMENT = described()
OPERATIONS = {
    f"{method.upper()} {path}": said for path, methods in DOCUMENT["paths"].items() for method, said in methods.items()
}


def test_every_route_is_described_and_nothing_else() -> None:
    assert sorted(OPERATIONS) == sorted(f"{route.method} {route.path}" for route in ROUTES)
    assert DOCUMENT["openapi"] == "3.1.0"


def test_operations_have_names_of_their_own() -> None:
    names = Counter(said["operationId"] for said in OPERATIONS.values())
    assert [name for name, count in names.items() if count > 1 or not re.fullmatch(r"[a-z_]+", name)] == []


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(DOCUMENT)
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in DOCUMENT["components"]["schemas"]
    assert "#/$defs" not in text


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_what_a_route_may_answer_is_described(route: Route) -> None:
    said: dict[str, Any] = OPERATIONS[f"{route.method} {route.path}"]
    assert str(route.status) in said["responses"]
    assert {int(status) for status in said["responses"]} - {route.status} <= set(TEXTS)
    assert [one["name"] for one in said.get("parameters", []) if one["in"] == "path"] == list(route.names)
    assert bool(said["security"]) is not route.public


def test_models_have_names_that_types_can_have() -> None:
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z-]*", name), name
