"""Whether a document is as a JSON Schema says: as much of that as our schemas use, by the standard, not by pydantic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

TYPES: Final[Mapping[str, Any]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": int | float,
}
ANNOTATIONS: Final = frozenset(
    ("$schema", "$defs", "title", "description", "default", "x-names", "discriminator", "format", "examples")
)


def faults(value: Any, schema: Any, root: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Yield what is wrong with `value` by `schema`, a part of `root`. Raise AssertionError for a keyword not known."""
    if schema is True:
        return
    if schema is False:
        yield f"{where}: nothing may be here"
        return
    for keyword, wanted in schema.items():
        if keyword not in ANNOTATIONS:
            assert keyword in RULES, f"{keyword} is no keyword that we know"
            yield from RULES[keyword](value, wanted, schema, root, where)


def _ref(value: Any, wanted: str, schema: Any, root: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from faults(value, root["$defs"][wanted.rpartition("/")[2]], root, where)


def _type(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    fits = (isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names)
    if not any(fits):
        yield f"{where}: {value!r} is no {wanted}"


def _some(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    found = [list(faults(value, one, root, where)) for one in wanted]
    fitting = sum(not one for one in found)
    if not fitting or ("oneOf" in schema and fitting > 1):
        yield f"{where}: {value!r} is {fitting} of {len(wanted)} things: {found if not fitting else ''}"


def _properties(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    for name, inner in wanted.items():
        if isinstance(value, dict) and name in value:
            yield from faults(value[name], inner, root, f"{where}.{name}")


def _others(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        by_form = any(re.search(form, name) for form in schema.get("patternProperties", ()))
        if name not in schema.get("properties", ()) and not by_form:
            yield from faults(value[name], wanted, root, f"{where}.{name}")


def _by_form(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        for form, inner in wanted.items():
            if re.search(form, name):
                yield from faults(value[name], inner, root, f"{where}.{name}")


def _items(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    for place, item in enumerate(value if isinstance(value, list) else ()):
        yield from faults(item, wanted, root, f"{where}.{place}")


def _names(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        yield from faults(name, wanted, root, f"{where}: name")


def _unless(sort: Any, fits: Any) -> Any:
    """Return a rule for values of a sort; others are not its matter."""

    def rule(value: Any, wanted: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
        if isinstance(value, sort) and not isinstance(value, bool) and not fits(value, wanted):
            yield f"{where}: {value!r} does not fit {wanted!r}"

    return rule


RULES: Final[Mapping[str, Any]] = {
    "$ref": _ref,
    "type": _type,
    "anyOf": _some,
    "oneOf": _some,
    "properties": _properties,
    "additionalProperties": _others,
    "patternProperties": _by_form,
    "propertyNames": _names,
    "items": _items,
    "required": _unless(dict, lambda value, wanted: set(wanted) <= value.keys()),
    "const": _unless(object, lambda value, wanted: value == wanted),
    "enum": _unless(object, lambda value, wanted: value in wanted),
    "pattern": _unless(str, lambda value, wanted: re.search(wanted, value) is not None),
    "minLength": _unless(str, lambda value, wanted: len(value) >= wanted),
    "maxLength": _unless(str, lambda value, wanted: len(value) <= wanted),
    "minItems": _unless(list, lambda value, wanted: len(value) >= wanted),
    "maxItems": _unless(list, lambda value, wanted: len(value) <= wanted),
    "minProperties": _unless(dict, lambda value, wanted: len(value) >= wanted),
    "maxProperties": _unless(dict, lambda value, wanted: len(value) <= wanted),
    "minimum": _unless((int, float), lambda value, wanted: value >= wanted),
    "maximum": _unless((int, float), lambda value, wanted: value <= wanted),
    "exclusiveMinimum": _unless((int, float), lambda value, wanted: value > wanted),
}
