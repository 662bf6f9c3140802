"""What a database's error means, in one line for an operator, and whether trying again may help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from callcenter.errors import StoreError

NO_SCHEMA: Final = "its schema is missing or older than this program: migrate it (`callcenter up` does)"

# SQLite tells its errors apart by text only through SQLAlchemy; the first match counts.
_SQLITE: Final[Mapping[str, str]] = {
    "readonly database": "it is read-only for this user: give it write permission on the file and its folder",
    "disk is full": "the disk is full: make room",
    "database is locked": "another process has locked it for too long: find it with `fuser` on the file",
    "unable to open database": "it cannot be opened: its folder is missing or not accessible for this user",
    "file is not a database": "the file is no SQLite database: move it away or restore a backup",
    "malformed": "the file is damaged: restore a backup",
    "disk I/O error": "the disk reports an I/O error: check it and its free space",
    "no such table": NO_SCHEMA,
    "no such column": NO_SCHEMA,
    "has no column": NO_SCHEMA,
}

# SQLSTATE codes, PostgreSQL's documentation, appendix A.
_POSTGRESQL: Final[Mapping[str, str]] = {
    "25006": "it is read-only (a standby?): connect to the primary",
    "53100": "the server's disk is full: make room",
    "53300": "the server has no connection free: raise max_connections",
    "55P03": "a row stayed locked by somebody else for too long",
    "57014": "the statement took too long and was stopped",
    "42P01": NO_SCHEMA,
    "42703": NO_SCHEMA,
    "42501": "this user lacks the right to do this: grant it",
}

# Serialization failure and deadlock: the transaction is rolled back and may simply be run again.
_RUN_AGAIN: Final = {"40001", "40P01"}
# The server is going down, has crashed or is coming up.
_COMING_BACK: Final = {"57P01", "57P02", "57P03"}


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's code of `error`, None where it has none (a lost or refused connection)."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) else None


def may_retry(error: SQLAlchemyError) -> bool:
    """Whether the same work on another connection may succeed; the first run may have been committed all the same."""
    if not isinstance(error, DBAPIError):
        return False
    state = sqlstate(error)
    if error.connection_invalidated or state in _RUN_AGAIN or state in _COMING_BACK:
        return True
    return isinstance(error, OperationalError | InterfaceError) and (state is None or state.startswith("08"))


def explain(error: SQLAlchemyError, where: str) -> Exception:
    """Return `error` as a StoreError of one line: the database (`where`, never with its password) and the way out.

    A value that no database could take (a time without zone, NaN in JSON) is the caller's fault: its own error.
    """
    if isinstance(error, PoolTimeout):
        return StoreError(f"{where}: all connections are busy")
    orig = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    if not isinstance(error, DBAPIError) and isinstance(orig, ValueError | TypeError):
        return orig
    text = " ".join(str(orig).split()) or type(orig).__name__
    known = _POSTGRESQL.get(sqlstate(error) or "")
    if known is None and isinstance(error, DBAPIError):
        known = next((meaning for part, meaning in _SQLITE.items() if part in text), None)
    return StoreError(f"{where}: {known} ({text})" if known else f"{where}: {text}")
