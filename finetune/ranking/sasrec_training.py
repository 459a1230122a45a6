"""Training of SASRec: epochs until validation NDCG@10 has stopped rising, resumable after each.

An epoch draws its order and its dropout from the seed and its own number, so that a run that was stopped and resumed is
the run that was not stopped.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finetune.errors import BenchmarkError
from finetune.ranking.data import User
from finetune.ranking.metrics import hit_at, hit_ndcg_at
from finetune.ranking.sasrec import Sasrec, SasrecConfig, SasrecModel, pack
from finetune.training.writing import write_whole

STATE_FILE, CURVE_FILE = "state.pt", "curve.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to: mean training loss in nats, and the validation figures behind it."""

    epoch: int
    loss: float
    recall_10: float
    ndcg_10: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The model of the best epoch, and the curve that chose it."""

    model: SasrecModel
    config: SasrecConfig
    seed: int
    curve: tuple[Epoch, ...]

    @property
    def best(self) -> Epoch:
        """The epoch whose weights are kept: highest validation NDCG@10, the first of equals."""
        return max(self.curve, key=lambda epoch: (epoch.ndcg_10, -epoch.epoch))


def train_sasrec(
    users: Sequence[User], items: int, config: SasrecConfig, seed: int, folder: Path, say: Say = print
) -> Trained:
    """Train on the train part of the users' sequences; goes on where ``folder`` says a run was stopped.

    Args:
        users: with at least one train part of two items or more.
        items: size of the catalog.
        config: of model and training.
        seed: of weights, order and dropout.
        folder: for the state after every epoch and the curve; another setting or seed needs another folder.
        say: told every epoch.

    Raises:
        BenchmarkError: if there is nothing to learn from, or the folder holds a run of other settings.
    """
    sequences = [user.train[-config.last - 1 :] for user in users if len(user.train) > 1]
    if not sequences:
        raise BenchmarkError("no user has two items to learn from", "SASRec needs sequences of four items or more")
    run = _Run(users, sequences, items, config, seed, folder)
    while not run.finished:
        epoch = run.train_epoch()
        say(
            f"{folder.name}: epoch {epoch.epoch}: loss {epoch.loss:.3f}, validation NDCG@10 {epoch.ndcg_10:.4f}, "
            f"recall@10 {epoch.recall_10:.4f}, {epoch.seconds:.0f} s"
        )
    return run.result()


class _Run:
    """State of a run between two epochs."""

    def __init__(
        self,
        users: Sequence[User],
        sequences: list[tuple[int, ...]],
        items: int,
        config: SasrecConfig,
        seed: int,
        folder: Path,
    ) -> None:
        self.users, self.sequences, self.config, self.seed, self.folder = users, sequences, config, seed, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(seed)
        self.model = SasrecModel(items, config).to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.learning_rate)
        self.curve: list[Epoch] = []
        self.best_weights: dict[str, torch.Tensor] = {}
        self.settings = {**asdict(config), "seed": seed, "items": items, "sequences": len(sequences)}
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / STATE_FILE).is_file():
            self._load()

    @property
    def finished(self) -> bool:
        """Whether the epochs are used up, or the last ``patience`` of them brought nothing."""
        if not self.curve:
            return False
        since = len(self.curve) - _best(self.curve).epoch
        return len(self.curve) >= self.config.max_epochs or since >= self.config.patience

    def train_epoch(self) -> Epoch:
        start = time.perf_counter()
        number = len(self.curve) + 1
        torch.manual_seed(self.seed * 100_003 + number)
        order = np.random.default_rng((self.seed, number)).permutation(len(self.sequences))
        self.model.train()
        total, tokens = 0.0, 0
        for first in range(0, len(order), self.config.batch_users):
            batch = [self.sequences[place] for place in order[first : first + self.config.batch_users]]
            packed = pack([sequence[:-1] for sequence in batch], self.config.last, self.device)
            targets = torch.from_numpy(np.concatenate([sequence[1:] for sequence in batch])).to(self.device)
            loss = self.model.loss(packed, targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total, tokens = total + loss.item() * len(targets), tokens + len(targets)
        recall, ndcg = self._validate()
        epoch = Epoch(number, total / tokens, recall, ndcg, time.perf_counter() - start)
        self.curve.append(epoch)
        if _best(self.curve) is epoch:
            self.best_weights = {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}
        self._save()
        return epoch

    def result(self) -> Trained:
        self.model.load_state_dict(self.best_weights)
        return Trained(self.model.eval(), self.config, self.seed, tuple(self.curve))

    def _validate(self) -> tuple[float, float]:
        ranking = Sasrec(self.model).recommend([user.history("validation") for user in self.users], 10)
        targets = [user.target("validation") for user in self.users]
        return float(hit_at(ranking, targets, 10).mean()), float(hit_ndcg_at(ranking, targets, 10).mean())

    def _save(self) -> None:
        state = {
            "settings": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best_weights": self.best_weights,
            "curve": [asdict(epoch) for epoch in self.curve],
        }
        partial = self.folder / f"{STATE_FILE}.partial"
        torch.save(state, partial)
        os.replace(partial, self.folder / STATE_FILE)
        curve = {"settings": self.settings, "curve": state["curve"]}
        write_whole(self.folder / CURVE_FILE, json.dumps(curve, indent=1) + "\n")

    def _load(self) -> None:
        path = self.folder / STATE_FILE
        try:
            state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
            raise BenchmarkError(f"{path} cannot be read", "delete that file; the run then begins anew") from error
        if state["settings"] != self.settings:
            raise BenchmarkError(f"{path} is a run of other settings", "name another folder, or delete that one")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_weights = state["best_weights"]
        names = {field.name for field in dataclasses.fields(Epoch)}
        self.curve = [Epoch(**{name: line[name] for name in names}) for line in state["curve"]]


def _best(curve: Sequence[Epoch]) -> Epoch:
    return max(curve, key=lambda epoch: (epoch.ndcg_10, -epoch.epoch))
