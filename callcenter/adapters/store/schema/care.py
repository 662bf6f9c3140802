"""Debts and payments, callbacks, voicemails, survey answers, consents, notices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, Table, text

from callcenter.adapters.store.columns import Choice, Instant, Json, Word, Words
from callcenter.adapters.store.schema.metadata import metadata
from callcenter.care import CallbackState, ConsentGiven, DebtState, NoticeKind, PaymentState

debts = Table(
    "debts",
    metadata,
    Column("reference", Word, primary_key=True),
    Column("number", Word, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Word, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", Choice(DebtState), nullable=False),
    Column("promised_on", Date),
    Column("updated_at", Instant, nullable=False),
    Column("step_id", Word),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Word, primary_key=True),
    Column("call_id", Word, nullable=False, index=True),
    Column("reference", Word, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Word, nullable=False),
    Column("provider", Word, nullable=False),
    Column("state", Choice(PaymentState), nullable=False),
    Column("provider_ref", Word, nullable=False),
    Column("last4", Word, nullable=False),
    Column("reason", Word, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("settled_at", Instant),
)
_PENDING = text("state = 'pending'")
Index("payments_pending_idx", payments.c.at, sqlite_where=_PENDING, postgresql_where=_PENDING)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Word, primary_key=True),
    Column("number", Word, nullable=False, index=True),
    Column("queue", Word, nullable=False),
    Column("since", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("intent", Word, nullable=False),
    Column("language", Word, nullable=False),
    Column("skills", Words, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("state", Choice(CallbackState), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("attempt", Word),
    Column("call_id", Word, nullable=False),
    Column("flow", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Word, nullable=False),
    Column("updated_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
)
_NOT_ENDED = callbacks.c.ended_at.is_(None)
Index(
    "callbacks_open_idx",
    callbacks.c.state,
    callbacks.c.due_at,
    sqlite_where=_NOT_ENDED,
    postgresql_where=_NOT_ENDED,
)

voicemails = Table(
    "voicemails",
    metadata,
    Column("id", Word, primary_key=True),
    Column("call_id", Word, nullable=False),
    Column("box", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("language", Word, nullable=False),
    Column("file", Word, nullable=False),
    Column("length_s", Double, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("heard_at", Instant),
    Column("heard_by", Word, nullable=False),
    Index(None, "box", "recorded_at"),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    Column("call_id", Word, primary_key=True),
    Column("question", Word, primary_key=True),
    Column("score", Integer),
    Column("comment", Word),
    Column("agent", Word),
    Column("queue", Word),
    Column("flow", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

consents = Table(
    "consents",
    metadata,
    Column("call_id", Word, primary_key=True),
    Column("kind", Word, primary_key=True),
    # Part of the key: who was told and then refused has two entries.
    Column("at", Instant, primary_key=True),
    Column("number", Word, nullable=False),
    Column("given", Choice(ConsentGiven), nullable=False),
    Column("jurisdiction", Word, nullable=False),
    Index(None, "number", "at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Word, primary_key=True),
    Column("kind", Choice(NoticeKind), nullable=False),
    Column("target", Word, nullable=False),
    Column("subject", Word, nullable=False),
    Column("body", Json, nullable=False),
    Column("due_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("error", Word, nullable=False),
    # Who is sending it, and until when nobody else may.
    Column("claim_id", Word),
    Column("claimed_until", Instant),
)
_UNSENT = notices.c.sent_at.is_(None)
Index("notices_unsent_idx", notices.c.due_at, sqlite_where=_UNSENT, postgresql_where=_UNSENT)
Index(
    "notices_sent_idx",
    notices.c.sent_at,
    sqlite_where=notices.c.sent_at.is_not(None),
    postgresql_where=notices.c.sent_at.is_not(None),
)
