"""The regular expression of a want span, from which Outlines makes its automaton.

It is that of the conditions in their fixed order, with those that the conversation asks for not to be left out. Where
limits of earlier turns hold on (:mod:`neo_assistant.grammar.held`) it has two branches: spans of the kind that the last
want named, which must hold these limits, and all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence

from outlines.types.dsl import Regex, String, Term, either, optional, to_regex

from neo_assistant.grammar.held import TYPE
from neo_assistant.grammar.said_values import KIND
from neo_assistant.grammar.stated import Stated
from neo_assistant.grammar.want_context import PRICE_DIGITS, RATING_DIGITS, WantContext
from neo_assistant.want import SHOWN

END = " found"
SAME = "\x01\x02"
"""What the automaton has in place of the one value of a large facet with which limits hold on."""

Named = Sequence[tuple[str, Sequence[str]]]
"""The conditions that have a name and values."""


MOST_STATED = 4
"""Values of one large facet that can all be asked for; of more one is."""


def stands_for(name: str, place: int | None = None) -> str:
    """What the automaton has in place of a large facet's values; no value can hold a control character.

    Args:
        name: the facet.
        place: of several values that must all stand, which one; None for any value.
    """
    return f"\x01{name}\x02" if place is None else f"\x01{name}\x03{place}\x02"


def span_pattern(named: Named, large: Container[str], context: WantContext) -> str:
    """The regular expression of a whole want up to `` found``.

    Args:
        named: what may be stated, in order.
        large: names of which the values are not in the automaton.
        context: what else the conversation allows and asks for.
    """
    stated = Counter(name for name, _ in context.plain)
    stands = {
        # Of several values that were stated all must stand.
        name: String("".join(f" {name}:{stands_for(name, place)}" for place in range(len(values))))
        if name in large and 1 < stated[name] <= MOST_STATED
        else String(f" {name}:{stands_for(name)}")
        if name in large
        else String("".join(f" {name}: {value};" for value in values))
        if stated[name] > 1
        else f" {name}: " + either(*values) + ";"
        for name, values in named
    }
    asked = set(stated) | ({KIND} if context.kind_named else set())
    values, held = dict(named), context.held
    if held is None or held.value not in values.get(held.facet, ()):
        return to_regex(_whole(stands, asked, context, context.stated) + END)
    name = held.facet
    if name in large:
        # Which value it is is seen when it has been written, so that the others need not be listed.
        same, others = String(f" {name}:{SAME}"), stands
    else:
        same, others = String(f" {name}: {held.value};"), {key: term for key, term in stands.items() if key != name}
        if left := [value for value in values[name] if value != held.value]:
            others = {key: f" {name}: " + either(*left) + ";" if key == name else term for key, term in stands.items()}
    branches = [_whole({**stands, name: same}, asked | {name}, context, held.limits)]
    if name in others or name not in asked:
        branches.append(_whole(others, asked, context, context.stated))
    return to_regex(either(*branches) + END)


def _whole(stands: dict[str, Term], asked: set[str], context: WantContext, stated: Stated) -> Term:
    """All conditions in their order, those that are asked for and those that may be left out.

    Args:
        stands: the conditions that have a name.
        asked: names of those that must stand.
        context: what else the conversation allows.
        stated: the limits that must stand.
    """
    prices, ratings = context.can_finish
    said = stated.at_most is not None or stated.at_least is not None
    # Where a limit was stated, the numbers are spoken for; the other direction must not take one of them.
    limits = ([Regex(PRICE_DIGITS)] if prices and not said else []) + ([SHOWN] if context.shown else [])
    terms, stands = list[Term](), dict(stands)
    if context.family_named and KIND not in asked and TYPE in stands and KIND in stands:
        of_type, of_kind = stands.pop(TYPE), stands.pop(KIND)
        terms.append(either(of_type + optional(of_kind), of_kind))
    terms += [term if name in asked else optional(term) for name, term in stands.items()]
    for sign, number in (("<", stated.at_most), (">", stated.at_least)):
        if number is not None:
            terms.append(String(f" price {sign} {number};"))
        elif limits:
            terms.append(optional(f" price {sign} " + either(*limits) + ";"))
    if stated.rated is not None:
        terms.append(String(f" rating > {stated.rated};"))
    elif ratings:
        terms.append(optional(" rating > " + Regex(RATING_DIGITS) + ";"))
    terms.append(String(" in stock;") if stated.in_stock else optional(" in stock;"))
    if context.shown:
        terms.append(optional(" not shown;"))
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return whole
