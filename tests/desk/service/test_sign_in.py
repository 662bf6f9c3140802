"""Signing in and out over real HTTP: who comes in, who does not, and what they are told."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from callcenter.accounts import Role, digest
from callcenter.adapters.store import Store
from desk.access import COOKIE, csrf_of
from desk.service.app import desk_app
from desk.service.sign_in import make_first
from tests.desk.house import API, PASSWORD, House


async def test_who_knows_the_password_comes_in(house: House) -> None:
    await house.user("ann", Role.ADMIN)
    response = await house.sign_in("ann")
    assert response.status == 201
    said = await response.json()
    assert said["user"] == {"name": "ann", "role": "admin", "must_change": False, "agent": None}
    cookie = SimpleCookie(response.headers["Set-Cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert len(cookie.value) >= 43
    assert said["csrf"] == csrf_of(cookie.value)
    assert (await house.ask("GET", "/me")).plain["user"]["name"] == "ann"
    # The store has the hash alone.
    assert await house.store.web_session(cookie.value) is None
    assert await house.store.web_session(digest(cookie.value)) is not None


async def test_behind_https_the_cookie_stays_there(house: House) -> None:
    await house.user("ann", Role.ADMIN)
    async with TestClient(TestServer(desk_app(replace(house.desk, url="https://desk.example.com")))) as client:
        response = await client.post(f"{API}/session", json={"name": "ann", "password": PASSWORD})
        assert "Secure" in response.headers["Set-Cookie"]
        assert "max-age=31536000" in response.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("bob", PASSWORD), ("ANN", PASSWORD)])
async def test_anything_else_gets_one_answer(house: House, name: str, password: str) -> None:
    await house.user("ann", Role.ADMIN)
    response = await house.sign_in(name, password)
    assert response.status == 401
    assert await response.json() == {"code": "sign-in", "message": "name or password is wrong"}
    assert "Set-Cookie" not in response.headers


async def test_failures_are_noted_without_what_was_typed_as_a_name(house: House) -> None:
    await house.user("ann", Role.ADMIN)
    await house.sign_in("ann", "wrong")
    await house.sign_in("my secret password", "wrong")
    noted = [(entry.who, entry.detail) for entry in await house.store.audits() if entry.what == "sign-in"]
    assert noted == [("?", "failed, from 127.0.0.1"), ("ann", "failed, from 127.0.0.1")]


async def test_guessing_takes_longer_and_longer_and_a_right_guess_meanwhile_is_not_looked_at(house: House) -> None:
    await house.user("ann", Role.ADMIN)
    statuses = [(await house.sign_in("ann", "wrong")).status for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    refused = await house.sign_in("ann")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await refused.json())["code"] == "too-many-tries"


async def test_a_name_nobody_has_is_slowed_down_alike(house: House) -> None:
    statuses = [(await house.sign_in("nobody", "wrong")).status for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]


async def test_signing_out_ends_the_session_for_good(house: House) -> None:
    await house.enter()
    cookie = house.client.session.cookie_jar.filter_cookies(house.client.make_url("/"))[COOKIE].value
    assert (await house.ask("DELETE", "/session")).status == 204
    assert (await house.ask("GET", "/me")).status == 401
    again = await house.ask("GET", "/me", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert again.code == "unauthenticated"


@pytest.mark.parametrize(
    ("idle", "age"), [(timedelta(hours=8), timedelta(hours=8)), (timedelta(), timedelta(hours=24))]
)
async def test_a_session_ends_by_itself(house: House, idle: timedelta, age: timedelta) -> None:
    await house.enter()
    [secret] = [cookie.value for cookie in house.client.session.cookie_jar]
    found = await house.store.web_session(digest(secret))
    assert found is not None
    now = datetime.now(UTC)
    await house.store.end_web_session(found[0].id)
    old = replace(found[0], seen_at=now - idle, began_at=now - age)
    await house.store.begin_web_session(old, now - timedelta(days=9), now - timedelta(days=9))
    assert (await house.ask("GET", "/me")).code == "unauthenticated"
    assert await house.store.web_session(found[0].id) is None


async def test_what_a_page_asks_by_itself_keeps_no_session_alive(house: House) -> None:
    await house.enter()
    secret = house.client.session.cookie_jar.filter_cookies(house.client.make_url("/"))["cc_session"].value
    found = await house.store.web_session(digest(secret))
    assert found is not None
    before = datetime.now(UTC) - timedelta(hours=7)
    await house.store.web_session_seen(found[0].id, before)

    async def seen() -> datetime:
        now = await house.store.web_session(digest(secret))
        assert now is not None
        return now[0].seen_at

    asked = await house.ask("GET", "/campaigns", headers={"X-Unattended": "1"})
    assert asked.status == 200
    async with house.client.ws_connect(f"{API}/live") as socket:
        await socket.receive_json(timeout=10)
    assert await seen() == before
    # Nobody changes anything by themselves.
    await house.ask("DELETE", "/blocks/%2B12025550143", headers={"X-Unattended": "1"})
    assert await seen() > before
    await house.store.web_session_seen(found[0].id, before)
    await house.ask("GET", "/campaigns")
    assert await seen() > before


async def test_a_desk_nobody_may_sign_in_at_makes_an_admin_and_says_the_password_once(
    house: House, caplog: pytest.LogCaptureFixture, tmp_path: Path, migrated_file: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "empty.db")
    async with await Store.open(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        for start in range(2):
            async with TestClient(TestServer(desk_app(replace(house.desk, store=store)))) as client:
                async with asyncio.timeout(10):
                    while not await store.users():  # noqa: ASYNC110 - the store tells nobody
                        await asyncio.sleep(0)
                if start == 0:
                    while not caplog.messages:  # noqa: ASYNC110
                        await asyncio.sleep(0)
                [said] = [line for line in caplog.messages if "one-time" in line]
                password = said.rpartition(" ")[2]
                response = await client.post(f"{API}/session", json={"name": "admin", "password": password})
                assert (await response.json())["user"]["must_change"] is True


async def test_who_has_a_one_time_password_can_do_nothing_but_change_it(house: House) -> None:
    await house.user("boss", Role.ADMIN)
    await house.user("ann", Role.ADMIN, must_change=True)
    await house.sign_in("ann")
    assert (await house.ask("GET", "/me")).plain["user"]["must_change"] is True
    refused = await house.ask("GET", "/users")
    assert (refused.status, refused.code) == (403, "change-password")
    changed = await house.ask("PUT", "/me/password", json={"old": PASSWORD, "new": "staple battery horse"})
    assert changed.status == 204
    assert (await house.ask("GET", "/users")).status == 200
    assert (await house.sign_in("ann", "staple battery horse")).status == 201


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("wrong", "staple battery horse", 422, "sign-in"),
        (PASSWORD, "short", 422, "config"),
        (PASSWORD, PASSWORD, 422, "config"),
        (PASSWORD, "", 400, "invalid"),
    ],
)
async def test_a_password_that_will_not_do(house: House, old: str, new: str, status: int, code: str) -> None:
    await house.enter()
    refused = await house.ask("PUT", "/me/password", json={"old": old, "new": new})
    assert (refused.status, refused.code) == (status, code)


async def test_setting_a_password_ends_the_other_sessions(house: House) -> None:
    await house.enter()
    async with TestClient(TestServer(desk_app(house.desk))) as elsewhere:
        await elsewhere.post(f"{API}/session", json={"name": "admin-1", "password": PASSWORD})
        assert (await elsewhere.get(f"{API}/me")).status == 200
        await house.ask("PUT", "/me/password", json={"old": PASSWORD, "new": "staple battery horse"})
        assert (await elsewhere.get(f"{API}/me")).status == 401
        assert (await house.ask("GET", "/me")).status == 200


async def test_a_token_lets_a_program_in_without_csrf_but_to_nobodys_own(house: House) -> None:
    secret = await house.token(Role.ADMIN)
    headers = {"Authorization": f"Bearer {secret}"}
    found = await house.ask("GET", "/me", headers=headers)
    assert found.plain == {
        "user": {"name": "token t1", "role": "admin", "must_change": False, "agent": None},
        "csrf": "",
        "ends_at": None,
    }
    made = await house.ask(
        "POST", "/users", headers={**headers, "X-CSRF-Token": ""}, json={"name": "x", "role": "agent"}
    )
    assert made.status == 201
    assert (await house.ask("DELETE", "/session", headers=headers)).status == 403
    [token] = await house.store.tokens()
    assert token.used_at is not None
    await house.store.revoke_token("t1", "test", datetime.now(UTC))
    refused = await house.ask("GET", "/me", headers=headers)
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("sent", ["Bearer", "Bearer x", "Basic YWRtaW46YWRtaW4=", "Bearer cct_unknown"])
async def test_what_is_no_token_lets_nobody_in(house: House, sent: str) -> None:
    await house.enter()  # a session beside it does not help
    assert (await house.ask("GET", "/me", headers={"Authorization": sent})).status == 401


async def test_where_somebody_may_sign_in_nobody_is_made_admin(house: House) -> None:
    assert await make_first(house.store, house.desk.passwords, datetime.now(UTC)) == ""
    assert [user.name for user in await house.store.users()] == ["root"]
