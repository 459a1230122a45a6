"""Fixtures of the assistant's tests."""

from __future__ import annotations

import pytest

from catalog_db.database import Database
from catalog_db.products import save_products
from neo_assistant.scripted import ScriptedReplier
from tests.neo_assistant.ui_products import NOW, make_rows


@pytest.fixture
def shop(database: Database) -> Database:
    """A database with five mugs and two boots."""
    with database.session() as session:
        save_products(session, make_rows(), NOW)
    return database


@pytest.fixture
def replier(shop: Database) -> ScriptedReplier:
    """Answers without a model."""
    return ScriptedReplier(shop)
