"""Setting the centre up over real HTTP, on a real centre.toml in a folder of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from callcenter.accounts import Role
from callcenter.pins import verify_pin
from tests.desk.house import Answered, House

CENTRE = """\
# Our centre.
[centre]
name = "Home"  # what people call it
region = "US"

[[queue]]
name = "sales"
title = "Sales"  # the shop
# about agents
[[agent]]
id = "7"
name = "Ann"
phone = "2007"
queues = ["sales"]
[agent.skills]
english = 5  # mother tongue

[[number]]
did = "(202) 555-0100"  # the old one
flow = "main"
fallback_queue = "sales"
"""


@pytest.fixture
async def centre(house: House, tmp_path: Path) -> Path:
    path = tmp_path / "centre.toml"
    path.write_text(CENTRE, "utf-8")
    await house.enter()
    return path


def read(path: Path) -> str:
    return path.read_text("utf-8")


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


async def change(house: House, method: str, path: str, **how: Any) -> Answered:
    """Send a change with the tag of what is there now."""
    tag = (await house.ask("GET", "/setup/queues")).headers["ETag"]
    return await house.ask(method, path, headers={"If-Match": tag}, **how)


async def test_a_queue_comes_and_is_changed_and_goes_and_comments_stay(house: House, centre: Path) -> None:
    made = await change(house, "POST", "/setup/queues", json={"name": "support", "wrap_up_s": 30})
    assert (made.status, made.plain["name"], made.plain["max_wait_s"]) == (201, "support", 900)
    changed = await change(house, "PUT", "/setup/queues/support", json={"title": "Help", "wrap_up_s": 40})
    assert changed.plain["title"] == "Help"
    written = tomllib.loads(read(centre))["queue"]
    assert written[1] == {"name": "support", "wrap_up_s": 40, "title": "Help"}
    assert (await change(house, "DELETE", "/setup/queues/support")).status == 204
    assert read(centre) == CENTRE


async def test_what_is_as_it_is_anyway_is_not_written(house: House, centre: Path) -> None:
    shown = (await house.ask("GET", "/setup/agents")).plain["items"][0]
    body = {key: shown[key] for key in ("name", "phone", "queues", "skills")}
    assert (await change(house, "PUT", "/setup/agents/7", json=body)).status == 200
    assert read(centre) == CENTRE


async def test_whoever_has_not_seen_what_is_there_changes_nothing(house: House, centre: Path) -> None:
    seen = (await house.ask("GET", "/setup/queues")).headers["ETag"]
    write(centre, CENTRE + "# by hand\n")
    for method, path, body in (
        ("POST", "/setup/queues", {"name": "support"}),
        ("PUT", "/setup/queues/sales", {"title": "Shop"}),
        ("DELETE", "/setup/numbers/%2B12025550100", None),
    ):
        how = {} if body is None else {"json": body}
        refused = await house.ask(method, path, headers={"If-Match": seen}, **how)
        assert (refused.status, refused.code) == (412, "conflict")
        assert (await house.ask(method, path, **how)).status == 428
    assert read(centre) == CENTRE + "# by hand\n"


async def test_what_would_break_the_file_is_told_by_table_and_key(house: House, centre: Path) -> None:
    refused = await change(
        house, "POST", "/setup/agents", json={"id": "8", "name": "Ben", "phone": "2007", "queues": ["saels"]}
    )
    assert refused.status == 422
    assert {(one["table"], one["key"]) for one in refused.plain["details"]} == {
        ("[[agent]] 8", "phone"),
        ("[[agent]] 8", "queues"),
    }
    assert 'did you mean "sales"?' in refused.plain["message"]
    assert read(centre) == CENTRE


async def test_a_queue_that_is_used_stays(house: House, centre: Path) -> None:
    refused = await change(house, "DELETE", "/setup/queues/sales")
    assert (refused.status, refused.code) == (409, "conflict")
    assert "agent 7 (Ann)" in refused.plain["message"]
    assert (await change(house, "DELETE", "/setup/queues/nothing")).status == 404
    shown = (await house.ask("GET", "/setup/queues")).plain["items"][0]
    assert shown["used_by"] == ["number +12025550100", "agent 7 (Ann)"]
    assert shown["agents"] == ["7"]


async def test_a_number_leads_to_a_flow_that_exists_however_it_is_written(house: House, centre: Path) -> None:
    refused = await change(
        house, "POST", "/setup/numbers", json={"did": "202 555 0101", "flow": "nowhere", "fallback_queue": "sales"}
    )
    assert refused.plain["details"][0]["key"] == "flow"
    made = await change(
        house, "POST", "/setup/numbers", json={"did": "202 555 0101", "flow": "main", "fallback_queue": "sales"}
    )
    assert made.plain["did"] == "+12025550101"
    path = "/setup/numbers/%2B12025550100"
    twice = await change(
        house, "POST", "/setup/numbers", json={"did": "+12025550100", "flow": "main", "fallback_queue": "sales"}
    )
    assert twice.status == 409
    body = {"flow": "main", "alias": "staging", "fallback_queue": "sales"}
    assert (await change(house, "PUT", path, json=body)).plain["alias"] == "staging"
    assert 'did = "(202) 555-0100"  # the old one' in read(centre)
    assert (await change(house, "DELETE", path)).status == 204
    assert [one["did"] for one in (await house.ask("GET", "/setup/numbers")).plain["items"]] == ["+12025550101"]


async def test_an_agent_gets_a_pin_and_a_phone_that_are_told_once(house: House, centre: Path) -> None:
    made = await change(
        house, "POST", "/setup/agents", json={"id": "8", "name": "Ben", "phone": "2008", "skills": {"french": 3}}
    )
    assert made.status == 201
    pin, password = made.plain["pin"], made.plain["phone"]["password"]
    kept = tomllib.loads(read(centre))["agent"][1]
    assert verify_pin(pin, kept["pin_hash"])
    listed = await house.ask("GET", "/setup/agents")
    assert [one["pin"] for one in listed.plain["items"]] == [False, True]
    assert password.encode() not in listed.raw
    assert b"scrypt" not in listed.raw
    again = await house.ask("POST", "/setup/agents/8/phone-password")
    assert again.plain["password"] != password
    assert (await house.ask("POST", "/setup/agents/8/pin", json={"pin": "1234"})).status == 422
    assert (await house.ask("POST", "/setup/agents/8/pin", json={"pin": "4271"})).plain == {"pin": "4271"}
    assert (await change(house, "DELETE", "/setup/agents/8")).status == 204
    assert again.plain["password"] not in (centre.parent / "secrets.toml").read_text("utf-8")


async def test_the_password_of_a_trunk_goes_in_and_never_comes_out(house: House, centre: Path) -> None:
    body = {"name": "carrier", "kind": "register", "host": "sip.example.com", "username": "us"}
    made = await change(house, "POST", "/setup/trunks", json={**body, "password": "s3cret word"})
    assert (made.status, made.plain["has_password"]) == (201, True)
    assert (await house.ask("PUT", "/setup/trunks/carrier/password", json={"password": "another"})).status == 204
    assert b"another" not in (await house.ask("GET", "/setup/trunks")).raw
    assert "another" in (centre.parent / "secrets.toml").read_text("utf-8")
    more = {**body, "channels": 10}
    del more["name"]
    changed = await change(house, "PUT", "/setup/trunks/carrier", json=more)
    assert (changed.plain["channels"], changed.plain["has_password"]) == (10, True)
    assert (await change(house, "DELETE", "/setup/trunks/carrier")).status == 204
    assert "another" not in (centre.parent / "secrets.toml").read_text("utf-8")


async def test_a_trunk_that_is_refused_leaves_no_password(house: House, centre: Path) -> None:
    body = {"name": "carrier", "kind": "register", "host": "sip.example.com", "password": "s3cret"}
    assert (await change(house, "POST", "/setup/trunks", json=body)).status == 422
    assert "s3cret" not in (centre.parent / "secrets.toml").read_text("utf-8")


async def test_destinations_and_mailboxes(house: House, centre: Path) -> None:
    trunk = {"name": "line", "kind": "ip", "host": "192.0.2.7"}
    assert (await change(house, "POST", "/setup/trunks", json=trunk)).status == 201
    door = {"name": "night", "number": "202 555 0102", "trunk": "line"}
    assert (await change(house, "POST", "/setup/destinations", json=door)).plain["number"] == "+12025550102"
    held = await change(house, "DELETE", "/setup/trunks/line")
    assert (held.status, held.plain["details"][0]["table"]) == (422, "[[destination]] night")
    box = await change(house, "POST", "/setup/mailboxes", json={"name": "sales", "email": "us@example.com"})
    assert box.plain["details"][0]["key"] == "email"
    assert (await change(house, "POST", "/setup/mailboxes", json={"name": "sales"})).status == 201


async def test_the_centre_itself(house: House, centre: Path) -> None:
    shown = (await house.ask("GET", "/setup/centre")).plain
    assert shown["identity"]["name"] == "Home"
    body = {
        "identity": {**shown["identity"], "time_zone": "America/New_York"},
        "allow": [
            {"url": "https://crm.example.com/"},
            {"url": "https://pay.example.com/", "headers": {"Authorization": "pay"}},
        ],
        "payment": "sandbox",
        "mail": {"host": "mail.example.com", "sender": "us@example.com"},
    }
    changed = await change(house, "PUT", "/setup/centre", json=body)
    assert changed.status == 200, changed.plain
    assert changed.plain["allow"][1]["headers"] == {"Authorization": "pay"}
    text = read(centre)
    assert 'name = "Home"  # what people call it' in text
    assert tomllib.loads(text)["http"]["allow"][0] == "https://crm.example.com/"
    assert (await house.ask("GET", "/setup/secrets")).plain["items"] == [
        {"name": "pay", "is_set": False, "needed_by": "[http] allow https://pay.example.com/"}
    ]
    assert (await house.ask("PUT", "/setup/secrets/pay", json={"password": "Bearer 1"})).status == 204
    secrets = await house.ask("GET", "/setup/secrets")
    assert secrets.plain["items"][0]["is_set"] is True
    assert b"Bearer" not in secrets.raw
    assert (await house.ask("DELETE", "/setup/secrets/pay")).status == 204
    assert (await house.ask("DELETE", "/setup/secrets/pay")).status == 404
    body["mail"] = None
    assert (await change(house, "PUT", "/setup/centre", json=body)).plain["mail"] is None
    assert "[mail]" not in read(centre)


async def test_addresses_ports_and_emergency_numbers(house: House, centre: Path) -> None:
    shown = (await house.ask("GET", "/setup/centre")).plain
    assert (shown["sip"]["rtp_timeout_s"], shown["emergency"]) == (30, [])
    assert "911" in shown["emergency_numbers"]
    before = tomllib.loads(read(centre)).get("sip", {})
    body = {
        **{key: shown[key] for key in ("identity", "allow", "payment", "mail")},
        "sip": {**shown["sip"], "rtp_timeout_s": 20},
        "emergency": ["911", "112"],
    }
    changed = await change(house, "PUT", "/setup/centre", json=body)
    assert (changed.status, changed.plain["emergency_numbers"]) == (200, ["911", "112"]), changed.plain
    assert tomllib.loads(read(centre))["sip"] == {**before, "rtp_timeout_s": 20}  # and none of the defaults
    body["sip"] = {**shown["sip"], "rtp_first": 5000, "rtp_last": 6000}
    refused = await change(house, "PUT", "/setup/centre", json=body)
    assert (refused.status, refused.plain["details"][0]["table"]) == (422, "[sip]")
    body = {key: value for key, value in body.items() if key != "sip"} | {"emergency": []}
    changed = await change(house, "PUT", "/setup/centre", json=body)
    assert (changed.plain["emergency"], changed.plain["sip"]["rtp_timeout_s"]) == ([], 20)
    assert "[emergency]" not in read(centre)


async def test_what_waits_to_be_applied(house: House, centre: Path) -> None:
    pending = (await house.ask("GET", "/setup/pending")).plain
    assert {(one["table"], one["name"], one["change"]) for one in pending["entries"]} == {
        ("agent", "7", "added"),
        ("queue", "sales", "added"),
        ("number", "+12025550100", "added"),
    }
    assert pending["files"] is None
    assert "CALLCENTER_RENDERED_DIR" in pending["blocked"]
    assert (await house.ask("POST", "/setup/apply")).status == 422
    await house.store.apply_centre((await house.desk.setup.centre()).centre.records())
    assert (await house.ask("GET", "/setup/pending")).plain["is_anything"] is False
    await change(house, "PUT", "/setup/queues/sales", json={"title": "Shop"})
    pending = (await house.ask("GET", "/setup/pending")).plain
    assert pending["entries"] == [{"table": "queue", "name": "sales", "change": "changed"}]


async def test_a_file_broken_by_hand_is_told_and_not_touched(house: House, centre: Path) -> None:
    seen = (await house.ask("GET", "/setup/queues")).headers["ETag"]
    write(centre, "[centre\n")
    told = await house.ask("GET", "/setup/queues")
    assert (told.status, told.code) == (422, "config")
    refused = await house.ask("POST", "/setup/queues", headers={"If-Match": seen}, json={"name": "x"})
    assert refused.status == 422
    assert read(centre) == "[centre\n"


async def test_before_there_is_a_file_the_first_change_makes_one(house: House, tmp_path: Path) -> None:
    await house.enter()
    assert (await change(house, "POST", "/setup/queues", json={"name": "sales"})).status == 201
    assert "[[queue]]" in (tmp_path / "centre.toml").read_text("utf-8")


async def test_all_of_it_is_in_the_audit_log(house: House, centre: Path) -> None:
    await change(house, "POST", "/setup/queues", json={"name": "support"})
    await house.ask("POST", "/setup/agents/7/pin", json={})
    entries = (await house.ask("GET", "/audit?what=setup")).plain["items"]
    assert [(one["who"], one["detail"]) for one in entries] == [
        ("admin-1", "agent 7: new PIN"),
        ("admin-1", "queue support added"),
    ]


async def test_a_supervisor_sees_what_an_admin_may_change(house: House, centre: Path) -> None:
    await house.enter(Role.SUPERVISOR)
    assert (await house.ask("GET", "/setup/agents")).status == 200
    assert (await change(house, "PUT", "/setup/queues/sales", json={})).code == "forbidden"
