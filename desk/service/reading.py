"""From an HTTP request to what a handler is called with: everything is read and checked here, within limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from desk.contract import JSON_TYPE, PARTS, Route
from desk.failures import Refused


def path_of(request: web.Request, route: Route) -> Mapping[str, str]:
    """Return the parts of the path; raise Refused (404) if one cannot be a name of anything."""
    parts = {name: request.match_info[name] for name in route.names}
    for name, value in parts.items():
        if re.fullmatch(PARTS[name], value, re.ASCII) is None:
            raise Refused(404, "not-found", f"there is no {name} {value[:100]!r}")
    return parts


def query_of(request: web.Request, route: Route) -> BaseModel | None:
    """Return the query as the route's model; raise Refused for what it does not know."""
    doubles = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if doubles:
        raise _invalid([{"field": name, "text": "is given more than once"} for name in doubles])
    if route.query is None:
        if request.query:
            raise _invalid([{"field": name, "text": "is not known here"} for name in request.query])
        return None
    try:
        return route.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise _invalid(_told(error)) from None


async def body_of(request: web.Request, route: Route) -> tuple[BaseModel | None, bytes]:
    """Return the body as the route's model, or as bytes where it is no JSON. Raise Refused."""
    raw = await _read(request, route.limit)
    if route.takes:
        _check_type(request, route.takes)
        return None, raw
    if route.body is None:
        if raw.strip() not in {b"", b"{}"}:
            raise _invalid([{"field": "", "text": "there must be no body"}])
        return None, b""
    _check_type(request, JSON_TYPE)
    try:
        _check_finite(from_json(raw, allow_inf_nan=False))
        return route.body.model_validate_json(raw), b""
    except ValidationError as error:
        raise _invalid(_told(error)) from None
    except ValueError as error:
        raise Refused(400, "invalid", f"the body is no JSON: {error}") from None


def _check_finite(plain: Any) -> None:
    """Raise ValueError for a number too large to be one, such as 1e999: it would be kept as infinite."""
    ahead = [plain]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            ahead.extend(value.values())
        elif isinstance(value, list):
            ahead.extend(value)
        elif isinstance(value, float) and not isfinite(value):
            raise ValueError("a number in it is too large")


async def _read(request: web.Request, limit: int) -> bytes:
    too_large = Refused(413, "too-large", f"a body here has at most {limit} bytes")
    if request.content_length is not None and request.content_length > limit:
        raise too_large
    parts, size = [], 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > limit:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def _check_type(request: web.Request, wanted: str) -> None:
    if request.content_type != wanted:
        raise Refused(415, "content-type", f"the body must be {wanted}")


def _invalid(details: list[dict[str, str]]) -> Refused:
    said = "; ".join(": ".join(part for part in (one["field"], one["text"]) if part) for one in details[:5])
    return Refused(400, "invalid", f"the request cannot be understood: {said}", details=details)


def _told(error: ValidationError) -> list[dict[str, str]]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [{"field": ".".join(map(str, one["loc"])), "text": _text(one)} for one in found[:50]]


def _text(one: ErrorDetails) -> str:
    text: Any = {"extra_forbidden": "is not known here", "missing": "is required"}.get(one["type"], one["msg"])
    return str(text).removeprefix("Value error, ")
