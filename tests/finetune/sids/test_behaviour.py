"""Vectors of behaviour, and semantic ids that know it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.products import ids_by_sku, save_products, skus_by_id
from catalog_db.rows import EventRow, ProductRow
from catalog_db.sid_stream import load_sids
from finetune.cli import main
from finetune.errors import QuantizationError
from finetune.examples.phrases import held_out
from finetune.sids.behaviour import Behaviour, behaviour_vectors, padded, parse_weight, read_histories
from finetune.sids.stage import METRICS_NAME, extend_sids, make_sids
from neo_assistant.codebooks import Codebooks
from tests.finetune.conftest import WordEncoder

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PRODUCTS = [30, 31, 32, 40, 41, 42, 99]
"""The thirties are bought together, and so are the forties; 99 is never bought."""
HISTORIES = [(30, 31, 32), (32, 31, 30), (31, 30, 32), (40, 41, 42), (42, 40), (41, 42, 40), (32, 40)]


def silent(_: str) -> None:
    pass


def fill(database: Database, rows: list[ProductRow]) -> None:
    with database.session() as session:
        save_products(session, rows, NOW)


def buy(database: Database, shopper: str, skus: list[str], kind: EventKind = EventKind.BOUGHT) -> None:
    with database.session() as session:
        times = [NOW + dt.timedelta(minutes=minute) for minute in range(len(skus))]
        record_events(session, [EventRow(shopper, sku, kind, at) for sku, at in zip(skus, times, strict=True)])


def buy_by_colour(database: Database, items: list[ProductRow]) -> None:
    """Everybody likes one colour, whatever the thing."""
    for number in range(24):
        colour = sorted({item.attributes["colour"][0] for item in items})[number % 4]
        liked = [item.sku for item in items if item.attributes["colour"][0] == colour]
        buy(database, f"{colour} {number}", np.random.default_rng(number).permutation(liked).tolist())


def test_what_is_bought_together_is_near_and_what_nobody_bought_is_nowhere() -> None:
    vectors = behaviour_vectors(HISTORIES, PRODUCTS, dims=3)
    assert vectors.shape == (7, 3)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors[:-1], axis=1), 1, atol=1e-6)
    assert not vectors[-1].any()
    near = vectors @ vectors.T
    for own, other in ((slice(0, 3), slice(3, 6)), (slice(3, 6), slice(0, 3))):
        assert near[own, own].min() > near[own, other].max()


def test_the_same_histories_give_the_same_vectors() -> None:
    one, two = (behaviour_vectors(iter(HISTORIES), PRODUCTS) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (7, 64)
    assert not one[:, 7:].any()  # seven products determine no more


def test_only_the_first_time_counts_and_strangers_are_passed_over() -> None:
    expected = behaviour_vectors(HISTORIES, PRODUCTS)
    again = [(*history, history[0]) for history in HISTORIES]
    np.testing.assert_array_equal(behaviour_vectors(again, PRODUCTS), expected)
    strange = [(7, *history, 8) for history in HISTORIES]
    np.testing.assert_array_equal(behaviour_vectors(strange, PRODUCTS), expected)


def test_items_outside_the_window_were_not_taken_together() -> None:
    history = [(1, 2, 3), (4, 5, 6)]
    wide, narrow = (behaviour_vectors(history, [1, 2, 3, 4, 5, 6], dims=6, window=window) for window in (2, 1))
    assert (wide[0] != narrow[0]).any()
    np.testing.assert_allclose(narrow[0], narrow[2], atol=1e-5)  # both only beside the second


def test_a_shift_leaves_only_what_is_far_from_chance() -> None:
    with pytest.raises(QuantizationError, match="no two products"):
        behaviour_vectors(HISTORIES, PRODUCTS, shift=100.0)


@pytest.mark.parametrize("histories", [[], [(1,), (2,)], [(8, 9)], [(1, 1)]])
def test_without_two_products_in_a_history_there_is_no_behaviour(histories: list[tuple[int, ...]]) -> None:
    with pytest.raises(QuantizationError, match="no two products"):
        behaviour_vectors(histories, [1, 2])


def test_dismissals_and_held_out_shoppers_are_not_read(database: Database, items: list[ProductRow]) -> None:
    fill(database, items)
    names = [f"shopper {number}" for number in range(100)]
    held = next(name for name in names if held_out(f"shopper {name}"))
    seen = next(name for name in names if not held_out(f"shopper {name}"))
    skus = [item.sku for item in items[:3]]
    buy(database, held, skus)
    buy(database, seen, skus[::-1])
    buy(database, seen, [items[5].sku], EventKind.DISMISSED)
    with database.reading() as session:
        ids = ids_by_sku(session, skus)
        expected = tuple(ids[sku] for sku in skus)
        assert list(read_histories(session)) == [expected[::-1]]
        assert sorted(read_histories(session, whole_log=True)) == sorted([expected, expected[::-1]])


def test_products_without_behaviour_are_padded() -> None:
    vectors = np.ones((2, 3), dtype=np.float32)
    assert padded(vectors, 3) is vectors
    np.testing.assert_array_equal(padded(vectors, 5), [[1, 1, 1, 0, 0]] * 2)
    with pytest.raises(QuantizationError, match="for 2 dimensions"):
        padded(vectors, 2)


def test_semantic_ids_with_behaviour_and_new_products(
    database: Database, items: list[ProductRow], encoder: WordEncoder, tmp_path: Path
) -> None:
    fill(database, items)
    buy_by_colour(database, items)
    plain = make_sids(database, tmp_path / "plain", encoder, [(4, 4)], (True,), None, silent)
    said: list[str] = []
    kept = make_sids(
        database, tmp_path / "sids", encoder, [(4, 4)], (True,), None, said.append, Behaviour(3.0, whole_log=True)
    )
    assert any("known of 72 products" in line for line in said)
    assert json.loads((tmp_path / "sids" / METRICS_NAME).read_text())["behaviour"]["weight"] == 3.0
    codebooks = Codebooks.load(tmp_path / "sids")
    assert codebooks.dims == plain.codebooks.dims + 64
    # The items are in the order of their SKUs; with so much weight the first code of a type is the colour.
    rows = zip(sorted(items, key=lambda item: item.sku), kept.codes, strict=True)
    colours = {(item.item_type, item.attributes["colour"][0], int(row[0])) for item, row in rows}
    assert len(colours) == 8
    # Figures are of the texts alone, so that settings compare.
    assert kept.metrics.reference_coherence == plain.metrics.reference_coherence

    fill(database, [ProductRow("new", "Pink canvas tote", "bags")])
    assert extend_sids(database, codebooks, encoder, None, silent).added == 1
    with database.reading() as session:
        ids, _, _ = load_sids(session, codebooks.fingerprint)
        assert "new" in {skus_by_id(session)[number] for number in ids.tolist()}
    # Plain codebooks are extended as ever.
    assert extend_sids(database, plain.codebooks, encoder, None, silent).added == 1


def test_a_weight_is_a_number_of_at_least_0() -> None:
    assert parse_weight("0.5") == 0.5
    for text in ("-1", "nan", "inf", "much", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="no weight"):
            parse_weight(text)


def test_the_command_s_option(
    database_url: str,
    database: Database,
    items: list[ProductRow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("finetune.sids.stage.SentenceEncoder", lambda name: WordEncoder())
    fill(database, items)
    buy_by_colour(database, items)

    def call(out: str, *more: str) -> int:
        setting = ["--sizes", "4,4", "--layout", "per-type", "--cache", str(tmp_path / "cache")]
        return main(["sids", "--database", database_url, "--out", str(tmp_path / out), *setting, *more])

    assert [call("off"), call("zero", "--behaviour", "0"), call("on", "--behaviour", "1.5")] == [0, 0, 0]
    off, zero, on = (Codebooks.load(tmp_path / name) for name in ("off", "zero", "on"))
    assert off.fingerprint == zero.fingerprint
    assert on.dims == off.dims + 64
    extend = ["sids", "--database", database_url, "--extend", str(tmp_path / "on"), "--behaviour", "1"]
    capsys.readouterr()
    assert main(extend) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --behaviour is decided")
    assert error.count("\n") == 1
    with pytest.raises(SystemExit) as stopped:
        call("wrong", "--behaviour", "-1")
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("'-1' is no weight, which is a number of at least 0")
