"""Every route, for everybody: who comes in, who does not, and that a request from elsewhere changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from callcenter.accounts import Role
from desk.access import COOKIE, UNSAFE
from desk.contract import API, PARTS, Route
from desk.service.routes import ROUTES
from tests.desk.house import House

# Letters of the roles that come in; "*" is everybody, without signing in. What is not in this table must not exist.
ENTRY: Final[Mapping[str, str]] = {
    "POST /session": "*",
    "DELETE /session": "asgw",
    "GET /me": "asgw",
    "PUT /me/password": "asgw",
    "GET /openapi.json": "*",
    "GET /phone": "asg",
    "GET /users": "a",
    "POST /users": "a",
    "PUT /users/{user}": "a",
    "DELETE /users/{user}": "a",
    "POST /users/{user}/password": "a",
    "GET /tokens": "a",
    "POST /tokens": "a",
    "DELETE /tokens/{token}": "a",
    "GET /audit": "a",
    "GET /node-kinds": "as",
    "GET /flows": "as",
    "GET /flows/{flow}/content": "as",
    "GET /flows/{flow}/draft": "as",
    "PUT /flows/{flow}/draft": "a",
    "DELETE /flows/{flow}/draft": "a",
    "POST /flows/{flow}/check": "as",
    "GET /flows/{flow}/diff": "as",
    "POST /flows/diff": "as",
    "GET /flows/{flow}/versions": "as",
    "GET /flows/{flow}/versions/{version}": "as",
    "POST /flows/{flow}/publish": "a",
    "GET /flows/{flow}/aliases": "as",
    "POST /flows/{flow}/aliases/{alias}": "a",
    "POST /flows/{flow}/rollback": "a",
    "GET /flows/export": "as",
    "POST /flows/import": "a",
    "POST /flows/{flow}/simulate": "as",
    "POST /flows/{flow}/record": "as",
    "POST /flows/{flow}/call-me": "a",
    "POST /flows/{flow}/tests/run": "as",
    "GET /flows/{flow}/traffic": "as",
    "GET /flows/{flow}/calls": "as",
    "GET /calls/{call}/trail": "as",
    "GET /flows/{flow}/usage": "as",
    "GET /setup/queues": "as",
    "POST /setup/queues": "a",
    "PUT /setup/queues/{queue}": "a",
    "DELETE /setup/queues/{queue}": "a",
    "GET /setup/numbers": "as",
    "POST /setup/numbers": "a",
    "PUT /setup/numbers/{number}": "a",
    "DELETE /setup/numbers/{number}": "a",
    "GET /setup/destinations": "as",
    "POST /setup/destinations": "a",
    "PUT /setup/destinations/{destination}": "a",
    "DELETE /setup/destinations/{destination}": "a",
    "GET /setup/mailboxes": "as",
    "POST /setup/mailboxes": "a",
    "PUT /setup/mailboxes/{mailbox}": "a",
    "DELETE /setup/mailboxes/{mailbox}": "a",
    "GET /setup/agents": "as",
    "POST /setup/agents": "a",
    "PUT /setup/agents/{agent}": "a",
    "DELETE /setup/agents/{agent}": "a",
    "GET /setup/trunks": "as",
    "POST /setup/trunks": "a",
    "PUT /setup/trunks/{trunk}": "a",
    "DELETE /setup/trunks/{trunk}": "a",
    "POST /setup/agents/{agent}/pin": "a",
    "POST /setup/agents/{agent}/phone-password": "a",
    "PUT /setup/trunks/{trunk}/password": "a",
    "GET /setup/centre": "as",
    "PUT /setup/centre": "a",
    "GET /setup/secrets": "a",
    "PUT /setup/secrets/{secret}": "a",
    "DELETE /setup/secrets/{secret}": "a",
    "GET /setup/pending": "as",
    "POST /setup/apply": "a",
    "GET /blocks": "as",
    "POST /blocks": "as",
    "DELETE /blocks/{number}": "as",
    "GET /closure": "asg",
    "POST /closure": "as",
    "DELETE /closure": "as",
    "GET /dnc": "as",
    "POST /dnc": "as",
    "DELETE /dnc/{number}": "a",
    "GET /prompts/conflicts": "as",
    "GET /prompts/{language}/{prompt}/shipped": "as",
    "POST /prompts/{language}/{prompt}/conflict": "a",
    "GET /prompts/{language}": "as",
    "GET /prompts/{language}/{prompt}/audio": "as",
    "PUT /prompts/{language}/{prompt}/audio": "a",
    "DELETE /prompts/{language}/{prompt}/audio": "a",
    "PUT /prompts/{language}/{prompt}/text": "a",
    "DELETE /prompts/{language}/{prompt}": "a",
    "POST /prompts/preview": "as",
    "GET /campaigns": "as",
    "POST /campaigns": "a",
    "GET /campaigns/{campaign}": "as",
    "PUT /campaigns/{campaign}": "a",
    "GET /campaigns/{campaign}/status": "as",
    "POST /campaigns/{campaign}/state": "as",
    "GET /campaigns/{campaign}/forecast": "as",
    "GET /campaigns/{campaign}/message": "as",
    "PUT /campaigns/{campaign}/message": "a",
    "GET /campaigns/{campaign}/decisions": "as",
    "GET /campaigns/{campaign}/leads": "as",
    "GET /campaigns/{campaign}/leads/{lead}": "as",
    "GET /campaigns/{campaign}/attempts": "as",
    "POST /campaigns/{campaign}/leads": "a",
    "POST /campaigns/{campaign}/leads/reset": "a",
    "GET /persons": "as",
    "POST /imports": "a",
    "GET /imports/{import}": "a",
    "POST /persons": "a",
    "GET /persons/{number}": "as",
    "PUT /persons/{number}": "a",
    "POST /persons/import": "a",
    "GET /debts": "as",
    "POST /debts/import": "a",
    "GET /callbacks": "as",
    "POST /callbacks/{callback}/cancel": "as",
    "GET /voicemail-boxes": "as",
    "GET /voicemails": "as",
    "GET /voicemails/{voicemail}/audio": "as",
    "POST /voicemails/{voicemail}/heard": "as",
    "GET /surveys": "as",
}
LETTERS: Final = {"a": Role.ADMIN, "s": Role.SUPERVISOR, "g": Role.AGENT, "w": Role.WALLBOARD}
# Only for people: no token comes in.
PEOPLE_ONLY: Final = {"DELETE /session", "PUT /me/password", "GET /phone", "POST /flows/{flow}/call-me"}
# What somebody with a one-time password may do.
BEFORE_CHANGE: Final = {"DELETE /session", "GET /me", "PUT /me/password"}
REAL: Final = {
    "flow": "main",
    "alias": "live",
    "version": "1",
    "user": "nobody",
    "token": "none",
    "call": "1.1",
    "queue": "sales",
    "number": "+12025550100",
    "agent": "7",
    "trunk": "carrier",
    "destination": "night",
    "mailbox": "sales",
    "secret": "crm",
    "language": "en",
    "prompt": "nobody-says-it",
    "campaign": "spring",
    "lead": "1",
    "import": "0" * 32,
    "callback": "cb1",
    "voicemail": "vm1",
}


def name_of(route: Route) -> str:
    return f"{route.method} {route.path.removeprefix(API)}"


def path_of(route: Route) -> str:
    return route.path.removeprefix(API).format(**REAL)


BY_NAME: Final = {name_of(route): route for route in ROUTES}
CHANGING: Final = [route for route in ROUTES if route.method in UNSAFE and not route.public]
CLOSED: Final = [route for route in ROUTES if not route.public]


def test_the_table_tells_every_route() -> None:
    assert sorted(ENTRY) == sorted(BY_NAME)
    assert set(REAL) == set(PARTS)


def test_no_route_is_open_to_nobody_and_none_by_mistake() -> None:
    assert [name_of(route) for route in ROUTES if not route.roles and not route.public] == []


@pytest.mark.parametrize("role", Role)
async def test_a_role_comes_in_where_the_table_says_and_nowhere_else(house: House, role: Role) -> None:
    await house.enter(role)
    for name, letters in ENTRY.items():
        route = BY_NAME[name]
        if route.public:
            continue
        answer = await house.ask(route.method, path_of(route))
        allowed = role in {LETTERS[letter] for letter in letters}
        refused = answer.status == 403 and answer.code == "forbidden"
        assert refused is not allowed, (name, role, answer.status, answer.plain)
        assert answer.status != 401, name
        if name == "DELETE /session":
            await house.enter(role)


@pytest.mark.parametrize("role", Role)
async def test_a_token_comes_in_where_its_role_does_but_to_nothing_of_a_persons_own(house: House, role: Role) -> None:
    headers = {"Authorization": f"Bearer {await house.token(role)}"}
    for name, letters in ENTRY.items():
        route = BY_NAME[name]
        if route.public:
            continue
        answer = await house.ask(route.method, path_of(route), headers=headers)
        allowed = role in {LETTERS[letter] for letter in letters} and name not in PEOPLE_ONLY
        assert (answer.status != 403) is allowed, (name, role, answer.status, answer.plain)


async def test_nobody_comes_in_without_signing_in(house: House) -> None:
    for route in CLOSED:
        for headers in ({}, {"Cookie": f"{COOKIE}=guessed"}):
            answer = await house.ask(route.method, path_of(route), headers=headers)
            assert (answer.status, answer.code) == (401, "unauthenticated"), name_of(route)


async def test_nothing_changes_without_the_sessions_csrf(house: House) -> None:
    await house.enter()
    for route in CHANGING:
        for csrf in ("", "0" * 64):
            answer = await house.ask(route.method, path_of(route), headers={"X-CSRF-Token": csrf})
            assert (answer.status, answer.code) == (403, "csrf"), name_of(route)


async def test_nothing_changes_for_a_page_of_somebody_else(house: House) -> None:
    await house.enter()
    for route in ROUTES:
        if route.method in UNSAFE:
            for origin in ("https://evil.example", "null"):
                answer = await house.ask(route.method, path_of(route), headers={"Origin": origin})
                assert (answer.status, answer.code) == (403, "origin"), name_of(route)


async def test_the_desks_own_pages_are_let_in(house: House) -> None:
    await house.enter()
    own = str(house.client.make_url("/")).rstrip("/")
    answer = await house.ask("POST", "/users", headers={"Origin": own}, json={"name": "ann", "role": "agent"})
    assert answer.status == 201


async def test_with_a_one_time_password_only_the_change_of_it_is_open(house: House) -> None:
    await house.user("new", Role.ADMIN, must_change=True)
    await house.sign_in("new")
    for route in CLOSED:
        answer = await house.ask(route.method, path_of(route))
        closed = answer.status == 403 and answer.code == "change-password"
        assert closed is (name_of(route) not in BEFORE_CHANGE), name_of(route)
        if name_of(route) == "DELETE /session":
            await house.sign_in("new")


async def test_every_answer_keeps_browsers_safe(house: House) -> None:
    for path in ("/", "/health", "/api/v1/me", "/api/v1/openapi.json", "/nothing.js"):
        async with house.client.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe-eval" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Permissions-Policy"].startswith("microphone=(self)")
