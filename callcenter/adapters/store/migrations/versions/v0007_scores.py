"""In which order a campaign calls, and what its scorer has learnt.

Written by hand and never changed again: it must not follow later changes of the schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("order", sa.Text(), nullable=False, server_default="list"))
    op.create_table(
        "scorers",
        _must("campaign", _TEXT),
        _must("learnt", sa.Text()),
        _must("at", _TIME),
        sa.PrimaryKeyConstraint("campaign", name="scorers_pk"),
    )


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
