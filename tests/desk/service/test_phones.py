"""Phones in browsers: given by the acd's leave, taken at signing out; drafts that may be called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callcenter.accounts import Role
from callcenter.messages import Message, PhoneGone, PhoneKnown, PhoneWanted
from desk.ice import read_ice_servers
from desk.service import health, phones
from tests.desk.house import House

BODY: dict[str, Any] = {
    "name": "tried",
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "prompts": ["welcome"], "exits": {"next": "end"}},
        "end": {"kind": "hangup"},
    },
}


def with_phones(house: House) -> None:
    """Let the desk have phones; it is the same desk for its handlers."""
    app = house.client.app
    assert app is not None
    object.__setattr__(app[health.DESK], "sip_url", "ws://127.0.0.1:9/ws")


@asynccontextmanager
async def acd(house: House, *, answers: bool = True) -> AsyncIterator[list[Message]]:
    """An acd that makes phones known; what it was told."""
    told: list[Message] = []
    ready = asyncio.Event()

    async def listen() -> None:
        async with house.desk.bus.subscribe(PhoneWanted, PhoneGone) as messages:
            ready.set()
            async for message in messages:
                told.append(message)
                if isinstance(message, PhoneWanted) and answers:
                    house.desk.bus.publish(PhoneKnown(phone="0000"))  # somebody else's
                    house.desk.bus.publish(PhoneKnown(phone=message.phone))

    listening = asyncio.create_task(listen())
    await ready.wait()
    try:
        yield told
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def test_a_phone_is_known_before_it_is_given_and_the_same_each_time(house: House) -> None:
    with_phones(house)
    await house.enter(Role.AGENT)
    async with acd(house) as told:
        first, second = await house.ask("GET", "/phone"), await house.ask("GET", "/phone")
    assert (first.status, second.status) == (200, 200)
    assert first.plain == second.plain
    wanted = told[0]
    assert isinstance(wanted, PhoneWanted)
    assert first.plain["uri"] == f"sip:web{wanted.phone}@callcenter.invalid"
    assert first.plain["password"] == wanted.password
    assert first.plain["ice_servers"] == []


async def test_a_phone_is_told_of_relays_with_a_password_for_itself(house: House) -> None:
    with_phones(house)
    app = house.client.app
    assert app is not None
    object.__setattr__(app[health.DESK], "ice", read_ice_servers("stun:a.example.com turn:b.example.com", "secret"))
    await house.enter(Role.AGENT)
    async with acd(house):
        phone = (await house.ask("GET", "/phone")).plain
    direct, relay = phone["ice_servers"]
    assert direct == {"urls": ["stun:a.example.com"], "username": "", "credential": ""}
    assert relay["username"].endswith(phone["uri"].removeprefix("sip:web").partition("@")[0])


async def test_two_sessions_have_two_phones(house: House) -> None:
    with_phones(house)
    async with acd(house):
        await house.enter(Role.AGENT)
        first = await house.ask("GET", "/phone")
        await house.enter(Role.AGENT)
        second = await house.ask("GET", "/phone")
    assert first.plain["uri"] != second.plain["uri"]
    assert first.plain["password"] != second.plain["password"]


async def test_without_an_acd_there_is_no_phone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "KNOWN_S", 0.05)
    with_phones(house)
    await house.enter(Role.ADMIN)
    async with acd(house, answers=False):
        answer = await house.ask("GET", "/phone")
    assert (answer.status, answer.code) == (503, "phone-not-known")


async def test_without_a_port_there_are_no_phones(house: House) -> None:
    await house.enter(Role.ADMIN)
    answer = await house.ask("GET", "/phone")
    assert (answer.status, answer.code) == (503, "no-phones")


async def test_signing_out_takes_the_phone_away(house: House) -> None:
    with_phones(house)
    await house.enter(Role.ADMIN)
    async with acd(house) as told:
        phone = (await house.ask("GET", "/phone")).plain["uri"]
        assert (await house.ask("DELETE", "/session")).status == 204
        await asyncio.sleep(0)
    assert isinstance(told[-1], PhoneGone)
    assert told[-1].phone in phone


async def test_a_draft_to_be_heard_is_kept_under_its_token(house: House) -> None:
    await house.enter(Role.ADMIN)
    answer = await house.ask("POST", "/flows/tried/call-me", json={"body": BODY, "caller": "+12025550143"})
    assert answer.status == 201
    assert answer.plain["extension"].startswith("try-")
    trial = await house.store.trial(answer.plain["extension"].removeprefix("try-"))
    assert trial is not None
    assert (trial.flow, trial.by, trial.caller, trial.call_id) == ("tried", "admin-1", "+12025550143", None)
    assert trial.body["start"] == "hello"
    assert await house.store.draft("tried") is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**BODY, "start": "nowhere"}, "flow"),
        ({**BODY, "name": "other"}, "flow"),
        ({}, "flow"),
    ],
)
async def test_a_draft_that_does_not_do_is_refused_with_its_problems(house: House, body: Any, code: str) -> None:
    await house.enter(Role.ADMIN)
    answer = await house.ask("POST", "/flows/tried/call-me", json={"body": body})
    assert (answer.status, answer.code) == (422, code)
    assert answer.plain["details"]


async def test_a_number_that_is_none_is_refused(house: House) -> None:
    await house.enter(Role.ADMIN)
    answer = await house.ask("POST", "/flows/tried/call-me", json={"body": BODY, "caller": "1&PJSIP/x"})
    assert answer.status == 400
