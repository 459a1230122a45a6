"""Bring a database to the newest schema: ``python -m catalog_db migrate``.

The Alembic configuration is built here in code, so that it works from an installed package and needs no ini file. To
add a revision, change ``catalog_db/models.py`` and write the next file in ``versions/`` (``tests/catalog_db/
test_migrations.py`` fails until the two agree).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from catalog_db.errors import CatalogError


@cache
def newest_revision() -> str:
    """The revision this code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "catalog_db/migrations/versions holds no revision"
    return head


def migrate(url: str, revision: str = "head") -> None:
    """Create or upgrade the tables at ``url`` in one transaction; nothing happens when they are the newest already.

    Raises:
        CatalogError: no connection, or the database holds a revision this code does not know.
    """
    from catalog_db.database import make_engine

    engine = make_engine(url, create=True)
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except command.util.CommandError as error:
        raise CatalogError(
            f"cannot migrate: {error}", "the database may belong to a newer version of this code"
        ) from error
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise CatalogError(f"cannot migrate {engine.url.render_as_string(hide_password=True)}: {reason}") from error
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
