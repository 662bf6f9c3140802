"""People who use the desk, their sessions in browsers, and tokens for programs. Each change is noted in the audit log.

There is always an admin once there was one: the last cannot be removed or become something else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, select, update

from callcenter.accounts import Role, Token, User, WebSession
from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import audits, tokens, users, web_sessions
from callcenter.errors import Conflict, NotFound

_NAMED = users.c.name == bindparam("key")
_USER = select_of(User, users).where(_NAMED)
_USERS = select_of(User, users).order_by(users.c.name)
# Of two who take each other's rights away, the second waits and finds the first done.
_ADMINS = select(users.c.name).where(users.c.role == Role.ADMIN.value).order_by(users.c.name).with_for_update()
_COUNT = select(func.count()).select_from(users)
_CHANGE = update(users).where(_NAMED)
_REMOVE = delete(users).where(_NAMED)

_SESSION = select_of(WebSession, web_sessions).where(web_sessions.c.id == bindparam("key"))
_SEEN = update(web_sessions).where(web_sessions.c.id == bindparam("key"))
_END = delete(web_sessions).where(web_sessions.c.id == bindparam("key"))
_END_ALL = delete(web_sessions).where(web_sessions.c.user == bindparam("of"), web_sessions.c.id != bindparam("but"))
_OLD = delete(web_sessions).where(
    (web_sessions.c.seen_at < bindparam("seen")) | (web_sessions.c.began_at < bindparam("began"))
)

_TOKENS = select_of(Token, tokens).order_by(tokens.c.created_at, tokens.c.id)
_TOKEN = select_of(Token, tokens).where(tokens.c.secret_hash == bindparam("key"))
_THIS_TOKEN = tokens.c.id == bindparam("key")
_REVOKE = update(tokens).where(_THIS_TOKEN, tokens.c.revoked_at.is_(None))
_USED = update(tokens).where(_THIS_TOKEN)

LAST_ADMIN: Final = "the last admin stays: make somebody else one first"


class People(Section):
    """Users, web sessions, tokens."""

    async def users(self) -> list[User]:
        """Return everybody who may sign in, by name."""
        return await self._access.read(lambda db: every(db, User, _USERS))

    async def user(self, name: str) -> User | None:
        return await self._access.read(lambda db: one(db, User, _USER, {"key": name}))

    async def add_user(self, user: User, by: str) -> None:
        """Let somebody sign in; raise Conflict if there is one of this name."""
        note = uuid4().hex

        def work(db: Connection) -> None:
            if not insert_once(db, users, row_of(user)):
                if one(db, User, _USER, {"key": user.name}) == user:
                    return  # by ourselves: the first run was committed and its answer lost
                raise Conflict(f"there is a user {user.name!r} already")
            _note(db, note, by, f"user {user.name} added as {user.role}", user.created_at)

        await self._access.write(work)

    async def add_first_user(self, user: User) -> bool:
        """Let somebody sign in if nobody may yet; return whether they may."""
        note = uuid4().hex

        def work(db: Connection) -> bool:
            if db.execute(_COUNT).scalar_one() or not insert_once(db, users, row_of(user)):
                return False
            _note(db, note, user.name, f"user {user.name} added as {user.role}, the first", user.created_at)
            return True

        return await self._happened(work)

    async def change_user(self, name: str, role: Role, agent: str | None, by: str, now: datetime) -> None:
        """Give somebody a role, and the agent they answer as. Raise NotFound, or Conflict for the last admin."""
        note = uuid4().hex

        def work(db: Connection) -> None:
            admins = db.execute(_ADMINS).scalars().all()
            found = _existing(db, name)
            if role is not Role.ADMIN and admins == [name]:
                raise Conflict(LAST_ADMIN)
            if (found.role, found.agent) == (role, agent):
                return
            db.execute(_CHANGE, {"key": name, "role": role, "agent": agent})
            as_agent = f" as agent {agent}" if agent else ""
            _note(db, note, by, f"user {name}: {found.role} -> {role}{as_agent}", now)

        await self._access.write(work)

    async def remove_user(self, name: str, by: str, now: datetime) -> None:
        """Let somebody in no more; their sessions end. Raise NotFound, or Conflict for the last admin."""
        note = uuid4().hex

        def work(db: Connection) -> bool:
            admins = db.execute(_ADMINS).scalars().all()
            if admins == [name]:
                raise Conflict(LAST_ADMIN)
            db.execute(_END_ALL, {"of": name, "but": ""})
            if db.execute(_REMOVE, {"key": name}).rowcount != 1:
                return False
            _note(db, note, by, f"user {name} removed", now)
            return True

        if not await self._happened(work):
            raise NotFound(f"there is no user {name!r}")

    async def set_password(self, user: User, by: str, *, keep_session: str = "") -> None:
        """Keep the password of `user` (`password_hash`, `must_change`, `changed_at`); raise NotFound.

        All their sessions end, but `keep_session`.
        """
        note = uuid4().hex

        def work(db: Connection) -> None:
            _existing(db, user.name)
            changes = {name: getattr(user, name) for name in ("password_hash", "must_change", "changed_at")}
            db.execute(_CHANGE, {"key": user.name, **changes})
            db.execute(_END_ALL, {"of": user.name, "but": keep_session})
            _note(db, note, by, f"password of {user.name} set", user.changed_at)

        await self._access.write(work)

    # ---------------------------------------------------------------------------------------------- sessions

    async def begin_web_session(self, session: WebSession, seen_since: datetime, began_since: datetime) -> None:
        """Keep a session; forget those not seen since `seen_since` or begun before `began_since`."""

        def work(db: Connection) -> None:
            db.execute(_OLD, {"seen": seen_since, "began": began_since})
            insert_once(db, web_sessions, row_of(session))

        await self._access.write(work)

    async def web_session(self, session: str) -> tuple[WebSession, User] | None:
        """Return a session with its user as they are now, None if either is gone."""

        def work(db: Connection) -> tuple[WebSession, User] | None:
            found = one(db, WebSession, _SESSION, {"key": session})
            user = one(db, User, _USER, {"key": found.user}) if found is not None else None
            return (found, user) if found is not None and user is not None else None

        return await self._access.read(work)

    async def web_session_seen(self, session: str, now: datetime) -> None:
        await self._access.write(lambda db: db.execute(_SEEN, {"key": session, "seen_at": now}).rowcount)

    async def end_web_session(self, session: str) -> None:
        """Forget a session; one that is gone is left alone."""
        await self._access.write(lambda db: db.execute(_END, {"key": session}).rowcount)

    # ------------------------------------------------------------------------------------------------ tokens

    async def add_token(self, token: Token) -> None:
        """Let a program in."""
        note = uuid4().hex

        def work(db: Connection) -> None:
            if insert_once(db, tokens, row_of(token)):
                _note(db, note, token.by, f"token {token.id} ({token.note}) made as {token.role}", token.created_at)

        await self._access.write(work)

    async def tokens(self) -> list[Token]:
        """Return all tokens, revoked ones too, oldest first."""
        return await self._access.read(lambda db: every(db, Token, _TOKENS))

    async def token(self, secret_hash: str) -> Token | None:
        """Return the token with this hash, None as well if it is revoked."""
        found = await self._access.read(lambda db: one(db, Token, _TOKEN, {"key": secret_hash}))
        return None if found is None or found.revoked_at is not None else found

    async def token_used(self, token: str, now: datetime) -> None:
        await self._access.write(lambda db: db.execute(_USED, {"key": token, "used_at": now}).rowcount)

    async def revoke_token(self, token: str, by: str, now: datetime) -> None:
        """Let a program in no more; raise NotFound if there is no such token that is not revoked."""
        note = uuid4().hex

        def work(db: Connection) -> bool:
            if db.execute(_REVOKE, {"key": token, "revoked_at": now}).rowcount != 1:
                return False
            _note(db, note, by, f"token {token} revoked", now)
            return True

        if not await self._happened(work):
            raise NotFound(f"there is no token {token!r} in force")


def _existing(db: Connection, name: str) -> User:
    found = one(db, User, _USER, {"key": name})
    if found is None:
        raise NotFound(f"there is no user {name!r}")
    return found


def _note(db: Connection, note: str, who: str, detail: str, now: datetime) -> None:
    row: dict[str, Any] = {"id": note, "who": who, "what": "people", "detail": detail, "at": now}
    insert_once(db, audits, row)
