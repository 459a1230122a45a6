"""One request against one snapshot of the catalog: what the prompt holds, what the reply may be, and what it lacked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.money import minor_per_major, to_minor
from catalog_db.products import ProductRecord
from neo_assistant.advice import Causes, explain
from neo_assistant.captions import caption, captioned
from neo_assistant.catalog import Snapshot
from neo_assistant.counts import order_reader, quotas_of
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import RequestError
from neo_assistant.events import Notice, Total
from neo_assistant.grammar.budget import Budget
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.want import WantContext, numbers_in
from neo_assistant.merchandising.effects import NO_EFFECTS, Effects
from neo_assistant.messages import ItemPart, Message, Role
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.request import MAX_BUDGET, Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.totals import over_budget
from neo_assistant.want import SHOWN, Want
from neo_assistant.want_phrases import want_phrases

NOTHING_MATCHES = "nothing-matches"
FEWER = "fewer-than-asked"
NO_SID = "no-semantic-id"
NO_WORDS = "What would you suggest for me?"
"""What a shopper is taken to ask who sends a history and no words."""
MAX_TURNS = 6
"""Earlier messages that a prompt holds: the latest ones."""

_TEXT_TASKS = (Task.DESCRIBE, Task.PROFILE, Task.COMPARE)


class Turn:
    """One request against one snapshot.

    Args:
        snapshot: the catalog.
        said: earlier messages, oldest first.
        request: what is asked for.
        effects: what the merchandiser's rules do to the snapshot.

    Raises:
        RequestError: if the request, or the want it sets, names what the shop does not know.
        UnknownProductError: if it names an unknown SKU.
    """

    def __init__(
        self, snapshot: Snapshot, said: Sequence[Message], request: Request, effects: Effects = NO_EFFECTS
    ) -> None:
        self.snapshot, self.request, self.effects = snapshot, request, effects
        self.unplaced: list[str] = []
        self.about = [ItemPart(sid, sku) for sku, sid in self._placed(request.about)]
        said = _current(said, snapshot)
        named_in = [*([part.sku for part in message.items] for message in said), [part.sku for part in self.about]]
        named = [snapshot.positions(skus) for skus in named_in if skus]
        self.shown = np.unique(np.concatenate(named)) if named else np.empty(0, dtype=np.int64)
        self.last_shown = named[-1] if named else self.shown
        earlier = said[-MAX_TURNS:]
        # A prompt begins with the shopper's turn, wherever the earlier turns were cut.
        while earlier and earlier[0].role is not Role.SHOPPER:
            earlier = earlier[1:]
        self.earlier = earlier
        words = f" {request.text}" if self.about else request.text
        turns = [*earlier, _spoken(Message.shopper(*self.about, words))]
        rows = {row.sku: row for row in snapshot.products(sorted({part.sku for turn in turns for part in turn.items}))}
        self.messages = captioned(turns, lambda part: self._caption(rows[part.sku]))
        scheme = snapshot.index.scheme
        unknown = sorted(set(request.types) - set(scheme.types))
        if unknown:
            raise RequestError(f"the shop has no item type {unknown[0]!r}", f"it has {', '.join(scheme.types)}")
        self.types = tuple(sorted(set(request.types)))
        self.taken = snapshot.positions(request.dismissed)
        self.given = None if request.want is None else snapshot.grammar.given(Want.parse(request.want))
        self.want_read = ""
        self.conditions_read = Conditions()
        self._left: View | None = None
        self.text_only = request.format is Format.TEXT or request.task in _TEXT_TASKS
        self._order = order_reader(snapshot).read(request.text, request.counts)
        self.counts = () if self.text_only else self._order.counts
        # Who counts one kind in words leaves it to the want to name it; several are too many for one want.
        self.quotas = quotas_of(snapshot, self.counts) if request.counts or len(self.counts) > 1 else ()
        self.budget = None if self.text_only else self._budget(self._order.total)
        history = self._placed(request.history)
        count = sum(number for _, number in self.counts) or request.count
        placed = tuple(sid for _, sid in history)
        self.steering = Steering(request.task, self.types, request.format, count, placed)
        self.base = request.conditions
        if self.types:
            self.base = self.base.both(Conditions(item_types=frozenset(self.types)))

    def _placed(self, skus: Sequence[str]) -> list[tuple[str, Sid]]:
        """The SKUs that have a semantic id, with it; the others are noted as left out."""
        found = list(zip(skus, self.snapshot.sids(skus), strict=True))
        self.unplaced += [sku for sku, sid in found if sid is None and sku not in self.unplaced]
        return [(sku, sid) for sku, sid in found if sid is not None]

    def _budget(self, stated: str | None) -> Budget | None:
        """What the reply's items may cost together: by the request, or as a total was stated in major units."""
        most = self.request.budget
        if most is None and stated is not None:
            most = min(to_minor(Decimal(stated), self.snapshot.currency), MAX_BUDGET)
        return None if most is None else Budget(most, self.snapshot.all_prices())

    def _caption(self, product: ProductRecord) -> str:
        return caption(
            product.title,
            product.brand,
            product.attributes,
            list(self.snapshot.grammar.facets),
            price_minor=product.price_minor,
            currency=product.currency,
            rating=product.rating,
            in_stock=product.in_stock,
        )

    def plan(self, renderer: PromptRenderer) -> ReplyPlan:
        """The constraint on this turn's reply."""
        at_least = 0
        if not self.text_only and not self.quotas:
            # What fills no count has to fit the budget, too, so one item is as much as can be asked for.
            ids_only = (self.steering.count if self.budget is None else 1) if self.request.format is Format.IDS else 0
            at_least = self.steering.count if self.counts else ids_only
        return ReplyPlan(
            tokenizer=renderer.tokenizer,
            view=self.effects.permitted(self.snapshot.view(self.base)),
            format=Format.TEXT if self.text_only else self.request.format,
            at_least=at_least,
            at_most=0 if self.text_only else self.steering.count,
            taken=self.taken,
            want=None if self.text_only else WantPlan(self.snapshot.grammar, self._context(), self.narrow),
            quotas=self.quotas,
            budget=self.budget,
            preferences=self.effects.preferences(),
        )

    def narrow(self, words: str) -> View:
        """The view that a want's conditions leave; nothing, where they cannot be told."""
        self.want_read = words
        want = Want.parse(words)
        try:
            read = self._conditions(want)
        except ConditionError:
            self._left = View(self.snapshot.index, Bitmap.from_positions(len(self.snapshot.index), NOTHING))
            return self._left
        self.conditions_read = read
        self._left = self.effects.permitted(self.snapshot.view(self.base.both(read)))
        if want.not_shown:
            shown = Bitmap.from_positions(len(self.snapshot.index), self.shown)
            self._left &= ~View(self.snapshot.index, shown)
        return self._left

    def product_at(self, position: int) -> ProductRecord | None:
        """The product at a position, or None if it is off sale by now or no longer meets this reply's conditions.

        With a budget it does not meet them either if it costs more than when the reply began, because what is named
        before and after it was chosen by that price.
        """
        product = self.snapshot.product_at(position, self.base.both(self.conditions_read))
        if product is None or self.budget is None:
            return product
        known = product.price_minor is not None and product.currency == self.snapshot.currency
        return product if known and (product.price_minor or 0) <= self.budget.prices[position] else None

    def describe(self, words: str) -> tuple[str, ...]:
        """A want's conditions for people."""
        return want_phrases(Want.parse(words), self.snapshot.currency)

    def left_out(self) -> Iterator[Notice]:
        """What of the request the reply does not take into account."""
        if self.unplaced:
            verbs = "has no semantic id yet and was" if len(self.unplaced) == 1 else "have no semantic id yet and were"
            yield Notice(NO_SID, f"{', '.join(self.unplaced)} {verbs} left out.")

    def shortfalls(self, plan: ReplyPlan, named: Sequence[Sid]) -> Iterator[Notice]:
        """What there was too little of, and which single condition, dropped, would bring back most.

        Args:
            plan: of the reply.
            named: the items of the reply.
        """
        if self._left is None:
            return  # The reply was stopped before it had read what is wanted, or wants nothing.
        want = Want.parse(self.want_read)
        try:
            read = self._conditions(want)
        except ConditionError as error:
            yield Notice(NOTHING_MATCHES, f"Nothing can be found by that: {error.message}.", "")
            return
        shown = self.shown if want.not_shown else NOTHING
        causes = Causes(self.base, read, shown, self.taken, dict(self._compared(want)))
        parts = [self._left & quota.view for quota in self.quotas] or [self._left]
        code = FEWER if any(part.remaining(self.taken) for part in parts) else NOTHING_MATCHES
        everything = View(self.snapshot.index)
        for subject, have, within in self._short_quotas(plan, named) if self.quotas else self._short():
            # What the merchandiser excluded is not promised to whoever drops a condition.
            permitted = self.effects.permitted(everything if within is None else within)
            advice = explain(self.snapshot, causes, subject, have, permitted)
            yield Notice(code, advice.text, advice.condition, advice.phrase)
        if self.budget is not None:
            yield from over_budget(self.snapshot, plan, self.want_read, self._left, self.counts)

    def total(self, products: Sequence[ProductRecord]) -> Total | None:
        """What the items of the reply cost together, where that was not to be more than a budget."""
        if self.budget is None or not products:
            return None
        return Total(sum(product.price_minor or 0 for product in products), self.snapshot.currency)

    def _short(self) -> Iterator[tuple[str, int, None]]:
        """What is left, if that is nothing, or less than the shopper counted."""
        assert self._left is not None
        left = self._left.remaining(self.taken)
        if not left:
            yield "Nothing", 0, None
        elif self.counts and left < self.steering.count:
            yield f"Only {left} item{'s' if left > 1 else ''}", left, None

    def _short_quotas(self, plan: ReplyPlan, named: Sequence[Sid]) -> Iterator[tuple[str, int, View]]:
        """Quotas that the reply could not fill because nothing more of theirs is left, with what it named of them."""
        assert self._left is not None
        places = [self.snapshot.index.position(sid) for sid in named]
        items = [place for place in places if place is not None]
        blocked = np.union1d(self.taken, np.array(items, dtype=np.int64))
        for quota, missing in zip(self.quotas, plan.filling(items).missing, strict=True):
            if missing and not (self._left & quota.view).remaining(blocked):
                have = quota.at_least - missing
                yield f"Of “{quota.name.replace('_', ' ')}”, {f'only {have}' if have else 'nothing'}", have, quota.view

    def record(self) -> dict[str, Any]:
        """What was read and asked, to be noted beside the reply."""
        counts = {"counts": dict(self.counts)} if self.counts else {}
        budget = {"budget": self.budget.most} if self.budget is not None else {}
        rules = {} if self.text_only else self._rules()
        return {"want": self.want_read, "conditions": self.request.conditions.to_dict(), **counts, **budget, **rules}

    def _rules(self) -> dict[str, Any]:
        """The merchandiser's rules that were about any item that meets the shopper's conditions."""
        if not self.effects.rules:
            return {}
        acted = self.effects.record(self.snapshot.view(self.base.both(self.conditions_read)))
        return {"rules": acted} if acted else {}

    def _compared(self, want: Want) -> Iterator[tuple[Conditions, str]]:
        """The conditions that compare with what was shown, and what people call them."""
        for one in want.single():
            if SHOWN in (one.max_price, one.min_price):
                [phrase] = want_phrases(one, self.snapshot.currency)
                yield self._conditions(one), phrase

    def _conditions(self, want: Want) -> Conditions:
        """A want's typed conditions.

        Raises:
            ConditionError: if it compares with prices that are not known.
        """
        prices: list[int] = []
        if SHOWN in (want.max_price, want.min_price):
            prices = self.snapshot.prices(self.last_shown)
            if not prices:
                raise ConditionError("what was shown has no price to compare with")
        return want.conditions(prices, minor_per_major(self.snapshot.currency))

    def _context(self) -> WantContext:
        # A total is the shop's to keep, and no condition on each item.
        texts = [message.text for message in self.earlier if message.role is Role.SHOPPER]
        words = [*(order_reader(self.snapshot).read(text).rest for text in texts), self._order.rest]
        # What was stated earlier holds on when the words that named it are too far back to be shown.
        wants = [Want.parse(message.want) for message in self.earlier if message.want]
        written = self.snapshot.grammar.written("\n".join(words)).union(*(want.facets for want in wants))
        words += [dataclasses.replace(want, item_type=None, facets=()).text() for want in wants]
        stated, shown = stated_in(self._order.rest), len(self.last_shown) > 0
        only = self.snapshot.grammar.spoken(self.request.text) if self.quotas else None
        # A set under a total is asked for by what it is for ("for my desk, 200 in all") as well as by what is in it.
        single = not self.quotas and self._order.total is None
        kind_named = single and self.snapshot.grammar.names_kind(self.request.text)
        return WantContext(numbers_in(" ".join(words)), shown, stated, written, only, kind_named, self.given)


def _current(said: Sequence[Message], snapshot: Snapshot) -> list[Message]:
    """Earlier messages in today's terms: items under the semantic id they have now, without those the catalog lost.

    A conversation may be older than the checkpoint, and the same semantic id may be of another product by now.
    """
    places = snapshot.places(sorted({part.sku for message in said for part in message.items}))
    index = snapshot.index
    messages = []
    for message in said:
        parts = [
            ItemPart(index.sid(places[part.sku]), part.sku) if isinstance(part, ItemPart) else part
            for part in message.parts
            if not isinstance(part, ItemPart) or part.sku in places
        ]
        messages.append(_spoken(dataclasses.replace(message, parts=tuple(parts))))
    return messages


def _spoken(message: Message) -> Message:
    """The message, with words where a shopper sent none."""
    silent = message.role is Role.SHOPPER and not message.items and not message.text.strip()
    return Message.shopper(NO_WORDS) if silent else message
