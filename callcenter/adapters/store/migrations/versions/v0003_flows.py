"""Everything flows and those who care for callers need: drafts, aliases, visits, debts, callbacks and their like.

Written by hand and never changed again: it must not follow later changes of the schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_JSON = sa.Text()


def upgrade() -> None:
    _added_columns()
    _flows()
    _live()
    _visits()
    _debts()
    _payments()
    _callbacks()
    _voicemails()
    _answers()
    _notices()


def _must(name: str, kind: sa.types.TypeEngine[Any], default: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=default)


def _index(name: str, table: str, columns: list[Any], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _added_columns() -> None:
    op.add_column("numbers", _must("alias", _TEXT, "live"))
    op.add_column("persons", _must("vip", sa.Boolean(), sa.false()))
    op.add_column("persons", _must("note", _TEXT, sa.text("''")))
    op.add_column("waiting", sa.Column("agent", _TEXT))
    op.add_column("waiting", sa.Column("agent_until", _TIME))
    op.create_index("calls_caller_started_at_idx", "calls", ["caller", "started_at"])
    op.add_column("sessions", sa.Column("started_at", _TIME))
    op.add_column("sessions", _must("versions", _JSON, "{}"))
    op.add_column("sessions", _must("inputs", _JSON, "[]"))
    op.create_index("sessions_flow_started_at_idx", "sessions", ["flow", "started_at"])
    _index("sessions_open_idx", "sessions", ["flow"], "ended_at IS NULL")
    op.add_column("flows", _must("layout", _JSON, "{}"))
    op.add_column("flows", _must("tests", _JSON, "[]"))
    op.add_column("flows", sa.Column("left_at", _TIME))


def _flows() -> None:
    op.create_table(
        "flow_aliases",
        _must("flow", _TEXT),
        _must("alias", _TEXT),
        _must("version", sa.Integer()),
        _must("by", _TEXT),
        _must("at", _TIME),
        sa.PrimaryKeyConstraint("flow", "alias", name="flow_aliases_pk"),
    )
    op.create_table(
        "flow_drafts",
        _must("name", _TEXT),
        _must("body", _JSON),
        _must("layout", _JSON),
        _must("tests", _JSON),
        _must("lock", sa.Integer()),
        _must("author", _TEXT),
        _must("updated_at", _TIME),
        _must("deleted", sa.Boolean()),
        sa.PrimaryKeyConstraint("name", name="flow_drafts_pk"),
    )


def _live() -> None:
    """Until now the newest version of a flow was the one callers heard."""
    flows = sa.table("flows", sa.column("name"), sa.column("version"), sa.column("author"), sa.column("created_at"))
    other = flows.alias("other")
    newest = sa.select(sa.func.max(other.c.version)).where(other.c.name == flows.c.name).scalar_subquery()
    live = sa.select(
        flows.c.name, sa.literal_column("'live'"), flows.c.version, flows.c.author, flows.c.created_at
    ).where(flows.c.version == newest)
    names = ["flow", "alias", "version", "by", "at"]
    aliases = sa.table("flow_aliases", *(sa.column(name) for name in names))
    op.execute(sa.insert(aliases).from_select(names, live))


def _visits() -> None:
    op.create_table(
        "visits",
        _must("call_id", _TEXT),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _must("flow", _TEXT),
        _must("version", sa.Integer()),
        _must("node", _TEXT),
        _must("exit", _TEXT),
        _must("at", _TIME),
        sa.PrimaryKeyConstraint("call_id", "seq", name="visits_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("visits_flow_at_idx", "visits", ["flow", "at"])


def _debts() -> None:
    op.create_table(
        "debts",
        _must("reference", _TEXT),
        _must("number", _TEXT),
        _must("amount", sa.BigInteger()),
        _must("currency", _TEXT),
        _must("due_on", sa.Date()),
        _must("state", sa.Text()),
        sa.Column("promised_on", sa.Date()),
        _must("updated_at", _TIME),
        sa.Column("step_id", _TEXT),
        sa.PrimaryKeyConstraint("reference", name="debts_pk"),
    )
    op.create_index("debts_number_idx", "debts", ["number"])


def _payments() -> None:
    op.create_table(
        "payments",
        _must("id", _TEXT),
        _must("call_id", _TEXT),
        _must("reference", _TEXT),
        _must("amount", sa.BigInteger()),
        _must("currency", _TEXT),
        _must("provider", _TEXT),
        _must("state", sa.Text()),
        _must("provider_ref", _TEXT),
        _must("last4", _TEXT),
        _must("reason", _TEXT),
        _must("at", _TIME),
        sa.Column("settled_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="payments_pk"),
    )
    for column in ("call_id", "reference", "at"):
        op.create_index(f"payments_{column}_idx", "payments", [column])
    _index("payments_pending_idx", "payments", ["at"], "state = 'pending'")


def _callbacks() -> None:
    op.create_table(
        "callbacks",
        _must("id", _TEXT),
        _must("number", _TEXT),
        _must("queue", _TEXT),
        _must("since", _TIME),
        _must("due_at", _TIME),
        _must("intent", _TEXT),
        _must("language", _TEXT),
        _must("skills", _JSON),
        _must("priority", sa.Integer()),
        _must("data", _JSON),
        _must("state", sa.Text()),
        _must("tries", sa.Integer()),
        sa.Column("attempt", _TEXT),
        _must("call_id", _TEXT),
        _must("flow", _TEXT),
        _must("version", sa.Integer()),
        _must("reason", _TEXT),
        _must("updated_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="callbacks_pk"),
    )
    op.create_index("callbacks_number_idx", "callbacks", ["number"])
    op.create_index("callbacks_updated_at_idx", "callbacks", ["updated_at"])
    _index("callbacks_open_idx", "callbacks", ["state", "due_at"], "ended_at IS NULL")


def _voicemails() -> None:
    op.create_table(
        "voicemails",
        _must("id", _TEXT),
        _must("call_id", _TEXT),
        _must("box", _TEXT),
        _must("number", _TEXT),
        _must("language", _TEXT),
        _must("file", _TEXT),
        _must("length_s", sa.Double()),
        _must("recorded_at", _TIME),
        sa.Column("heard_at", _TIME),
        _must("heard_by", _TEXT),
        sa.PrimaryKeyConstraint("id", name="voicemails_pk"),
    )
    op.create_index("voicemails_box_recorded_at_idx", "voicemails", ["box", "recorded_at"])


def _answers() -> None:
    op.create_table(
        "survey_answers",
        _must("call_id", _TEXT),
        _must("question", _TEXT),
        sa.Column("score", sa.Integer()),
        sa.Column("comment", _TEXT),
        sa.Column("agent", _TEXT),
        sa.Column("queue", _TEXT),
        _must("flow", _TEXT),
        _must("version", sa.Integer()),
        _must("at", _TIME),
        sa.PrimaryKeyConstraint("call_id", "question", name="survey_answers_pk"),
    )
    op.create_index("survey_answers_at_idx", "survey_answers", ["at"])
    op.create_table(
        "consents",
        _must("call_id", _TEXT),
        _must("kind", _TEXT),
        _must("at", _TIME),
        _must("number", _TEXT),
        _must("given", sa.Text()),
        _must("jurisdiction", _TEXT),
        sa.PrimaryKeyConstraint("call_id", "kind", "at", name="consents_pk"),
    )
    op.create_index("consents_number_at_idx", "consents", ["number", "at"])


def _notices() -> None:
    op.create_table(
        "notices",
        _must("id", _TEXT),
        _must("kind", sa.Text()),
        _must("target", _TEXT),
        _must("subject", _TEXT),
        _must("body", _JSON),
        sa.Column("due_at", _TIME),
        _must("tries", sa.Integer()),
        sa.Column("sent_at", _TIME),
        _must("error", _TEXT),
        sa.Column("claim_id", _TEXT),
        sa.Column("claimed_until", _TIME),
        sa.PrimaryKeyConstraint("id", name="notices_pk"),
    )
    _index("notices_unsent_idx", "notices", ["due_at"], "sent_at IS NULL")
    _index("notices_sent_idx", "notices", ["sent_at"], "sent_at IS NOT NULL")
