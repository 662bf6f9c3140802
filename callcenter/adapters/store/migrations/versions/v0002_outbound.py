"""Everything outbound calls need: trunks, campaigns, leads, attempts, the do-not-call list, services' states.

Written by hand and never changed again: it must not follow later changes of `schema.py`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MILLISECONDS = sa.BigInteger()
_JSON = sa.Text()


def upgrade() -> None:
    _trunks()
    _campaigns()
    _leads()
    _attempts()
    _attempt_indexes()
    _numbers()
    _service_states()


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _index(name: str, table: str, columns: list[Any], where: str, *, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _trunks() -> None:
    op.create_table(
        "trunks",
        _must("name", _TEXT),
        _must("channels", sa.Integer()),
        _must("calls_per_second", sa.Double()),
        _must("caller_id", _TEXT),
        _must("active", sa.Boolean()),
        sa.PrimaryKeyConstraint("name", name="trunks_pk"),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        _must("name", _TEXT),
        _must("title", _TEXT),
        _must("kind", sa.Text()),
        _must("queue", _TEXT),
        _must("trunk", _TEXT),
        _must("caller_id", _TEXT),
        _must("region", _TEXT),
        _must("company", _TEXT),
        _must("callback", _TEXT),
        _must("message", _TEXT),
        _must("skills", _JSON),
        _must("language", _TEXT),
        _must("mode", _TEXT),
        _must("state", sa.Text()),
        _must("cap", sa.Double()),
        _must("ring", _MILLISECONDS),
        _must("max_wait", _MILLISECONDS),
        _must("interval", _MILLISECONDS),
        _must("max_tries", sa.Integer()),
        _must("opt_out_key", _TEXT),
        _must("weight", sa.Double()),
        _must("amd", sa.Boolean()),
        _must("created_at", _TIME),
        sa.PrimaryKeyConstraint("name", name="campaigns_pk"),
    )


def _leads() -> None:
    op.create_table(
        "leads",
        _must("id", _SERIAL),
        _must("campaign", _TEXT),
        _must("number", _TEXT),
        _must("name", _TEXT),
        _must("language", _TEXT),
        _must("external_id", _TEXT),
        _must("time_zone", _TEXT),
        _must("consent", _TEXT),
        _must("priority", sa.Integer()),
        _must("data", _JSON),
        _must("state", sa.Text()),
        _must("next_at", _TIME),
        _must("tries", sa.Integer()),
        sa.Column("last_outcome", sa.Text()),
        _must("created_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="leads_pk"),
        sa.UniqueConstraint("campaign", "number", name="leads_campaign_number_key"),
    )
    op.create_index("leads_campaign_state_next_at_idx", "leads", ["campaign", "state", "next_at"])
    in_order = ["campaign", sa.text("priority DESC"), "next_at", "id"]
    _index("leads_hopper_idx", "leads", in_order, "state = 'ready'")


def _attempts() -> None:
    op.create_table(
        "attempts",
        _must("id", _TEXT),
        _must("lead", sa.BigInteger()),
        _must("campaign", _TEXT),
        _must("number", _TEXT),
        _must("cell", _TEXT),
        _must("state", sa.Text()),
        _must("counted", sa.Boolean()),
        _must("reserved_at", _TIME),
        sa.Column("sent_at", _TIME),
        sa.Column("gate_at", _TIME),
        sa.Column("ringing_at", _TIME),
        sa.Column("answered_at", _TIME),
        sa.Column("connected_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("outcome", sa.Text()),
        sa.Column("cause", sa.Integer()),
        sa.Column("agent", _TEXT),
        sa.Column("call_id", _TEXT),
        _must("counts_at", _TIME),
        sa.Column("step_id", _TEXT),
        sa.PrimaryKeyConstraint("id", name="attempts_pk"),
    )


def _attempt_indexes() -> None:
    op.create_index("attempts_campaign_reserved_at_idx", "attempts", ["campaign", "reserved_at"])
    still_open = "ended_at IS NULL"
    _index("attempts_open_number_key", "attempts", ["number"], still_open, unique=True)
    _index("attempts_open_lead_key", "attempts", ["lead"], still_open, unique=True)
    _index("attempts_open_idx", "attempts", ["campaign", "state"], still_open)
    _index("attempts_ended_idx", "attempts", ["campaign", "ended_at", "outcome"], "ended_at IS NOT NULL")
    op.create_index(
        "attempts_counted_idx",
        "attempts",
        ["number", "counts_at"],
        sqlite_where=sa.text("counted = 1"),
        postgresql_where=sa.text("counted"),
    )


def _numbers() -> None:
    op.create_table("dial_numbers", _must("number", _TEXT), sa.PrimaryKeyConstraint("number", name="dial_numbers_pk"))
    op.create_table(
        "dnc",
        _must("number", _TEXT),
        _must("campaign", _TEXT),
        _must("reason", _TEXT),
        _must("since", _TIME),
        sa.PrimaryKeyConstraint("number", "campaign", name="dnc_pk"),
    )


def _service_states() -> None:
    op.create_table(
        "service_states",
        _must("name", _TEXT),
        _must("text", _TEXT),
        _must("since", _TIME),
        _must("seen_at", _TIME),
        sa.PrimaryKeyConstraint("name", name="service_states_pk"),
    )
