"""SASRec: packing and causality are exact, it learns what can be learnt, and a resumed run is the run not stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.errors import BenchmarkError
from finetune.ranking.data import User
from finetune.ranking.sasrec import Sasrec, SasrecConfig, SasrecModel, pack
from finetune.ranking.sasrec_training import Trained, train_sasrec

ITEMS = 12
TINY = SasrecConfig(width=16, layers=2, heads=2, dropout=0.1, last=6, learning_rate=5e-3, batch_users=8, max_epochs=4)


@pytest.fixture
def model() -> SasrecModel:
    torch.manual_seed(3)
    return SasrecModel(ITEMS, TINY).eval()


def users(count: int) -> list[User]:
    """Who took an item takes the next one."""
    starts = np.random.default_rng(0).integers(0, ITEMS, count)
    return [User(str(n), tuple(int(start + i) % ITEMS for i in range(4 + n % 4))) for n, start in enumerate(starts)]


def test_sequences_side_by_side_do_not_see_each_other(model: SasrecModel) -> None:
    sequences = [(1, 2, 3, 4), (5,), (6, 7, 8, 9, 10, 11, 0)]
    together = model(pack(sequences, TINY.last))
    alone = torch.cat([model(pack([sequence], TINY.last)) for sequence in sequences])
    torch.testing.assert_close(together, alone)
    assert len(alone) == 4 + 1 + 6  # the last one is cut to what is read


def test_what_comes_later_changes_nothing_before_it(model: SasrecModel) -> None:
    torch.testing.assert_close(model(pack([(1, 2, 3, 4)], 6))[:3], model(pack([(1, 2, 3, 9)], 6))[:3])
    assert not torch.allclose(model(pack([(1, 2, 3, 4)], 6))[3], model(pack([(2, 1, 3, 4)], 6))[3], atol=1e-4)


def test_the_loss_is_over_all_items(model: SasrecModel) -> None:
    packed, targets = pack([(1, 2), (3,)], 6), torch.tensor([2, 5, 7])
    probabilities = (model(packed) @ model.items.weight.T).softmax(-1)
    expected = -torch.stack([probabilities[n, t].log() for n, t in enumerate(targets)]).mean()
    torch.testing.assert_close(model.loss(packed, targets), expected)


def test_rankings_are_those_of_the_scores_and_nothing_without_a_history(model: SasrecModel) -> None:
    histories = [(1, 2, 3), (), (4,)]
    ranking = Sasrec(model).recommend(histories, 5)
    assert ranking[1].tolist() == [-1] * 5
    for row in (0, 2):
        scores = model.scores(model(pack([histories[row]], TINY.last))[-1])
        assert ranking[row].tolist() == scores.argsort(descending=True)[:5].tolist()


def test_an_empty_sequence_cannot_be_packed() -> None:
    with pytest.raises(ValueError, match="without items"):
        pack([(1,), ()], 3)


def test_it_learns_what_follows(tmp_path: Path) -> None:
    trained = train_sasrec(users(60), ITEMS, replace(TINY, max_epochs=15), 0, tmp_path / "run", say=lambda _: None)
    assert trained.best.recall_10 == 1.0
    assert trained.best.ndcg_10 > 0.95
    ranking = Sasrec(trained.model).recommend([(2, 3, 4), (9, 10)], 1)
    assert ranking.tolist() == [[5], [11]]


def same(first: Trained, second: Trained) -> bool:
    weights = zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    figures = [[(e.loss, e.ndcg_10, e.recall_10) for e in one.curve] for one in (first, second)]
    return figures[0] == figures[1] and all(torch.equal(a, b) for a, b in weights)


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    whole = train_sasrec(users(40), ITEMS, TINY, 1, tmp_path / "whole", say=lambda _: None)

    def stop(line: str) -> None:
        if "epoch 2" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_sasrec(users(40), ITEMS, TINY, 1, tmp_path / "stopped", say=stop)
    told: list[str] = []
    resumed = train_sasrec(users(40), ITEMS, TINY, 1, tmp_path / "stopped", say=told.append)
    assert len(told) == TINY.max_epochs - 2
    assert same(whole, resumed)
    other = train_sasrec(users(40), ITEMS, TINY, 2, tmp_path / "other", say=lambda _: None)
    assert not same(whole, other)


def test_training_ends_when_validation_has_stopped_rising(tmp_path: Path) -> None:
    config = replace(TINY, learning_rate=0.0, max_epochs=30, patience=3)
    trained = train_sasrec(users(20), ITEMS, config, 0, tmp_path, say=lambda _: None)
    assert (len(trained.curve), trained.best.epoch) == (4, 1)


def test_a_run_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    train_sasrec(users(20), ITEMS, replace(TINY, max_epochs=1), 0, tmp_path, say=lambda _: None)
    with pytest.raises(BenchmarkError, match="other settings"):
        train_sasrec(users(20), ITEMS, replace(TINY, dropout=0.2), 0, tmp_path, say=lambda _: None)


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"PK cut short")
    with pytest.raises(BenchmarkError, match="cannot be read"):
        train_sasrec(users(20), ITEMS, TINY, 0, tmp_path)


def test_sequences_of_one_item_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="two items to learn from"):
        train_sasrec([User("a", (1, 2, 3))], ITEMS, TINY, 0, tmp_path)
