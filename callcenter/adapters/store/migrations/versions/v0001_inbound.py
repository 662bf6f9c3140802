"""Everything inbound calls need: the centre, flows, callers, calls, waits, logs, leases.

Written by hand and never changed again: it must not follow later changes of `schema.py`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MILLISECONDS = sa.BigInteger()
_JSON = sa.Text()


def upgrade() -> None:
    _centre()
    _callers()
    _calls()
    _waits()
    _journal()
    _control()


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _centre() -> None:
    op.create_table(
        "agents",
        _must("id", _TEXT),
        _must("name", _TEXT),
        _must("phone", _TEXT),
        _must("pin_hash", _TEXT),
        _must("queues", _JSON),
        _must("skills", _JSON),
        _must("active", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="agents_pk"),
    )
    op.create_table(
        "queues",
        _must("name", _TEXT),
        _must("title", _TEXT),
        _must("wrap_up", _MILLISECONDS),
        _must("max_wait", _MILLISECONDS),
        _must("service_level", _MILLISECONDS),
        _must("active", sa.Boolean()),
        sa.PrimaryKeyConstraint("name", name="queues_pk"),
    )
    op.create_table(
        "numbers",
        _must("did", _TEXT),
        _must("flow", _TEXT),
        _must("fallback_queue", _TEXT),
        _must("active", sa.Boolean()),
        sa.PrimaryKeyConstraint("did", name="numbers_pk"),
    )
    op.create_table(
        "flows",
        _must("name", _TEXT),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        _must("body", _JSON),
        _must("author", _TEXT),
        _must("message", _TEXT),
        _must("created_at", _TIME),
        sa.PrimaryKeyConstraint("name", "version", name="flows_pk"),
    )


def _callers() -> None:
    op.create_table(
        "persons",
        _must("id", _SERIAL),
        _must("number", _TEXT),
        _must("name", _TEXT),
        sa.Column("language", _TEXT),
        sa.Column("first_seen", _TIME),
        sa.Column("last_seen", _TIME),
        _must("calls", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="persons_pk"),
        sa.UniqueConstraint("number", name="persons_number_key"),
    )
    op.create_table(
        "blocked",
        _must("number", _TEXT),
        _must("reason", _TEXT),
        _must("since", _TIME),
        sa.PrimaryKeyConstraint("number", name="blocked_pk"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        _must("id", _TEXT),
        _must("direction", sa.Text()),
        _must("started_at", _TIME),
        _must("did", _TEXT),
        _must("caller", _TEXT),
        sa.Column("queue", _TEXT),
        sa.Column("intent", _TEXT),
        sa.Column("agent", _TEXT),
        sa.Column("queued_at", _TIME),
        sa.Column("connected_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("outcome", sa.Text()),
        sa.Column("cause", sa.Integer()),
        sa.Column("close_id", _TEXT),
        sa.PrimaryKeyConstraint("id", name="calls_pk"),
    )
    op.create_index("calls_started_at_idx", "calls", ["started_at"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index("calls_open_idx", "calls", ["started_at"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_table(
        "legs",
        _must("id", _TEXT),
        _must("call_id", _TEXT),
        _must("channel", _TEXT),
        _must("started_at", _TIME),
        sa.Column("answered_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("agent", _TEXT),
        sa.Column("cause", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="legs_pk"),
    )
    op.create_index("legs_call_id_idx", "legs", ["call_id"])


def _waits() -> None:
    op.create_table(
        "waiting",
        _must("call_id", _TEXT),
        _must("channel", _TEXT),
        _must("queue", _TEXT),
        _must("since", _TIME),
        _must("intent", _TEXT),
        _must("language", _TEXT),
        _must("skills", _JSON),
        _must("priority", sa.Integer()),
        _must("data", _JSON),
        sa.PrimaryKeyConstraint("call_id", name="waiting_pk"),
    )
    op.create_table(
        "sessions",
        _must("call_id", _TEXT),
        _must("flow", _TEXT),
        _must("version", sa.Integer()),
        _must("state", _JSON),
        _must("updated_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.PrimaryKeyConstraint("call_id", name="sessions_pk"),
    )


def _journal() -> None:
    op.create_table(
        "agent_changes",
        _must("seq", _SERIAL),
        _must("id", _TEXT),
        _must("agent", _TEXT),
        _must("state", _TEXT),
        _must("at", _TIME),
        _must("reason", _TEXT),
        sa.Column("call_id", _TEXT),
        sa.PrimaryKeyConstraint("seq", name="agent_changes_pk"),
        sa.UniqueConstraint("id", name="agent_changes_id_key"),
    )
    op.create_index("agent_changes_agent_seq_idx", "agent_changes", ["agent", "seq"])
    op.create_index("agent_changes_at_idx", "agent_changes", ["at"])
    op.create_table(
        "audits",
        _must("seq", _SERIAL),
        _must("id", _TEXT),
        _must("at", _TIME),
        _must("who", _TEXT),
        _must("what", _TEXT),
        _must("detail", _TEXT),
        sa.PrimaryKeyConstraint("seq", name="audits_pk"),
        sa.UniqueConstraint("id", name="audits_id_key"),
    )
    op.create_index("audits_at_idx", "audits", ["at"])


def _control() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _must("prompt", _TEXT),
        _must("by", _TEXT),
        _must("since", _TIME),
        sa.PrimaryKeyConstraint("id", name="closures_pk"),
        sa.CheckConstraint("id = 1", name="closures_single_check"),
    )
    op.create_table(
        "leases",
        _must("name", _TEXT),
        _must("holder", _TEXT),
        _must("until", _TIME),
        sa.PrimaryKeyConstraint("name", name="leases_pk"),
    )
