"""Bringing a database's schema up to date, and telling which one it has.

Two versions of the program may work on one schema (the rules are in `schema.py`), so a schema newer than this
program is left as it is and used.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

logger = logging.getLogger(__name__)

_FOLDER: Final = Path(__file__).parent / "migrations"
# Any number, as long as it is always the same: whoever has this lock migrates, the others wait and find it done.
_LOCK: Final = 4_573_002_001


def config() -> Config:
    """Return Alembic's configuration, without any file."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


@cache
def revisions() -> tuple[str, ...]:
    """Return the schemas this program knows, newest first: the one it is made for."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def current(db: Connection) -> str | None:
    """Return the database's schema, None when it has none."""
    return MigrationContext.configure(db).get_current_revision()


def migrate(db: Connection) -> str:
    """Bring the schema up to date inside the transaction of `db`; return what it is then."""
    if db.dialect.name == "postgresql":
        db.execute(text("SET LOCAL statement_timeout = 0"))
        db.execute(text("SET LOCAL lock_timeout = 0"))
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = current(db)
    if before is not None and before not in revisions():
        logger.warning("store: schema %s is newer than this program's %s; left as it is", before, revisions()[0])
        return before
    settings = config()
    settings.attributes["connection"] = db
    command.upgrade(settings, "head")
    after = revisions()[0]
    if after != before:
        logger.info("store: schema %s -> %s", before or "none", after)
    return after
