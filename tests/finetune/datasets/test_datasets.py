"""Data sets read and written: types, order, what is withheld, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog_db.database import open_database
from catalog_db.events import iter_histories
from catalog_db.products import iter_products, skus_by_id
from finetune.cli import main
from finetune.datasets import beauty, homedepot
from finetune.datasets.dataset import Dataset
from finetune.datasets.write import database_url, is_written, write_dataset
from finetune.errors import DatasetError
from finetune.ranking.data import read_benchmark
from tests.finetune.datasets.sources import save_beauty, save_homedepot, write_lines

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    save_beauty(tmp_path / "source")
    return tmp_path / "source"


def test_categories_that_hold_enough_of_the_catalog_are_types_and_the_rest_keeps_its_parents_name(source: Path) -> None:
    rows = {row.sku: row for row in beauty.read(source).rows}
    assert [rows[f"{number:05d}"].item_type for number in range(5)] == [
        *("skin_care", "makeup_nails", "makeup", "skin_care_face", "makeup_nails")
    ]
    assert rows["00004"].category_path == "Makeup > Nails > Nail Polish"
    assert not rows["00004"].attributes  # a want span could state one, and would narrow the ranking


def test_the_database_holds_what_training_may_see_in_order_and_no_answer(source: Path, tmp_path: Path) -> None:
    dataset = beauty.read(source)
    write_dataset(dataset, tmp_path / "out")
    with open_database(database_url(tmp_path / "out")) as database, database.reading() as session:
        skus = skus_by_id(session)
        bought = {h.shopper: tuple(skus[p] for p in h.product_ids) for h in iter_histories(session)}
    assert bought == {one.user: one.skus[:-2] for one in dataset.sequences}
    benchmark = read_benchmark(tmp_path / "out" / "benchmark")
    assert [tuple(benchmark.items[n].sku for n in user.items) for user in benchmark.users] == [
        one.skus for one in dataset.sequences
    ]


def test_a_judged_query_keeps_its_words_and_judgments(tmp_path: Path) -> None:
    save_homedepot(tmp_path / "source")
    write_dataset(homedepot.read(tmp_path / "source"), tmp_path / "out")
    benchmark = read_benchmark(tmp_path / "out" / "benchmark")
    assert [(q.text, q.split) for q in benchmark.queries] == [
        ("saw", "train"),
        ("stain for decks", "train"),
        ("pipe", "test"),
    ]
    assert benchmark.queries[0].judgments == {0: 3.0, 1: 2.33, 5: 1.0}
    assert benchmark.queries[0].relevant(benchmark.relevant_from) == {0, 1}
    # The one type of a catalog without types says nothing, so what is embedded is the title alone.
    assert [item.text for item in benchmark.items][:3] == ["Black & Decker saw", "hole saw", "2 in. pipe"]


def test_the_same_source_gives_the_same_folder(source: Path, tmp_path: Path) -> None:
    def made(out: Path) -> tuple[list[bytes], list[object]]:
        write_dataset(beauty.read(source), out)
        with open_database(database_url(out)) as database, database.reading() as session:
            rows: list[object] = [product.to_row() for product in iter_products(session)]
        return [path.read_bytes() for path in sorted((out / "benchmark").iterdir())], rows

    assert made(tmp_path / "one") == made(tmp_path / "two") == made(tmp_path / "one")
    assert is_written(tmp_path / "one", beauty.read(source).fingerprint)
    assert not is_written(tmp_path / "one", "another source")


def test_another_shop_in_the_folder_is_left_alone(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "shop.db").write_text("somebody's shop", encoding="utf-8")
    with pytest.raises(DatasetError, match="another shop"):
        write_dataset(beauty.read(source), out)
    assert (out / "shop.db").read_text(encoding="utf-8") == "somebody's shop"


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("sequences.jsonl.gz", [{"user": 0, "items": [1, 2, 3]}, {"user": 1, "items": [1, 99, 3]}], "line 2 .*00099"),
        ("sequences.jsonl.gz", [{"user": 0, "items": [1, 2]}], "cannot be split"),
        ("sequences.jsonl.gz", [{"user": 0}], "line 1: not a sequence"),
        ("items.jsonl.gz", [{"item": 1, "title": "T"}], "without categories"),
        ("items.jsonl.gz", [{"item": 1, "title": "T", "categories": ["B", "C"]}] * 2, "comes twice"),
        ("items.jsonl.gz", [{"item": 1, "title": "", "categories": ["B", "C"]}], "no title"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_ends_with_one_line(
    source: Path, name: str, lines: list[dict[str, object]], message: str
) -> None:
    write_lines(source / name, lines)
    with pytest.raises(DatasetError, match=message):
        beauty.read(source)


def test_a_query_that_is_in_both_splits_is_refused(tmp_path: Path) -> None:
    save_homedepot(tmp_path)
    (tmp_path / "dev.jsonl.gz").write_bytes((tmp_path / "train.jsonl.gz").read_bytes())
    with pytest.raises(DatasetError, match="both to be learnt from and in the test"):
        homedepot.read(tmp_path)


def test_the_command_says_where_the_files_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["dataset", "beauty", "--source", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")])
    assert status == 2
    assert "--source" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not (REAL / "beauty").is_dir(), reason="the public data sets are not in ../shared/data")
def test_the_real_data_sets_have_the_counts_of_the_literature() -> None:
    def counts(dataset: Dataset) -> tuple[int, int, int, int]:
        interactions = sum(len(one.skus) for one in dataset.sequences)
        return len(dataset.rows), len(dataset.sequences), interactions, len(dataset.queries)

    found = beauty.read(REAL / "beauty")
    assert counts(found) == (12_101, 22_363, 198_502, 0)
    assert 10 <= len({row.item_type for row in found.rows}) <= 16
    assert counts(homedepot.read(REAL / "homedepot")) == (54_667, 0, 0, 7_079 + 1_777)
