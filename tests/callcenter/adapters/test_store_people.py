"""Who may use the desk, as the store keeps it. The same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.accounts import Role, Token, User, WebSession, digest
from callcenter.adapters.store import Store
from callcenter.errors import Conflict, NotFound

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = User(name="ann", role=Role.ADMIN, password_hash="$argon2id$1", must_change=True, created_at=T0, changed_at=T0)
BEN = replace(ANN, name="ben", role=Role.AGENT, agent="7", must_change=False)
SESSION = WebSession(id=digest("cookie"), user="ann", began_at=T0, seen_at=T0, address="192.0.2.1")
TOKEN = Token(id="t1", secret_hash=digest("cct_x"), role=Role.WALLBOARD, note="the board", by="ann", created_at=T0)


async def said(store: Store) -> list[str]:
    return [entry.detail for entry in reversed(await store.audits())]


async def test_users_are_kept_with_all_their_fields(store: Store) -> None:
    await store.add_user(BEN, "ann")
    await store.add_user(ANN, "ann")
    assert await store.users() == [ANN, BEN]
    assert await store.user("ben") == BEN
    assert await store.user("cid") is None
    assert await said(store) == ["user ben added as agent", "user ann added as admin"]


async def test_a_name_is_taken_once(store: Store) -> None:
    await store.add_user(ANN, "ann")
    await store.add_user(ANN, "ann")
    with pytest.raises(Conflict, match="'ann'"):
        await store.add_user(replace(ANN, role=Role.AGENT), "ben")
    assert await store.user("ann") == ANN
    assert len(await said(store)) == 1


async def test_of_many_first_users_one_is_the_first(store: Store, other: Store) -> None:
    firsts = [replace(ANN, password_hash=str(number)) for number in range(4)]
    won = await asyncio.gather(*((store, other)[n % 2].add_first_user(user) for n, user in enumerate(firsts)))
    assert sorted(won) == [False, False, False, True]
    assert await store.users() == [firsts[won.index(True)]]
    assert not await store.add_first_user(BEN)


async def test_the_last_admin_stays(store: Store) -> None:
    await store.add_user(ANN, "ann")
    await store.add_user(BEN, "ann")
    with pytest.raises(Conflict, match="last admin"):
        await store.change_user("ann", Role.AGENT, None, "ann", T0)
    with pytest.raises(Conflict, match="last admin"):
        await store.remove_user("ann", "ann", T0)
    await store.change_user("ben", Role.ADMIN, None, "ann", T0)
    await store.change_user("ann", Role.SUPERVISOR, "9", "ben", T0)
    assert await store.user("ann") == replace(ANN, role=Role.SUPERVISOR, agent="9")
    assert (await said(store))[2:] == ["user ben: agent -> admin", "user ann: admin -> supervisor as agent 9"]


async def test_two_admins_cannot_take_each_others_rights_at_once(store: Store, other: Store) -> None:
    await store.add_user(ANN, "ann")
    await store.add_user(replace(BEN, role=Role.ADMIN), "ann")
    done = await asyncio.gather(
        store.change_user("ann", Role.AGENT, None, "ben", T0),
        other.change_user("ben", Role.AGENT, None, "ann", T0),
        return_exceptions=True,
    )
    assert [type(one) for one in done].count(Conflict) == 1
    assert [user.role for user in await store.users()].count(Role.ADMIN) == 1


async def test_who_is_not_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.change_user("ann", Role.ADMIN, None, "ann", T0)
    with pytest.raises(NotFound):
        await store.remove_user("ann", "ann", T0)
    with pytest.raises(NotFound):
        await store.set_password(ANN, "ann")


async def test_a_session_belongs_to_its_user_as_they_are_now(store: Store) -> None:
    await store.add_user(ANN, "ann")
    await store.add_user(replace(BEN, role=Role.ADMIN), "ann")
    await store.begin_web_session(SESSION, T0 - HOUR, T0 - HOUR)
    assert await store.web_session(SESSION.id) == (SESSION, ANN)
    await store.web_session_seen(SESSION.id, T0 + HOUR)
    await store.change_user("ann", Role.AGENT, None, "ben", T0)
    assert await store.web_session(SESSION.id) == (
        replace(SESSION, seen_at=T0 + HOUR),
        replace(ANN, role=Role.AGENT),
    )
    await store.end_web_session(SESSION.id)
    await store.end_web_session(SESSION.id)
    assert await store.web_session(SESSION.id) is None


async def test_sessions_end_with_their_user(store: Store) -> None:
    await store.add_user(ANN, "ann")
    await store.add_user(BEN, "ann")
    await store.begin_web_session(replace(SESSION, user="ben"), T0 - HOUR, T0 - HOUR)
    await store.remove_user("ben", "ann", T0)
    await store.add_user(BEN, "ann")
    assert await store.web_session(SESSION.id) is None


async def test_old_sessions_are_forgotten_when_one_begins(store: Store) -> None:
    await store.add_user(ANN, "ann")
    unseen = replace(SESSION, id="unseen", seen_at=T0 - 2 * HOUR, began_at=T0 - 2 * HOUR)
    long = replace(SESSION, id="long", began_at=T0 - 9 * HOUR)
    for session in (unseen, long, SESSION):
        await store.begin_web_session(session, T0 - HOUR, T0 - 8 * HOUR)
    # Each is kept when it begins; the next beginning looks at it.
    assert await store.web_session("unseen") is None
    assert await store.web_session("long") is None
    assert await store.web_session(SESSION.id) == (SESSION, ANN)


async def test_a_new_password_ends_all_sessions_but_the_one_it_was_set_in(store: Store) -> None:
    await store.add_user(ANN, "ann")
    for name in ("here", "elsewhere"):
        await store.begin_web_session(replace(SESSION, id=name), T0 - HOUR, T0 - HOUR)
    changed = replace(ANN, password_hash="$argon2id$2", must_change=False, changed_at=T0 + HOUR)
    await store.set_password(changed, "ann", keep_session="here")
    assert await store.user("ann") == changed
    assert await store.web_session("elsewhere") is None
    assert await store.web_session("here") is not None
    await store.set_password(changed, "ben")
    assert await store.web_session("here") is None


async def test_a_token_lets_in_until_it_is_revoked(store: Store) -> None:
    await store.add_token(TOKEN)
    await store.add_token(TOKEN)
    assert await store.token(TOKEN.secret_hash) == TOKEN
    assert await store.token(digest("cct_y")) is None
    await store.token_used("t1", T0 + HOUR)
    assert await store.tokens() == [replace(TOKEN, used_at=T0 + HOUR)]
    await store.revoke_token("t1", "ben", T0 + HOUR)
    assert await store.token(TOKEN.secret_hash) is None
    assert await store.tokens() == [replace(TOKEN, used_at=T0 + HOUR, revoked_at=T0 + HOUR)]
    with pytest.raises(NotFound):
        await store.revoke_token("t1", "ben", T0)
    assert await said(store) == ["token t1 (the board) made as wallboard", "token t1 revoked"]


async def test_what_lets_in_is_in_no_repr(store: Store) -> None:
    assert "argon2" not in repr(ANN)
    assert SESSION.id not in repr(SESSION)
    assert TOKEN.secret_hash not in repr(TOKEN)
