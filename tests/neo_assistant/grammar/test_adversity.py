"""Replies over catalogs with a history, begun again, and after text that means harm: never an item that may not be."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.messages import ItemPart, Message, TextPart
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering
from tests.neo_assistant.edited_catalogs import EditedCatalog, edited_catalogs, subsets
from tests.neo_assistant.grammar.test_processor import LOGITS, legal_mask, warpers, write
from tests.neo_assistant.strategies import HOSTILE, outside_text, tiny_tokenizer

Drawn = tuple[EditedCatalog, ReplyPlan, set[Sid]]
FORMATS = (Format.IDS, Format.MIXED)


@st.composite
def plans(draw: st.DrawFn) -> Drawn:
    """A catalog with a history, a plan, and what may be named by it."""
    catalog = draw(edited_catalogs(most_codes=9))
    products, taken = draw(subsets(catalog)), draw(subsets(catalog))
    least = draw(st.integers(0, 3))
    plan = ReplyPlan(
        tiny_tokenizer(catalog.scheme),
        catalog.view(products, dead=draw(st.booleans())),
        draw(st.sampled_from(FORMATS)),
        least,
        least + draw(st.integers(0, 3)),
        catalog.places(taken),
    )
    return catalog, plan, {catalog.sids[product] for product in products - taken}


def named(plan: ReplyPlan, ids: list[int]) -> list[Sid]:
    """The items of a finished reply, taken apart without the plan's own reader."""
    vocabulary, length = plan.tokenizer.vocabulary, plan.view.index.scheme.span_length
    found, rest = [], ids[:-1]
    while rest:
        is_word = rest[0] < vocabulary.first_id
        if not is_word:
            found.append(vocabulary.decode(rest[:length]))
        rest = rest[1 if is_word else length :]
    return found


def check(plan: ReplyPlan, free: set[Sid], ids: list[int]) -> None:
    items = named(plan, ids)
    assert set(items) <= free
    assert len(set(items)) == len(items)
    assert min(plan.at_least, len(free)) <= len(items) <= plan.at_most


few = settings(max_examples=20 if settings.default.max_examples <= 50 else settings.default.max_examples)
"""A whole reply takes a tenth of a second, so in the default run there are fewer of them."""


@few
@given(plans(), st.sampled_from(sorted(LOGITS)), st.sampled_from(sorted(warpers())), st.integers(0, 2**32 - 1))
def test_items_that_moved_or_went_are_never_named(drawn: Drawn, logits: str, warper: str, seed: int) -> None:
    _, plan, free = drawn
    check(plan, free, write(plan, LOGITS[logits], warper, torch.Generator().manual_seed(seed), sample=seed % 2 == 0))


@few
@given(st.data(), plans(), st.integers(0, 2**32 - 1))
def test_a_reply_may_be_begun_again_anywhere_and_an_edit_does_not_reach_it(
    data: st.DataObject, drawn: Drawn, seed: int
) -> None:
    """The masks are those of the first time, though the catalog has been emptied meanwhile."""
    catalog, plan, free = drawn
    generator = torch.Generator().manual_seed(seed)
    ids = write(plan, LOGITS["random"], "none", generator, sample=True)
    size = plan.tokenizer.vocabulary.size
    masks = [legal_mask(plan, plan.allowed(ids[:place]), size) for place in range(len(ids))]
    emptied = catalog.index.with_removed(np.array(sorted(catalog.sids), dtype=np.int64)).merged()
    assert not len(emptied)
    for place in data.draw(st.permutations(range(len(ids)))):
        assert torch.equal(legal_mask(plan, plan.allowed(ids[:place]), size), masks[place])
    cut = data.draw(st.integers(0, len(ids) - 1))
    kind = data.draw(st.sampled_from(sorted(LOGITS)))
    again = write(plan, LOGITS[kind], "none", generator, sample=False, begin=ids[:cut])
    assert again[:cut] == ids[:cut]
    check(plan, free, again)


@few
@given(plans(), st.integers(0, 2**32 - 1))
def test_torch_allows_in_every_span_what_the_plan_allows(drawn: Drawn, seed: int) -> None:
    """Rows in the middle of different spans at once, each with what is taken at its own place."""
    _, plan, _ = drawn
    ids = write(plan, LOGITS["random"], "none", torch.Generator().manual_seed(seed), sample=True)
    vocabulary = plan.tokenizer.vocabulary
    for level in range(plan.view.index.scheme.levels):
        states = [(ids[:place], plan.read(ids[:place])) for place in range(len(ids))]
        inside = [(begin, state) for begin, state in states if state.span and len(state.span[1]) == level]
        if not inside:
            continue
        spans = [state.span for _, state in inside if state.span]
        views = TorchViews(
            TorchIndex(plan.view.index, "cpu"),
            [state.view for _, state in inside],
            [plan.blocked(state) for _, state in inside],
        )
        mask = views.mask(
            torch.arange(len(inside)),
            torch.tensor([number for number, _ in spans]),
            torch.tensor([codes for _, codes in spans], dtype=torch.long).reshape(len(spans), level),
            vocabulary,
            vocabulary.size,
        )
        for (begin, _), row in zip(inside, mask, strict=True):
            assert torch.equal(row, legal_mask(plan, plan.allowed(begin), vocabulary.size))


@few
@given(plans(), st.lists(outside_text(), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_text_that_spells_tokens_opens_nothing(drawn: Drawn, texts: list[str], seed: int) -> None:
    """Hostile words of the shopper, hostile titles of earlier items, hostile types asked for."""
    catalog, plan, free = drawn
    known = sorted(catalog.sids.items())[:1]
    shown = [ItemPart(sid, "SKU " + texts[0]) for _, sid in known]
    said = [Message.shopper(texts[0]), Message.assistant(TextPart(texts[-1]), *shown), Message.shopper(texts[-1])]
    prompt = PromptRenderer(plan.tokenizer).prompt(said, Steering(types=tuple(texts[:2]), format=plan.format))
    generator = torch.Generator().manual_seed(seed)
    check(plan, free, write(plan, LOGITS["one legal token"], "none", generator, sample=False, prompt=prompt))


@given(plans(), st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join))
def test_words_of_a_reply_that_spell_an_item_name_none(drawn: Drawn, text: str) -> None:
    """A model may write ``<|sid:bags|>`` in ordinary tokens; that is text, and a code token still may not follow it."""
    _, plan, _ = drawn
    ids = plan.tokenizer.encode(text)
    if plan.format is Format.IDS:
        try:
            plan.allowed(ids)
        except GrammarError:
            return
        raise AssertionError("a reply of ids holds words")
    vocabulary = plan.tokenizer.vocabulary
    assert plan.read(ids).items == ()
    allowed = plan.allowed(ids)
    assert not set(range(vocabulary.first_code, vocabulary.size)) & set(allowed.tokens.tolist())
