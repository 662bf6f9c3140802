"""The route table as an OpenAPI 3.1 document: what clients and their type generators read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from callcenter import __version__
from desk.access import COOKIE, CSRF_HEADER, UNSAFE
from desk.contract import JSON_TYPE, PARTS, Route
from desk.models.common import Failed

REF: Final = "#/components/schemas/{model}"
TEXTS: Final[Mapping[int, str]] = {
    400: "The request cannot be understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "There is no such thing",
    409: "Somebody else was first, or it cannot be done now",
    412: "Somebody else has changed it meanwhile",
    413: "Too large",
    415: "Wrong content type",
    422: "Understood, but wrong; details say what",
    428: "If-Match is missing",
    429: "Too many tries",
    500: "Our fault",
    503: "The database cannot be reached",
}
ABOUT: Final = f"""\
The desk of the call centre. Browsers sign in with `POST /api/v1/session` and send its `csrf` as `{CSRF_HEADER}` with
everything that changes something; programs send `Authorization: Bearer cct_…`. Errors are `{{code, message, details}}`.
Lists are `{{items, next}}`. Times are RFC 3339 in UTC."""

_Schemas = Mapping[Any, Mapping[str, Any]]  # by model and mode


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI document of `routes`."""
    refs, definitions = _renamed(models_json_schema(list(_models(routes)), ref_template=REF))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Call centre", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": {_named(name): one for name, one in definitions.get("$defs", {}).items()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _models(routes: Iterable[Route]) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    found: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Failed, "serialization"): None}
    for route in routes:
        if route.body is not None:
            found[route.body, "validation"] = None
        if route.answer is not None:
            found[route.answer, "serialization"] = None
    return found


def _renamed(schema: Any) -> Any:
    """Return schemas whose references lead to names that a type can have in any language."""
    if isinstance(schema, tuple):
        return tuple(_renamed(one) for one in schema)
    if isinstance(schema, list):
        return [_renamed(one) for one in schema]
    if isinstance(schema, Mapping):
        return {key: _named(one) if key == "$ref" else _renamed(one) for key, one in schema.items()}
    return schema


def _named(name: str) -> str:
    """Return the name of a list's model.

    >>> _named("#/components/schemas/Listing_FlowSummary_")
    '#/components/schemas/FlowSummaryList'
    """
    return re.sub(r"Listing_(\w+)_$", r"\1List", name)


def _operation(route: Route, refs: _Schemas) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [route.tag],
        "security": _security(route),
        "responses": _responses(route, refs),
    }
    parameters = [*_path_parameters(route), *_query_parameters(route)]
    if route.needs_tag:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": f'^"{route.tag_form}"$'},
            }
        )
    if parameters:
        said["parameters"] = parameters
    if route.body is not None:
        content = {JSON_TYPE: {"schema": refs[route.body, "validation"]}}
        said["requestBody"] = {"required": True, "content": content}
    elif route.takes:
        binary = {"type": "string", "contentMediaType": route.takes}
        said["requestBody"] = {"required": True, "content": {route.takes: {"schema": binary}}}
    if not route.public:
        said["description"] = f"For: {', '.join(sorted(route.roles))}."
    return said


def operation_id(route: Route) -> str:
    """Return a name for a route's operation: method and path.

    >>> from types import SimpleNamespace
    >>> operation_id(SimpleNamespace(method="GET", path="/api/v1/flows/{flow}/draft"))
    'get_flows_flow_draft'
    """
    parts = route.path.removeprefix("/api/v1").replace(".", "/").replace("-", "_").replace("{", "").replace("}", "")
    return "_".join([route.method.lower(), *(part for part in parts.split("/") if part)])


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.public:
        return []
    session: dict[str, list[str]] = {"session": [], "csrf": []} if route.method in UNSAFE else {"session": []}
    return [session, {"token": []}] if route.by_token else [session]


def _path_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in route.names:
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PARTS[name]}$"},
        }


def _query_parameters(route: Route) -> Iterable[dict[str, Any]]:
    if route.query is None:
        return
    schema = route.query.model_json_schema()
    for name, one in schema["properties"].items():
        shown = {key: value for key, value in one.items() if key not in {"title", "default"}}
        kinds = [_inline(kind, schema) for kind in shown.pop("anyOf", []) if kind.get("type") != "null"]
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": {**_inline(shown, schema), **(kinds[0] if kinds else {})},
        }


def _inline(shown: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter says itself what it takes: choices that pydantic keeps beside it are put in their place."""
    if "$ref" not in shown:
        return shown
    kept = schema["$defs"][shown["$ref"].rpartition("/")[2]]
    return {key: kept[key] for key in ("type", "enum") if key in kept}


def _responses(route: Route, refs: _Schemas) -> dict[str, Any]:
    failed = {JSON_TYPE: {"schema": refs[Failed, "serialization"]}}
    wrong = {400, *route.errors, 500, 503}
    wrong |= set() if route.public else {401, 403}
    wrong |= {404} if route.names else set()
    wrong |= {413, 415} if route.body or route.takes else set()
    wrong |= {403} if route.method in UNSAFE else set()
    wrong |= {428} if route.needs_tag else set()
    said: dict[str, Any] = {str(route.status): _good(route, refs)}
    return said | {str(status): {"description": TEXTS[status], "content": failed} for status in sorted(wrong)}


def _good(route: Route, refs: _Schemas) -> dict[str, Any]:
    if route.answer is not None:
        return {
            "description": route.summary,
            "content": {JSON_TYPE: {"schema": refs[route.answer, "serialization"]}},
        }
    if route.sends:
        binary = {"type": "string", "contentMediaType": route.sends}
        return {"description": route.summary, "content": {route.sends: {"schema": binary}}}
    return {"description": route.summary}
