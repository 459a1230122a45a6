"""Whole replies, drawn at random from what may follow, against a checker that knows only sets of items.

The checker takes a finished reply apart by its tokens and decides by plain sets whether the plan's promises were kept.
It shares nothing with the plan: not its reader, not its views, not its way of sharing items out over quotas.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import Sid
from neo_assistant.steering import Format
from neo_assistant.want import Want, found_words
from tests.neo_assistant.grammar.test_plan import CONTEXT, want_grammar
from tests.neo_assistant.grammar.test_quotas import most_shared_out
from tests.neo_assistant.strategies import (
    FACETS,
    TYPES,
    TinyCatalog,
    bitmaps,
    catalogs,
    positions,
    seeds,
    tiny_tokenizer,
)

SPOKEN = (("brand", "Acme"), ("colour", "blue"))
WORDS = (" mug", " here", "<|sid:bags|>", "<|want|>", "é", "\n", "")


@dataclass(frozen=True)
class Asked:
    """A reply that was asked for, as plain sets of SIDs, and the plan made of the same."""

    catalog: TinyCatalog
    plan: ReplyPlan
    eligible: frozenset[Sid]
    taken: frozenset[Sid]
    quotas: tuple[tuple[frozenset[Sid], int, int], ...]
    counted: bool

    def wanted(self, words: str) -> frozenset[Sid]:
        """What the conditions of a want leave: always the same for the same words."""
        return frozenset(sid for sid in self.eligible if wants_item(words, sid)) - self.taken

    def anew(self) -> ReplyPlan:
        """The same plan, as if nothing had been asked of it before."""
        old = self.plan
        fields = ("tokenizer", "view", "format", "at_least", "at_most", "taken", "want", "quotas")
        return ReplyPlan(**{name: getattr(old, name) for name in fields})


def wants_item(words: str, sid: Sid) -> bool:
    """Stands in for the database: whether an item meets some words."""
    return random.Random(f"{words} {sid}").random() < 0.7


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Any catalog, format, counts, quotas, types, want or none."""
    catalog = draw(catalogs(max_items=20))
    index, items = catalog.index, len(catalog.sids)
    sids = [index.sid(place) for place in range(items)]
    bits, taken = draw(bitmaps(items)), draw(positions(items))
    form = draw(st.sampled_from(Format))
    least = draw(st.integers(0, 3)) if form is not Format.TEXT else 0
    quotas: list[tuple[np.ndarray, int, int]] = []
    if form is not Format.TEXT and draw(st.booleans()):
        count = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))
        quotas = [(draw(bitmaps(items)), *draw(count)) for _ in range(draw(st.integers(1, 3)))]
        least = 0

    def narrow(words: str) -> View:
        return View(index, np.array([wants_item(words, sid) for sid in sids], dtype=bool).reshape(items))

    context = WantContext(CONTEXT.numbers, CONTEXT.shown, only=SPOKEN if quotas else None)
    want = WantPlan(want_grammar(catalog.scheme), context, narrow) if form is not Format.TEXT else None
    plan = ReplyPlan(
        tokenizer=tiny_tokenizer(catalog.scheme),
        view=View(index, bits),
        format=form,
        at_least=least,
        at_most=least + draw(st.integers(0, 3)),
        taken=taken,
        want=want if draw(st.booleans()) else None,
        quotas=tuple(Quota(f"number {n}", View(index, held), *rest) for n, (held, *rest) in enumerate(quotas)),
    )

    def chosen(held: np.ndarray) -> frozenset[Sid]:
        return frozenset(sid for sid, is_in in zip(sids, held, strict=True) if is_in)

    plain = tuple((chosen(held), low, high) for held, low, high in quotas)
    return Asked(catalog, plan, chosen(bits), frozenset(sids[place] for place in taken), plain, bool(quotas))


def go_on(plan: ReplyPlan, ids: Sequence[int], choice: random.Random, words: int = 5) -> list[int]:
    """A reply from here to its end, each token drawn from what may follow."""
    written = list(ids)
    end = plan.tokenizer.end_of_reply
    while end not in written:
        assert len(written) < 1000
        allowed = plan.allowed(written)
        if allowed.words and words and choice.random() < 0.6:
            words -= 1
            written += plan.tokenizer.encode(choice.choice(WORDS))
        else:
            written.append(choice.choice(allowed.tokens.tolist()))
    return written


def check(asked: Asked, ids: Sequence[int]) -> list[Sid]:
    """Every promise of the plan, by the tokens of a finished reply. Returns the items named."""
    plan, vocabulary = asked.plan, asked.plan.tokenizer.vocabulary
    assert list(ids).index(plan.tokenizer.end_of_reply) == len(ids) - 1
    rest, free = list(ids[:-1]), asked.eligible - asked.taken
    if plan.want is not None:
        assert rest.pop(0) == vocabulary.want_open
        close = rest.index(vocabulary.want_close)
        words, _, count = plan.tokenizer.decode(rest[:close]).rpartition(" found")
        want = Want.parse(words)
        assert want.item_type is None or (want.item_type in TYPES and not asked.counted)
        assert all(value in FACETS[name] for name, value in want.facets)
        assert not asked.counted or set(want.facets) <= set(SPOKEN)
        free = asked.wanted(words)
        known = frozenset().union(*(held for held, _, most in asked.quotas if most)) if asked.quotas else free
        assert " found" + count == found_words(len(free & known))
        rest = rest[close + 1 :]
    named: list[Sid] = []
    while rest:
        if rest[0] < vocabulary.first_id:
            assert plan.format is not Format.IDS
            assert rest.pop(0) not in plan.tokenizer.control_ids
        else:
            span, rest = rest[: vocabulary.scheme.span_length], rest[vocabulary.scheme.span_length :]
            named.append(vocabulary.decode(span))
    assert len(set(named)) == len(named)
    assert set(named) <= free
    if plan.format is Format.TEXT:
        assert not named
    elif asked.quotas:
        belongs = [[n for n, (held, _, _) in enumerate(asked.quotas) if sid in held] for sid in named]
        others = [
            [n for n, (held, _, _) in enumerate(asked.quotas) if sid in held] for sid in sorted(free - set(named))
        ]
        assert most_shared_out(belongs, [most for _, _, most in asked.quotas]) == len(named)
        lows = [least for _, least, _ in asked.quotas]
        reached = most_shared_out(belongs, lows)
        # As near to the least counts as any choice of items could have come: no other item would bring it nearer, and
        # what can be shared out is a matroid, in which that is as good as comparing all choices.
        assert reached == sum(lows) or all(most_shared_out([*belongs, one], lows) == reached for one in others)
    else:
        assert min(plan.at_least, len(free)) <= len(named) <= plan.at_most
    return named


@given(asked(), seeds())
def test_every_reply_that_may_be_written_keeps_all_promises(drawn: Asked, choice: random.Random) -> None:
    ids = go_on(drawn.plan, [], choice)
    named = check(drawn, ids)
    state = drawn.plan.read(ids)
    assert state.ended
    assert [drawn.plan.view.index.sid(place) for place in state.items] == named


@given(asked(), seeds())
def test_a_retry_from_anywhere_is_as_good_as_the_first_attempt(drawn: Asked, choice: random.Random) -> None:
    """An edit or a retry goes back to some prefix and on from there, with the plan that has seen the rest."""
    ids = go_on(drawn.plan, [], choice)
    for _ in range(3):
        ids = go_on(drawn.plan, ids[: choice.randrange(len(ids))], choice)
        check(drawn, ids)


@given(asked(), seeds())
def test_what_may_follow_depends_on_the_tokens_alone(drawn: Asked, choice: random.Random) -> None:
    """Beams come in any order: a plan that was asked about others answers as one that was asked nothing."""
    replies = [go_on(drawn.plan, [], choice) for _ in range(3)]
    prefixes = [reply[: choice.randrange(len(reply) + 1)] for reply in replies for _ in range(3)]
    for prefix in choice.sample(prefixes, len(prefixes)):
        used, fresh = drawn.plan.allowed(prefix), drawn.anew().allowed(prefix)
        assert used.words == fresh.words
        assert used.tokens.tolist() == fresh.tokens.tolist()


@given(asked(), seeds())
def test_a_plan_may_be_made_of_part_of_the_types(drawn: Asked, choice: random.Random) -> None:
    """Asked types are a condition like any other: a view of their ranges."""
    scheme, index = drawn.catalog.scheme, drawn.catalog.index
    types = frozenset(choice.sample(scheme.types, choice.randint(0, len(scheme.types))))
    inside = np.array([index.sid(place).item_type in types for place in range(len(index))], dtype=bool)
    old = drawn.plan
    plan = ReplyPlan(
        old.tokenizer,
        old.view & View(index, inside),
        old.format,
        old.at_least,
        old.at_most,
        old.taken,
        old.want,
        old.quotas,
    )
    eligible = frozenset(sid for sid in drawn.eligible if sid.item_type in types)
    narrower = Asked(drawn.catalog, plan, eligible, drawn.taken, drawn.quotas, drawn.counted)
    named = check(narrower, go_on(plan, [], choice))
    assert {sid.item_type for sid in named} <= types
