"""Publishing, aliases, going back and files over real HTTP."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest

from callcenter.records import Publication
from desk.service import versions
from ivr.bundle import Bundle
from ivr.flow import read
from ivr.testing.cases import Case
from ivr.testing.runner import Result
from ivr.testing.voice import Voice
from tests.desk.house import Answered, House
from tests.desk.menu import CASES, GOODBYE, LAYOUT, MENU, last_lock, menu, publish, save

ZIP = {"Content-Type": "application/zip"}


@pytest.fixture
async def desk(house: House) -> House:
    await house.enter()
    return house


async def test_what_is_published_is_what_callers_hear_and_the_draft_is_done(desk: House) -> None:
    await save(desk, MENU, layout=LAYOUT)
    published = await desk.ask("POST", "/flows/menu/publish", json={"message": "first", "lock": 1})
    assert published.plain == {"version": 1, "alias": "live", "problems": [], "failed": []}
    live = await desk.store.flow("menu")
    assert live is not None
    assert (live.version, live.author, live.message) == (1, "admin-1", "first")
    assert live.layout == LAYOUT
    assert list(live.tests) == CASES
    assert (await desk.ask("GET", "/flows/menu/draft")).status == 404
    [version] = (await desk.ask("GET", "/flows/menu/versions")).plain["items"]
    assert (version["version"], version["aliases"]) == (1, ["live"])
    assert (await desk.ask("GET", "/flows/menu/versions/1")).plain["body"] == live.body
    assert (await desk.ask("GET", "/flows/menu/versions/2")).status == 404


async def test_a_flow_with_faults_is_not_published(desk: House) -> None:
    refused = await publish(desk, menu(end=None))
    assert (refused.status, refused.code) == (422, "flow")
    assert {detail["code"] for detail in refused.plain["details"]} == {"dangling-exit"}
    assert {"node", "field", "text", "severity"} <= refused.plain["details"][0].keys()
    assert (await desk.ask("GET", "/flows/menu/draft")).status == 200


async def test_a_draft_of_another_flow_is_not_published_here(desk: House) -> None:
    refused = await publish(desk, {**MENU, "name": "other"})
    assert (refused.status, [detail["code"] for detail in refused.plain["details"]]) == (422, ["name"])


async def test_tests_that_fail_keep_a_flow_from_callers_unless_it_is_wished_anyway(desk: House) -> None:
    refused = await publish(desk, menu(say_sales=GOODBYE))
    assert (refused.status, refused.code) == (422, "tests-failed")
    [detail] = refused.plain["details"]
    assert detail["case"] == "Is asked back"
    assert detail["failures"]
    published = await publish(desk, None, anyway=True)
    assert published.plain["failed"] == ["Is asked back"]
    assert "although 1 of 6 tests failed" in (await desk.store.audits())[0].detail


async def test_a_draft_that_was_saved_since_is_not_published(desk: House) -> None:
    await save(desk, MENU)
    await save(desk, menu(say_sales=GOODBYE), 1)
    refused = await desk.ask("POST", "/flows/menu/publish", json={"message": "x", "lock": 1})
    assert (refused.status, refused.code, refused.plain["theirs"]["lock"]) == (412, "conflict", 2)
    nothing = await desk.ask("POST", "/flows/main/publish", json={"message": "x", "lock": 1})
    assert nothing.status == 404


async def test_who_expects_another_version_to_be_live_is_told(desk: House) -> None:
    await publish(desk)
    refused = await publish(desk, menu(say_sales=GOODBYE), expected=0, anyway=True)
    assert (refused.status, refused.code) == (409, "conflict")
    assert await last_lock(desk) == 2  # the draft is still there


async def publish_unseen(desk: House, body: dict[str, Any], alias: str = "live") -> None:
    """Publish a flow without the desk, as an earlier release of it may have been."""
    of_ann = Publication(name=body["name"], body=body, author="ann", alias=alias)
    await desk.store.publish_flow(of_ann, await desk.store.now())


async def test_of_two_who_publish_at_once_the_second_is_told(desk: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(desk)
    run_cases = versions.run_cases

    async def ann_is_faster(bundle: Bundle, cases: Sequence[Case], voice: Voice) -> list[Result]:
        await publish_unseen(desk, read(menu(say_sales=GOODBYE)).canonical())
        return await run_cases(bundle, cases, voice)

    monkeypatch.setattr(versions, "run_cases", ann_is_faster)
    refused = await publish(desk, {**MENU, "about": "Mine"})
    assert (refused.status, refused.code) == (409, "conflict")
    assert refused.plain["message"].startswith("live of flow 'menu' was pointed to version 2 by ann at ")
    assert await last_lock(desk) == 2  # the draft is still there


async def test_going_back_to_a_version_with_faults_needs_a_word_more(desk: House) -> None:
    gone = {"kind": "play", "prompts": ["gone-since"], "exits": {"next": "end"}}
    await publish_unseen(desk, read(menu(say_sales=gone)).canonical())
    await publish(desk)
    for way, asked in (("rollback", {}), ("aliases/live", {"version": 1})):
        refused = await desk.ask("POST", f"/flows/menu/{way}", json=asked)
        assert (refused.status, [detail["code"] for detail in refused.plain["details"]]) == (422, ["missing-prompt"])
        back = await desk.ask("POST", f"/flows/menu/{way}", json={**asked, "anyway": True})
        assert (back.status, back.plain["version"]) == (200, 1)
        assert [problem["severity"] for problem in back.plain["problems"]] == ["error"]
        await desk.ask("POST", "/flows/menu/rollback", json={"to": 2})


def inner(by: str) -> dict[str, Any]:
    return {"name": "inner", "start": "a", "nodes": {"a": {"kind": "return", "by": by}}}


def outer(by: str) -> dict[str, Any]:
    first = {"kind": "subflow", "flow": "inner", "exits": {by: "end"}}
    return {"name": "outer", "start": "first", "nodes": {"first": first, "end": {"kind": "hangup"}}}


async def publish_draft(desk: House, body: dict[str, Any], alias: str = "live") -> Answered:
    at = f"/flows/{body['name']}"
    saved = await desk.ask("PUT", f"{at}/draft", headers={"If-Match": '"0"'}, json={"body": body})
    return await desk.ask("POST", f"{at}/publish", json={"message": "x", "lock": saved.plain["lock"], "alias": alias})


async def test_what_is_tried_on_staging_is_checked_with_what_callers_on_staging_get(desk: House) -> None:
    for flow in (inner("next"), outer("next")):
        assert (await publish_draft(desk, flow)).status == 200
    await publish_unseen(desk, inner("other"), "staging")
    refused = await publish_draft(desk, outer("other"))
    assert (refused.status, refused.code) == (422, "flow")
    assert (await desk.ask("DELETE", "/flows/outer/draft", headers={"If-Match": '"2"'})).status == 204
    assert (await publish_draft(desk, outer("other"), "staging")).status == 200


async def test_a_version_that_cannot_be_read_keeps_nothing_else_from_being_mended(desk: House) -> None:
    await publish_unseen(desk, {**MENU, "nodes": {"choose": {"kind": "of-tomorrow"}}})
    summaries = {one["name"]: one for one in (await desk.ask("GET", "/flows")).plain["items"]}
    assert summaries["menu"]["live"] == 1
    assert summaries["menu"]["unreadable"].startswith("version 1, which callers hear, cannot be read: flow 'menu' is ")
    assert summaries["main"]["unreadable"] == ""
    assert (await publish_draft(desk, inner("next"))).status == 200
    assert (await publish(desk)).plain["version"] == 2


async def test_going_back_moves_the_alias_and_is_noted(desk: House) -> None:
    await publish(desk)
    await publish(desk, menu(say_sales=GOODBYE), anyway=True)
    back = await desk.ask("POST", "/flows/menu/rollback", json={})
    assert back.plain == {"alias": "live", "version": 1, "was": 2, "problems": []}
    assert (await desk.store.audits())[0].detail == "menu: live 2 -> 1"
    assert (await desk.ask("POST", "/flows/menu/rollback", json={})).status == 404
    forth = await desk.ask("POST", "/flows/menu/rollback", json={"to": 2})
    assert forth.plain["version"] == 2


async def test_an_alias_stands_for_a_version(desk: House) -> None:
    await publish(desk)
    moved = await desk.ask("POST", "/flows/menu/aliases/staging", json={"version": 1})
    assert moved.plain == {"alias": "staging", "version": 1, "was": None, "problems": []}
    [live, staging] = (await desk.ask("GET", "/flows/menu/aliases")).plain["items"]
    assert (live["alias"], staging["alias"], staging["by"]) == ("live", "staging", "admin-1")
    assert (await desk.ask("POST", "/flows/menu/aliases/staging", json={"version": 9})).status == 404
    stale = await desk.ask("POST", "/flows/menu/aliases/live", json={"version": 1, "expected": 7})
    assert stale.status == 200  # it is there already
    for name in ("draft", "shipped", "7"):
        assert (await desk.ask("POST", f"/flows/menu/aliases/{name}", json={"version": 1})).status == 422


async def imported(desk: House, files: dict[str, str], **query: Any) -> Answered:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return await desk.ask(
        "POST", "/flows/import", params={"message": "from git", **query}, headers=ZIP, data=packed.getvalue()
    )


async def test_flows_come_back_from_their_files_as_they_were(desk: House) -> None:
    await save(desk, MENU, layout=LAYOUT)
    await publish(desk)
    exported = await desk.ask("GET", "/flows/export?flow=menu")
    assert exported.headers["Content-Disposition"].startswith('attachment; filename="menu-')
    with zipfile.ZipFile(io.BytesIO(exported.raw)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert sorted(files) == ["menu.json", "menu.layout.json", "menu.tests.yaml"]
    same = await imported(desk, files)
    assert same.plain["items"] == [{"name": "menu", "version": 1, "is_new": False, "was": 1, "problems": []}]
    changed = {**files, "menu.json": files["menu.json"].replace("connect-sales", "goodbye")}
    would = await imported(desk, changed, dry_run="true")
    assert would.plain["items"] == [{"name": "menu", "version": 2, "is_new": True, "was": 1, "problems": []}]
    assert len((await desk.ask("GET", "/flows/menu/versions")).plain["items"]) == 1
    await imported(desk, {f"repo/flows/{name}": text for name, text in changed.items()})
    assert len((await desk.ask("GET", "/flows/menu/versions")).plain["items"]) == 2


async def test_an_import_is_whole_or_nothing(desk: House) -> None:
    files = {"inner.json": json.dumps(inner("next")), "outer.json": json.dumps(outer("other"))}
    refused = await imported(desk, files)
    assert (refused.status, refused.code) == (422, "flow")
    assert await desk.store.flows() == []
    both = await imported(desk, {**files, "inner.json": json.dumps(inner("other"))})
    assert [(one["name"], one["version"], one["was"]) for one in both.plain["items"]] == [
        ("inner", 1, None),
        ("outer", 1, None),
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [(b"", "no zip"), (b"PK\x03\x04 and no more", "no zip")],
)
async def test_what_is_no_zip_is_refused(desk: House, raw: bytes, says: str) -> None:
    refused = await desk.ask("POST", "/flows/import?message=x", headers=ZIP, data=raw)
    assert (refused.status, refused.code) == (422, "config")
    assert says in refused.plain["message"]


@pytest.mark.parametrize(
    ("files", "code"),
    [({}, "config"), ({"readme.txt": "x"}, "config"), ({"menu.json": "{"}, "flow"), ({"x.json": "{}"}, "flow")],
)
async def test_a_zip_without_sound_flows_is_refused(desk: House, files: dict[str, str], code: str) -> None:
    refused = await imported(desk, files)
    assert (refused.status, refused.code) == (422, code)


async def test_a_zip_that_unpacks_to_too_much_is_refused(desk: House) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.json", b"0" * 20_000_001)
    assert len(packed.getvalue()) < 100_000
    refused = await desk.ask("POST", "/flows/import?message=x", headers=ZIP, data=packed.getvalue())
    assert refused.status == 422
    assert "more than 20000000 bytes" in refused.plain["message"]
