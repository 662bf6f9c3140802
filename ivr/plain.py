"""JSON or YAML text → plain values, refusing what these formats would silently drop or blow up."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor

MAX_DEPTH: Final = 100  # of lists and maps within one another; a flow has some ten
TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


def parse(text: str) -> Any:
    """Return the values in `text`; JSON if it begins with a brace, else YAML. Raise ValueError with one line.

    A key that comes twice in one object is refused (only the last would stay), and so are YAML aliases (a few lines of
    them can mean gigabytes). What looks like a date stays the text it is, as in JSON.
    """
    try:
        if text.lstrip()[:1] == "{":
            return json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_number)
        return _load(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise ValueError("has a number of thousands of digits") from None


def as_json(value: Any) -> Any:
    """Return what `parse` gave as JSON holds it: all keys are text; to YAML, an unquoted `on` is the truth.

    Raise ValueError for what JSON does not have, such as an infinity.
    """
    if isinstance(value, dict):
        found = {_as_written(key): as_json(inner) for key, inner in value.items()}
        if len(found) < len(value):
            raise ValueError(f"two of the keys {', '.join(map(repr, value))} are the same in JSON")
        return found
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise ValueError(f"{value!r} is nothing that JSON can hold")


def _as_written(key: Any) -> str:
    if isinstance(key, bool):
        return "on" if key else "off"
    return "null" if key is None else str(key)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"{key!r} is there twice in one object")
        seen[key] = value
    return seen


def _load(text: str) -> Any:
    """Load by libyaml where it is there, ten times as fast; what it refuses is said in the words of PyYAML's own."""
    if yaml.__with_libyaml__:
        try:
            if _is_plain(text):
                return yaml.load(text, Loader=_FastLoader)
        except yaml.YAMLError:
            pass
    return yaml.load(text, Loader=_PlainLoader)


def _is_plain(text: str) -> bool:
    """Return whether `text` has no aliases; raise RecursionError before libyaml's composer would run out of stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise RecursionError
        if isinstance(event, yaml.AliasEvent):
            return False
    return True


def _without_doubles(loader: SafeConstructor, node: yaml.MappingNode) -> None:
    """Raise ValueError for a key that comes twice, or that is none."""
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool) and key is not None:
            raise ValueError(f"line {key_node.start_mark.line + 1}: a key must be a word or a number")
        if key in seen:
            raise ValueError(f"line {key_node.start_mark.line + 1}: {key!r} is there twice")
        seen.add(key)


# By the first character of a word: what it may be besides text. `2026-03-02` is text, which JSON can hold.
_RESOLVERS: Final = {
    first: [(tag, form) for tag, form in found if tag != TIMESTAMP]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _PlainLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = _RESOLVERS

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise ValueError("YAML aliases are not read; write out what they stand for")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _without_doubles(self, node)
        return super().construct_mapping(node, deep)


class _FastLoader(yaml.CSafeLoader):
    yaml_implicit_resolvers = _RESOLVERS

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _without_doubles(self, node)
        return super().construct_mapping(node, deep)
