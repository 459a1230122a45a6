"""Whole replies by the grammar alone: formats, counts, quotas and want spans, each row with a plan of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from neo_assistant.decoding.view import View
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import SidScheme
from neo_assistant.steering import Format
from neo_assistant.want import Want
from tests.neo_assistant.strategies import FACETS, TYPES, tiny_tokenizer
from tests.soak.logits import adversarial, choose
from tests.soak.oracle import Record
from tests.soak.paths import Batch
from tests.soak.shop import COLOURS, Condition

PROMPT = 3
BEAMS = 2
MOST_TOKENS = 120
MANY_TOKENS = 5_000
PATH = "whole replies"
CONTEXT = WantContext(frozenset({"7", "20", "59.99", "4", "2.5"}), shown=True)


@cache
def want_grammar(scheme: SidScheme) -> WantGrammar:
    return WantGrammar(TYPES, FACETS, tiny_tokenizer(scheme))


@dataclass(frozen=True)
class Wish:
    """A plan, and what it was made of. Quotas are of one colour each: colour → (at least, at most)."""

    slot: int
    plan: ReplyPlan
    quotas: dict[int, tuple[int, int]]


def wish(batch: Batch, slot: int) -> Wish:
    """A plan for a slot."""
    random, shop = batch.random, batch.shop
    quotas: dict[int, tuple[int, int]] = {}
    if random.random() < 0.3:
        for colour in random.choice(len(COLOURS), 2, replace=False).tolist():
            least = int(random.integers(0, 3))
            quotas[colour] = (least, least + int(random.integers(0, 3)))
    least = 0 if quotas else int(random.integers(0, 9))
    base = batch.views[slot]

    def narrow(words: str) -> View:
        return base & shop.view(Condition.of(Want.parse(words), batch.scheme))

    want = WantPlan(want_grammar(batch.scheme), CONTEXT, narrow) if random.random() < 0.3 else None
    plan = ReplyPlan(
        batch.tokenizer,
        base,
        Format.IDS if random.random() < 0.85 else Format.MIXED,
        least,
        least + int(random.integers(1, 9)),
        batch.taken[slot],
        want,
        tuple(Quota(COLOURS[n], shop.view(Condition(colours=(n,))), *counts) for n, counts in quotas.items()),
    )
    return Wish(slot, plan, quotas)


def by_replies(batch: Batch, record: Record) -> None:
    """Several replies side by side, two beams each; a beam may turn into the other at any step."""
    vocabulary = batch.tokenizer.vocabulary
    batch.open_types(PATH, record)
    # Most of the replies are ones with something to name.
    order = sorted(range(len(batch.slots)), key=lambda slot: -min(int(batch.free[slot].sum()), 12))
    most = 6 if vocabulary.size < MANY_TOKENS else 2
    wishes = [wish(batch, slot) for slot in dict.fromkeys((*order[: most - 1], order[-1]))]
    grammar = ReplyGrammar([each.plan for each in wishes], [PROMPT] * len(wishes))
    rows = len(wishes) * BEAMS
    # Prompts of any tokens: those of items and of control too.
    ids = torch.randint(vocabulary.size, (rows, PROMPT), generator=batch.generator)
    kind, draws = batch.kind(), batch.draws() and vocabulary.size < MANY_TOKENS
    named = 20.0 if batch.random.random() < 0.95 else 0.0
    end = batch.tokenizer.end_of_reply
    while ids.shape[1] < MOST_TOKENS and not (ids[:, PROMPT:] == end).any(dim=1).all():
        some = torch.rand((rows, vocabulary.size + 2), generator=batch.generator) < 0.5
        logits = adversarial(kind, some, batch.generator)
        logits[:, vocabulary.first_id : vocabulary.first_code] += named
        logits[:, end] += 2 * named * (batch.random.random() < 0.03)
        tokens = choose(grammar.process_logits(ids, logits), batch.generator, draws)
        ids = torch.cat([ids, tokens[:, None]], dim=1)
        if batch.random.random() < 0.1:
            group = int(batch.random.integers(len(wishes))) * BEAMS
            ids[group] = ids[group + 1]
    for row, written in enumerate(ids[:, PROMPT:].tolist()):
        check(batch, record, wishes[row // BEAMS], written)


def check(batch: Batch, record: Record, wish: Wish, written: list[int]) -> None:
    """Take a reply apart without the plan's own reader, and hold it to the table."""
    vocabulary, table, plan = batch.tokenizer.vocabulary, batch.shop.table, wish.plan
    ended = batch.tokenizer.end_of_reply in written
    free = batch.free[wish.slot]
    if plan.want is not None:
        if vocabulary.want_close not in written:
            record.expect(PATH, all(token < vocabulary.first_id for token in written[1:]), "an item in a want span")
            return
        close = written.index(vocabulary.want_close)
        words, _, _ = batch.tokenizer.decode(written[1:close]).rpartition(" found")
        free = free & table.meets(Condition.of(Want.parse(words), batch.scheme))
        written = written[close + 1 :]
    if wish.quotas:
        free = free & np.isin(table.colour, sorted(wish.quotas))
    sids, place, levels = [], 0, batch.scheme.levels
    while place < len(written):
        if written[place] < vocabulary.first_id:
            place += 1
            continue
        span = written[place : place + 1 + levels]
        if len(span) == 1 + levels:
            sid = vocabulary.decode(span)
            sids.append((batch.scheme.type_numbers[sid.item_type], *sid.codes))
        place += 1 + levels
    record.check(PATH, batch.slots[wish.slot], free, sids)
    record.expect(PATH, len(set(sids)) == len(sids), "an item twice in one reply")
    colours = Counter(int(table.colour[table.sids[sid]]) for sid in sids if sid in table.sids)
    counts = wish.quotas or dict.fromkeys(colours, (0, plan.at_most))
    record.expect(PATH, all(colours[colour] <= most for colour, (_, most) in counts.items()), "more than a quota")
    if wish.quotas:
        left = Counter(table.colour[free].tolist())
        enough = all(colours[colour] >= min(least, left[colour]) for colour, (least, _) in wish.quotas.items())
    else:
        record.expect(PATH, len(sids) <= plan.at_most, "more items than there may be")
        enough = len(sids) >= min(plan.at_least, int(free.sum()))
    record.expect(PATH, enough or not ended, "an end before enough items")
