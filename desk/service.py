"""The desk over HTTP: for now its health, as JSON and as a page."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Check = Callable[[], Awaitable[str]]  # returns "" when well, else what is wrong, in one line

CHECKS = web.AppKey("checks", dict[str, Check])

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Call centre: health</title></head>
<body><h1>Call centre</h1><table><tr><th>Part</th><th>State</th></tr>{rows}</table></body></html>
"""


def desk_app(checks: Mapping[str, Check]) -> web.Application:
    """Return the desk's application. `checks`: part of the installation → coroutine that looks at it."""
    app = web.Application()
    app[CHECKS] = dict(checks)
    app.router.add_get("/", _page)
    app.router.add_get("/health", _health)
    app.on_response_prepare.append(_secure)
    return app


async def _results(request: web.Request) -> dict[str, str]:
    return {part: await check() for part, check in request.app[CHECKS].items()}


async def _health(request: web.Request) -> web.Response:
    """200 when all parts are well, 503 with what is wrong otherwise."""
    results = await _results(request)
    well = not any(results.values())
    parts = {part: trouble or "ok" for part, trouble in results.items()}
    return web.json_response({"ok": well, "parts": parts}, status=200 if well else 503)


async def _page(request: web.Request) -> web.Response:
    results = await _results(request)
    rows = "".join(
        f"<tr><td>{html.escape(part)}</td><td>{html.escape(trouble or 'ok')}</td></tr>"
        for part, trouble in results.items()
    )
    return web.Response(text=_PAGE.format(rows=rows), content_type="text/html")


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
