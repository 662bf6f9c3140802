"""Run by Alembic. The connection, already in a transaction, comes from `upgrade.migrate`."""

from alembic import context

from callcenter.adapters.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too makes and changes tables inside a transaction; Alembic only assumes that it does not.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
