"""Home Depot's search relevance data (Kaggle 2016): 54,667 products and 8,856 real queries, typos included.

    products.jsonl.gz               {product, title}
    train.jsonl.gz, dev.jsonl.gz    {query, judgments: [{product, relevance}]}, relevance from 1 to 3

The queries of ``dev`` are the test; nothing but ``train`` may be learnt from. A judgment of 2.33 and more is relevant:
the mean of three people of whom none said that it is not.

There are no categories. All products have one item type, ``product``: types derived from titles would have to be edited
by a person, and one that is wrong hides a product behind the first token of its semantic id, while the first code, a
cluster of titles, says as much and costs nothing. The opener is then the same for all and the model is sure of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.datasets.dataset import (
    TEST,
    TRAIN,
    Dataset,
    JudgedQuery,
    check_known,
    files_fingerprint,
    read_catalog,
    read_records,
)
from finetune.errors import DatasetError
from finetune.sids.item_text import ANYTHING

NAME = "homedepot"
PRODUCTS = "products.jsonl.gz"
QUERIES = ((TRAIN, "train.jsonl.gz"), (TEST, "dev.jsonl.gz"))
FILES = (PRODUCTS, *(name for _, name in QUERIES))
RELEVANT_FROM = 2.33
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
"""What a few titles hold between their words."""


def read(source: Path) -> Dataset:
    """The data set in a folder.

    Raises:
        DatasetError: if a file is missing or holds something else.
    """
    rows = read_catalog(source / PRODUCTS, _product_of)
    known = {row.sku for row in rows}
    queries = []
    for split, name in QUERIES:
        for line, values in read_records(source / name):
            try:
                judgments = {str(int(one["product"])): float(one["relevance"]) for one in values["judgments"]}
                query = JudgedQuery(" ".join(str(values["query"]).split()), split, judgments)
            except (KeyError, TypeError, ValueError) as error:
                raise DatasetError(f"{source / name}, line {line}: not a judged query: {error!r}") from error
            check_known(source / name, line, judgments, known)
            queries.append(query)
    both = {query.text for query in queries if query.split == TRAIN} & {q.text for q in queries if q.split == TEST}
    if both:
        raise DatasetError(f"the query {min(both)!r} is both to be learnt from and in the test")
    fingerprint = files_fingerprint(source, FILES)
    return Dataset(NAME, rows, queries=tuple(queries), relevant_from=RELEVANT_FROM, fingerprint=fingerprint)


def _product_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sku": str(int(values["product"])),
        "title": _CONTROL.sub(" ", html.unescape(str(values["title"]))),
        "item_type": ANYTHING,
    }
