"""What a command lists: columns for people, JSON for programs. Pure but for `show`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

Row = Mapping[str, Any]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def columns(rows: Sequence[Row]) -> str:
    """Return `rows` (all with the same keys) as columns under their names, None and empty values as "-".

    >>> print(columns([{"name": "sales", "key": "1"}, {"name": "support", "key": None}]))
    name     key
    sales    1
    support  -
    """
    if not rows:
        return "none"
    table = [[str(name) for name in rows[0]], *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(table[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print `rows` as columns, or as one JSON list."""
    typer.echo(json.dumps(list(rows), ensure_ascii=False) if as_json else columns(rows))


def _cell(value: Any) -> str:
    """Return a value as one line of text: whatever it holds, it moves no cursor and breaks no column."""
    return "".join(mark if mark.isprintable() else " " for mark in _written(value))


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={one}" for name, one in value.items()) or "-"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "-"
    return "-" if value in (None, "") else str(value)
