"""Users, tokens and the audit log over real HTTP."""

from __future__ import annotations

from callcenter.accounts import Role
from tests.desk.house import PASSWORD, House


async def test_a_user_is_added_with_a_password_to_hand_over(house: House) -> None:
    await house.enter()
    made = await house.ask("POST", "/users", json={"name": "ben", "role": "agent", "agent": "7"})
    assert made.status == 201
    assert made.plain["user"]["must_change"] is True
    assert (await house.sign_in("ben", made.plain["password"])).status == 201
    assert (await house.ask("GET", "/me")).plain["user"]["agent"] == "7"


async def test_what_is_known_of_users_holds_no_hash(house: House) -> None:
    await house.enter()
    found = await house.ask("GET", "/users")
    assert [user["name"] for user in found.plain["items"]] == ["admin-1", "root"]
    assert b"argon2" not in found.raw


async def test_a_name_is_taken_once(house: House) -> None:
    await house.enter()
    refused = await house.ask("POST", "/users", json={"name": "root", "role": "agent"})
    assert (refused.status, refused.code) == (409, "conflict")


async def test_a_role_that_is_taken_away_is_gone_at_once(house: House) -> None:
    await house.enter()
    changed = await house.ask("PUT", "/users/admin-1", json={"role": "supervisor"})
    assert changed.plain["role"] == "supervisor"
    assert (await house.ask("GET", "/users")).code == "forbidden"


async def test_a_user_who_is_removed_is_out_at_once(house: House) -> None:
    await house.enter()
    assert (await house.ask("DELETE", "/users/admin-1")).status == 204
    assert (await house.ask("GET", "/users")).code == "unauthenticated"


async def test_the_last_admin_stays(house: House) -> None:
    await house.enter()
    assert (await house.ask("DELETE", "/users/root")).status == 204
    refused = await house.ask("PUT", "/users/admin-1", json={"role": "agent"})
    assert (refused.status, refused.code) == (409, "conflict")


async def test_a_password_that_was_forgotten(house: House) -> None:
    await house.user("ben", Role.AGENT)
    await house.enter()
    given = (await house.ask("POST", "/users/ben/password")).plain["password"]
    assert (await house.sign_in("ben", PASSWORD)).status == 401
    assert (await house.sign_in("ben", given)).status == 201


async def test_a_token_is_shown_once_and_can_be_revoked(house: House) -> None:
    await house.enter()
    made = await house.ask("POST", "/tokens", json={"role": "wallboard", "note": "the board"})
    assert made.plain["secret"].startswith("cct_")
    headers = {"Authorization": f"Bearer {made.plain['secret']}"}
    assert (await house.ask("GET", "/me", headers=headers)).plain["user"]["role"] == "wallboard"
    listed = await house.ask("GET", "/tokens")
    assert [token["note"] for token in listed.plain["items"]] == ["the board"]
    assert made.plain["secret"].encode() not in listed.raw
    assert (await house.ask("DELETE", f"/tokens/{made.plain['token']['id']}")).status == 204
    assert (await house.ask("GET", "/me", headers=headers)).status == 401
    assert (await house.ask("DELETE", "/tokens/abc")).status == 404


async def test_the_audit_log_is_read_page_by_page(house: House) -> None:
    await house.enter()
    for name in ("ann", "ben", "cid"):
        await house.ask("POST", "/users", json={"name": name, "role": "agent"})
    first = (await house.ask("GET", "/audit?what=people&who=admin-1&limit=2")).plain
    assert [entry["detail"] for entry in first["items"]] == ["user cid added as agent", "user ben added as agent"]
    second = (await house.ask("GET", f"/audit?what=people&who=admin-1&limit=2&cursor={first['next']}")).plain
    assert [entry["detail"] for entry in second["items"]] == ["user ann added as agent"]
    assert second["next"] is None
    assert (await house.ask("GET", "/audit?since=2999-01-01T00:00:00Z")).plain["items"] == []
