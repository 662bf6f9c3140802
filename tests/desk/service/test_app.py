"""What every address does, whatever it is for: limits, methods, and faults of our own that leak nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import replace as but

import pytest
from aiohttp.test_utils import TestClient, TestServer

from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from desk.premises import Premises
from desk.service.app import desk_app
from tests.desk.house import API, PASSWORD, House


@dataclass(slots=True)
class Broken:
    """An installation that cannot be read; `error` says how."""

    error: Exception

    async def premises(self) -> Premises:
        raise self.error


async def test_a_fault_of_ours_is_logged_with_a_mark_and_told_without_anything_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    desk = but(house.desk, installation=Broken(RuntimeError("the secret is hunter2")))
    await house.enter()
    async with TestClient(TestServer(desk_app(desk))) as client:
        await client.post(f"{API}/session", json={"name": "admin-1", "password": PASSWORD})
        async with client.get(f"{API}/flows") as response:
            said = await response.json()
            assert (response.status, said["code"]) == (500, "internal")
            assert "hunter2" not in str(said)
            assert "default-src" in response.headers["Content-Security-Policy"]
    mark = re.findall(r"as (\w+)$", said["message"])[0]
    assert any(mark in record.getMessage() for record in caplog.records)


async def test_what_the_operator_must_mend_is_said_to_them(house: House) -> None:
    desk = but(house.desk, installation=Broken(ConfigError("centre.toml line 3: …")))
    await house.enter()
    async with TestClient(TestServer(desk_app(desk))) as client:
        await client.post(f"{API}/session", json={"name": "admin-1", "password": PASSWORD})
        async with client.get(f"{API}/flows") as response:
            assert (response.status, (await response.json())["code"]) == (422, "config")


async def test_without_its_database_the_desk_answers_and_says_so(house: House) -> None:
    async with (
        await Store.open("sqlite:////nowhere/at/all.db") as store,
        TestClient(TestServer(desk_app(but(house.desk, store=store)))) as client,
    ):
        async with client.post(f"{API}/session", json={"name": "ann", "password": PASSWORD}) as response:
            assert (response.status, (await response.json())["code"]) == (503, "store")
        assert (await client.get("/health")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PATCH", "/me", 405, "method"),
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "", 404, "not-found"),
        ("POST", "/flows/main", 405, "method"),
    ],
)
async def test_what_is_no_address_is_said_so(house: House, method: str, path: str, status: int, code: str) -> None:
    await house.enter()
    answer = await house.ask(method, path)
    assert (answer.status, answer.code) == (status, code)


async def test_answers_are_kept_by_nobody(house: House) -> None:
    await house.enter()
    assert (await house.ask("GET", "/me")).headers["Cache-Control"] == "no-store"
    assert (await house.ask("GET", "/nothing")).headers["Cache-Control"] == "no-store"


async def test_a_body_where_none_belongs_is_refused(house: House) -> None:
    await house.enter()
    refused = await house.ask("DELETE", "/users/nobody", json={"sure": True})
    assert (refused.status, refused.code) == (400, "invalid")
