"""Alembic, which changes schemas."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from callcenter.adapters.store.upgrade import MIGRATIONS


def config() -> Config:
    """Return Alembic's configuration, without any file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def to(revision: str, db: Connection) -> None:
    """Take the schema to `revision`, inside the transaction of `db`."""
    settings = config()
    settings.attributes["connection"] = db
    command.upgrade(settings, revision)
