"""What the bound on drops counts, what pacers decided, how many people AMD misses.

Written by hand and never changed again: it must not follow later changes of the schema.
"""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HOUR = len("2026-11-22T17")


def upgrade() -> None:
    op.create_table(
        "answer_counts",
        _must("campaign", _TEXT),
        _must("hour", _TIME),
        _must("live", sa.Integer()),
        _must("drops", sa.Integer()),
        sa.PrimaryKeyConstraint("campaign", "hour", name="answer_counts_pk"),
    )
    op.create_table(
        "pacing_decisions",
        _must("id", _SERIAL),
        _must("campaign", _TEXT),
        _must("cell", _TEXT),
        _must("at", _TIME),
        _must("asked", sa.Integer()),
        _must("placed", sa.Integer()),
        _must("cancelled", sa.Integer()),
        _must("floor", sa.Text()),
        _must("reasons", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pacing_decisions_pk"),
    )
    op.create_index("pacing_decisions_campaign_at_idx", "pacing_decisions", ["campaign", "at"])
    op.create_index("pacing_decisions_at_idx", "pacing_decisions", ["at"])
    op.add_column("campaigns", sa.Column("amd_misses", sa.Double(), nullable=False, server_default="0.005"))
    _count()


def _count() -> None:
    """Count the people who have answered so far."""
    live: Counter[tuple[str, Any]] = Counter()
    drops: Counter[tuple[str, Any]] = Counter()
    ended = sa.text("SELECT campaign, ended_at, outcome FROM attempts WHERE outcome IN ('connected', 'dropped')")
    for campaign, ended_at, outcome in op.get_bind().execute(ended):
        if isinstance(ended_at, str):
            hour: Any = ended_at[:_HOUR] + ":00:00.000000Z"
        else:
            hour = ended_at.replace(minute=0, second=0, microsecond=0)
        live[campaign, hour] += 1
        drops[campaign, hour] += outcome == "dropped"
    table = sa.table("answer_counts", *(sa.column(name) for name in ("campaign", "hour", "live", "drops")))
    rows = [
        {"campaign": campaign, "hour": hour, "live": count, "drops": drops[campaign, hour]}
        for (campaign, hour), count in live.items()
    ]
    if rows:
        op.bulk_insert(table, rows)


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
