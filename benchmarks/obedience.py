"""Whether replies keep to what was asked: real people's requests, each checked against the rows by plain SQL.

    NEO_DATABASE_URL=sqlite:///var/shop.db NEO_CHECKPOINT=checkpoints/sample \
        python -m benchmarks.obedience requests.jsonl.gz [--count 500] [--seed 0] [--out replies.jsonl]

The file holds one JSON object a line with the words under ``request`` or ``text``. They name no prices, so limits are
added, in turn: nothing, options (``--max-price``, ``--in-stock``), words that mean the same, both. Limits are prices
that products of the shop have. Everything a reply names must be on sale, once, within the options, the words that were
added, and every condition that the reply itself says it has read; and where those leave nothing, the reply must name
nothing and say so. Exit code 1 if anything is broken. Needs SQLite.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neo_assistant.cli import main as assistant
from neo_assistant.settings import load_settings

_LIMIT = re.compile(r"price ([<>]) ([0-9.]+)")
_RATING = re.compile(r"rating > ([0-9.]+)")
_SUFFIX_WORDS = (
    ", under ${limit}, in stock please",
    " for less than ${limit}, in stock",
    " that costs at most ${limit}; in stock",
)


@dataclass(frozen=True)
class Case:
    """One request: its words, its options, and what was thereby asked."""

    text: str
    options: dict[str, Any]
    max_price: int | None = None
    in_stock: bool = False


def cases(words: Sequence[str], prices: Sequence[int], count: int, seed: int) -> list[Case]:
    """``count`` requests of the list, each with limits added in one of four ways."""
    draw = random.Random(seed)
    made = []
    for number, text in enumerate(draw.sample(list(words), count)):
        limit = draw.choice(prices)
        amount = f"{limit / 100:.2f}"
        said = text.rstrip(" .") + draw.choice(_SUFFIX_WORDS).replace("{limit}", amount)
        count_asked = {"count": draw.choice([1, 3, 5]), "format": draw.choice(["mixed", "mixed", "ids"])}
        made.append(
            (
                Case(text, count_asked),
                Case(text, {**count_asked, "max_price": amount, "in_stock": True}, limit, True),
                Case(said, count_asked, limit, True),
                Case(said, {**count_asked, "max_price": amount, "in_stock": True}, limit, True),
            )[number % 4]
        )
    return made


def broken(case: Case, reply: dict[str, Any], products: sqlite3.Connection) -> list[str]:
    """What a reply's items break, one line each."""
    items = [part["sku"] for part in reply["reply"] if part["type"] == "item"]
    read = [word.strip() for word in reply["want"].get("span", "").split(";") if word.strip()]
    wrong = [f"{sku} is named twice" for sku, times in Counter(items).items() if times > 1]
    wrong += [f"{len(items)} items"] if len(items) > case.options["count"] else []
    if reply["want"].get("items_left") == 0:
        wrong += ["items, though none was left"] if items else []
        wrong += [] if reply["notices"] else ["nothing was left, and nobody said so"]
    for sku in items:
        wrong += [f"{sku}: {reason}" for reason in _row_breaks(sku, case, read, products)]
    return wrong


def _row_breaks(sku: str, case: Case, read: Sequence[str], products: sqlite3.Connection) -> Iterator[str]:
    row = products.execute(
        "SELECT id, item_type, brand, price_minor, stock, rating, active FROM products WHERE sku = ?", [sku]
    ).fetchone()
    if row is None or not row[6]:
        yield "is not on sale"
        return
    number, item_type, brand, price, stock, rating, _ = row
    carried = set(products.execute("SELECT name, value FROM product_attributes WHERE product_id = ?", [number]))
    carried |= {("type", item_type), ("brand", brand)}
    if case.max_price is not None and (price is None or price > case.max_price):
        yield f"costs {price}, the limit is {case.max_price}"
    if case.in_stock and stock == 0:
        yield "is out of stock"
    for word in read:
        if word.startswith("found ") or word == "not shown":
            continue
        if word == "in stock":
            holds = stock != 0
        elif limit := _LIMIT.fullmatch(word):
            amount = round(float(limit[2]) * 100)
            holds = price is not None and (price <= amount if limit[1] == "<" else price >= amount)
        elif least := _RATING.fullmatch(word):
            holds = rating is not None and rating >= float(least[1])
        else:
            name, _, value = word.partition(": ")
            holds = (name, value) in carried
        if not holds:
            yield f"does not meet what was read: {word}"


def main() -> int:
    """Ask, check, print the count of each thing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("requests", type=Path, help="JSON lines, gzipped or not")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write every reply here")
    options = parser.parse_args()
    opened = gzip.open if options.requests.suffix == ".gz" else open
    with opened(options.requests, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    words = [entry.get("request") or entry["text"] for entry in entries]
    file = load_settings().database_url.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as products:
        prices = [
            row[0]
            for row in products.execute("SELECT price_minor FROM products WHERE active AND price_minor > 0 ORDER BY id")
        ]
        asked = cases(words, prices, options.count, options.seed)
        began = time.perf_counter()
        replies = _ask(asked)
        seconds = time.perf_counter() - began
        wrong = [
            (case, reply, found)
            for case, reply in zip(asked, replies, strict=True)
            if (found := broken(case, reply, products))
        ]
    if options.out is not None:
        options.out.write_text(
            "".join(
                json.dumps({"text": case.text, **reply}, ensure_ascii=False) + "\n"
                for case, reply in zip(asked, replies, strict=True)
            ),
            encoding="utf-8",
        )
    _report(replies, seconds, len(wrong))
    for case, reply, found in wrong:
        print(json.dumps({"text": case.text, "options": case.options, "want": reply["want"], "broken": found}))
    return 1 if wrong else 0


def _ask(asked: Sequence[Case]) -> list[dict[str, Any]]:
    """What ``ask --requests`` answers, through the same entry point as the command line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.jsonl"
        file.write_text("".join(json.dumps({"text": case.text, **case.options}) + "\n" for case in asked))
        out, problems = io.StringIO(), io.StringIO()
        if assistant(["ask", "--requests", str(file)], out=out, problems=problems):
            sys.exit(problems.getvalue().strip())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _report(replies: Sequence[dict[str, Any]], seconds: float, wrong: int) -> None:
    items = [part for reply in replies for part in reply["reply"] if part["type"] == "item"]
    spans = [reply["want"].get("span", "") for reply in replies]
    conditions = sum(
        word.strip() != "" and not word.strip().startswith("found ") for span in spans for word in span.split(";")
    )
    empty = sum(reply["want"].get("items_left") == 0 for reply in replies)
    different = len({item["sku"] for item in items})
    print(f"{len(replies)} replies in {seconds:.0f} s, {len(items)} items named, {different} different")
    print(f"{conditions} conditions read, {empty} replies whose conditions left nothing")
    print(f"{wrong} replies with something broken")


if __name__ == "__main__":
    sys.exit(main())
