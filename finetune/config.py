"""The training configuration: dataclasses whose fields are documented and checked, read from a recipe in TOML.

A recipe is ``finetune/recipes/NAME.toml`` or any file of that form. An unknown or ill-typed entry is refused with the
names that are known. What is written beside a run and into its checkpoint is the resolved configuration, every default
spelt out.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from finetune.errors import ConfigError
from neo_assistant.base_model import DEFAULT_BASE

RECIPES = Path(__file__).parent / "recipes"
CLOCKS = ("wall", "processor")
Made = TypeVar("Made")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


@dataclass(frozen=True)
class TokenWeights:
    """How much a predicted token counts in the loss, by what it is (a mean over tokens weighted so).

    Args:
        text: ordinary words and the end of the reply.
        sid: openers and codes. A reply has a few of them among many words, and an item stands or falls with them.
        want: the want span and its two markers, for the same reason.
    """

    text: float = 1.0
    sid: float = 1.0
    want: float = 1.0

    def __post_init__(self) -> None:
        if min(self.text, self.sid, self.want) < 0 or max(self.text, self.sid, self.want) == 0:
            raise ConfigError("token weights must not be negative, and one of them must be above 0")


@dataclass(frozen=True)
class StageConfig:
    """One training stage.

    Args:
        name: names the stage's folder, e.g. ``grounding``.
        trains: ``rows`` (only the added tokens' rows), ``lora`` (adapters and rows) or ``full`` (all weights).
        tasks: tasks to train on; empty means all.
        learning_rate: of the adapters or of all weights; for ``rows`` of the rows.
        rows_learning_rate: of the rows in a ``lora`` stage; 0 means ``learning_rate``.
        base_rows: whether a ``lora`` stage also trains the base's own rows of the tokens that the examples hold.
        base_rows_learning_rate: of those; 0 means ``learning_rate``.
        share: of the time budget; the shares of all stages add up to 1.
        epochs: most passes over the data; with a time budget the stage may end earlier.
        batch_tokens: tokens per optimizer step and process, about.
        micro_tokens: tokens per forward pass, about; bounds memory.
        warmup: share of the stage in which the learning rate rises.
        lora_rank: rank of the adapters.
        lora_alpha: the adapters' product is scaled by alpha / rank.
        lora_dropout: on the adapters' input.
        frozen_layers: so many of the lowest layers are not trained.
        input_rows: whether rows learn from where their tokens are read, or only from where they are written. Without,
            no gradient passes the frozen layers, which saves a third to a half of their time.
        weight_decay: AdamW's, on matrices only, never on the rows.
        max_grad_norm: gradients are clipped to this length.
    """

    name: str
    trains: str = "lora"
    tasks: tuple[str, ...] = ()
    learning_rate: float = 3e-4
    rows_learning_rate: float = 0.0
    base_rows: bool = False
    base_rows_learning_rate: float = 0.0
    share: float = 1.0
    epochs: int = 1
    batch_tokens: int = 4096
    micro_tokens: int = 1024
    warmup: float = 0.03
    lora_rank: int = 32
    lora_alpha: int = 64
    lora_dropout: float = 0.0
    frozen_layers: int = 0
    input_rows: bool = True
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        _require(self.name.isidentifier(), f"a stage's name must be a plain word, not {self.name!r}")
        _require(self.trains in ("rows", "lora", "full"), f"a stage trains rows, lora or full, not {self.trains!r}")
        _require(self.trains == "lora" or not self.base_rows, "base_rows is an option of stages that train lora")
        _require(self.base_rows_learning_rate >= 0, "learning rates must not be negative")
        _require(self.learning_rate > 0 and self.rows_learning_rate >= 0, "learning rates must be above 0")
        _require(0 < self.share <= 1, "a stage's share of the time must be above 0 and at most 1")
        _require(0 <= self.warmup < 1 and 0 <= self.lora_dropout < 1, "warmup and lora_dropout are shares below 1")
        _require(self.epochs >= 1 and self.lora_rank >= 1 and self.lora_alpha >= 1, "epochs, rank and alpha start at 1")
        _require(self.frozen_layers >= 0, "frozen_layers must not be negative")
        _require(self.input_rows or self.trains != "rows", "a stage that trains rows alone trains input_rows")
        _require(1 <= self.micro_tokens <= self.batch_tokens, "micro_tokens must be at most batch_tokens")
        _require(self.weight_decay >= 0 and self.max_grad_norm > 0, "weight decay or the gradient's limit is off")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run, the data aside.

    Args:
        base_model: name of the base, see ``neo_assistant.base_model``.
        stages: in order; each goes on from what the one before it left.
        seed: of shuffling, adapters and dropout.
        start_from: a checkpoint's folder to go on from, see ``finetune.training.warm_start``; empty begins with
            the base.
        max_minutes: time budget of all stages together; 0 means none. The learning rate falls to zero at its end.
        clock: what the minutes are of: ``wall``, or ``processor``, which counts what the process computed and is how
            runs are compared fairly on a machine shared with others.
        row_tokens: examples are packed into rows of this many tokens; see ``finetune.training.packing``.
        share_prefixes: whether examples in a row share a prompt's common beginning.
        token_weights: see :class:`TokenWeights`.
        base_targets: tasks whose targets are the base's own distribution instead of the next token of the text, so that
            its language is kept; see ``finetune.training.frozen_base``.
        save_minutes: how often the state to resume from is saved.
        validate_minutes: how often the validation loss is taken.
        validation_examples: of each task, for that.
        bf16: autocast to bfloat16 on a GPU; never used on a CPU, where it is a hundred times slower than fp32.
    """

    base_model: str = DEFAULT_BASE
    stages: tuple[StageConfig, ...] = (
        StageConfig("grounding", trains="rows", learning_rate=1e-3, share=0.2),
        StageConfig("induction", trains="lora", share=0.8),
    )
    seed: int = 20_260_319
    start_from: str = ""
    max_minutes: float = 0.0
    clock: str = "wall"
    row_tokens: int = 256
    share_prefixes: bool = True
    token_weights: TokenWeights = field(default_factory=TokenWeights)
    base_targets: tuple[str, ...] = ()
    save_minutes: float = 5.0
    validate_minutes: float = 10.0
    validation_examples: int = 16
    bf16: bool = True

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.stages]
        _require(bool(names) and len(set(names)) == len(names), "stages need names, each another one")
        _require(abs(sum(stage.share for stage in self.stages) - 1) < 1e-6, "the stages' shares must add up to 1")
        _require(self.clock in CLOCKS, f"a clock is wall or processor, not {self.clock!r}")
        _require(self.max_minutes >= 0 and self.save_minutes > 0, "minutes must not be negative")
        _require(self.validate_minutes > 0 and self.validation_examples >= 1, "validation needs minutes and examples")
        _require(self.row_tokens >= 16, "row_tokens must be at least 16")
        kinds = [stage.trains for stage in self.stages]
        _require(not ("full" in kinds and "lora" in kinds), "a run trains adapters or all weights, not both")


@dataclass(frozen=True)
class EvaluateConfig:
    """How much of the held-out data is used; a figure of which there are 0 is not taken.

    Args:
        loss_examples: of each task, for the loss and the figures under teacher forcing.
        reply_examples: of each task, for replies decoded freely.
        max_new_tokens: longest reply.
        batch: replies decoded side by side.
        constrained: whether the same replies are decoded under the grammar as well.
        language_texts: ordinary texts for the perplexity before and after.
        shoppers: held-out shoppers whose next item is ranked.
        queries: held-out searches of the log that are ranked.
        beams: width of the beam search for the next item.
        search_beams: likewise for a search; recall is taken at 100, so fewer than 100 bound it.
        searchers: whether BM25, dense retrieval and their fusions stand beside the model's searches.
    """

    loss_examples: int = 100
    reply_examples: int = 24
    max_new_tokens: int = 96
    batch: int = 24
    constrained: bool = True
    language_texts: int = 200
    shoppers: int = 200
    queries: int = 100
    beams: int = 30
    search_beams: int = 100
    searchers: bool = True

    def __post_init__(self) -> None:
        counts = (self.loss_examples, self.reply_examples, self.max_new_tokens, self.batch)
        _require(min(counts) >= 1, "the examples, tokens and batch of evaluate start at 1")
        _require(min(self.language_texts, self.shoppers, self.queries) >= 0, "a number of evaluate is negative")
        _require(min(self.beams, self.search_beams) >= 10, "beams must be at least 10, because figures are taken at 10")


@dataclass(frozen=True)
class DatasetConfig:
    """A public data set with known answers (``python -m finetune dataset``), and how a model is ranked on it.

    Args:
        name: of the data set.
        source: folder with its files; ``--source`` overrides it.
        beams: width of the beam search for the next item.
        search_beams: width of the beam search for a query; Recall@100 needs a hundred.
        limit: users or queries that are ranked, a fixed random sample; 0 means all.
        batch: of them at a time.
    """

    name: str
    source: str
    beams: int = 30
    search_beams: int = 100
    limit: int = 0
    batch: int = 64

    def __post_init__(self) -> None:
        _require(self.beams >= 10, "beams must be at least 10, because figures are taken at 10")
        _require(self.search_beams >= 100, "search_beams must be at least 100, because recall is taken at 100")
        _require(self.limit >= 0 and self.batch >= 1, "limit must not be negative, batch starts at 1")


@dataclass(frozen=True)
class StudentConfig:
    """A smaller base model made of the recipe's (``python -m finetune student``), for a machine without a GPU.

    Args:
        layers: how many are kept.
        choose: ``influence`` or ``evenly``.
        common_tokens: the base's lowest token ids are kept up to here, whether the examples use them or not.
        keep_vocabulary: keep every token.
        catalog_words: keep what the catalog's texts are made of, whether the examples say it or not.
        width: how many hidden dimensions are kept; all, if left out.
    """

    layers: int
    choose: str = "influence"
    common_tokens: int = 8192
    keep_vocabulary: bool = False
    catalog_words: bool = True
    width: int | None = None

    def __post_init__(self) -> None:
        _require(self.layers >= 1 and self.common_tokens >= 0, "a student has at least one layer")
        _require(self.choose in ("influence", "evenly"), f"layers are chosen by influence or evenly: {self.choose!r}")


@dataclass(frozen=True)
class Recipe:
    """All stages from a database to a checkpoint.

    Args:
        name: stands in the manifest.
        database: URL; ``--database`` overrides it.
        out: folder of the run; ``--out`` overrides it.
        dataset: a public data set to make the database and the benchmark of, in place of a database.
        sids: options of ``python -m finetune sids``, by name.
        examples: options of ``python -m finetune examples``, by name.
        mixture: settings of ``finetune.examples.mixture.MixtureConfig`` in place of its defaults.
        student: a smaller base to train in place of the one that ``train`` names.
        train: see :class:`TrainConfig`.
        evaluate: see :class:`EvaluateConfig`.
    """

    name: str
    database: str = ""
    out: str = ""
    dataset: DatasetConfig | None = None
    sids: dict[str, Any] = field(default_factory=dict)
    examples: dict[str, Any] = field(default_factory=dict)
    mixture: dict[str, Any] = field(default_factory=dict)
    student: StudentConfig | None = None
    train: TrainConfig = field(default_factory=TrainConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    @property
    def ids_know_behaviour(self) -> bool:
        """Whether what shoppers did decides the semantic ids too, see :mod:`finetune.sids.behaviour`."""
        return bool(self.sids.get("behaviour"))


def load_recipe(name: str) -> Recipe:
    """A recipe by its name (a file in ``finetune/recipes``) or by its path.

    Raises:
        ConfigError: if there is none, or an entry of it is not known or not of the right type.
    """
    known = sorted(path.stem for path in RECIPES.glob("*.toml"))
    path = RECIPES / f"{name}.toml" if name in known else Path(name)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no recipe {name!r}", f"known: {', '.join(known)}; or name a TOML file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"the recipe {path} cannot be read: {error}") from error
    return from_values(Recipe, {"name": path.stem, **values}, path.name)


def to_values(config: Any) -> dict[str, Any]:
    """A configuration as JSON values, every default spelt out."""
    return dataclasses.asdict(config)


def from_values(cls: type[Made], values: Any, where: str) -> Made:
    """Build a configuration from JSON or TOML values.

    Raises:
        ConfigError: naming the entry that is not known or not of the right type.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"{where} must be a table of entries")
    hints = typing.get_type_hints(cls)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ConfigError(f"{where} has an unknown entry {unknown[0]!r}", f"known: {', '.join(sorted(hints))}")
    try:
        return cls(**{name: _convert(hints[name], value, f"{where}: {name}") for name, value in values.items()})
    except TypeError as error:
        raise ConfigError(f"{where} is not complete: {error}") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is types.UnionType:  # a table that may be left out
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_values(hint, value, where)
    if origin is tuple and isinstance(value, list | tuple):
        inner = typing.get_args(hint)[0]
        return tuple(_convert(inner, entry, where) for entry in value)
    if origin is dict and isinstance(value, dict):
        return value
    if origin is collections.abc.Mapping and isinstance(value, dict):
        inner = typing.get_args(hint)[1]
        return {name: _convert(inner, entry, f"{where}.{name}") for name, entry in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias) and type(value) is hint:
        return value
    raise ConfigError(f"{where} must be {getattr(hint, '__name__', hint)}, not {value!r}")
