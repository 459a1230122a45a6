"""What Alembic runs; :func:`catalog_db.migrations.migrate` hands over an open connection with a transaction begun."""

from __future__ import annotations

from alembic import context

from catalog_db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can change a table only by copying it.
    render_as_batch=True,
    # The transaction belongs to the caller, and on SQLite too it covers DDL (see catalog_db.database).
    transactional_ddl=True,
)
context.run_migrations()
