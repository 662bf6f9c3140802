"""How the installation is, as JSON and as a page."""

from __future__ import annotations

import html

from aiohttp import web

from desk.ports import Desk

DESK = web.AppKey("desk", Desk)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Call centre: health</title></head>
<body><h1>Call centre</h1>
<p>The screens are not built here. Build them with <code>make web</code> in the source tree, or install the wheel,
which has them; calls and the API work without.</p>
<table><tr><th>Part</th><th>State</th></tr>{rows}</table></body></html>
"""


async def results(request: web.Request) -> dict[str, str]:
    """Return part → "" when well, else what is wrong."""
    return {part: await check() for part, check in request.app[DESK].checks.items()}


async def health(request: web.Request) -> web.Response:
    """200 when all parts are well, 503 with what is wrong otherwise."""
    found = await results(request)
    well = not any(found.values())
    parts = {part: trouble or "ok" for part, trouble in found.items()}
    return web.json_response({"ok": well, "parts": parts}, status=200 if well else 503)


async def page(request: web.Request) -> web.Response:
    """What is shown while there are no screens: how to build them, and how everything is."""
    rows = "".join(
        f"<tr><td>{html.escape(part)}</td><td>{html.escape(trouble or 'ok')}</td></tr>"
        for part, trouble in (await results(request)).items()
    )
    return web.Response(text=_PAGE.format(rows=rows), content_type="text/html")
