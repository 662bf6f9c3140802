"""Drafts, checks and differences over real HTTP: nobody's work is lost, and faults are said, not raised."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.accounts import Role
from callcenter.records import CentreRecords, Number
from tests.desk.house import House
from tests.desk.menu import CASES, GOODBYE, LAYOUT, MENU, menu, publish, save


@pytest.fixture
async def desk(house: House) -> House:
    await house.enter()
    return house


async def test_the_kinds_of_node_are_told_with_schema_group_and_exits(desk: House) -> None:
    said = (await desk.ask("GET", "/node-kinds")).plain
    kind = said["kinds"]["menu"]
    assert (kind["group"], kind["title"], kind["version"]) == ("Input", "Menu", 1)
    assert kind["schema"]["properties"]["choices"]["title"] == "Choices"
    assert kind["exits"]["from"] == {"field": "choices", "take": "keys"}
    assert "digits" in said["expressions"]["functions"]


async def test_shipped_flows_are_there_before_anything_is_published(desk: House) -> None:
    items = {one["name"]: one for one in (await desk.ask("GET", "/flows")).plain["items"]}
    assert items["main"]["shipped"] is True
    assert items["main"]["live"] is None
    content = (await desk.ask("GET", "/flows/main/content")).plain
    assert (content["at"], content["version"]) == ("shipped", None)
    assert content["body"]["name"] == "main"
    assert content["tests"]


async def test_a_draft_is_kept_as_it_is_and_given_back(desk: House) -> None:
    saved = await save(desk, MENU, layout=LAYOUT, based_on=3)
    assert saved.status == 200
    assert saved.headers["ETag"] == '"1"'
    assert saved.plain["lock"] == 1
    assert saved.plain["problems"] == []
    assert saved.plain["exits"]["choose"]["required"] == ["agent", "sales", "failed"]
    draft = await desk.ask("GET", "/flows/menu/draft")
    assert draft.headers["ETag"] == '"1"'
    assert {name: draft.plain[name] for name in ("body", "layout", "tests", "lock", "author", "based_on")} == {
        "body": MENU,
        "layout": LAYOUT,
        "tests": CASES,
        "lock": 1,
        "author": "admin-1",
        "based_on": 3,
    }


@pytest.mark.parametrize(
    ("body", "code", "node"),
    [
        ({}, "schema", ""),
        ({"name": "menu", "start": "x", "nodes": {"x": {"kind": "dance"}}}, "schema", "x"),
        (menu(end=None), "dangling-exit", "say-sales"),
        ({**MENU, "name": "other"}, "name", ""),
    ],
)
async def test_a_draft_with_faults_is_kept_all_the_same(
    desk: House, body: dict[str, Any], code: str, node: str
) -> None:
    saved = await save(desk, body)
    assert saved.status == 200
    found = [(problem["code"], problem["node"]) for problem in saved.plain["problems"]]
    assert (code, node) in found, found
    assert (await desk.ask("GET", "/flows/menu/draft")).plain["body"] == body
    summary = {one["name"]: one for one in (await desk.ask("GET", "/flows")).plain["items"]}["menu"]
    assert summary["draft"]["errors"] >= 1


async def test_faults_of_test_cases_are_problems_too(desk: House) -> None:
    saved = await save(desk, MENU, tests=[{"name": "x", "steps": [{"dance": 1}]}])
    [problem] = saved.plain["problems"]
    assert (problem["code"], problem["field"], problem["severity"]) == ("test", "tests", "error")
    assert "is no step" in problem["text"]


async def test_of_two_who_edit_at_once_the_second_sees_what_the_first_saved(desk: House) -> None:
    await save(desk, MENU)
    await desk.user("ben", Role.ADMIN)
    await desk.sign_in("ben")
    assert (await save(desk, menu(say_sales=GOODBYE), 1)).plain["lock"] == 2
    await desk.sign_in("admin-1")
    refused = await save(desk, menu(say_agent=GOODBYE), 1)
    assert (refused.status, refused.code) == (412, "conflict")
    assert "saved by ben at" in refused.plain["message"]
    assert refused.plain["theirs"]["lock"] == 2
    assert refused.plain["theirs"]["body"] == menu(say_sales=GOODBYE)
    assert (await desk.ask("GET", "/flows/menu/draft")).plain["author"] == "ben"


@pytest.mark.parametrize(("sent", "status"), [(None, 428), ("1", 400), ('"x"', 400), ("*", 400), ('"7"', 412)])
async def test_a_save_says_what_it_has_seen(desk: House, sent: str | None, status: int) -> None:
    headers = {} if sent is None else {"If-Match": sent}
    assert (await desk.ask("PUT", "/flows/menu/draft", headers=headers, json={"body": MENU})).status == status


async def test_a_draft_is_deleted_only_as_it_was_seen(desk: House) -> None:
    await save(desk, MENU)
    stale = await desk.ask("DELETE", "/flows/menu/draft", headers={"If-Match": '"7"'})
    assert (stale.status, stale.plain["theirs"]["lock"]) == (412, 1)
    assert (await desk.ask("DELETE", "/flows/menu/draft", headers={"If-Match": '"1"'})).status == 204
    assert (await desk.ask("GET", "/flows/menu/draft")).status == 404
    assert (await desk.ask("DELETE", "/flows/menu/draft", headers={"If-Match": '"1"'})).status == 404


async def test_a_check_keeps_nothing(desk: House) -> None:
    checked = await desk.ask("POST", "/flows/menu/check", json={"body": menu(end=None)})
    assert {problem["code"] for problem in checked.plain["problems"]} == {"dangling-exit"}
    assert (await desk.ask("GET", "/flows/menu/draft")).status == 404


async def test_differences_leave_layout_aside(desk: House) -> None:
    await publish(desk, MENU)
    await save(desk, menu(say_sales=GOODBYE), layout=LAYOUT)
    said = (await desk.ask("GET", "/flows/menu/diff?a=live&b=draft")).plain
    assert said == {
        "changes": [
            {
                "sort": "changed",
                "node": "say-sales",
                "field": "prompts",
                "before": ["connect-sales"],
                "after": ["goodbye"],
                "text": '~ say-sales.prompts: ["connect-sales"] → ["goodbye"]',
            }
        ]
    }
    sent = {"a": MENU, "b": menu(say_sales=GOODBYE)}
    assert (await desk.ask("POST", "/flows/diff", json=sent)).plain == said
    assert (await desk.ask("GET", "/flows/menu/diff?a=live&b=99")).status == 404
    assert (await desk.ask("GET", "/flows/menu/diff?a=live")).status == 400
    assert (await desk.ask("POST", "/flows/diff", json={"a": MENU, "b": {}})).code == "flow"


async def test_the_list_says_what_leads_where(desk: House) -> None:
    await publish(desk, MENU)
    await publish(desk, menu(say_sales=GOODBYE), alias="staging", anyway=True)
    numbers = [Number(did="+12025550100", flow="menu", fallback_queue="sales", alias="staging")]
    await desk.store.apply_centre(CentreRecords(agents=(), queues=(), numbers=numbers))
    await save(desk, MENU)
    one = {one["name"]: one for one in (await desk.ask("GET", "/flows")).plain["items"]}["menu"]
    assert (one["live"], one["newest"]["version"], one["newest"]["aliases"]) == (1, 2, ["staging"])
    assert [(alias["alias"], alias["version"]) for alias in one["aliases"]] == [("live", 1), ("staging", 2)]
    assert one["numbers"] == [{"did": "+12025550100", "alias": "staging"}]
    assert (one["draft"]["lock"], one["draft"]["errors"]) == (3, 0)
    assert (await desk.ask("GET", "/flows/menu/usage")).plain == {"numbers": one["numbers"], "flows": []}


@pytest.mark.parametrize(
    "path", ["/flows/Menu/draft", "/flows/a%2fb/draft", "/flows/%00/draft", f"/flows/{'x' * 65}/draft"]
)
async def test_what_can_be_no_flow_is_not_there(desk: House, path: str) -> None:
    refused = await desk.ask("GET", path)
    assert (refused.status, refused.code) == (404, "not-found")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"body": NaN}', 400),
        (b'{"body": {"x": NaN}}', 400),
        (b'{"body": {"x": 1e999}}', 400),
        (b'{"body": {}, "more": 1}', 400),
        (b'{"body": {}, "tests": {}}', 400),
        (b'{"body": {"x": "\\ud800"}}', 400),
        (b"\xff\xfe", 400),
        (b'{"body": ' + b'{"x":' * 1_000 + b"1" + b"}" * 1_000 + b"}", 400),
        (b'{"body": {"x": "' + b"x" * 1_000_001 + b'"}}', 413),
    ],
)
async def test_what_cannot_be_understood_is_said_so(desk: House, sent: bytes, status: int) -> None:
    headers = {"If-Match": '"0"', "Content-Type": "application/json"}
    refused = await desk.ask("PUT", "/flows/menu/draft", headers=headers, data=sent)
    assert refused.status == status, refused.plain
    assert "Traceback" not in refused.plain["message"]


async def test_a_body_that_is_not_called_json_is_refused(desk: House) -> None:
    refused = await desk.ask("PUT", "/flows/menu/draft", headers={"If-Match": '"0"'}, data="{}")
    assert (refused.status, refused.code) == (415, "content-type")
