"""A shop of 26 products with semantic ids, tiny models, and an assistant over both: what tests of serving share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from catalog_db import sids as sid_table
from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.products import ProductRecord, ids_by_sku, iter_products, save_products, set_active
from catalog_db.rows import ProductRow
from neo_assistant.assistant import Assistant
from neo_assistant.base_model import BaseModel, find_base
from neo_assistant.catalog import Catalog
from neo_assistant.checkpoint import FullWeights, write_checkpoint
from neo_assistant.codebooks import Codebooks
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.events import Event, ItemFound, TextDelta
from neo_assistant.manifest import Manifest
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.request import Request
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.terms import NO_TERMS, Terms
from tests.neo_assistant.strategies import tiny_base, tiny_tokenizer
from tests.neo_assistant.ui_products import NOW

SCHEME = SidScheme(("kitchen", "shoes"), (3, 3, 4), per_type=True)
KINDS = {"kitchen": ("mug", "lamp"), "shoes": ("boot", "sandal")}
COLOURS = ("blue", "white", "red")
SKUS = tuple(f"P-{number:02}" for number in range(26))
RETIRED = "P-25"
"""The one product that is not on sale; it has a semantic id all the same."""
ALWAYS = 50.0
"""Added to a logit that a model is to prefer."""


def make_rows(count: int = len(SKUS), currency: str = "USD") -> list[ProductRow]:
    """Products of two types: prices from 5 to 55, some without rating, price or stock."""
    rows = []
    for number in range(count):
        item_type = SCHEME.types[number % 2]
        rows.append(
            ProductRow(
                sku=f"P-{number:02}",
                title=f"Thing number {number}",
                item_type=item_type,
                brand=("Acme", "Price Co.")[number // 5 % 2],
                price_minor=None if number == 20 else 500 + 200 * number,
                currency=currency,
                stock=None if number % 7 == 3 else number % 4,
                rating=None if number % 6 == 5 else 2.5 + (number % 5) / 2,
                attributes={"kind": (KINDS[item_type][number // 2 % 2],), "colour": (COLOURS[number % 3],)},
                active=f"P-{number:02}" != RETIRED,
            )
        )
    return rows


def sid_of(number: int) -> Sid:
    """The semantic id of product ``number``; every second type, all codes in use, no two alike."""
    place = number // 2
    return Sid(SCHEME.types[number % 2], (place % 3, place // 3 % 3, place // 9 + number % 3))


def make_codebooks(scheme: SidScheme = SCHEME, seed: int = 1) -> Codebooks:
    """Random codebooks of a scheme with codebooks per type."""
    random = np.random.default_rng(seed)
    centroids = tuple(
        tuple(random.standard_normal((size, 4)).astype(np.float32) for size in scheme.sizes[:-1]) for _ in scheme.types
    )
    return Codebooks(scheme, centroids, "test", "0" * 64, 1)


CODEBOOKS = make_codebooks()


def fill(database: Database, rows: Sequence[ProductRow] | None = None, with_sids: bool = True) -> None:
    """Put the products, and their semantic ids, into an empty database."""
    rows = make_rows() if rows is None else rows
    with database.session() as session:
        save_products(session, rows, NOW)
        if with_sids:
            sid_table.save_codebook_version(session, CODEBOOKS.fingerprint, SCHEME.to_dict(), NOW)
            give_sids(session, {row.sku: sid_of(int(row.sku.removeprefix("P-"))) for row in rows})


def give_sids(session: Any, sids: dict[str, Sid]) -> None:
    """Save semantic ids of products, by SKU."""
    ids = ids_by_sku(session, sids)
    given = [sids[sku] for sku in ids]
    types, codes = [sid.item_type for sid in given], [sid.codes for sid in given]
    sid_table.save_sids(session, CODEBOOKS.fingerprint, list(ids.values()), types, codes)


def retire(database: Database, *skus: str) -> None:
    """Take products off sale."""
    with database.session() as session:
        set_active(session, list(ids_by_sku(session, skus).values()), False, NOW)


def products(database: Database) -> dict[str, ProductRecord]:
    """Every product by SKU, on sale or not."""
    with database.reading() as session:
        return {product.sku: product for product in iter_products(session, active_only=False)}


def meets(product: ProductRecord, conditions: Conditions) -> bool:
    """What SQL says of a product, said again in Python."""
    price, rating = product.price_minor, product.rating
    return (
        (not conditions.item_types or product.item_type in conditions.item_types)
        and (not conditions.brands or product.brand in conditions.brands)
        and all(set(product.attributes.get(name, ())) & set(accepted) for name, accepted in conditions.attributes)
        and (conditions.min_price is None or (price is not None and price >= conditions.min_price))
        and (conditions.max_price is None or (price is not None and price <= conditions.max_price))
        and (conditions.min_rating is None or (rating is not None and rating >= conditions.min_rating))
        and (not conditions.in_stock or product.in_stock)
        and all(meets(product, part) for part in conditions.also)
    )


def tokenizer() -> ShopTokenizer:
    return tiny_tokenizer(SCHEME)


def random_model(seed: int = 0, named: float = 3.0, positions: int = 2048, size: int | None = None) -> Any:
    """A random Llama of 2 layers.

    Args:
        seed: of its weights.
        named: how much larger its head's rows of added tokens are; the larger, the more often it names an item.
        positions: the longest sequence.
        size: of its vocabulary; the extended one if left out.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    vocabulary = tokenizer().vocabulary
    config = LlamaConfig(
        vocab_size=size or vocabulary.size,
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        tie_word_embeddings=False,
        pad_token_id=tiny_base().pad_token_id,
        bos_token_id=None,
        eos_token_id=tiny_base().eos_token_id,
        initializer_range=0.25,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight[vocabulary.first_id :] *= named
    return model


def save_tiny_base(folder: Path, seed: int = 0) -> None:
    """A base model's folder: a random model that knows no added token, and its tokenizer."""
    base = tiny_base()
    base.save_pretrained(folder)
    random_model(seed, named=1.0, size=len(base)).save_pretrained(folder)


def write_tiny_checkpoint(
    folder: Path,
    base: Path | None = None,
    seed: int = 0,
    sids: Mapping[str, Sid] | None = None,
    terms: Terms = NO_TERMS,
) -> Path:
    """A checkpoint with all weights of a random model, for the base in ``base``; without one it cannot be loaded."""
    found = find_base(str(base)) if base else BaseModel("none", "", "0" * 64)
    manifest = Manifest(
        base_model=found.name,
        base_sha256=found.sha256,
        codebook_version=CODEBOOKS.fingerprint,
        scheme=SCHEME,
        first_id=len(tiny_base()),
        weights="full",
        recipe="test",
        date=NOW.isoformat(),
    )
    weights = FullWeights(dict(random_model(seed).named_parameters()))
    write_checkpoint(folder, manifest, CODEBOOKS, weights, {}, sids, terms)
    return folder


class ScriptedModel:
    """Stands in for a model: it wants to write a given reply and leaves the rest to chance.

    Args:
        wish: from the reply's tokens so far to the next one wanted; None for no wish.
        begins: the token with which every reply begins.
    """

    device = torch.device("cpu")

    def __init__(self, wish: Callable[[list[int]], int | None], begins: int) -> None:
        from transformers import LlamaConfig

        self.config = LlamaConfig(num_hidden_layers=1, max_position_embeddings=4096)
        self.wish, self.begins = wish, begins
        self.calls = 0

    def __call__(self, input_ids: torch.Tensor, past_key_values: Any, **_: Any) -> Any:
        # It remembers on the cache what it has seen, so that a copy of the cache remembers it too.
        seen = vars(past_key_values).setdefault("seen", [])
        seen += input_ids[0].tolist()
        self.calls += 1
        written = seen[len(seen) - 1 - seen[::-1].index(self.begins) :]
        logits = torch.zeros(len(input_ids), 1, tokenizer().vocabulary.size)
        wanted = self.wish(written)
        if wanted is not None:
            logits[:, :, wanted] = ALWAYS
        return type("Output", (), {"logits": logits})()


def scripted(want: str, *parts: str | Sid) -> ScriptedModel:
    """A model that reads the conditions ``want`` (`` kind: mug;``) and then writes words and items."""
    shop = tokenizer()
    vocabulary = shop.vocabulary
    head = shop.encode(f"{want} found")
    tail = [token for p in parts for token in (vocabulary.encode(p) if isinstance(p, Sid) else shop.encode(p))]
    tail.append(shop.end_of_reply)

    def wish(written: list[int]) -> int | None:
        if vocabulary.want_close not in written:
            return head[len(written) - 1] if len(written) <= len(head) else None
        place = len(written) - written.index(vocabulary.want_close) - 1
        return tail[place] if place < len(tail) else None

    return ScriptedModel(wish, vocabulary.want_open)


def make_assistant(database: Database, model: Any, **sampling: Any) -> Assistant:
    shop = tokenizer()
    catalog = Catalog(database, CODEBOOKS, shop)
    return Assistant(Engine(model), PromptRenderer(shop), catalog, Sampling(**sampling), {"checkpoint": "tiny"})


def reply(
    assistant: Assistant, request: Request, said: Sequence[Any] = (), stop: threading.Event | None = None
) -> list[Event]:
    return list(assistant.reply(list(said), request, stop or threading.Event()))


def items_of(events: Sequence[Event]) -> list[str]:
    """SKUs named, in order."""
    return [event.product.sku for event in events if isinstance(event, ItemFound)]


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def only(events: Sequence[Event], kind: type) -> Any:
    """The one event of a kind."""
    [event] = [event for event in events if isinstance(event, kind)]
    return event


@dataclass
class Watched:
    """Counts the calls of a model, and does something at one of them."""

    model: Any
    at: int = 0
    then: Callable[[], None] = lambda: None
    calls: int = 0

    @property
    def config(self) -> Any:
        return self.model.config

    @property
    def device(self) -> torch.device:
        return self.model.device

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            self.then()
        return self.model(*args, **kwargs)


def until(events: Iterator[Event], count: int) -> list[Event]:
    """The first ``count`` events."""
    return [next(events) for _ in range(count)]
