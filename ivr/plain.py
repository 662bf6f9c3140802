"""JSON or YAML text → plain values, refusing what these formats would silently drop or blow up."""

from __future__ import annotations

import json
from typing import Any

import yaml


def parse(text: str) -> Any:
    """Return the values in `text`; JSON if it begins with a brace, else YAML. Raise ValueError with one line.

    A key that comes twice in one object is refused (only the last would stay), and so are YAML aliases (a few lines of
    them can mean gigabytes).
    """
    try:
        if text.lstrip()[:1] == "{":
            return json.loads(text, object_pairs_hook=_no_doubles)
        return yaml.load(text, Loader=_PlainLoader)
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


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"{key!r} is there twice in one object")
        seen[key] = value
    return seen


class _PlainLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise ValueError("YAML aliases are not read; write out what they stand for")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool) and key is not None and not hasattr(key, "isoformat"):
                raise ValueError(f"line {key_node.start_mark.line + 1}: a key must be a word or a number")
            if key in seen:
                raise ValueError(f"line {key_node.start_mark.line + 1}: {key!r} is there twice")
            seen.add(key)
        return super().construct_mapping(node, deep)
