"""Reads a configuration document into a pydantic model and says what is wrong with it in the operator's words.

A *fault* names table, key and how to mend it: `[[agent]] 7, queues: there is no queue "suport"; did you mean
"support"?`. All faults are told at once, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callcenter.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

# Keys by which an entry of an array of tables is known to the operator.
IDENTIFYING: Final = ("id", "did", "name")
UNKNOWN: Final = {True: "unknown key", False: "unknown table"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a configuration file. `table` is written as in the file; `key` may be empty."""

    table: str
    key: str
    text: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.table, self.key) if part)
        return f"{where}: {self.text}" if where else self.text


class FaultsError(ConfigError):
    """A file is refused because of its `faults`."""

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        super().__init__(f"{source}: " + "; ".join(str(fault) for fault in self.faults))


def validate(model: type[Model], document: Mapping[str, Any], source: str, context: Mapping[str, Any]) -> Model:
    """Return `document` as `model`; raise FaultsError naming `source` (a file name) and every fault."""
    try:
        return model.model_validate(document, context=dict(context))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise FaultsError(source, (_fault(model, document, item) for item in found)) from None


def nearest(word: str, known: Collection[str]) -> str:
    """Return `; did you mean "…"?`, or what there is to choose from, or nothing where there is nothing.

    >>> nearest("suport", ["sales", "support"])
    '; did you mean "support"?'
    """
    close = get_close_matches(word, known, n=1)
    if close:
        return f'; did you mean "{close[0]}"?'
    if not known:
        return ""
    shown = sorted(known)[:8]
    return f"; there {'are' if len(known) > 1 else 'is'} {', '.join(shown)}" + (", …" if len(known) > 8 else "")


def entry_label(table: str, entry: Mapping[str, Any], index: int) -> str:
    """Name an entry of an array of tables as the operator knows it.

    >>> entry_label("agent", {"id": "7"}, 0), entry_label("agent", {}, 2)
    ('[[agent]] 7', '[[agent]] no. 3')
    """
    for key in IDENTIFYING:
        value = entry.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).isprintable() and value != "":
            return f"[[{table}]] {value}"
    return f"[[{table}]] no. {index + 1}"


# What pydantic says in a programmer's words, in the operator's.
PLAIN: Final = {
    "missing": "is missing",
    "tuple_type": 'must be a list, e.g. ["…"]',
    "dict_type": "must be a table of names and values, e.g. {english = 5}",
    "model_type": "must be a table",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}


def _fault(model: type[BaseModel], document: Mapping[str, Any], item: ErrorDetails) -> Fault:
    table, rest, owner = _place(model, document, item["loc"])
    key = ".".join(_shown(str(part)) for part in rest if part != "[key]")
    if item["type"] == "extra_forbidden":
        known = _keys(_innermost(owner, rest[:-1]) if rest else model)
        name = key or table.strip("[]")
        table = table if rest else ""
        return Fault(table=table, key=name, text=UNKNOWN[bool(rest)] + nearest(name, known))
    if item["type"] == "tuple_type" and not rest:
        return Fault(table=table, key="", text=f"must be written [{table}]: there may be several")
    text = PLAIN.get(item["type"]) or item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Fault(table=table, key=key, text=text)


def _place(
    model: type[BaseModel], document: Mapping[str, Any], loc: Sequence[int | str]
) -> tuple[str, Sequence[int | str], type[BaseModel]]:
    """Split pydantic's location into the table as the operator wrote it, the key in it, and the table's model."""
    if not loc:
        return "", (), model
    name = str(loc[0])
    field = next((f for f in model.model_fields.values() if f.alias == name), None)
    if field is None:
        return f"[{_shown(name)}]", (), model
    owner = _model_in(field.annotation)
    if len(loc) > 1 and isinstance(loc[1], int):
        entries = document.get(name)
        entry = entries[loc[1]] if isinstance(entries, Sequence) else {}
        return entry_label(name, entry if isinstance(entry, Mapping) else {}, loc[1]), loc[2:], owner
    return f"[{name}]", loc[1:], owner


def _innermost(model: type[BaseModel], keys: Sequence[int | str]) -> type[BaseModel]:
    """The model of a table within a table: `keys` lead to it."""
    for key in keys:
        field = model.model_fields.get(str(key))
        if field is not None:
            model = _model_in(field.annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel]:
    """The model in `Trunk`, `tuple[Trunk, ...]`, `Trunk | None` or `tuple[Annotated[Trunk, …], ...]`."""
    parts = (annotation, *getattr(annotation, "__args__", ()))
    for part in (inner for one in parts for inner in (one, getattr(one, "__origin__", None))):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return BaseModel


def _shown(name: str) -> str:
    """`name` on one line: TOML allows any character in a quoted key."""
    return name if name.isprintable() and name else repr(name)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
