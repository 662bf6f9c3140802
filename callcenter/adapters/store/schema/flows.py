"""Flows in their versions, who works on them, and where callers went in them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table

from callcenter.adapters.store.columns import Instant, Items, Json, Word
from callcenter.adapters.store.schema.metadata import metadata

flows = Table(
    "flows",
    metadata,
    Column("name", Word, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Json, nullable=False),
    Column("author", Word, nullable=False),
    Column("message", Word, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("layout", Json, nullable=False, server_default="{}"),
    Column("tests", Items, nullable=False, server_default="[]"),
    # When the last alias left it: calls that began then may still be on it.
    Column("left_at", Instant),
)

flow_aliases = Table(
    "flow_aliases",
    metadata,
    Column("flow", Word, primary_key=True),
    Column("alias", Word, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("by", Word, nullable=False),
    Column("at", Instant, nullable=False),
)

flow_drafts = Table(
    "flow_drafts",
    metadata,
    Column("name", Word, primary_key=True),
    Column("body", Json, nullable=False),
    Column("layout", Json, nullable=False),
    Column("tests", Items, nullable=False),
    Column("lock", Integer, nullable=False),
    Column("author", Word, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("based_on", Integer),
)

flow_trials = Table(
    "flow_trials",
    metadata,
    Column("token", Word, primary_key=True),
    Column("flow", Word, nullable=False),
    Column("body", Json, nullable=False),
    Column("by", Word, nullable=False),
    Column("caller", Word, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("call_id", Word),
)

visits = Table(
    "visits",
    metadata,
    Column("call_id", Word, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("flow", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("node", Word, nullable=False),
    Column("exit", Word, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "flow", "at"),
    # The key is the row: one tree to write to per visit instead of two.
    sqlite_with_rowid=False,
)
