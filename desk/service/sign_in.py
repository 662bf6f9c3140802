"""Signing in and out, and setting one's password."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from callcenter.accounts import Role, User, WebSession, digest
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.messages import PhoneGone
from desk.access import EVERYBODY, FIRST, IDLE, LONGEST, check_password, csrf_of, over_at
from desk.browser import phone_of
from desk.contract import API, Call, Cookie, Reply, Route, Who
from desk.failures import Refused
from desk.models.people import Me, NewPassword, SessionBegun, SignIn
from desk.ports import Desk
from desk.service.credentials import one_time_password
from desk.service.health import DESK

log = logging.getLogger("desk")

RETRY_S: Final = 2.0


async def sign_in(call: Call) -> Reply:
    said: SignIn = call.body
    desk, now = call.desk, call.now
    _check_wait(call, said.name)
    # Counts before it is looked at: who sends many at once gets no more tries.
    desk.throttle.failed(said.name, call.address, now)
    user = await desk.store.user(said.name)
    if not await desk.passwords.verify(said.password, user.password_hash if user else None) or user is None:
        # A name nobody has may be a password typed into the wrong field.
        await desk.store.audit(user.name if user else "?", "sign-in", f"failed, from {call.address}", now)
        raise Refused(401, "sign-in", "name or password is wrong")
    desk.throttle.passed(said.name, call.address)
    return await _begin(call, user)


def _check_wait(call: Call, name: str) -> None:
    """Raise Refused while `name` must not be tried from there."""
    wait = call.desk.throttle.wait(name, call.address, call.now)
    if wait:
        seconds = math.ceil(wait.total_seconds())
        message = f"too many tries; wait {seconds} s"
        raise Refused(429, "too-many-tries", message, headers={"Retry-After": str(seconds)})


async def _begin(call: Call, user: User) -> Reply:
    desk, now, secret = call.desk, call.now, secrets.token_urlsafe(32)
    session = WebSession(id=digest(secret), user=user.name, began_at=now, seen_at=now, address=call.address)
    await desk.store.begin_web_session(session, now - IDLE, now - LONGEST)
    await desk.store.audit(user.name, "sign-in", f"from {call.address}", now)
    answer = SessionBegun(user=_me(user), csrf=csrf_of(secret), ends_at=over_at(session))
    return Reply(answer=answer, cookie=Cookie(value=secret, max_age_s=int(LONGEST.total_seconds())))


def _me(user: User) -> Me:
    return Me(name=user.name, role=user.role, must_change=user.must_change, agent=user.agent)


async def sign_out(call: Call) -> Reply:
    await call.desk.store.end_web_session(digest(call.known.session))
    call.desk.bus.publish(PhoneGone(phone=phone_of(call.known.session).id))
    return Reply(cookie=Cookie())


async def me(call: Call) -> Reply:
    who = call.known
    if who.user is None:
        return Reply(answer=SessionBegun(user=Me(name=who.name, role=who.role), csrf=""))
    found = await call.desk.store.web_session(digest(who.session))
    ends_at = over_at(found[0]) if found is not None else None
    return Reply(answer=SessionBegun(user=_me(who.user), csrf=csrf_of(who.session), ends_at=ends_at))


async def change_password(call: Call) -> Reply:
    said: NewPassword = call.body
    user = _user(call.known)
    _check_wait(call, user.name)
    if not await call.desk.passwords.verify(said.old, user.password_hash):
        call.desk.throttle.failed(user.name, call.address, call.now)
        raise Refused(422, "sign-in", "the password until now is another one")
    call.desk.throttle.passed(user.name, call.address)
    check_password(said.new, user.name)
    if said.new == said.old:
        raise Refused(422, "config", "the new password is the one until now")
    hashed = await call.desk.passwords.hash(said.new)
    changed = replace(user, password_hash=hashed, must_change=False, changed_at=call.now)
    await call.desk.store.set_password(changed, user.name, keep_session=digest(call.known.session))
    return Reply()


def _user(who: Who) -> User:
    if who.user is None:
        raise Refused(403, "forbidden", "this is for people who sign in, not for tokens")
    return who.user


# -------------------------------------------------------------------------------------------------- the first admin


async def first_admin(app: web.Application) -> AsyncIterator[None]:
    """While the desk runs: once the store can be asked, make an admin if nobody may sign in yet."""
    making = asyncio.create_task(_make_first(app[DESK]), name="first admin")
    yield
    making.cancel()
    await asyncio.wait([making])


async def _make_first(desk: Desk) -> None:
    password = None
    while password is None:
        try:
            password = await make_first(desk.store, desk.passwords, datetime.now(UTC))
        except StoreError as error:
            log.warning("desk: whether anybody may sign in is not known yet: %s", error)
            await asyncio.sleep(RETRY_S)
    if password:
        # The only place where it can be read; it must be changed at the first sign-in.
        log.warning("desk: sign in as %s with the one-time password %s", FIRST, password)


async def make_first(store: Store, passwords: Passwords, now: datetime) -> str:
    """Make an admin if nobody may sign in yet; return their one-time password, "" if there is somebody."""
    if await store.users():
        return ""
    password = one_time_password()
    hashed = await passwords.hash(password)
    user = User(name=FIRST, role=Role.ADMIN, password_hash=hashed, must_change=True, created_at=now, changed_at=now)
    return password if await store.add_first_user(user) else ""


ROUTES: Final = (
    Route(
        method="POST",
        path=f"{API}/session",
        summary="Sign in",
        tag="session",
        handler=sign_in,
        public=True,
        body=SignIn,
        answer=SessionBegun,
        status=201,
        errors=(401, 429),
    ),
    Route(
        method="DELETE",
        path=f"{API}/session",
        summary="Sign out",
        tag="session",
        handler=sign_out,
        roles=EVERYBODY,
        by_token=False,
        before_change=True,
        status=204,
    ),
    Route(
        method="GET",
        path=f"{API}/me",
        summary="Who I am, and what I must send with changes",
        tag="session",
        handler=me,
        roles=EVERYBODY,
        answer=SessionBegun,
        before_change=True,
    ),
    Route(
        method="PUT",
        path=f"{API}/me/password",
        summary="Set my password",
        tag="session",
        handler=change_password,
        roles=EVERYBODY,
        body=NewPassword,
        by_token=False,
        before_change=True,
        status=204,
        errors=(422, 429),
    ),
)
