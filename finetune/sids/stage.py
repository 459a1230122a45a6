"""Semantic ids for every product of the shop: texts, embeddings, codebooks, codes.

With --out: quantizes the catalog in every layout and size asked for, prints their figures side by side, keeps the best
by the rule in docs/semantic-ids.md, and stores it: a new codebook version and a semantic id for every product (also
those off sale) in the database; codebooks, figures, the words of each code and the semantic ids by SKU in the folder. A
model is trained for one codebook version, so this is done once per model.

With --behaviour: what shoppers took together counts beside the texts (:mod:`finetune.sids.behaviour`).

With --extend: gives products that came later a semantic id from the codebooks in the folder, and changes no other.
Nobody has bought them yet, so where behaviour counts they are taken as products that nobody buys. The model goes on
working and can name them at once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from catalog_db.database import Database, Session, open_database
from catalog_db.errors import EmptyCatalogError
from catalog_db.products import ProductRecord, get_products, iter_products, skus_by_id
from catalog_db.sid_stream import load_sids
from catalog_db.sids import products_without_sid, save_codebook_version, save_sids
from finetune.errors import EncoderError, QuantizationError
from finetune.sids.behaviour import Behaviour, padded, parse_weight
from finetune.sids.code_words import describe_codes, save_code_words
from finetune.sids.codebooks import EncoderInfo
from finetune.sids.embeddings import DEFAULT_ENCODER, Encoder, SentenceEncoder, embed_texts
from finetune.sids.item_text import ITEM_TEXT_VERSION, item_text
from finetune.sids.search import Candidate, best, make_candidate, settings, table
from neo_assistant.codebooks import Codebooks
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import Sid

METRICS_NAME = "sid_metrics.json"
DEFAULT_CACHE = Path("var/embeddings")
LAYOUTS: Mapping[str, tuple[bool, ...]] = {"per-type": (True,), "shared": (False,), "auto": (True, False)}

Say = Callable[[str], None]


@dataclass(slots=True)
class Stopwatch:
    """Seconds that each named step took; tells each when it ends."""

    say: Say
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
        self.say(f"{name}: {self.seconds[name]:.1f} s")


@dataclass(frozen=True, slots=True)
class Extension:
    """What giving new products their semantic ids came to."""

    added: int
    unknown_types: Mapping[str, int]
    """Item types that the codebooks do not know, and how many products of them got no semantic id."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune sids``."""
    parser.add_argument(
        "--database", required=True, metavar="URL", help="the shop's database, e.g. sqlite:///var/shop.db"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, metavar="FOLDER", help="where codebooks and figures go")
    target.add_argument(
        "--extend", type=Path, metavar="FOLDER", help="use the codebooks that are there for new products"
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=parse_sizes,
        default=["auto"],
        metavar="N,N",
        help="codes per semantic level, coarse to fine; several settings are compared; auto tries what fits",
    )
    parser.add_argument("--layout", choices=sorted(LAYOUTS), default="auto", help="codebooks per item type, or shared")
    parser.add_argument("--encoder", default=None, metavar="NAME", help=f"{DEFAULT_ENCODER}, a folder, or a hub name")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, metavar="FOLDER", help="where embeddings are kept")
    parser.add_argument(
        "--behaviour",
        type=parse_weight,
        default=0.0,
        metavar="WEIGHT",
        help="how much what shoppers took together counts beside the text, which counts 1 (default: 0, not at all)",
    )
    parser.add_argument(
        "--whole-log",
        action="store_true",
        help="behaviour of held-out shoppers too: for a log without a test's answers, as `run` makes of data sets",
    )


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    with open_database(args.database) as database:
        if args.extend is not None:
            if args.behaviour:
                raise QuantizationError("--behaviour is decided when codebooks are made", "leave it out with --extend")
            codebooks = Codebooks.load(args.extend)
            encoder = SentenceEncoder(args.encoder or codebooks.encoder)
            extend_sids(database, codebooks, encoder, args.cache)
            if (args.extend / SIDS_FILE).is_file():  # a model trained from now on learns the new ones too
                write_sids(args.extend / SIDS_FILE, stored_sids(database, codebooks))
            return
        sizes = None if "auto" in args.sizes else args.sizes
        encoder = SentenceEncoder(args.encoder or DEFAULT_ENCODER)
        behaviour = Behaviour(args.behaviour, args.whole_log) if args.behaviour else None
        make_sids(database, args.out, encoder, sizes, LAYOUTS[args.layout], args.cache, behaviour=behaviour)


def parse_sizes(text: str) -> str | tuple[int, ...]:
    """``auto``, or sizes such as ``16,16``."""
    if text == "auto":
        return text
    try:
        sizes = tuple(int(size) for size in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor numbers such as 16,16") from None
    if any(size < 2 for size in sizes):
        raise argparse.ArgumentTypeError("a level needs at least 2 codes")
    return sizes


def make_sids(
    database: Database,
    out: Path,
    encoder: Encoder,
    sizes: Sequence[Sequence[int]] | None,
    layouts: Sequence[bool],
    cache: Path | None,
    say: Say = print,
    behaviour: Behaviour | None = None,
) -> Candidate:
    """Quantize the catalog, keep the best setting, store it in ``out`` and in the database.

    Args:
        database: its products get semantic ids of the new codebook version.
        out: folder for codebooks, figures and words; made if need be.
        encoder: embeds the item texts.
        sizes: settings to compare; None tries what fits the catalog.
        layouts: whether codebooks are per type, for each layout to compare.
        cache: folder of embeddings, None for no cache.
        say: gets one line at a time.
        behaviour: how much of what shoppers did counts, None for nothing.

    Raises:
        EmptyCatalogError: if there is no product.
        QuantizationError, EncoderError: see :func:`finetune.sids.codebooks.fit_codebooks`, :func:`embed_texts`,
            :func:`behaviour_vectors`.
    """
    watch = Stopwatch(say)
    with watch.step("reading products"), database.reading() as session:
        products = sorted(iter_products(session, active_only=False), key=lambda product: product.sku)
    if not products:
        raise EmptyCatalogError(
            "the catalog is empty", "python -m catalog_db sample, or python -m catalog_db import FILE"
        )
    item_types = [product.item_type for product in products]
    kinds = [next(iter(product.attributes.get("kind", ())), None) for product in products]
    say(f"{len(products):,} products of {len(set(item_types))} types; for example: {item_text(products[0])}")
    with watch.step("embedding"):
        embeddings = embed_texts(encoder, [item_text(product) for product in products], cache, progress=True)
    taken = None
    if behaviour is not None:
        with watch.step("behaviour"), database.reading() as session:
            taken = behaviour.weighted_vectors(session, [product.id for product in products])
        say(f"behaviour is known of {int(taken.any(axis=1).sum()):,} products")
    info = EncoderInfo(encoder.name, encoder.fingerprint, ITEM_TEXT_VERSION)
    candidates = []
    for per_type, values in settings(item_types, sizes, layouts):
        start = time.perf_counter()
        candidates.append(make_candidate(embeddings, item_types, kinds, values, per_type, info, taken))
        watch.seconds[f"quantizing: {candidates[-1].label}"] = round(time.perf_counter() - start, 2)
        say(f"quantizing: {candidates[-1].label}: {time.perf_counter() - start:.1f} s")
    kept = best(candidates)
    say(f"\n{table(candidates, kept)}\n\nkept: {kept.label}")
    with watch.step("describing codes"):
        words = describe_codes(kept.codebooks, products, kept.codes)
    with watch.step("storing"):
        kept.codebooks.save(out)
        save_code_words(words, out)
        with database.session() as session:
            save_codebook_version(session, kept.codebooks.fingerprint, kept.codebooks.scheme.to_dict(), _now())
            _save(session, kept.codebooks, products, kept.codes)
        write_sids(out / SIDS_FILE, stored_sids(database, kept.codebooks))
    _write_metrics(out, kept, candidates, behaviour, watch.seconds)
    say(f"codebook version {kept.codebooks.fingerprint[:12]} in {out} and in the database")
    return kept


def extend_sids(
    database: Database, codebooks: Codebooks, encoder: Encoder, cache: Path | None, say: Say = print
) -> Extension:
    """Give the products that have no semantic id of this codebook version one; nothing is trained or moved.

    Raises:
        EncoderError: if the encoder is another one than the codebooks were made with.
        QuantizationError: if the item texts are made otherwise now than they were then, or have more dimensions.
        SidError: if a type has no semantic id left.
    """
    if encoder.fingerprint != codebooks.encoder_fingerprint:
        raise EncoderError(
            f"the codebooks were made with another encoder than {encoder.name!r}", f"use {codebooks.encoder!r}"
        )
    if codebooks.item_text_version != ITEM_TEXT_VERSION:
        raise QuantizationError(
            f"the codebooks are for item texts of version {codebooks.item_text_version}, these are {ITEM_TEXT_VERSION}",
            "make new codebooks, or use the release they were made with",
        )
    watch = Stopwatch(say)
    with database.reading() as session:
        waiting = get_products(session, products_without_sid(session, codebooks.fingerprint))
    known = [product for product in waiting if product.item_type in codebooks.scheme.type_numbers]
    unknown = Counter(
        product.item_type for product in waiting if product.item_type not in codebooks.scheme.type_numbers
    )
    for name, count in sorted(unknown.items()):
        say(f"no semantic id for {count:,} products of type {name!r}: the codebooks do not know it")
    if not known:
        say("no product needs a semantic id")
        return Extension(0, dict(unknown))
    known.sort(key=lambda product: product.sku)
    with watch.step("embedding"):
        embeddings = embed_texts(encoder, [item_text(product) for product in known], cache, progress=True)
    vectors = padded(embeddings, codebooks.dims)
    # Embedded before the transaction, which holds the write lock; assigned inside it, so that no SID is given twice.
    with watch.step("assigning"), database.session() as session:
        still = set(products_without_sid(session, codebooks.fingerprint))
        rows = [row for row, product in enumerate(known) if product.id in still]
        _, taken_types, taken_codes = load_sids(session, codebooks.fingerprint)
        products = [known[row] for row in rows]
        codes = codebooks.assign(vectors[rows], [product.item_type for product in products], taken_types, taken_codes)
        _save(session, codebooks, products, codes)
    say(f"{len(products):,} products got a semantic id of codebook version {codebooks.fingerprint[:12]}")
    return Extension(len(products), dict(unknown))


def stored_sids(database: Database, codebooks: Codebooks) -> dict[str, Sid]:
    """SKU → SID of every product that has one of this codebook version, on sale or not."""
    with database.reading() as session:
        ids, types, codes = load_sids(session, codebooks.fingerprint)
        skus = skus_by_id(session)
    rows = zip(ids.tolist(), types, codes.tolist(), strict=True)
    return {skus[number]: Sid(item_type, tuple(values)) for number, item_type, values in rows}


def _save(session: Session, codebooks: Codebooks, products: Sequence[ProductRecord], codes: np.ndarray) -> None:
    ids, types = [product.id for product in products], [product.item_type for product in products]
    save_sids(session, codebooks.fingerprint, ids, types, codes)


def _write_metrics(
    out: Path, kept: Candidate, candidates: Sequence[Candidate], behaviour: Behaviour | None, seconds: dict[str, float]
) -> None:
    values = {
        "codebook_version": kept.codebooks.fingerprint,
        "kept": kept.label,
        "behaviour": asdict(behaviour) if behaviour else None,
        "candidates": [
            {"setting": c.label, "scheme": c.codebooks.scheme.to_dict(), **c.metrics.to_dict()} for c in candidates
        ],
        "seconds": seconds,
    }
    (out / METRICS_NAME).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
