"""``products.yaml`` of the AWS Retail Demo Store.

Item type is ``category``; ``style`` becomes the attribute ``kind``, and ``gender_affinity`` becomes ``gender``. The
file is read as a whole, as YAML has to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from catalog_db.errors import ImportFileError
from catalog_db.importers.build import make_product
from catalog_db.importers.files import open_text
from catalog_db.importers.mapping import ColumnMapping
from catalog_db.importers.records import ParsedProduct, Record, Refusal

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_GENDERS = {"F": "women", "M": "men"}


def read_products(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of the file; of the mapping only constants and values count.

    Raises:
        ImportFileError: not YAML, or not a list of products.
    """
    for record in _read_yaml(path):
        try:
            raw = mapping.with_constants(_raw_product(record.values, mapping))
            yield ParsedProduct(record.line, *make_product(raw))
        except ValueError as error:
            yield Refusal(record.line, str(error))


def _read_yaml(path: Path) -> list[Record]:
    with open_text(path) as file:
        loader = _LOADER(file.read())
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise ImportFileError(f"{path} is not a list of products")
        records = []
        for child in node.value:
            values = loader.construct_object(child, deep=True)
            if not isinstance(values, dict) or "id" not in values:
                raise ImportFileError(f"{path}: line {child.start_mark.line + 1} does not begin a product with an id")
            records.append(Record(child.start_mark.line + 1, values))
        return records
    except (yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ImportFileError(f"{path} is not YAML: {reason}") from error
    finally:
        loader.dispose()


def _raw_product(values: Mapping[str, Any], mapping: ColumnMapping) -> dict[str, Any]:
    category = values.get("category")
    image = values.get("image")
    style = str(values.get("style") or "").replace("_", " ")
    gender = values.get("gender_affinity")
    return {
        "sku": values["id"],
        "title": values.get("name"),
        "item_type": mapping.translate("item_type", category),
        "category_path": [part for part in (category, style) if part],
        "description": values.get("description"),
        "price": values.get("price"),
        "stock": values.get("current_stock"),
        "image": f"{category}/{image}" if image else "",
        "link": values.get("url"),
        "attributes": {"kind": style, "gender": _GENDERS.get(gender, gender) if gender else ""},
    }
