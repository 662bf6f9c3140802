"""Who may use the desk: people who sign in, their sessions, tokens for programs; what a draft began with.

Written by hand and never changed again: it must not follow later changes of the schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        _must("name", _TEXT),
        _must("role", sa.Text()),
        _must("password_hash", _TEXT),
        _must("must_change", sa.Boolean()),
        sa.Column("agent", _TEXT),
        _must("created_at", _TIME),
        _must("changed_at", _TIME),
        sa.PrimaryKeyConstraint("name", name="users_pk"),
    )
    op.create_table(
        "web_sessions",
        _must("id", _TEXT),
        _must("user", _TEXT),
        _must("began_at", _TIME),
        _must("seen_at", _TIME),
        _must("address", _TEXT),
        sa.PrimaryKeyConstraint("id", name="web_sessions_pk"),
    )
    op.create_index("web_sessions_user_idx", "web_sessions", ["user"])
    op.create_table(
        "tokens",
        _must("id", _TEXT),
        _must("secret_hash", _TEXT),
        _must("role", sa.Text()),
        _must("note", _TEXT),
        _must("by", _TEXT),
        _must("created_at", _TIME),
        sa.Column("used_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="tokens_pk"),
    )
    op.create_index("tokens_secret_hash_idx", "tokens", ["secret_hash"], unique=True)
    op.add_column("flow_drafts", sa.Column("based_on", sa.Integer()))


def _must(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
