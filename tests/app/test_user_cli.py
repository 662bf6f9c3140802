"""`callcenter user` and `callcenter token`: who may use the desk."""

from __future__ import annotations

import asyncio
import json

from callcenter.accounts import Role, digest
from callcenter.adapters.passwords import Passwords
from tests.app.office import Office


def password_in(said: str) -> str:
    return said.strip().rpartition(" ")[2]


def fits(password: str, stored: str) -> bool:
    return asyncio.run(Passwords().verify(password, stored))


def test_who_is_added_gets_a_password_to_sign_in_with_once(office: Office) -> None:
    said = office("user", "add", "ann", "--role", "agent", "--agent", "7")
    assert said.startswith("ann may sign in as agent with the one-time password ")
    assert len(password_in(said)) == 19
    user = office.store(lambda store: store.user("ann"))
    assert user is not None
    assert (user.role, user.agent, user.must_change) == (Role.AGENT, "7", True)
    assert fits(password_in(said), user.password_hash)
    again = password_in(office("user", "password", "ann"))
    assert again != password_in(said)
    assert office.audits() == ["people: user ann added as agent", "people: password of ann set"]


def test_what_is_no_name_is_refused(office: Office) -> None:
    assert "small letters" in office.refused("user", "add", "Ann Lee", "--role", "agent")
    office("user", "add", "ann", "--role", "agent")
    assert "already" in office.refused("user", "add", "ann", "--role", "admin")
    assert "no user 'ben'" in office.refused("user", "password", "ben")
    assert "no user 'ben'" in office.refused("user", "remove", "ben")


def test_roles_change_but_an_admin_stays(office: Office) -> None:
    office("user", "add", "ann", "--role", "admin")
    assert "last admin" in office.refused("user", "role", "ann", "agent")
    office("user", "add", "ben", "--role", "agent")
    assert office("user", "role", "ben", "admin") == "ben is admin\n"
    office("user", "remove", "ann")
    rows = json.loads(office("user", "list", "--json"))
    assert [(row["name"], row["role"], row["one-time password"]) for row in rows] == [("ben", "admin", True)]


def test_a_token_is_printed_once_and_can_be_revoked(office: Office) -> None:
    said = office("token", "add", "the board", "--role", "wallboard").split()
    name, secret = said[1].rstrip(":"), said[2]
    found = office.store(lambda store: store.token(digest(secret)))
    assert found is not None
    assert (found.id, found.role, found.note) == (name, Role.WALLBOARD, "the board")
    assert secret not in office("token", "list")
    office("token", "revoke", name)
    assert office.store(lambda store: store.token(digest(secret))) is None
    assert "no token" in office.refused("token", "revoke", name)
