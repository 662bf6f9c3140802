"""From record to row and back, and the few statements every table needs. Statements are built once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Select, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

Record = TypeVar("Record")

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def row_of(record: Any) -> dict[str, Any]:
    """Return the fields of a record as a row."""
    # What `fields` makes a list of, each time anew.
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def select_of(kind: type[Any], table: Table) -> Select[Any]:
    """Return a select of exactly the columns `kind` has, so that columns of a newer schema do no harm."""
    return select(*(table.c[name] for name in kind.__dataclass_fields__))


def one(db: Connection, kind: type[Record], statement: Select[Any], values: Mapping[str, Any]) -> Record | None:
    """Return the only row of `statement` as a record, or None."""
    row = db.execute(statement, values).one_or_none()
    return None if row is None else kind(**row._mapping)


def every(
    db: Connection, kind: type[Record], statement: Select[Any], values: Mapping[str, Any] | None = None
) -> list[Record]:
    """Return all rows of `statement` as records."""
    return [kind(**row._mapping) for row in db.execute(statement, values or {})]


def insert_into(dialect: str, table: Table) -> Any:
    """Return an insert that has ON CONFLICT (both databases spell it alike, SQLAlchemy has one class for each)."""
    return _INSERT[dialect](table)


@cache
def _insert_once(dialect: str, table: Table) -> Insert:
    statement: Insert = insert_into(dialect, table).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)  # without it psycopg's count is thrown away


@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...], keep: frozenset[str], fill: frozenset[str]) -> Insert:
    insert = insert_into(dialect, table)
    key = [column.name for column in table.primary_key]
    changes = {
        name: func.coalesce(insert.excluded[name], table.c[name]) if name in fill else insert.excluded[name]
        for name in columns
        if name not in keep and name not in key
    }
    statement: Insert = insert.on_conflict_do_update(index_elements=key, set_=changes)
    return statement


def insert_once(db: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert `row` unless one with its key is there; return whether it was inserted."""
    return db.execute(_insert_once(db.dialect.name, table), row).rowcount == 1


def upsert(
    db: Connection,
    table: Table,
    row: Mapping[str, Any],
    *,
    keep: frozenset[str] = frozenset(),
    fill: frozenset[str] = frozenset(),
) -> None:
    """Insert `row` or bring the one with its key up to date.

    Columns in `keep` stay as first written; those in `fill` are never taken back to NULL.
    """
    db.execute(_upsert(db.dialect.name, table, tuple(row), keep, fill), row)
