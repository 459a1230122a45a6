"""docs/data-formats.md says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from catalog_db.conditions import Conditions
from catalog_db.exporters import SUFFIXES
from catalog_db.importers import FORMATS
from catalog_db.importers.mapping import EVENT_FIELDS, PRODUCT_FIELDS, parse_mapping
from catalog_db.models import Base, EventKind

PAGE = (Path(__file__).parents[2] / "docs" / "data-formats.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_mapping_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(_block("toml"), encoding="utf-8")
    mapping = parse_mapping(file=path)
    assert mapping.fields["price"].conversion == "minor"
    assert mapping.translate("item_type", "Schuhe") == "footwear"


def test_the_conditions_can_be_read_and_are_all_there() -> None:
    values = json.loads(_block("json"))
    assert Conditions.from_dict(values).to_dict() == values
    assert set(values) == set(Conditions.__dataclass_fields__)


@pytest.mark.parametrize(
    "name",
    [
        *sorted(set(FORMATS) - {"csv", "jsonl"}),
        *PRODUCT_FIELDS,
        *EVENT_FIELDS,
        *SUFFIXES,
        *EventKind,
        *Base.metadata.tables,
    ],
)
def test_every_name_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE
