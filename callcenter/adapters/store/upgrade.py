"""Bringing a database's schema up to date, and telling which one it has.

Two versions of the program may work on one schema (the rules are in `schema.py`), so a schema newer than this
program is left as it is and used.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

logger = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number, as long as it is always the same: whoever has this lock migrates, the others wait and find it done.
_LOCK: Final = 4_573_002_001


@cache
def revisions() -> tuple[str, ...]:
    """Return the schemas this program knows, newest first: the one it is made for. They are in the files' names."""
    files = sorted((MIGRATIONS / "versions").glob("v[0-9]*_*.py"), reverse=True)
    return tuple(file.name[1:].partition("_")[0] for file in files)


def current(db: Connection) -> str | None:
    """Return the database's schema, None when it has none."""
    if not inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def migrate(db: Connection) -> str:
    """Bring the schema up to date inside the transaction of `db`; return what it is then."""
    if db.dialect.name == "postgresql":
        db.execute(text("SET LOCAL statement_timeout = 0"))
        db.execute(text("SET LOCAL lock_timeout = 0"))
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before, newest = current(db), revisions()[0]
    if before == newest:
        return newest
    if before is not None and before not in revisions():
        logger.warning("store: schema %s is newer than this program's %s; left as it is", before, newest)
        return before
    # Every start of a process comes by here; Alembic, which takes a quarter of a second to import, is for the few
    # that find another schema.
    from callcenter.adapters.store.migrating import to  # noqa: PLC0415

    to("head", db)
    logger.info("store: schema %s -> %s", before or "none", newest)
    return newest
