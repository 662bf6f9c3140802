"""Mutants of a flow: each has one fault put into it, as it may slip in; good test cases fail on every one of them.

Changed are exits, keys, prompts, hours, expressions, names of queues, bounds of digits, numbers of tries and so on, of
every node that a caller can reach. Not changed is what no test case can see or should depend on: seconds of silence,
music, shares of a split. The order is always the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, get_args

from pydantic import ValidationError

from ivr.flow import Flow
from ivr.hours import DAYS, OpenSpan
from ivr.keys import ALL
from ivr.lint.graph import reached
from ivr.nodes import AnyNode, Node

# By kind, or of every kind (""): what is not changed.
SKIPPED: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"kind", "v", "note", "exits", "music_class", "timezone", "headers"}),
    "split": frozenset({"weights", "by", "salt"}),
}
SECONDS: Final = ("_s", "seconds")  # ends of names of fields that hold them
# Changed even if an author has left them as they usually are.
USUAL: Final = frozenset({"tries", "terminator", "priority"})
OTHER: Final = "mutant"
HOUR: Final = 60  # minutes

Change = tuple[str, str, dict[str, Any]]  # field, what was changed, the node's fields then


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`flow` with one fault in it: which, in the words of its author."""

    flow: Flow
    node: str
    field: str
    change: str

    def __str__(self) -> str:
        return f"{self.node}.{self.field}: {self.change}"


def mutants(flow: Flow) -> Iterator[Mutant]:
    """Yield every mutant of `flow`, in the order of its nodes."""
    nodes = reached(flow)
    for node_id in sorted(nodes):
        node = flow.nodes[node_id]
        for field, change, plain in _changes(node):
            try:
                changed = type(node).model_validate(plain)
            except ValidationError:
                continue  # no flow anybody could have written
            if changed != node:
                mutated = flow.model_copy(update={"nodes": {**flow.nodes, node_id: changed}})
                yield Mutant(flow=mutated, node=node_id, field=field, change=change)


def _changes(node: AnyNode) -> Iterator[Change]:
    plain = node.model_dump(mode="json", exclude_defaults=True)
    usual = node.model_dump(mode="json", include=set(USUAL))
    plain = {"kind": node.kind, **usual, **plain}
    expressions = {field: text for field, text in node.expressions_used()}
    yield from _swapped_exits(plain)
    for field, value in plain.items():
        if field in SKIPPED[""] | SKIPPED.get(node.kind, frozenset()) or field.endswith(SECONDS):
            continue
        if field == "hours":
            found = _hours(value)
        else:
            found = _values(field, value, _Known(expressions, _literals(type(node), field), plain))
        for where, change, new in found:
            yield where, change, _without(plain, field) if new is _GONE else {**plain, field: new}


_GONE: Final = object()  # in the place of a value that is left out
Values = Iterator[tuple[str, str, Any]]  # field, what was changed, its new value


@dataclass(frozen=True, slots=True)
class _Known:
    """What helps to change a value into another that is possible."""

    expressions: Mapping[str, str]
    literals: Sequence[Any]
    node: Mapping[str, Any]


def _swapped_exits(plain: dict[str, Any]) -> Iterator[Change]:
    exits = plain.get("exits", {})
    for one, other in pairwise(exits):
        swapped = {**exits, one: exits[other], other: exits[one]}
        yield "exits", f"{one} and {other} swapped", {**plain, "exits": swapped}


# --------------------------------------------------------------------------------------------------------- values


def _values(where: str, value: Any, known: _Known) -> Values:
    """Yield other values for `value`, the field `where` of a node."""
    last = where.rpartition(".")[2]
    match value:
        case str() if known.expressions.get(where) == value or last == "value":  # of a saying
            yield from _expressions(where, value)
        case bool():
            yield where, f"{value} → {not value}".lower(), not value
        case int() | float():
            yield from ((where, f"{value} → {new}", new) for new in _numbers(last, value))
        case str():
            new = _another(last, value, known)
            yield where, f"{value or 'none'} → {new or 'none'}", new
        case dict() if last == "phrases":
            return  # dropped as a whole: not each must be said in a case
        case dict():
            yield from _tables(where, value, known)
        case list() if last == "keys":
            yield from _keys(where, value, known)
        case list():
            yield from _lists(where, value, known)


def _another(name: str, text: str, known: _Known) -> str:
    """Return another text that may be in the place of `text`."""
    if text in known.literals:
        return next((str(one) for one in known.literals if one != text), text)
    others = {"key": ALL[::-1].strip("#*"), "currency": ("USD", "EUR"), "language": ("fr", "en")}.get(name, ())
    return next((one for one in others if one != text), f"{text}x" if text else OTHER)


def _numbers(name: str, value: float) -> Sequence[float]:
    if name == "tries":
        return (1,)  # no second try
    return (value - 1,) if name.startswith("max") else (value + 1,)


def _tables(where: str, table: dict[str, Any], known: _Known) -> Values:
    for name, value in table.items():
        if len(table) > 1 or not isinstance(value, dict):
            yield f"{where}.{name}", "dropped", {n: v for n, v in table.items() if n != name}
        for inner, change, new in _values(f"{where}.{name}", value, known):
            yield inner, change, _without(table, name) if new is _GONE else {**table, name: new}


def _lists(where: str, items: list[Any], known: _Known) -> Values:
    for place, item in enumerate(items):
        fewer = [*items[:place], *items[place + 1 :]]
        if fewer:
            yield f"{where}.{place}", f"{_short(item)} dropped", fewer
        elif isinstance(item, str):
            yield f"{where}.{place}", f"{item} → {OTHER}", [OTHER]
        if isinstance(item, dict):
            for inner, change, new in _values(f"{where}.{place}", item, known):
                yield inner, change, [*items[:place], item if new is _GONE else new, *items[place + 1 :]]


def _keys(where: str, keys: list[Any], known: _Known) -> Values:
    """Yield keys of a choice that are others than these: one that no choice has in the place of each."""
    choices = known.node.get("choices", {})
    taken = {key for choice in choices.values() for key in choice.get("keys", ())} | set(keys)
    free = next((key for key in ALL if key not in taken), "")
    for place, key in enumerate(keys):
        others = [*keys[:place], *keys[place + 1 :]]
        new = others if others or not free else [free]
        yield where, f"key {key} dropped" if others else f"key {key} → {free}", new


def _short(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("value") or item.get("when") or item.get("language") or "entry")
    return str(item)


def _without(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != name}


def _literals(kind: type[Node], field: str) -> Sequence[Any]:
    """Return the words that a field may hold, if it may hold certain words only."""

    def within(annotation: Any) -> Iterator[Any]:
        for one in get_args(annotation):
            if isinstance(one, str):
                yield one
            else:
                yield from within(one)

    found = kind.model_fields.get(field)
    return tuple(within(found.annotation)) if found is not None else ()


# -------------------------------------------------------------------------------------------------- expressions

_EDGES: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
}


def _expressions(where: str, text: str) -> Values:
    """Yield expressions that come out otherwise: a condition the other way round or at its edge, a value changed."""
    last = where.rpartition(".")[2]
    if last == "when":
        yield where, f"{text} → not ({text})", f"not ({text})"
        yield from ((where, f"{text} → {edge}", edge) for edge in _at_the_edge(text))
    elif last in {"minimum", "maximum"}:
        new = f"({text}) {'+' if last == 'minimum' else '-'} 1"
        yield where, f"{text} → {new}", new
    else:
        yield where, f'{text} → "{OTHER}"', f'"{OTHER}"'


def _at_the_edge(text: str) -> Iterator[str]:
    """Yield `text` with each `<`, `<=`, `>`, `>=` moved by one: > for >=, and so on."""
    tree = ast.parse(text.strip(), mode="eval").body
    comparisons = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    for comparison in comparisons:
        for place, operator in enumerate(comparison.ops):
            other = _EDGES.get(type(operator))
            if other is not None:
                comparison.ops[place] = other()
                yield ast.unparse(tree)
                comparison.ops[place] = operator


# --------------------------------------------------------------------------------------------------------- hours


def _hours(hours: dict[str, Any]) -> Values:
    """Yield hours that are an hour off, a day off, or without one of their holidays and exceptions."""
    weekly: dict[str, list[str]] = hours.get("weekly", {})
    for span in dict.fromkeys(span for spans in weekly.values() for span in spans):
        for change, other in _an_hour_off(span):
            moved = {day: [other if one == span else one for one in spans] for day, spans in weekly.items()}
            yield "hours.weekly", f"{span} {change}", {**hours, "weekly": moved}
    later = {DAYS[(DAYS.index(day) + 1) % 7]: spans for day, spans in weekly.items()}
    yield "hours.weekly", "all a day later", {**hours, "weekly": later}
    for name in ("holidays", "exceptions"):
        for day in hours.get(name, ()):
            fewer = [d for d in hours[name] if d != day] if name == "holidays" else _without(hours[name], day)
            yield f"hours.{name}", f"{day} dropped", {**hours, name: fewer}


def _an_hour_off(text: str) -> Iterator[tuple[str, str]]:
    span = OpenSpan.parse(text)
    yield "opens an hour later", str(OpenSpan((span.start + HOUR) % (24 * HOUR), span.end))
    yield "closes an hour earlier", str(OpenSpan(span.start, (span.end - HOUR) % (24 * HOUR)))
