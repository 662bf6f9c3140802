"""Who is at the door: a browser's session, a program's token, nobody; and whether they may come in by this one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aiohttp import web

from callcenter.accounts import digest
from desk.access import (
    COOKIE,
    CSRF_HEADER,
    SEEN_EVERY,
    TOKEN_PREFIX,
    UNATTENDED_HEADER,
    UNSAFE,
    is_csrf_of,
    is_ours,
    is_over,
)
from desk.contract import Route, Who
from desk.failures import Refused
from desk.ports import Desk

BEARER: Final = "bearer "


async def who_is(request: web.Request, desk: Desk, now: datetime, *, touch: bool = True) -> Who | None:
    """Return who sent a request, None for nobody; raise Refused for a token that lets nobody in.

    `touch`: a session lasts longer for it, unless the page asked by itself. What changes something is somebody's doing.
    """
    authorization = request.headers.get("Authorization", "")
    if authorization:
        return await _by_token(authorization, desk, now)
    secret = request.cookies.get(COOKIE, "")
    by_itself = request.method not in UNSAFE and UNATTENDED_HEADER in request.headers
    return await by_session(secret, desk, now, touch=touch and not by_itself) if secret else None


async def by_session(secret: str, desk: Desk, now: datetime, *, touch: bool = True) -> Who | None:
    """Return the user of a session that is not over. `touch`: it is used now, and lasts longer for it."""
    found = await desk.store.web_session(digest(secret))
    if found is None:
        return None
    session, user = found
    if is_over(session, now):
        await desk.store.end_web_session(session.id)
        return None
    if touch and now - session.seen_at >= SEEN_EVERY:
        await desk.store.web_session_seen(session.id, now)
    return Who(name=user.name, role=user.role, session=secret, user=user)


async def _by_token(authorization: str, desk: Desk, now: datetime) -> Who:
    secret = authorization[len(BEARER) :].strip()
    if not authorization.casefold().startswith(BEARER) or not secret.startswith(TOKEN_PREFIX):
        raise _unknown("Authorization must be: Bearer and a token of the desk")
    token = await desk.store.token(digest(secret))
    if token is None:
        raise _unknown("this token lets nobody in: it is revoked, or never was one")
    if token.used_at is None or now - token.used_at >= SEEN_EVERY:
        await desk.store.token_used(token.id, now)
    return Who(name=f"token {token.id}", role=token.role)


def _unknown(message: str) -> Refused:
    return Refused(401, "unauthenticated", message, headers={"WWW-Authenticate": "Bearer"})


def check_origin(request: web.Request, desk: Desk) -> None:
    """Raise Refused if a page of somebody else sent the request."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(origin, request.host, desk.url):
        raise Refused(403, "origin", "this request came from a page that is not the desk's")


def check_entry(request: web.Request, route: Route, who: Who | None, desk: Desk) -> None:
    """Raise Refused unless `who` may send this request."""
    changes = request.method in UNSAFE
    if changes:
        check_origin(request, desk)
    if route.public:
        return
    if who is None:
        raise Refused(401, "unauthenticated", "sign in first")
    if changes and who.session and not is_csrf_of(who.session, request.headers.get(CSRF_HEADER, "")):
        raise Refused(403, "csrf", f"send the session's {CSRF_HEADER}; it is in the answer to GET /me")
    if not who.session and not route.by_token:
        raise Refused(403, "forbidden", "this is for people who sign in, not for tokens")
    if who.role not in route.roles:
        allowed = ", ".join(sorted(route.roles))
        raise Refused(403, "forbidden", f"this needs the role {allowed.replace(', ', ' or ')}; yours is {who.role}")
    if who.user is not None and who.user.must_change and not route.before_change:
        raise Refused(403, "change-password", "set a password of your own first")
