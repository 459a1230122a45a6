"""The log of a shop as a benchmark folder beside its examples: what held-out shoppers took next and searched for.

    benchmark/items.jsonl      the items, in the order of the examples' items.jsonl
    benchmark/users.jsonl      the journeys of held-out shoppers: the last item is to be guessed
    benchmark/learning.jsonl   the journeys of all others, which the examples and the baselines are made from
    benchmark/queries.jsonl    searches; those of held-out shoppers in words that no other shopper typed are for the
                               test. Relevant is every item that meets what the words say
    benchmark/meta.json        {"name", "relevant_from"}; written last

Files but for ``learning.jsonl`` are as :mod:`finetune.ranking.data` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from finetune.examples.lexicon import Lexicon
from finetune.examples.phrases import held_out
from finetune.examples.query_reader import QueryReader
from finetune.examples.shop import Journey, Shop, ShopItem
from finetune.ranking.data import ITEMS_FILE, META_FILE, QUERIES_FILE, SHORTEST_SEQUENCE, USERS_FILE

BENCHMARK, LEARNING_FILE = "benchmark", "learning.jsonl"
NAME = "shop"
RELEVANT = 1.0


def write_shop_benchmark(folder: Path, shop: Shop, lexicon: Lexicon) -> None:
    """Write the folder, in place of one that was made before.

    A shop without a log has nothing to guess: then there is no folder.
    """
    held = [journey for journey in shop.journeys if held_out(f"shopper {journey.shopper}")]
    users = list(_users(held))
    queries = list(_queries(shop, lexicon))
    (folder / META_FILE).unlink(missing_ok=True)
    if not users and not queries:
        return
    folder.mkdir(parents=True, exist_ok=True)
    others = [journey for journey in shop.journeys if not held_out(f"shopper {journey.shopper}")]
    _write(folder / ITEMS_FILE, (_item(item) for item in shop.items))
    _write(folder / USERS_FILE, users)
    _write(folder / LEARNING_FILE, _users(others))
    _write(folder / QUERIES_FILE, queries)
    meta = {"name": NAME, "relevant_from": RELEVANT}
    (folder / META_FILE).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")


def _item(item: ShopItem) -> dict[str, Any]:
    values = [value for known in item.attributes.values() for value in known]
    text = " ".join(dict.fromkeys([item.title, *([item.brand] if item.brand else []), *values]))
    return {"sku": item.sku, "title": item.title, "text": text, "item_type": item.item_type}


def _users(journeys: Iterable[Journey]) -> Iterator[dict[str, Any]]:
    for journey in journeys:
        if len(journey.skus) >= SHORTEST_SEQUENCE:
            yield {"user": journey.shopper, "items": list(journey.skus)}


def _queries(shop: Shop, lexicon: Lexicon) -> Iterator[dict[str, Any]]:
    """Searches by text, each once; words that others typed too are for training, whoever else typed them."""
    reader = QueryReader(shop, lexicon)
    known: set[str] = set()
    for split in ("train", "test"):
        for query in sorted(shop.queries, key=lambda query: (query.text, query.shopper, query.time)):
            is_test = held_out(f"shopper {query.shopper}")
            if is_test != (split == "test") or _plain(query.text) in known:
                continue
            known.add(_plain(query.text))
            want = reader.read(query.text, shop.by_sku[query.sku])
            if want is not None:
                judgments = {item.sku: RELEVANT for item in shop.matching(want)}
                yield {"query": query.text, "split": split, "judgments": judgments}


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _write(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line; no file where there is none."""
    lines = [json.dumps(value, ensure_ascii=False) + "\n" for value in values]
    if lines:
        path.write_text("".join(lines), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
