"""What differs between two versions of a flow: nodes and fields, as an author thinks of them.

Layout is kept apart from content, and both sides are compared in their canonical form, so the order of lines, defaults
written out and nodes moved on the canvas are no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from pydantic_core import PydanticUndefined, to_jsonable_python

from ivr.flow import Flow
from ivr.nodes import KINDS


class Sort(StrEnum):
    """What happened to a node or field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"  # a node: content and exits as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `node` empty: of the flow itself; `field` empty: the whole node.

    `before` and `after` are plain JSON; None where there was or is nothing. Of a renamed node they are its names.
    """

    sort: Sort
    node: str = ""
    field: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return _worded(self)


def diff(before: Flow, after: Flow) -> tuple[Change, ...]:
    """Return all differences: the flow's own fields, then its nodes by id, each with its fields in order."""
    old, new = before.canonical(), after.canonical()
    old_nodes, new_nodes = old.pop("nodes"), new.pop("nodes")
    return (*_fields("", old, new), *_nodes(old_nodes, new_nodes))


def _nodes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    renamed = _renamed(old, new)
    came = set(renamed.values())
    for name in sorted(old.keys() | new.keys()):
        if name in renamed:
            yield Change(sort=Sort.RENAMED, node=name, before=name, after=renamed[name])
        elif name in came:
            continue
        elif name not in new:
            yield Change(sort=Sort.REMOVED, node=name, before=old[name])
        elif name not in old:
            yield Change(sort=Sort.ADDED, node=name, after=new[name])
        else:
            before, after = _led_by(old[name], renamed), new[name]
            left_out = _defaults(after["kind"]) if before["kind"] == after["kind"] else {}
            yield from _fields(
                name, {**before, **_of(after, left_out, before)}, {**after, **_of(before, left_out, after)}
            )


def _of(other: Mapping[str, Any], left_out: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what fields are `here` that only the `other` side writes out."""
    return {field: value for field, value in left_out.items() if field in other and field not in here}


@cache
def _defaults(kind: str) -> Mapping[str, Any]:
    """Return what fields of a kind are where an author leaves them out: doing so is a change to that, or from it."""
    fields = ((name, field.default) for name, field in KINDS[kind].model_fields.items())
    return {
        name: to_jsonable_python(value)
        for name, value in fields
        if value is not PydanticUndefined and value not in (None, "", ())
    }


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return old name → new name of nodes that are the same but for their name; only where that is beyond doubt."""
    gone, came = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    wanted = {name: [other for other in came if new[other] == old[name]] for name in gone}
    claimed = [others[0] for others in wanted.values() if len(others) == 1]
    return {name: o[0] for name, o in wanted.items() if len(o) == 1 and claimed.count(o[0]) == 1}


def _led_by(node: Any, renamed: Mapping[str, str]) -> Any:
    """Return `node` with its exits to renamed nodes following them: that is no change of this node."""
    exits = {name: renamed.get(target, target) for name, target in node.get("exits", {}).items()}
    return {**node, "exits": exits} if exits else node


def _fields(node: str, old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        field = f"{prefix}{name}"
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _fields(node, before, after, f"{field}.")
        elif name not in old:
            yield Change(sort=Sort.ADDED, node=node, field=field, after=after)
        elif name not in new:
            yield Change(sort=Sort.REMOVED, node=node, field=field, before=before)
        else:
            yield Change(sort=Sort.CHANGED, node=node, field=field, before=before, after=after)


_SIGNS: Final = {Sort.ADDED: "+", Sort.REMOVED: "-", Sort.CHANGED: "~", Sort.RENAMED: "~"}


def _worded(change: Change) -> str:
    place = ".".join(part for part in (change.node, change.field) if part)
    sign = _SIGNS[change.sort]
    if change.sort is Sort.RENAMED:
        return f"{sign} {change.before} is now called {change.after}"
    if not change.field:
        return f"{sign} {place} ({(change.before or change.after)['kind']})"
    if change.sort is Sort.CHANGED:
        return f"{sign} {place}: {_shown(change.before)} → {_shown(change.after)}"
    return f"{sign} {place}: {_shown(change.after if change.sort is Sort.ADDED else change.before)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
