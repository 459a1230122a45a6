from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from catalog_db.database import Database, make_engine, open_database
from catalog_db.errors import CatalogError
from catalog_db.migrations import _config, migrate, newest_revision
from catalog_db.models import Base


def test_models_and_migrations_agree(any_database: Database) -> None:
    with any_database.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_does_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    open_database(database_url).close()


def test_downgrade_takes_everything_away(database_url: str) -> None:
    engine = make_engine(database_url, create=False)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_a_failing_migration_leaves_nothing_behind(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    engine = make_engine(url, create=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE messages (id INTEGER)"))
    with pytest.raises(CatalogError, match="messages already exists"):
        migrate(url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["messages"]
    engine.dispose()


def test_unknown_revision_is_refused(database_url: str) -> None:
    engine = make_engine(database_url, create=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(CatalogError, match=f"revision 9999, this code needs {newest_revision()}"):
        open_database(database_url)
    with pytest.raises(CatalogError, match="cannot migrate"):
        migrate(database_url)


def test_the_latest_thumb_and_the_rules_survive_0004(database_url: str) -> None:
    engine = make_engine(database_url, create=False)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        for statement in (
            "INSERT INTO conversations (id, created_at) VALUES ('c', '2026-03-01')",
            "INSERT INTO messages (id, conversation_id, position, role, parts, made_by, created_at)"
            " VALUES (1, 'c', 0, 'assistant', '[]', '{}', '2026-03-01')",
            "INSERT INTO feedback (id, message_id, helpful, reason, at) VALUES (1, 1, 1, 'late', '2026-03-03'),"
            " (2, 1, 1, 'early', '2026-03-01'), (3, 1, 0, 'late too, and after it', '2026-03-03')",
            "INSERT INTO merchandising_rules (id, action, conditions, strength, note, created_by, created_at)"
            " VALUES (7, 'pin', '{}', 1.0, 'kept', '', '2026-03-01')",
        ):
            connection.execute(text(statement))
        command.upgrade(config, "0004")
        assert connection.execute(text("SELECT id, reason FROM feedback")).all() == [(3, "late too, and after it")]
        assert connection.execute(text("SELECT id, note FROM merchandising_rules")).all() == [(7, "kept")]
    engine.dispose()
