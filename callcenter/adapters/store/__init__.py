"""Everything that must survive: SQLite (embedded default) and PostgreSQL behind one set of methods, see `Store`."""

from callcenter.adapters.store.store import Store

__all__ = ["Store"]
