"""One request against one snapshot of the catalog: what the prompt holds, and what the reply may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.money import minor_per_major, to_minor
from catalog_db.products import ProductRecord
from neo_assistant.captions import caption, captioned
from neo_assistant.catalog import Snapshot
from neo_assistant.counts import order_reader, quotas_of
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.earlier_turns import current, latest, spoken
from neo_assistant.errors import RequestError
from neo_assistant.events import Notice, Total
from neo_assistant.grammar.budget import Budget
from neo_assistant.grammar.grounded_words import GroundedWords, grounded_words
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.said_values import KIND
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.merchandising.effects import NO_EFFECTS, Effects
from neo_assistant.messages import ItemPart, Message
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.request import MAX_BUDGET, Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import SHOWN, Want
from neo_assistant.want_phrases import want_phrases
from neo_assistant.what_was_said import want_context

NO_SID, MISSPELLED = "no-semantic-id", "misspelled"

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
        self.reading = snapshot.speller.read(request.text)
        self.unplaced: list[str] = []
        self.about = [ItemPart(sid, sku) for sku, sid in self._placed(request.about)]
        said = current(said, snapshot)
        named_in = [*([part.sku for part in message.items] for message in said), [part.sku for part in self.about]]
        named = [snapshot.positions(skus) for skus in named_in if skus]
        self.shown = np.unique(np.concatenate(named)) if named else np.empty(0, dtype=np.int64)
        self.last_shown = named[-1] if named else self.shown
        self.earlier = latest(said)
        words = f" {self.reading.text}" if self.about else self.reading.text
        turns = [*self.earlier, spoken(Message.shopper(*self.about, words))]
        self._rows = {row.sku: row for row in snapshot.products(sorted({p.sku for turn in turns for p in turn.items}))}
        self.messages = captioned(turns, lambda part: self._caption(self._rows[part.sku]))
        scheme = snapshot.index.scheme
        unknown = sorted(set(request.types) - set(scheme.types))
        if unknown:
            raise RequestError(f"the shop has no item type {unknown[0]!r}", f"it has {', '.join(scheme.types)}")
        self.types = tuple(sorted(set(request.types)))
        self.taken = snapshot.positions(request.dismissed)
        self.given = None if request.want is None else snapshot.grammar.given(Want.parse(request.want))
        self.want_read = ""
        self.conditions_read = Conditions()
        self.left: View | None = None
        """What the conditions leave; None before they are read."""
        self.text_only = request.format is Format.TEXT or request.task in _TEXT_TASKS
        self._order = order_reader(snapshot).read(self.reading.text, request.counts)
        self.counts = () if self.text_only else self._order.counts
        # Who counts one kind in words leaves it to the want to name it; several are too many for one want.
        self.quotas = quotas_of(snapshot, self.counts) if request.counts or len(self.counts) > 1 else ()
        self.budget = None if self.text_only else self._budget(self._order.total)
        self._history = self._placed(request.history)
        count = sum(number for _, number in self.counts) or request.count
        placed = tuple(sid for _, sid in self._history)
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
            words=self._words(renderer.tokenizer),
        )

    def _words(self, tokenizer: ShopTokenizer) -> GroundedWords | None:
        """What the words may say; anything, where they are all there is and are about no item."""
        if self.text_only and not self._rows and self.request.task is not Task.PROFILE:
            return None
        snapshot, placed = self.snapshot, [sku for sku, _ in self._history]
        said = [*(message.text for message in self.earlier), self.reading.text]
        rows = [*self._rows.values(), *snapshot.products(placed)]
        named = [[part.sku for part in message.items] for message in self.earlier] + [[part.sku for part in self.about]]
        shown = next((skus for skus in reversed(named) if skus), [])
        return grounded_words(
            snapshot.grammar,
            tokenizer,
            said,
            rows,
            snapshot.currency,
            shown=[self._rows[sku] for sku in shown],
            words_only=self.text_only,
        )

    def narrow(self, words: str) -> View:
        """The view that a want's conditions leave; nothing, where they cannot be told."""
        self.want_read = words
        want = Want.parse(words)
        try:
            read = self.conditions(want)
        except ConditionError:
            self.left = View(self.snapshot.index, Bitmap.from_positions(len(self.snapshot.index), NOTHING))
            return self.left
        self.conditions_read = read
        self.left = self.effects.permitted(self.snapshot.view(self.base.both(read)))
        if want.not_shown:
            shown = Bitmap.from_positions(len(self.snapshot.index), self.shown)
            self.left &= ~View(self.snapshot.index, shown)
        return self.left

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
        """What of the request the reply reads otherwise than it was typed, or does not take into account."""
        if self.reading.changes:
            pairs = dict.fromkeys(f"“{typed}” as “{meant}”" for typed, meant in self.reading.changes)
            yield Notice(MISSPELLED, f"I read {', '.join(pairs)}.")
        if self.unplaced:
            verbs = "has no semantic id yet and was" if len(self.unplaced) == 1 else "have no semantic id yet and were"
            yield Notice(NO_SID, f"{', '.join(self.unplaced)} {verbs} left out.")

    def total(self, products: Sequence[ProductRecord]) -> Total | None:
        """What the items of the reply cost together, where that was not to be more than a budget."""
        if self.budget is None or not products:
            return None
        return Total(sum(product.price_minor or 0 for product in products), self.snapshot.currency)

    def record(self) -> dict[str, Any]:
        """What was read and asked, to be noted beside the reply."""
        counts = {"counts": dict(self.counts)} if self.counts else {}
        budget = {"budget": self.budget.most} if self.budget is not None else {}
        rules = {} if self.text_only else self._rules()
        read = {"read_as": self.reading.text} if self.reading.changes else {}
        conditions = self.request.conditions.to_dict()
        return {"want": self.want_read, "conditions": conditions, **read, **counts, **budget, **rules}

    def _rules(self) -> dict[str, Any]:
        """The merchandiser's rules that were about any item that meets the shopper's conditions."""
        if not self.effects.rules:
            return {}
        acted = self.effects.record(self.snapshot.view(self.base.both(self.conditions_read)))
        return {"rules": acted} if acted else {}

    def conditions(self, want: Want) -> Conditions:
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
        return want_context(
            self.snapshot.grammar,
            order_reader(self.snapshot),
            self.earlier,
            self.reading.text,
            self._order,
            shown=len(self.last_shown) > 0,
            several=bool(self.quotas),
            values_of=self._values_of,
            given=self.given,
        )

    def _values_of(self, kind: str, facet: str) -> Collection[str]:
        """The values of a facet that things of a kind on sale have."""
        things = self.snapshot.view(Conditions(attributes=((KIND, (kind,)),)))
        return self.snapshot.facet_counts(things, facet)
