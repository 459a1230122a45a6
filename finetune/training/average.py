"""Average two checkpoints of one base model, or leave out the trained rows of the base that hardly ever occur.

    python -m finetune average FIRST SECOND [--share 0.5] [--rows N --data FOLDER] --out FOLDER
    python -m finetune average CHECKPOINT --rows N --data FOLDER --out FOLDER

The average is (1 - share) · FIRST + share · SECOND, tensor by tensor (Wortsman et al. 2022, "Model soups", arXiv
2203.05482): the LoRA matrices, the rows of the added tokens, and those rows of the base that both have trained; a row
that only one has trained is taken from that one. A and B are averaged apart, and the product of the averages is not the
average of the products: what is missing is share · (1 - share) · (B₂ - B₁)(A₂ - A₁), which is the smaller the less the
two moved apart, as they do when one training goes on from the other. Two trainings that began apart do not average so.

``--rows N`` keeps of the trained rows of the base the N whose tokens occur most often in prepared examples. Everything
else (semantic ids, terms, configuration) is that of the last checkpoint named; its figures are not those of the result
and are left out: take them anew with `python -m finetune evaluate`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.errors import TrainingError
from finetune.prepared import load_prepared
from neo_assistant.checkpoint import AdapterWeights, BaseRows, read_adapter, write_checkpoint
from neo_assistant.codebooks import Codebooks
from neo_assistant.manifest import CODEBOOKS, MANIFEST, TRAINING, Manifest, file_digest, read_manifest, verify_files
from neo_assistant.sid_file import SIDS_FILE, read_sids
from neo_assistant.terms import NO_TERMS, TERMS_FILE, read_terms

if TYPE_CHECKING:
    import torch

Say = Callable[[str], None]
_INPUT, _OUTPUT = "input rows", "output rows"  # beside the names of the LoRA matrices


@dataclass(frozen=True)
class Source:
    """A checkpoint to average, its weights as they are stored."""

    folder: Path
    manifest: Manifest
    weights: AdapterWeights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune average``."""
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT", help="two, or one with --rows")
    parser.add_argument("--share", type=float, default=0.5, help="of the second, from 0 to 1 (default: %(default)s)")
    parser.add_argument("--rows", type=int, metavar="N", help="keep the N rows of the base that occur most often")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="examples in which they are counted")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the checkpoint goes")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    from finetune.training.command import wait_passively

    wait_passively()
    average_checkpoints(args.checkpoints, args.out, args.share, args.rows, args.data)


def average_checkpoints(
    folders: list[Path], out: Path, share: float, rows: int | None = None, data: Path | None = None, say: Say = print
) -> Manifest:
    """Write the average of two checkpoints, or one with fewer rows; returns its manifest.

    Args:
        folders: two checkpoints, or one if ``rows`` is given.
        out: folder of the result; an earlier checkpoint in it is replaced.
        share: of the second.
        rows: how many trained rows of the base are kept; None means all.
        data: prepared examples in which their tokens are counted.
        say: gets one line at a time.

    Raises:
        TrainingError: if the options, the checkpoints or the examples do not fit together.
        CheckpointError, ExamplesError: if an input cannot be read, or ``out`` holds what is no checkpoint.
    """
    _check_options(folders, out, share, rows, data)
    sources = [_read(folder) for folder in folders]
    first, last = sources[0], sources[-1]
    codebooks = Codebooks.load(last.folder / CODEBOOKS)
    weights, noted, shares = last.weights, dict(last.manifest.data), [1.0]
    if len(sources) == 2:
        check_alike(first, last)
        weights, shares = average(first.weights, last.weights, share), [1.0 - share, share]
        noted["averaged_with"] = first.manifest.data.get("examples", "unknown")
        say(f"averaged: {shares[0]:g} of {first.folder}, {share:g} of {last.folder}")
    if rows is not None and data is not None:
        from finetune.training.stages import check_data

        if weights.base_rows is None:
            raise TrainingError(f"{last.folder} has no trained rows of the base", "leave --rows out")
        prepared = load_prepared(data)
        check_data(prepared, codebooks, last.manifest.vocabulary)
        weights = replace(weights, base_rows=most_frequent(weights.base_rows, prepared.ids, rows, say))
        noted["rows_counted_in"] = prepared.fingerprint
    training = json.loads((last.folder / TRAINING).read_text(encoding="utf-8"))
    training["averaged_from"] = [
        {"name": source.folder.name, "manifest_sha256": file_digest(source.folder / MANIFEST), "share": part}
        for source, part in zip(sources, shares, strict=True)
    ]
    now, has = dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), last.manifest.files
    manifest = replace(last.manifest, metrics={}, data=noted, date=now)
    sids = read_sids(last.folder / SIDS_FILE, codebooks.scheme) if SIDS_FILE in has else None
    terms = read_terms(last.folder / TERMS_FILE) if TERMS_FILE in has else NO_TERMS
    written = write_checkpoint(out, manifest, codebooks, weights, training, sids, terms)
    say(f"checkpoint in {out}")
    return written


def average(first: AdapterWeights, second: AdapterWeights, share: float) -> AdapterWeights:
    """(1 - share) · first + share · second in float32; a row of the base that one alone has as that one has it."""
    others = _tensors(second)
    mixed = {name: (1.0 - share) * tensor + share * others[name] for name, tensor in _tensors(first).items()}
    rows, output_rows = mixed.pop(_INPUT), mixed.pop(_OUTPUT, None)
    base_rows = _average_base_rows(first.base_rows, second.base_rows, share)
    return AdapterWeights(mixed, second.config, rows, output_rows, base_rows)


def most_frequent(trained: BaseRows, tokens: np.ndarray, most: int, say: Say) -> BaseRows:
    """The ``most`` rows whose ids are most frequent in (n,) tokens, of equals the smaller ids; in ascending order."""
    ids = trained.ids.numpy()
    counts = np.bincount(tokens, minlength=int(ids.max(initial=0)) + 1)[ids]
    kept = np.lexsort((ids, -counts))[:most]
    kept = kept[np.argsort(ids[kept])]
    part = counts[kept].sum() / max(counts.sum(), 1)
    say(f"rows of the base kept: {len(kept):,} of {len(ids):,}, with {part:.4%} of the occurrences of their tokens")
    return BaseRows(trained.ids[kept], trained.rows[kept])


def check_alike(first: Source, second: Source) -> None:
    """Raises TrainingError if two checkpoints are not of the same base, codebooks, kind and shape of adapter."""
    for name, of in _ALIKE.items():
        if of(first) != of(second):
            message = f"{first.folder} and {second.folder} cannot be averaged: they differ in {name}"
            raise TrainingError(message, "name two checkpoints of one base model, codebooks and LoRA settings")


def _tensors(weights: AdapterWeights) -> dict[str, torch.Tensor]:
    named = {**weights.lora, _INPUT: weights.input_rows, _OUTPUT: weights.output_rows}
    return {name: tensor.float() for name, tensor in named.items() if tensor is not None}


def _average_base_rows(first: BaseRows | None, second: BaseRows | None, share: float) -> BaseRows | None:
    import torch

    if first is None or second is None:  # of checkpoints alike, then both are
        return None
    ids = torch.cat([first.ids, second.ids]).unique()  # ascending
    rows, added = torch.zeros(len(ids), second.rows.shape[1]), second.rows.float()
    rows[torch.searchsorted(ids, first.ids)] = first.rows.float()
    places, shared = torch.searchsorted(ids, second.ids), torch.isin(second.ids, first.ids)[:, None]
    rows[places] = torch.where(shared, (1.0 - share) * rows[places] + share * added, added)
    return BaseRows(ids, rows)


def _check_options(folders: list[Path], out: Path, share: float, rows: int | None, data: Path | None) -> None:
    if len(folders) > 2 or (len(folders) == 1 and rows is None):
        raise TrainingError("there is nothing to average", "name two checkpoints, or one with --rows and --data")
    if not 0.0 <= share <= 1.0:
        raise TrainingError(f"the share is {share:g}, not between 0 and 1", "give the share of the second checkpoint")
    if (rows is None) != (data is None):
        raise TrainingError("--rows and --data go together", "give the examples in which the rows' tokens are counted")
    if rows is not None and rows < 1:
        raise TrainingError(f"{rows} rows cannot be kept", "give --rows 1 or more, or leave it out to keep all")
    if out.resolve() in [folder.resolve() for folder in folders]:
        raise TrainingError(f"{out} is one of the checkpoints to read", "name another folder with --out")


def _read(folder: Path) -> Source:
    manifest = read_manifest(folder)
    verify_files(folder, manifest)
    if manifest.weights == "full":
        raise TrainingError(f"{folder} holds all weights, no adapter and rows", "name a checkpoint with an adapter")
    return Source(folder, manifest, read_adapter(folder, manifest))


def _adapter_settings(source: Source) -> tuple[Any, ...]:
    from neo_assistant.weights import lora_scale

    config = source.weights.config
    return config.get("r"), lora_scale(config), sorted(config.get("target_modules") or ())


_ALIKE: Mapping[str, Callable[[Source], Any]] = {
    "their base model": lambda source: source.manifest.base_sha256 or source.manifest.base_model,
    "their codebooks": lambda source: (source.manifest.codebook_version, source.manifest.vocabulary),
    "their kind of weights": lambda source: source.manifest.weights,
    "their LoRA rank, scale or targets": _adapter_settings,
    "the shapes of their weights": lambda source: {n: tuple(t.shape) for n, t in _tensors(source.weights).items()},
}
