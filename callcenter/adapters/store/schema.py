"""The tables. Columns are named like the fields of the record they hold (`callcenter/records.py`, `outbound.py`).

Rules of the schema:

- No foreign key leads from what happened (calls, legs, waiting, agent changes) to what is configured or to each
  other: reality reaches us late, twice and out of order, and a fact must never be refused.
- Two versions of the program may run on one schema while an installation is upgraded: a migration only *adds* (a
  column nullable or with a server default); what is no longer used is removed one release later.
- Where a caller cannot know whether its commit arrived, the row carries an id made by the client (`id`, `close_id`,
  `step_id`).
- An index WHERE something is used only by a query that says the same with the same constant, not with a parameter.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from callcenter.adapters.store.columns import Choice, Instant, Json, Span, Word, Words
from callcenter.outbound import AttemptOutcome, AttemptState, CampaignKind, CampaignState, LeadState
from callcenter.records import Direction, Outcome

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_SERIAL = BigInteger().with_variant(Integer, "sqlite")

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

flows = Table(
    "flows",
    metadata,
    Column("name", Word, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Json, nullable=False),
    Column("author", Word, nullable=False),
    Column("message", Word, nullable=False),
    Column("created_at", Instant, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("number", Word, nullable=False),
    Column("name", Word, nullable=False),
    Column("language", Word),
    Column("first_seen", Instant),
    Column("last_seen", Instant),
    Column("calls", Integer, nullable=False),
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
)

agent_changes = Table(
    "agent_changes",
    metadata,
    # The order of recording is the order of truth: one decision may make several changes at the same `at`.
    Column("seq", _SERIAL, primary_key=True),
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
    Column("seq", _SERIAL, primary_key=True),
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

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", Word, primary_key=True),
    Column("title", Word, nullable=False),
    Column("kind", Choice(CampaignKind), nullable=False),
    Column("queue", Word, nullable=False),
    Column("trunk", Word, nullable=False),
    Column("caller_id", Word, nullable=False),
    Column("region", Word, nullable=False),
    Column("company", Word, nullable=False),
    Column("callback", Word, nullable=False),
    Column("message", Word, nullable=False),
    Column("skills", Words, nullable=False),
    Column("language", Word, nullable=False),
    Column("mode", Word, nullable=False),
    Column("state", Choice(CampaignState), nullable=False),
    Column("cap", Double, nullable=False),
    Column("ring", Span, nullable=False),
    Column("max_wait", Span, nullable=False),
    Column("interval", Span, nullable=False),
    Column("max_tries", Integer, nullable=False),
    Column("opt_out_key", Word, nullable=False),
    Column("weight", Double, nullable=False),
    Column("amd", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

leads = Table(
    "leads",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("campaign", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("name", Word, nullable=False),
    Column("language", Word, nullable=False),
    Column("external_id", Word, nullable=False),
    Column("time_zone", Word, nullable=False),
    Column("consent", Word, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("state", Choice(LeadState), nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_outcome", Choice(AttemptOutcome)),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("campaign", "number"),
    Index(None, "campaign", "state", "next_at"),
)
_READY = text("state = 'ready'")
Index(
    "leads_hopper_idx",
    leads.c.campaign,
    leads.c.priority.desc(),
    leads.c.next_at,
    leads.c.id,
    sqlite_where=_READY,
    postgresql_where=_READY,
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Word, primary_key=True),
    Column("lead", BigInteger, nullable=False),
    Column("campaign", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("cell", Word, nullable=False),
    Column("state", Choice(AttemptState), nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("reserved_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("gate_at", Instant),
    Column("ringing_at", Instant),
    Column("answered_at", Instant),
    Column("connected_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", Choice(AttemptOutcome)),
    Column("cause", Integer),
    Column("agent", Word),
    Column("call_id", Word),
    # When it counts as made: `reserved_at`, from the gate on `gate_at`, at last `ended_at`.
    Column("counts_at", Instant, nullable=False),
    # Made by the client whose compare-and-set was the last.
    Column("step_id", Word),
    Index(None, "campaign", "reserved_at"),
)
_OPEN: Final[dict[str, Any]] = {
    "sqlite_where": attempts.c.ended_at.is_(None),
    "postgresql_where": attempts.c.ended_at.is_(None),
}
_ENDED: Final[dict[str, Any]] = {
    "sqlite_where": attempts.c.ended_at.is_not(None),
    "postgresql_where": attempts.c.ended_at.is_not(None),
}
Index("attempts_open_number_key", attempts.c.number, unique=True, **_OPEN)
Index("attempts_open_lead_key", attempts.c.lead, unique=True, **_OPEN)
Index("attempts_open_idx", attempts.c.campaign, attempts.c.state, **_OPEN)
Index("attempts_ended_idx", attempts.c.campaign, attempts.c.ended_at, attempts.c.outcome, **_ENDED)
Index(
    "attempts_counted_idx",
    attempts.c.number,
    attempts.c.counts_at,
    sqlite_where=text("counted = 1"),
    postgresql_where=text("counted"),
)

# One row per number ever called or forbidden: PostgreSQL's lock on it (see `locks.py`).
dial_numbers = Table("dial_numbers", metadata, Column("number", Word, primary_key=True))

dnc = Table(
    "dnc",
    metadata,
    Column("number", Word, primary_key=True),
    # "" for all campaigns: a key takes no NULL.
    Column("campaign", Word, primary_key=True),
    Column("reason", Word, nullable=False),
    Column("since", Instant, nullable=False),
)
