"""Who may use the desk."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table

from callcenter.accounts import Role
from callcenter.adapters.store.columns import Choice, Instant, Word
from callcenter.adapters.store.schema.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("name", Word, primary_key=True),
    Column("role", Choice(Role), nullable=False),
    Column("password_hash", Word, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("agent", Word),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", Word, primary_key=True),
    Column("user", Word, nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("address", Word, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Word, primary_key=True),
    Column("secret_hash", Word, nullable=False),
    Column("role", Choice(Role), nullable=False),
    Column("note", Word, nullable=False),
    Column("by", Word, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
    Index(None, "secret_hash", unique=True),
)
