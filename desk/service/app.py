"""The desk's application: each row of the route table on aiohttp, errors as JSON, the headers browsers must have."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from aiohttp import web

from callcenter.errors import CallCenterError
from desk.access import COOKIE, UNSAFE
from desk.contract import JSON_TYPE, Call, Cookie, Reply, Route, tag_in
from desk.failures import Failure, failure_of
from desk.ports import Desk
from desk.service import entry, health, live, reading, screens, sign_in, sip
from desk.service.routes import ROUTES

log = logging.getLogger("desk")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
COMPRESSED: Final = 10_000  # characters of an answer, from which on it is sent compressed to whoever takes that
SAID: Final[Mapping[int, tuple[str, str]]] = {
    404: ("not-found", "there is nothing at this address"),
    405: ("method", "this address does not take that method"),
    413: ("too-large", "the body is too large"),
}


def desk_app(desk: Desk) -> web.Application:
    """Return the application."""
    app = web.Application(middlewares=[_failures])
    app[health.DESK] = desk
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _on(desk, route))
    live.attach(app, desk)
    sip.attach(app, desk)
    app.router.add_get("/health", health.health)
    app.router.add_get("/{path:.*}", screens.screen)
    app.on_response_prepare.append(_secure)
    app.cleanup_ctx.append(sign_in.first_admin)
    return app


def _on(desk: Desk, route: Route) -> _Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        now = datetime.now(UTC)
        who = None if route.public else await entry.who_is(request, desk, now)
        entry.check_entry(request, route, who, desk)
        path, query = reading.path_of(request, route), reading.query_of(request, route)
        if_match = tag_in(request.headers.get("If-Match"), needed=route.needs_tag)
        body, raw = await reading.body_of(request, route)
        call = Call(
            desk=desk,
            now=now,
            who=who,
            path=path,
            body=body,
            query=query,
            raw=raw,
            if_match=if_match,
            address=request.remote or "",
            secure=request.secure or desk.url.casefold().startswith("https:"),
        )
        reply = await route.handler(call)
        if request.method in UNSAFE:
            request.app[live.HUB].poke()
        return _response(route, reply, call)

    return handler


def _response(route: Route, reply: Reply, call: Call) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if reply.tag is not None:
        headers["ETag"] = f'"{reply.tag}"'
    if reply.file:
        headers["Content-Disposition"] = f'attachment; filename="{reply.file}"'
    if reply.answer is not None:
        text = reply.answer.model_dump_json()
        response = web.Response(text=text, content_type=JSON_TYPE, status=route.status, headers=headers)
        if len(text) > COMPRESSED:
            response.enable_compression()
    elif reply.content is not None:
        response = web.Response(
            body=reply.content, content_type=reply.content_type, status=route.status, headers=headers
        )
    else:
        response = web.Response(status=204, headers=headers)
    if reply.cookie is not None:
        _set(response, reply.cookie, call)
    return response


def _set(response: web.Response, cookie: Cookie, call: Call) -> None:
    if not cookie.value:
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=call.secure)
        return
    response.set_cookie(
        COOKIE, cookie.value, max_age=cookie.max_age_s, path="/", httponly=True, samesite="Lax", secure=call.secure
    )


@web.middleware
async def _failures(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer what goes wrong as `{code, message}`; what is our fault gets an id and is logged, nothing of it leaks."""
    try:
        return await handler(request)
    except CallCenterError as error:
        return failed(failure_of(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code, message = SAID.get(error.status, ("http", error.reason))
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return failed(Failure(status=error.status, code=code, message=message, headers=allow))
    except ConnectionError:
        raise
    except Exception:
        mark = uuid4().hex[:8]
        log.exception("desk: internal error %s: %s %s", mark, request.method, request.path)
        message = f"something went wrong on our side; whoever looks after this finds it in the log as {mark}"
        return failed(Failure(status=500, code="internal", message=message))


def failed(failure: Failure) -> web.Response:
    """Return the answer to what went wrong."""
    headers = {"Cache-Control": "no-store", **failure.headers}
    return web.json_response(failure.to_plain(), status=failure.status, headers=headers)


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
    response.headers["Server"] = "callcenter"  # not which programs, in which versions
    if request.secure or request.app[health.DESK].url.casefold().startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
