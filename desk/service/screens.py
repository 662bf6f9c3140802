"""The screens: files built from `web/`, served as they are; what is no file is a place within the screens."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from aiohttp import web

from desk.service.health import DESK, page

FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", re.ASCII)
HASHED: Final = "assets/"  # Vite writes a hash of the content into these names
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
ENTRY: Final = "index.html"


async def screen(request: web.Request) -> web.StreamResponse:
    """Return a file of the screens, the entry page for what is no file, or how to build them."""
    folder, path = request.app[DESK].screens, request.match_info["path"]
    if path.startswith("api/"):
        raise web.HTTPNotFound
    if not (folder / ENTRY).is_file():
        if path in {"", ENTRY}:
            return await page(request)
        raise web.HTTPNotFound
    found = _file(folder, path)
    if found is None and (PurePosixPath(path).suffix or not FILE.fullmatch(path or ENTRY)):
        raise web.HTTPNotFound
    kept = FOR_EVER if found is not None and path.startswith(HASHED) else ASK_AGAIN
    # Beside a file lies its .gz, which aiohttp sends to browsers that take it.
    return web.FileResponse(found or folder / ENTRY, headers={"Cache-Control": kept})


def _file(folder: Path, path: str) -> Path | None:
    """Return the file of that name within the folder, None if there is none or it begins with a dot."""
    if not FILE.fullmatch(path) or ".." in path:
        return None
    found = folder / path
    return found if found.is_file() else None
