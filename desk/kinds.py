"""The kinds of node as an editor needs them: schema, title, group, which exits a node has. From the very models."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

from ivr.expressions import FUNCTIONS, MAX_LENGTH
from ivr.flow import MAX_NODES
from ivr.nodes import KINDS
from ivr.nodes.node import Node
from ivr.schema import flow_schema, node_schema

# What each function of the expression language does.
FUNCTION_HELP: Final[Mapping[str, str]] = {
    "abs": "a number without its sign",
    "digits": "only the digits of a text",
    "last": "`last(text, 4)`: the last four characters",
    "length": "how many characters a text has; 0 for null",
    "lower": "a text in small letters",
    "max": "the largest of several numbers",
    "min": "the smallest of several numbers",
    "number": "a text read as a number",
    "round": "a number rounded",
    "starts": "`starts(text, start)`: whether a text begins so",
    "text": "a value as text; empty for null",
}
# What is known of every call.
CALL_HELP: Final[Mapping[str, str]] = {
    "agent": "who talked with the caller last in this call",
    "call_id": "the call's id",
    "caller": "the number they call from, empty if withheld",
    "did": "the number they called",
    "intent": "what they want, as menus and `set` nodes noted",
    "language": "the language of the call, such as `en`",
}

# Groups of the palette, in its order, with what people look for there.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Voice": ("play", "say", "language", "music", "place"),
    "Input": ("menu", "collect", "consent", "survey", "voicemail"),
    "Logic": ("hours", "branch", "set", "split"),
    "Data": ("caller", "http", "payment", "promise"),
    "Route": ("queue", "callback", "transfer", "subflow", "return", "hangup"),
}
GROUP_OF: Final[Mapping[str, str]] = {kind: group for group, kinds in GROUPS.items() for kind in kinds}

TITLES: Final[Mapping[str, str]] = {
    "play": "Play prompts",
    "say": "Say values",
    "language": "Choose language",
    "music": "Music",
    "place": "Place in the queue",
    "menu": "Menu",
    "collect": "Collect digits",
    "consent": "Consent to recording",
    "survey": "Survey",
    "voicemail": "Voicemail",
    "hours": "Opening hours",
    "branch": "Branch",
    "set": "Set variables",
    "split": "A/B split",
    "caller": "Who is calling",
    "http": "Ask another system",
    "payment": "Take a payment",
    "promise": "Promise to pay",
    "queue": "Queue",
    "callback": "Call back",
    "transfer": "Transfer",
    "subflow": "Run a flow",
    "return": "Return",
    "hangup": "Hang up",
}

# Exits that hang on a node's fields: the names are the field's keys, its values, or a part of each of its items.
FROM_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "menu": {"field": "choices", "take": "keys"},
    "branch": {"field": "cases", "take": "exit"},
    "music": {"field": "keys", "take": "values"},
    "split": {"field": "weights", "take": "keys"},
}
# Exits that must be there once a field is filled in.
REQUIRED_IF: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {"subflow": {"arguments": ("failed",)}}


def node_kinds() -> dict[str, Any]:
    """Return everything an editor needs to know of nodes, as plain JSON."""
    return {
        "kinds": {kind: _kind(kind) for kind in KINDS},
        "groups": list(GROUPS),
        "flow": flow_schema(),
        "expressions": {
            "functions": {name: FUNCTION_HELP[name] for name in sorted(FUNCTIONS)},
            "names": dict(CALL_HELP),
            "max_length": MAX_LENGTH,
        },
        "limits": {"nodes": MAX_NODES},
    }


def _kind(kind: str) -> dict[str, Any]:
    model = KINDS[kind]
    lines = inspect.getdoc(model) or ""
    return {
        "title": TITLES[kind],
        "group": GROUP_OF[kind],
        "help": lines,
        "version": model.model_fields["v"].default,
        "ends": model.ends,
        "exits": exit_rule(kind),
        "schema": node_schema(kind),
    }


def exit_rule(kind: str) -> dict[str, Any]:
    """Return which exits nodes of a kind have.

    `required` must lead somewhere; `optional`: exit → the one taken in its place; `from`: more required ones, named by
    a field; `required_if`: field → exits required once it is filled in; `open`: any other name is one as well.
    """
    empty = KINDS[kind].model_construct(exits={}, choices={}, cases=(), keys={}, weights={}, arguments={})
    return {
        "required": list(empty.required_exits()),
        "optional": dict(empty.optional_exits()),
        "from": dict(FROM_FIELDS[kind]) if kind in FROM_FIELDS else None,
        "required_if": {field: list(exits) for field, exits in REQUIRED_IF.get(kind, {}).items()},
        "open": KINDS[kind].open_exits,
    }


def exits_of(node: Node) -> dict[str, Any]:
    """Return the exits that a node has, as `exit_rule` has them for its kind."""
    return {
        "required": list(node.required_exits()),
        "optional": dict(node.optional_exits()),
        "open": node.open_exits,
    }
