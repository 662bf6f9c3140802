"""Writes docs/flow-format.md from the models of flows and nodes: `python -m app.flow_docs`.

A test fails when the file is stale. Every example in it is a file of docs/examples, run by the test suite.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from desk.kinds import CALL_HELP, FUNCTION_HELP
from ivr.expressions import FUNCTIONS, MAX_LENGTH
from ivr.flow import MAX_NODES, load
from ivr.folder import LAYOUT, TESTS
from ivr.nodes import KINDS
from ivr.nodes.node import Node
from ivr.nodes.words import FORMS
from ivr.schema import flow_schema, node_schema
from ivr.session import CALL_NAMES

ROOT: Final = Path(__file__).parent.parent
FILE: Final = ROOT / "docs/flow-format.md"
EXAMPLES: Final = ROOT / "docs/examples"
OF_EVERY_NODE: Final = ("kind", "v", "note", "exits")

HEAD: Final = f"""\
# Flow format

Made from the program's own models by `python -m app.flow_docs`; a test fails when it is stale. Every example is a file
of [docs/examples](examples), with the test cases that are run on it.

A flow is one file, JSON or YAML: what callers experience, as named *nodes* and the *exits* between them. Its canonical
form (what `callcenter flow export` writes) is JSON in one order with no defaults written out, so that git shows what
really changed. Where nodes stand on the canvas is kept apart (`<flow>{LAYOUT}`), test cases too (`<flow>{TESTS}`). The
schema for editors is `callcenter flow schema`; `x-names` says what a text names there.

A node has a `kind`, the version `v` of its kind's fields (left out: the present one; earlier ones are brought up when a
flow is read), and `exits`: the node behind each way out. An exit printed as `vip` → `known` may be left out: `known` is
then taken in its place. A flow has at most {MAX_NODES:,} nodes.

## Variables and expressions

Variables are text, numbers, true, false or null, and belong to their flow; a flow run by another one gets `arguments`
and gives back `results`. Money is a whole number of cents (or the currency's smallest unit), a date is written
`2026-03-02`, a time `14:30`. What a secure `collect` takes is no variable: it is in no log, no store and no expression,
only a `payment` node can use it, and it is gone when the call is.

An expression is up to {MAX_LENGTH} characters: names of variables, numbers, texts in quotes, `True`, `False`, `None`;
`+ - * / // %`, `== != < <= > >=`, `in`, `not in`, `and`, `or`, `not`, `a if b else c`, brackets, and these functions.
There is nothing else in it: no loops, no attributes, no way into the program.
"""

PROMPTS: Final = """\
## Prompts and sayings

An item of `prompts` is the key of a prompt (`welcome`, one of the catalogues in prompts/), of a prompt in another
language (`es/welcome`), or a *saying*: a value to be said. Where callers may answer by voice, `<key>--speech` is said
in the place of `<key>` if it exists.
"""
SAYING: Final = "[saying](#prompts-and-sayings)"
# Kinds whose exits hang on their fields: those of the example are told.
OWN_EXITS: Final = frozenset({"branch", "menu", "music", "split"})


def document() -> str:
    """Return the whole document."""
    schema = flow_schema()
    parts = [
        HEAD,
        _table(("function", "what it is"), ((f"`{name}`", FUNCTION_HELP[name]) for name in sorted(FUNCTIONS))),
        "These are known in every flow, and set by no node of the author's:\n",
        _table(("name", "what it is"), ((f"`{name}`", CALL_HELP[name]) for name in CALL_NAMES)),
        PROMPTS,
        _fields(schema["$defs"]["Saying"], schema),
        "## The flow itself\n",
        _fields(schema, schema),
        "## Fields of every node\n",
        _fields(node_schema("play"), schema, only=("note", "exits")),
        "## Kinds of node\n",
        _table(("kind", "what it does"), ((f"[{kind}](#{kind})", _first_line(KINDS[kind])) for kind in KINDS)),
        *(_kind(kind) for kind in KINDS),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _kind(kind: str) -> str:
    model, schema = KINDS[kind], node_schema(kind)
    parts = [f"### {kind}\n", inspect.getdoc(model) or "", ""]
    parts.append(f"{_exits(model, kind)}\n")
    parts.append(_fields(schema, schema, without=OF_EVERY_NODE))
    for name, inner in schema.get("$defs", {}).items():
        if name != "Saying":
            parts += [f"*{name}*: {_unwrapped(inner.get('description', ''))}\n", _fields(inner, schema)]
    for file, title in ((f"{kind}.yaml", ""), (f"{kind}{TESTS}", "Tested by:\n")):
        parts += [f"{title}```yaml\n{(EXAMPLES / file).read_text('utf-8').rstrip()}\n```\n"]
    return "\n".join(parts)


def _exits(model: type[Node], kind: str) -> str:
    """Return a sentence on the exits of the kind, those of the example's node where they hang on its fields."""
    node = _example(kind)
    own = [f"`{name}`" for name in node.required_exits()]
    own += [f"`{name}` → `{instead}`" for name, instead in node.optional_exits().items()]
    if model.open_exits:
        own.append("and those by which the flow that it runs is left")
    if not own:
        return "It has no exits."
    return f"{'Exits of the example' if kind in OWN_EXITS else 'Exits'}: {', '.join(own)}."


def _example(kind: str) -> Node:
    flow = load((EXAMPLES / f"{kind}.yaml").read_text("utf-8"), name=kind)
    return next(node for node in flow.nodes.values() if node.kind == kind)


# --------------------------------------------------------------------------------------------------------- fields


def _fields(
    schema: Mapping[str, Any], root: Mapping[str, Any], *, only: Iterable[str] = (), without: Iterable[str] = ()
) -> str:
    required = schema.get("required", ())
    rows = [
        (f"`{name}`", _type(field, root), _default(name, field, required), field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
        if name not in without and (not only or name in only)
    ]
    return _table(("field", "is", "left out", "meaning"), rows) if rows else "It has no fields of its own.\n"


def _type(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """Return what may be in a field, in words."""
    options = field.get("anyOf") or field.get("oneOf") or ()
    kind = field.get("type", "")
    found = WORDS.get(kind if isinstance(kind, str) else "", _text)(field, root)
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        found = SAYING if name == "Saying" else f"*{name}*"
    elif "discriminator" in field:
        found = "node of any kind"
    elif options:
        found = " or ".join(dict.fromkeys(_type(one, root) for one in options if one != {"type": "null"}))
    elif "enum" in field:
        found = ", ".join(f"`{value}`" if value else "nothing" for value in field["enum"])
    elif "const" in field:
        found = f"`{field['const']}`"
    return found


def _list(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    inner = _type(field["items"], root)
    low, high = field.get("minItems"), field.get("maxItems")
    bounds = f", {low} to {high}" if low and high else f", up to {high}" if high else ""
    return f"{f'list: {inner}' if ' ' in inner else f'list of {inner}s'}{bounds}".replace("*s", "s*")


def _map(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    inner = next(iter(field.get("patternProperties", {}).values()), field.get("additionalProperties", {}))
    key = field.get("propertyNames", {}).get("x-names", "name")
    return f"map: {key} → {_type(inner, root) if isinstance(inner, Mapping) else 'value'}"


def _number(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    word = "whole number" if field["type"] == "integer" else "number"
    low, above, high = field.get("minimum"), field.get("exclusiveMinimum"), field.get("maximum")
    if above is not None and high is not None:
        return f"{word} above {above:g}, at most {high:g}"
    return f"{word}, {low:g} to {high:g}" if low is not None and high is not None else word


def _text(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if field.get("format") == "date":
        return "date"
    return str(field.get("x-names") or FORMS.get(field.get("pattern", "")) or "text")


WORDS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]]] = {
    "array": _list,
    "object": _map,
    "integer": _number,
    "number": _number,
    "boolean": lambda field, root: "true or false",
}


def _default(name: str, field: Mapping[str, Any], required: Iterable[str]) -> str:
    if name in required:
        return "required"
    if "default" not in field:
        return "empty"
    value = field["default"]
    if value in (None, "", [], {}):
        return "none" if value is None else "empty"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value, ensure_ascii=False)}`"


# ---------------------------------------------------------------------------------------------------------- words


def _first_line(model: type[Node]) -> str:
    return _unwrapped((inspect.getdoc(model) or "").split("\n\n")[0])


def _unwrapped(text: str) -> str:
    return " ".join(text.split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def lines() -> Iterator[str]:
        yield line(head)
        yield "|" + "---|" * len(head)
        yield from (line(row) for row in rows)

    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
