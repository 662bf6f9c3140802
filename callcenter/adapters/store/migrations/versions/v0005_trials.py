"""Drafts that somebody calls to hear them.

Written by hand and never changed again: it must not follow later changes of the schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.Text()
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "flow_trials",
        _must("token", _TEXT),
        _must("flow", _TEXT),
        _must("body", _JSON),
        _must("by", _TEXT),
        _must("caller", _TEXT),
        _must("made_at", _TIME),
        sa.Column("call_id", _TEXT),
        sa.PrimaryKeyConstraint("token", name="flow_trials_pk"),
    )


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
