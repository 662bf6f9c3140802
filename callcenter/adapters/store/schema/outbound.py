"""Campaigns, leads, attempts, the do-not-call list."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)

from callcenter.adapters.store.columns import Choice, Instant, Json, Span, Word, Words
from callcenter.adapters.store.schema.metadata import SERIAL, metadata
from callcenter.outbound import AttemptOutcome, AttemptState, CallingOrder, CampaignKind, CampaignState, LeadState

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
    Column("order", Choice(CallingOrder), nullable=False, server_default=CallingOrder.LIST),
    Column("amd", Boolean, nullable=False),
    Column("amd_misses", Double, nullable=False, server_default="0.005"),
    Column("created_at", Instant, nullable=False),
)

leads = Table(
    "leads",
    metadata,
    Column("id", SERIAL, primary_key=True),
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

# People who answered each campaign, by the hour in which their attempts ended: what a window has is summed quickly.
answer_counts = Table(
    "answer_counts",
    metadata,
    Column("campaign", Word, primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("live", Integer, nullable=False),
    Column("drops", Integer, nullable=False),
)

# Why pacers decided as they did: whenever the number or what bounds it changed, and once a minute.
pacing_decisions = Table(
    "pacing_decisions",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("campaign", Word, nullable=False),
    Column("cell", Word, nullable=False),
    Column("at", Instant, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("placed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("floor", Json, nullable=False),
    Column("reasons", Words, nullable=False),
    Index(None, "campaign", "at"),
    Index(None, "at"),
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

# What the dialer has learnt of whom people answer, as JSON of its own form.
scorers = Table(
    "scorers",
    metadata,
    Column("campaign", Word, primary_key=True),
    Column("learnt", Json, nullable=False),
    Column("at", Instant, nullable=False),
)
