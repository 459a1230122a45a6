"""Whole imports: detection of formats, transactions, interaction logs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.database import Database
from catalog_db.errors import ImportFileError
from catalog_db.events import LogReport, history
from catalog_db.importers import FORMATS, detect_format, import_events, import_products, try_products
from catalog_db.importers.mapping import EVENT_FIELDS, parse_mapping
from catalog_db.importers.records import Refusal
from catalog_db.products import SaveReport, count_products
from catalog_db.revisions import revision


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("sku;title\nA;B\n", "csv"),
        ('{"sku": "A"}\n', "jsonl"),
        ('{"parent_asin": "A"}\n', "amazon-reviews-2023"),
        ("Handle,Title,Vendor,Variant Price\n", "shopify"),
        ("id\ttitle\tprice\tavailability\n", "google-merchant"),
        ('\ufeff<?xml version="1.0"?><rss/>', "google-merchant"),
        ("- id: a\n  name: b\n", "retail-demo-store"),
    ],
)
def test_formats_are_told_by_content(tmp_path: Path, text: str, format: str) -> None:
    path = tmp_path / "misleading.xls"
    path.write_bytes(gzip.compress(text.encode()))
    assert detect_format(path) == format


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\xff\xfe", b"one word\n", b"<rss"])
@pytest.mark.parametrize("format", ["auto", *FORMATS])
def test_a_file_that_is_something_else_changes_nothing(
    shop: Database, tmp_path: Path, now, content: bytes, format: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ImportFileError):
        import_products(shop, path, now, format=format)
    with shop.reading() as session:
        assert (count_products(session, active_only=False), revision(session)) == (6, 1)


def test_a_file_that_breaks_in_the_middle_changes_nothing(shop: Database, tmp_path: Path, now) -> None:
    lines = "".join(json.dumps({"sku": f"X{i}", "title": "T", "item_type": "a"}) + "\n" for i in range(3000))
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(lines.encode())[:-20])
    with pytest.raises(ImportFileError, match="gzip"):
        import_products(shop, path, now)
    with shop.reading() as session:
        assert (count_products(session, active_only=False), revision(session)) == (6, 1)


def test_products_on_postgresql_too(any_shop: Database, tmp_path: Path, now) -> None:
    path = tmp_path / "file"
    path.write_text("sku,title,item_type\nB-1,New name,footwear\nN-1,New,garden\n")
    assert import_products(any_shop, path, now).saved == SaveReport(added=1, changed=1)
    assert import_products(any_shop, path, now).saved == SaveReport(unchanged=2)


@given(st.binary(max_size=200) | st.text("{}[]<>\"',;\t\n-:asku ", max_size=200).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_bytes_are_read_or_refused(shop: Database, tmp_path: Path, now, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    for format in FORMATS:
        try:
            import_products(shop, path, now, format=format)
        except ImportFileError as error:
            assert "\n" not in error.message  # noqa: PT017


EVENTS = """user,item,what,when
ann,B-1,view,2026-01-01T10:00:00Z
ann,nope,view,2026-01-01T11:00:00Z
ann,B-1,lick,2026-01-01T12:00:00Z
,B-1,view,2026-01-01T12:00:00Z
bob,B-2,purchase,1767268800
bob,B-2,purchase,soon
ann,B-1,view,2026-01-01 11:00:00+01:00
"""


def test_events(any_shop: Database, tmp_path: Path) -> None:
    path, toml = tmp_path / "log", tmp_path / "log.toml"
    path.write_text(EVENTS)
    toml.write_text('[values.kind]\nview = "viewed"\npurchase = "bought"\n')
    mapping = parse_mapping(["shopper=user", "sku=item", "kind=what", "at=when"], file=toml, known=EVENT_FIELDS)
    report = import_events(any_shop, path, mapping=mapping)
    assert report.saved == LogReport(added=2, unchanged=1)
    assert report.refusals == [
        Refusal(3, "the catalog holds no product with SKU 'nope'"),
        Refusal(4, "kind 'lick' is none of bought, carted, dismissed, viewed"),
        Refusal(5, "no shopper"),
        Refusal(7, "at 'soon' is not a time"),
    ]
    assert import_events(any_shop, path, mapping=mapping).saved == LogReport(unchanged=3)
    with any_shop.reading() as session:
        assert [event.kind for event in history(session, "bob")] == ["bought"]


def test_events_jsonl_with_a_constant(shop: Database, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"shopper": 7, "sku": "B-1", "at": 1767268800000}\n')
    mapping = parse_mapping(constants=["kind=bought"], known=EVENT_FIELDS)
    assert import_events(shop, path, mapping=mapping).saved == LogReport(added=1)


@pytest.mark.parametrize("text", ["", "sku,title\nA,B\n", "<rss/>", "- id: a\n"])
def test_files_that_are_no_log(shop: Database, tmp_path: Path, text: str) -> None:
    path = tmp_path / "log"
    path.write_text(text)
    with pytest.raises(ImportFileError):
        import_events(shop, path)


def test_a_trial_reports_what_the_import_does_and_changes_nothing(shop: Database, tmp_path: Path, now) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "sku,title,item_type,price\nB-1,Trail boot,footwear,99\nN-1,New boot,footwear,5\nN-1,Again,footwear,5\n"
        "N-2,,footwear,5\n",
        encoding="utf-8",
    )
    with shop.reading() as session:
        before = revision(session)
    trial = try_products(shop, path)
    with shop.reading() as session:
        assert revision(session) == before
    assert trial.report == import_products(shop, path, now)
    assert [(found.row.sku, found.before is None, "price_minor" in found.changed) for found in trial.examples] == [
        ("B-1", False, True),
        ("N-1", True, False),
    ]
    assert [refusal.line for refusal in trial.report.refusals] == [4, 5]


def test_progress_is_told(shop: Database, tmp_path: Path, now) -> None:
    path = tmp_path / "products.csv"
    path.write_text("sku,title,item_type\n" + "".join(f"N-{n},Mug,kitchen\n" for n in range(2500)), encoding="utf-8")
    seen: list[int] = []
    try_products(shop, path, seen=seen.append)
    import_products(shop, path, now, seen=seen.append)
    assert seen == [1000, 2000, 1000, 2000]
