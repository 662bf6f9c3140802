"""The centre, callers, calls, waits, sessions, logs, leases."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    false,
    text,
)

from callcenter.adapters.store.columns import Choice, Instant, Items, Json, Span, Word, Words
from callcenter.adapters.store.schema.metadata import SERIAL, metadata
from callcenter.records import LIVE, Direction, Outcome

agents = Table(
    "agents",
    metadata,
    Column("id", Word, primary_key=True),
    Column("name", Word, nullable=False),
    Column("phone", Word, nullable=False),
    Column("pin_hash", Word, nullable=False),
    Column("queues", Words, nullable=False),
    Column("skills", Json, nullable=False),
    Column("active", Boolean, nullable=False),
)

queues = Table(
    "queues",
    metadata,
    Column("name", Word, primary_key=True),
    Column("title", Word, nullable=False),
    Column("wrap_up", Span, nullable=False),
    Column("max_wait", Span, nullable=False),
    Column("service_level", Span, nullable=False),
    Column("active", Boolean, nullable=False),
)

numbers = Table(
    "numbers",
    metadata,
    Column("did", Word, primary_key=True),
    Column("flow", Word, nullable=False),
    Column("fallback_queue", Word, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("alias", Word, nullable=False, server_default=LIVE),
)

trunks = Table(
    "trunks",
    metadata,
    Column("name", Word, primary_key=True),
    Column("channels", Integer, nullable=False),
    Column("calls_per_second", Double, nullable=False),
    Column("caller_id", Word, nullable=False),
    Column("active", Boolean, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("number", Word, nullable=False),
    Column("name", Word, nullable=False),
    Column("language", Word),
    Column("first_seen", Instant),
    Column("last_seen", Instant),
    Column("calls", Integer, nullable=False),
    Column("vip", Boolean, nullable=False, server_default=false()),
    Column("note", Word, nullable=False, server_default=text("''")),
    UniqueConstraint("number"),
)

blocked = Table(
    "blocked",
    metadata,
    Column("number", Word, primary_key=True),
    Column("reason", Word, nullable=False),
    Column("since", Instant, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Word, primary_key=True),
    Column("direction", Choice(Direction), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("did", Word, nullable=False),
    Column("caller", Word, nullable=False),
    Column("queue", Word),
    Column("intent", Word),
    Column("agent", Word),
    Column("queued_at", Instant),
    Column("connected_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", Choice(Outcome)),
    Column("cause", Integer),
    Column("close_id", Word),
)
Index(None, calls.c.started_at)
Index(None, calls.c.caller, calls.c.started_at)
Index(
    "calls_open_idx",
    calls.c.started_at,
    sqlite_where=calls.c.ended_at.is_(None),
    postgresql_where=calls.c.ended_at.is_(None),
)

legs = Table(
    "legs",
    metadata,
    Column("id", Word, primary_key=True),
    Column("call_id", Word, nullable=False, index=True),
    Column("channel", Word, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("agent", Word),
    Column("cause", Integer),
)

waiting = Table(
    "waiting",
    metadata,
    Column("call_id", Word, primary_key=True),
    Column("channel", Word, nullable=False),
    Column("queue", Word, nullable=False),
    Column("since", Instant, nullable=False),
    Column("intent", Word, nullable=False),
    Column("language", Word, nullable=False),
    Column("skills", Words, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("agent", Word),
    Column("agent_until", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("call_id", Word, primary_key=True),
    Column("flow", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("started_at", Instant),
    Column("versions", Json, nullable=False, server_default="{}"),
    Column("inputs", Items, nullable=False, server_default="[]"),
    Index(None, "flow", "started_at"),
)
_OPEN = sessions.c.ended_at.is_(None)
Index("sessions_open_idx", sessions.c.flow, sqlite_where=_OPEN, postgresql_where=_OPEN)

agent_changes = Table(
    "agent_changes",
    metadata,
    # The order of recording is the order of truth: one decision may make several changes at the same `at`.
    Column("seq", SERIAL, primary_key=True),
    Column("id", Word, nullable=False),
    Column("agent", Word, nullable=False),
    Column("state", Word, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("reason", Word, nullable=False),
    Column("call_id", Word),
    UniqueConstraint("id"),
    Index(None, "agent", "seq"),
)

closures = Table(
    "closures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("prompt", Word, nullable=False),
    Column("by", Word, nullable=False),
    Column("since", Instant, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

audits = Table(
    "audits",
    metadata,
    Column("seq", SERIAL, primary_key=True),
    Column("id", Word, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("who", Word, nullable=False),
    Column("what", Word, nullable=False),
    Column("detail", Word, nullable=False),
    UniqueConstraint("id"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Word, primary_key=True),
    Column("holder", Word, nullable=False),
    Column("until", Instant, nullable=False),
)

service_states = Table(
    "service_states",
    metadata,
    Column("name", Word, primary_key=True),
    Column("text", Word, nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)
