"""A flow: named nodes and the exits between them, read from JSON or YAML, written in one canonical form.

`load` refuses what cannot be understood (wrong fields, wrong types); what can be understood but does not make a sound
flow (dangling exits, missing prompts) is `ivr.lint`'s matter, so that an unfinished draft can be kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from callcenter.errors import FlowError, Issue
from ivr.nodes import KINDS, AnyNode
from ivr.nodes.upgrades import upgraded
from ivr.nodes.words import FORMS, PROMPT_TAG, SAYING_TAG, Fields, FlowName, Language, NodeId, Sorted, Variable
from ivr.plain import parse

MAX_NODES: Final = 1000  # a flow nobody can oversee any more; Amazon Connect allows 250
MAX_TEXT: Final = 2_000_000  # characters; a flow of MAX_NODES nodes stays well below
MAX_SAID: Final = 400  # characters of one issue: whatever was written, what is wrong with it is to be seen


class Flow(Fields):
    """What a caller experiences: a graph of nodes entered at `start`. `languages`: the first is the default.

    `parameters` are the variables it is given when another flow runs it.
    """

    name: Annotated[FlowName, Field(description="What other flows and numbers call it.")]
    about: Annotated[str, Field(description="What it is for, in a sentence.")] = ""
    languages: Annotated[
        tuple[Language, ...], Field(min_length=1, description="Languages it may speak; the first is the default.")
    ] = ("en",)
    parameters: Annotated[
        tuple[Variable, ...], Field(max_length=20, description="Variables it is given when another flow runs it.")
    ] = ()
    start: Annotated[NodeId, Field(description="The node a caller enters first.")]
    nodes: Annotated[
        dict[NodeId, AnyNode], Field(min_length=1, max_length=MAX_NODES, description="All nodes, by name."), Sorted
    ]

    def canonical(self) -> dict[str, Any]:
        """Return the flow as plain JSON in its one form: fields as the models order them, maps sorted, no defaults."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        for node_id, fields in plain["nodes"].items():
            node, exits = self.nodes[node_id], fields.pop("exits", None)
            tail = {"exits": exits} if exits else {}
            plain["nodes"][node_id] = {"kind": node.kind, "v": node.v, **fields, **tail}
        return plain

    def to_text(self) -> str:
        """Return the canonical JSON text, ending with a line feed: what belongs in a file under git."""
        return json.dumps(self.canonical(), indent=2, ensure_ascii=False) + "\n"


def load(text: str, *, name: str = "?") -> Flow:
    """Read a flow from JSON or YAML text; raise FlowError with an issue for each thing that cannot be understood.

    `name` stands for the flow in the error if the text does not say its own.
    """
    if len(text) > MAX_TEXT:
        raise FlowError(name, [_issue("too-long", f"{len(text)} characters, at most {MAX_TEXT} are read")])
    try:
        plain = parse(text)
    except ValueError as error:
        raise FlowError(name, [_issue("syntax", str(error))]) from None
    return read(plain, name=name)


def read(plain: Any, *, name: str = "?") -> Flow:
    """Return the flow in `plain` (parsed JSON, such as a `StoredFlow.body`); raise FlowError as `load` does."""
    if isinstance(plain, Mapping) and isinstance(plain.get("name"), str):
        name = plain["name"]
    try:
        return Flow.model_validate(upgraded(plain))
    except ValidationError as error:
        raise FlowError(name, _issues(plain, error.errors(include_url=False))) from None


# ------------------------------------------------------------------------------------------- saying what is wrong


def _issue(code: str, text: str, *, node: str = "", field: str = "") -> Issue:
    return Issue(code=code, node=node, field=field, text=text)


def _issues(plain: Any, details: Sequence[ErrorDetails]) -> list[Issue]:
    return [_explain(plain, detail) for detail in details if not _follows(detail, details)]


def _explain(plain: Any, detail: ErrorDetails) -> Issue:
    """Turn one of pydantic's error details into an issue an author understands."""
    where = [str(part) for part in detail["loc"]]
    node = ""
    if where[:1] == ["nodes"] and len(where) > 1:
        node = where[1]
        where = where[2:]
        # Behind the node's id pydantic names the member of the union: the kind.
        if where[:1] and where[0] in KINDS:
            where = where[1:]
    field = ".".join(part for part in where if part not in NOT_OF_THE_AUTHOR)
    text, *place = map(_cut, (_wording(plain, node, detail), node, field))
    return _issue("schema", text, node=place[0], field=place[1])


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]} …"


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Return whether a list is too short only because its items are wrong, which is said already."""
    loc = detail["loc"]
    inner = (other for other in details if other is not detail and other["loc"][: len(loc)] == loc)
    return detail["type"] == "too_short" and any(inner)


def _wording(plain: Any, node: str, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            text = f"is no field of {_named(plain, node)}" if node else "is no field of a flow"
        case "literal_error" if detail["loc"][-1] == "v":
            text = f"is version {detail['input']!r}, this program knows {context['expected']}"
        case "string_pattern_mismatch":
            text = f"{detail['input']!r} is not {FORMS.get(context['pattern'], context['pattern'])}"
        case "too_long" | "too_short":
            text = _size(detail["input"], context)
        case kind if kind in WORDINGS:
            text = WORDINGS[kind].format(input=detail["input"], kinds=", ".join(sorted(KINDS)), **context)
        case _:
            text = detail["msg"][:1].lower() + detail["msg"][1:]
    return text


def _size(value: Any, context: Mapping[str, Any]) -> str:
    """Return what is wrong with how many there are of something."""
    size, things = len(value) if hasattr(value, "__len__") else 0, "characters" if isinstance(value, str) else "entries"
    if "max_length" in context:
        return f"has {size} {things}, at most {context['max_length']}"
    return "must not be empty" if size == 0 else f"has {size} {things}, at least {context['min_length']}"


def _named(plain: Any, node: str) -> str:
    """Return what a node is called by its kind. Its name may be a number to YAML, or shown otherwise by pydantic."""
    kinds = [fields["kind"] for name, fields in plain["nodes"].items() if str(name) == node]
    return f"a {kinds[0]} node" if kinds else "this node"


# What pydantic puts into the place of an error besides the author's own words.
NOT_OF_THE_AUTHOR: Final = frozenset({"[key]", PROMPT_TAG, SAYING_TAG})
WHOLE: Final = "is {input!r}, must be a whole number"
DATE: Final = "is {input!r}, must be a date such as 2026-12-24"
# pydantic's error types, said in the words of a flow's author.
WORDINGS: Final[Mapping[str, str]] = {
    "union_tag_invalid": "kind '{tag}' is unknown; kinds are {kinds}",
    "union_tag_not_found": "has no kind; kinds are {kinds}",
    "missing": "is required",
    "literal_error": "is {input!r}, must be {expected}",
    "value_error": "{error}",
    "greater_than": "is {input}, must be more than {gt:g}",
    "greater_than_equal": "is {input}, must be at least {ge:g}",
    "less_than_equal": "is {input}, must be at most {le:g}",
    "dict_type": "must be a map: names and what they stand for",
    "model_type": "must be a map: names and what they stand for",
    "model_attributes_type": "must be a map: names and what they stand for",
    "tuple_type": "must be a list",
    "string_type": "is {input!r}, must be text; put it in quotes",
    "string_unicode": "is no text that can be kept",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "is {input!r}, must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "is {input!r}, must be true or false"),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DATE),
}
