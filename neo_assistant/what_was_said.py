"""What a conversation allows and asks for in the want span of the next reply: one rule for serving and evaluation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from neo_assistant.counts import Ordered, OrderReader
from neo_assistant.grammar.given_want import GivenWant
from neo_assistant.grammar.held import held_on
from neo_assistant.grammar.plain_values import Entry
from neo_assistant.grammar.said_values import BRAND
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext, numbers_in
from neo_assistant.messages import Message, Role
from neo_assistant.want import Want

_LARGER = {"ml": "l", "cl": "l", "mm": "m", "cm": "m", "g": "kg"}
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


def want_context(
    grammar: WantGrammar,
    orders: OrderReader,
    earlier: Sequence[Message],
    text: str,
    order: Ordered,
    *,
    shown: bool,
    several: bool,
    values_of: Callable[[str, str], Collection[str]],
    given: GivenWant | None = None,
) -> WantContext:
    """The context of a reply's want span.

    Args:
        grammar: of want spans.
        orders: reads counts and totals out of messages.
        earlier: messages that the prompt shows before the turn, oldest first.
        text: the words of the turn.
        order: what they count and what that may cost in all.
        shown: whether items were shown before.
        several: whether the reply holds to the counts of several kinds, which no single want could name.
        values_of: of a kind and a facet, the values that things of this kind have.
        given: a want that the shopper set, which then stands in the span whatever the words say.
    """
    # A set under a total is asked for by what it is for ("for my desk, 200 in all") as well as by what is in it.
    one_thing = not several and order.total is None
    # A total is the shop's to keep, and no condition on each item.
    words = [orders.read(message.text).rest for message in earlier if message.role is Role.SHOPPER] + [order.rest]
    # What was stated earlier holds on when the words that named it are too far back to be shown.
    wants = [Want.parse(message.want) for message in earlier if message.want]
    conditions = [replace(want, item_type=None, facets=()).text() for want in wants]
    taken_back, plain = grammar.said.taken_back(text), grammar.said.plain(text) if one_thing else ()
    kinds = grammar.said.kinds(text)
    plain = tuple(entry for entry in plain if taken_back.leaves(*entry) and _measures(entry, kinds, values_of))
    if one_thing and (party := grammar.said.party(order.rest, wants)):
        plain = tuple(sorted({*(entry for entry in plain if entry[0] != party[0]), party}))
        taken_back = taken_back.but(*party)
    written = grammar.said.written("\n".join(words)).union(*(want.facets for want in wants))
    # What is taken back hints at nothing else: "it needn't be waterproof" does not ask for self-watering.
    kept = grammar.said.named(text).union(*(want.facets for want in wants[-1:]))
    touched = {name for name, _ in taken_back.values}
    written = frozenset(entry for entry in written if entry[0] not in touched or entry in kept)
    return WantContext(
        numbers=numbers_in(" ".join([*words, *conditions])),
        shown=shown,
        stated=stated_in(order.rest),
        written=frozenset(entry for entry in written if _measures(entry, kinds, values_of)),
        only=grammar.said.spoken(text) if several else None,
        kind_named=one_thing and grammar.said.names_kind(text),
        family_named=one_thing and grammar.said.names_family(text),
        plain=plain,
        taken_back=taken_back,
        held=held_on(earlier, [stated_in(said) for said in words[:-1]], order.rest) if one_thing else None,
        given=given,
    )


def _measures(entry: Entry, kinds: Collection[str], values_of: Callable[[str, str], Collection[str]]) -> bool:
    """Whether a measure is one of the thing that is asked for: tents are "for four people", and teapots are not."""
    name, value = entry
    if len(kinds) != 1 or name == BRAND or not _NUMBER.search(value):
        return True
    [kind] = kinds
    return any(_dimension(other) == _dimension(value) for other in values_of(kind, name))


def _dimension(measure: str) -> str:
    """What a measure measures: millilitres are of the sort of litres."""
    unit = _NUMBER.sub("", measure).strip()
    return _LARGER.get(unit, unit)
