from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from catalog_db.database import Database
from catalog_db.errors import ImportFileError
from catalog_db.importers import import_products
from catalog_db.importers.records import Refusal

FILE = """# products
- id: a-1
  current_stock: 15
  name: Expedition Backpack
  category: accessories
  style: laptop_bag
  description: Embark on your next
    outdoor journey.
  price: 129.99
  image: a-1.jpg
  gender_affinity: F
- id: a-2
  name: No category
- id: a-3
  name: Mug
  category: housewares
  price: 5
"""
REAL = Path(__file__).parents[4] / "shared" / "data" / "retail_demo_store" / "products.yaml"


def test_products(run_import) -> None:
    report, products = run_import(FILE, format="retail-demo-store")
    bag = products["a-1"]
    assert (bag.title, bag.item_type, bag.price_minor, bag.stock) == ("Expedition Backpack", "accessories", 12999, 15)
    assert bag.description == "Embark on your next outdoor journey."
    assert (bag.image, bag.category_path) == ("accessories/a-1.jpg", "accessories > laptop bag")
    assert bag.attributes == {"kind": ("laptop bag",), "gender": ("women",)}
    assert (products["a-3"].attributes, products["a-3"].image) == ({}, "")
    assert report.refusals == [Refusal(12, "no item_type; give one for all with --type")]


def test_format_is_told_by_the_content(run_import) -> None:
    assert run_import(FILE.removeprefix("# products\n"))[0].format == "retail-demo-store"


@pytest.mark.parametrize("text", ["a: b", "- id: [", "- just text", "- name: no id", "- id: !!python/name:os.system x"])
def test_other_files_are_refused(run_import, text: str) -> None:
    with pytest.raises(ImportFileError):
        run_import(text, format="retail-demo-store")


@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/data/retail_demo_store/products.yaml")
def test_the_real_file(database: Database, now: dt.datetime) -> None:
    report = import_products(database, REAL, now)
    assert (report.saved.added, report.refusals, report.notes) == (2465, [], [])
