"""The ways on which a semantic id can come about, each fed with adversarial logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.engine.beams import search_span
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar, finite
from neo_assistant.prompts.tokenizer import ShopTokenizer
from tests.neo_assistant.strategies import tiny_tokenizer
from tests.soak.logits import KINDS, adversarial, choose
from tests.soak.oracle import Record, Slot
from tests.soak.shop import Condition, Shop

MOST_LOGITS = 3_000_000
"""Logits of one batch."""


class Batch:
    """Replies under different conditions over one shop, and the random numbers to write them with."""

    def __init__(self, shop: Shop, random: np.random.Generator, slots: int) -> None:
        self.shop, self.random = shop, random
        self.scheme = shop.table.scheme
        self.generator = torch.Generator().manual_seed(int(random.integers(2**62)))
        types, products = len(self.scheme.types), shop.table.products
        conditions = [Condition.drawn(random, types) for _ in range(slots)]
        self.slots = []
        for _ in range(slots):
            gone = random.choice(
                products, int(random.integers(0, 40)) if len(products) and random.random() < 0.5 else 0
            )
            self.slots.append(Slot(shop, conditions[int(random.integers(slots))], frozenset(gone.tolist())))
        views = {condition: shop.view(condition) for condition in conditions}
        self.views = [views[slot.condition] for slot in self.slots]
        self.taken = [slot.positions() for slot in self.slots]
        self.free = [slot.free() for slot in self.slots]

    @property
    def tokenizer(self) -> ShopTokenizer:
        return tiny_tokenizer(self.scheme)

    def kind(self) -> str:
        return str(self.random.choice(KINDS))

    def draws(self) -> bool:
        """Whether to draw tokens instead of taking the best."""
        return bool(self.random.random() < 0.5)

    def open_types(self, path: str, record: Record) -> list[tuple[int, int]]:
        """Slot and type number of every span that can be opened. The table says which, and the views must agree."""
        pairs = []
        for number, (view, taken, free) in enumerate(zip(self.views, self.taken, self.free, strict=True)):
            counts = np.bincount(self.shop.table.types[free], minlength=len(self.scheme.types))
            opens = view.open_types(taken)
            record.expect(path, bool((opens == (counts > 0)).all()), f"openers under {self.slots[number].condition}")
            record.expect(path, view.remaining(taken) == int(free.sum()), "the count of what is left")
            pairs += [(number, int(item_type)) for item_type in np.flatnonzero(counts)]
        return pairs

    def rows(self, path: str, record: Record, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Slots and type numbers of rows to be written, drawn from what can be opened; both (rows,) int64."""
        pairs = self.open_types(path, record)
        drawn = self.random.integers(len(pairs), size=count) if pairs else np.empty(0, dtype=np.int64)
        slots, numbers = np.array(pairs, dtype=np.int64).reshape(-1, 2)[drawn].T
        return torch.from_numpy(slots.copy()), torch.from_numpy(numbers.copy())

    def torch_views(self) -> TorchViews:
        static = bool(self.random.random() < 0.3) and max(self.scheme.sizes) < 1000
        return TorchViews(TorchIndex(self.shop.index, "cpu", static), self.views, self.taken)

    def check(self, path: str, record: Record, slots: torch.Tensor, numbers: torch.Tensor, codes: torch.Tensor) -> None:
        """Note finished rows."""
        sids = np.column_stack((numbers.numpy(), codes.numpy()))
        for slot in np.unique(slots.numpy()):
            rows = map(tuple, sids[slots.numpy() == slot].tolist())
            record.check(path, self.slots[slot], self.free[slot], list(rows))


def by_numpy(batch: Batch, record: Record) -> None:
    """A row at a time, by :class:`View` alone."""
    slots, numbers = batch.rows("NumPy", record, 256)
    levels, written = batch.scheme.levels, []
    for slot, number in zip(slots.tolist(), numbers.tolist(), strict=True):
        view, taken, codes = batch.views[slot], batch.taken[slot], []
        for _ in range(levels):
            codes.append(int(batch.random.choice(view.codes_after(number, codes, taken))))
        written.append(codes)
        position = view.item(number, codes, taken)
        row = batch.shop.table.sids.get((number, *codes), -1)
        known = position is not None and row >= 0
        same = known and batch.shop.index.product_id_at(np.array([position]))[0] == batch.shop.table.products[row]
        record.expect("NumPy", bool(same), f"{codes} is another product")
    batch.check("NumPy", record, slots, numbers, torch.tensor(written, dtype=torch.long).reshape(-1, levels))


def by_candidates(batch: Batch, record: Record) -> None:
    """Many rows at once, by the candidates of :class:`TorchViews`; rows are reordered and repeated as beams are."""
    slots, numbers = batch.rows("torch, candidates", record, 512 if max(batch.scheme.sizes) < 1000 else 48)
    views, kind, draws = batch.torch_views(), batch.kind(), batch.draws()
    prefixes, codes = views.begin(slots, numbers), torch.empty((len(slots), 0), dtype=torch.long)
    for level in range(batch.scheme.levels if len(slots) else 0):
        candidates = views.candidates(prefixes, level)
        logits = finite(adversarial(kind, candidates.alive, batch.generator))
        lanes = choose(torch.where(candidates.alive, logits, -torch.inf), batch.generator, draws)
        rows = torch.randint(len(lanes), lanes.shape, generator=batch.generator)
        lanes = lanes[rows]
        codes = torch.cat([codes[rows], candidates.codes[rows, lanes][:, None].long()], dim=1)
        prefixes = views.descend(prefixes, candidates, rows, lanes)
    if len(slots):
        batch.check("torch, candidates", record, prefixes.slots, prefixes.numbers, codes)


def by_masks(batch: Batch, record: Record) -> None:
    """Many rows at once, by masks as wide as the vocabulary."""
    vocabulary = batch.tokenizer.vocabulary
    size = vocabulary.size + 5
    slots, numbers = batch.rows("torch, masks", record, min(256, MOST_LOGITS // size))
    views, kind, draws = batch.torch_views(), batch.kind(), batch.draws()
    bases = torch.from_numpy(vocabulary.code_bases)
    codes = torch.empty((len(slots), 0), dtype=torch.long)
    for level in range(batch.scheme.levels if len(slots) else 0):
        mask = views.mask(slots, numbers, codes, vocabulary, size)
        logits = finite(adversarial(kind, mask, batch.generator))
        tokens = choose(torch.where(mask, logits, -torch.inf), batch.generator, draws)
        codes = torch.cat([codes, (tokens - bases[numbers, level])[:, None]], dim=1)
    if len(slots):
        batch.check("torch, masks", record, slots, numbers, codes)


class _Model:
    """Stands in for a session with a model; its logits are adversarial and remember nothing."""

    def __init__(self, batch: Batch, size: int) -> None:
        self._batch, self._size, self._kind = batch, size, batch.kind()

    def forward(self, ids: Any) -> torch.Tensor:
        # Which tokens are legal it does not know; so a random half is what it would make the rest of.
        some = torch.rand((len(ids), self._size), generator=self._batch.generator) < 0.5
        return adversarial(self._kind, some, self._batch.generator)

    def select(self, rows: Any) -> None:
        pass


def by_beams(batch: Batch, record: Record) -> None:
    """The engine's beam search, with 1 to 256 beams, after a reply that has named some items already."""
    tokenizer = batch.tokenizer
    vocabulary, levels = tokenizer.vocabulary, batch.scheme.levels
    pairs = batch.open_types("beams", record)
    batch.random.shuffle(pairs)
    for slot, number in pairs[:8]:
        plan = ReplyPlan(tokenizer, batch.views[slot], at_most=3, taken=batch.taken[slot])
        width = int(batch.random.choice((1, 8, 30, 64, 256)))
        prompt = batch.random.integers(0, vocabulary.size, 3).tolist()
        written = [*prompt, *tokenizer.encode("See <|a_0|> "), int(vocabulary.openers[number])]
        grammar, model = ReplyGrammar([plan], [len(prompt)]), _Model(batch, vocabulary.size + 3)
        found = search_span(model, written, written, levels, grammar, width)  # type: ignore[arg-type]
        bases = vocabulary.code_bases[number].tolist()
        sids = [(number, *(t - base for t, base in zip(beam.tokens, bases, strict=True))) for beam in found]
        record.check("beams", batch.slots[slot], batch.free[slot], sids)
        of_type = int((batch.shop.table.types[batch.free[slot]] == number).sum())
        record.expect("beams", len(set(sids)) == len(sids) <= width, "beams that are alike, or too many")
        record.expect("beams", width < of_type or len(sids) == of_type, "a wide search missed an item")
