"""What ``phrasings/<language>/items.yaml`` and ``statements.yaml`` must hold, and the placeholders they may use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from finetune.errors import PhrasingError
from neo_assistant.captions import MAX_CAPTIONED

ITEM_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "recommend_of_type": frozenset({"place", "type"}),
    "goes_with_kind": frozenset({"many"}),
    "popular_of_type": frozenset({"type", "place"}),
    "popular_of_kind": frozenset({"many"}),
    "ask_why": frozenset({"which"}),
    "ask_more": frozenset({"which"}),
    "ask_material": frozenset({"which"}),
    "ask_brand": frozenset({"which"}),
    "ask_colour": frozenset({"which"}),
    "ask_size": frozenset({"which"}),
    "ask_capacity": frozenset({"which"}),
    "ask_audience": frozenset({"which"}),
    "ask_use": frozenset({"which"}),
    "ask_feature": frozenset({"which"}),
    "ask_price": frozenset({"which"}),
    "ask_rating": frozenset({"which"}),
    "ask_stock": frozenset({"which"}),
    "ask_has": frozenset({"after", "which"}),
    "ask_good_for": frozenset({"use", "which"}),
    "ask_comes": frozenset({"after", "which"}),
    "ask_which_has": frozenset({"after"}),
    "ask_compare": frozenset({"which"}),
    "ask_better_for": frozenset({"use"}),
    "similar_but_cheaper": frozenset({"which"}),
    "similar_but": frozenset({"after", "which"}),
    "reply_since": frozenset({"kinds", "things"}),
    "reply_since_one": frozenset({"kinds", "thing"}),
    "reply_why_asked": frozenset({"facts", "things"}),
    "reply_why_looked": frozenset({"facts", "kinds"}),
    "reply_why_item": frozenset({"facts"}),
    "reply_more": frozenset({"One", "facts"}),
    "reply_it": frozenset({"facts"}),
    "reply_unsaid": frozenset({"what"}),
    "reply_yes": frozenset({"facts"}),
    "reply_no": frozenset({"facts"}),
    "reply_unknown": frozenset({"what"}),
    "reply_unsaid_value": frozenset({"facts", "value"}),
    "reply_unsaid_only": frozenset({"value"}),
    "reply_who": frozenset({"facts", "who"}),
    "reply_cheapest": frozenset({"who", "price", "rating"}),
    "reply_cheapest_tied": frozenset({"who", "price", "rating"}),
    "reply_dearest": frozenset({"who", "price", "rating"}),
    "reply_dearest_tied": frozenset({"who", "price", "rating"}),
    "reply_best_rated": frozenset({"who", "price", "rating"}),
    "reply_best_rated_tied": frozenset({"who", "price", "rating"}),
    "reply_common": frozenset({"Who", "facts"}),
    "reply_difference": frozenset({"differences"}),
    "reply_cheaper": frozenset({"Who"}),
    "reply_cheapest_of_them": frozenset({"Who"}),
    "reply_for_use": frozenset({"Who", "facts"}),
    "reply_for_use_prices": frozenset({"Who", "facts", "Prices"}),
    "profile_kinds": frozenset({"Kinds", "kinds"}),
    "profile_types": frozenset({"types"}),
    "profile_short": frozenset({"kinds"}),
    "reply_recommend": frozenset({"count", "things"}),
    "reply_popular": frozenset({"count", "things"}),
    "reply_similar": frozenset({"count", "things"}),
    "reply_goes_with": frozenset({"thing"}),
    "reply_goes_with_kind": frozenset({"count", "thing", "things"}),
    "reply_describe": frozenset({"one", "One"}),
    "reply_describe_titled": frozenset({"One", "title"}),
    "reply_type": frozenset({"type"}),
}

ITEM_PLAIN = (
    "describe",
    "which_type",
    "recommend",
    "popular",
    "profile",
    "similar",
    "similar_first",
    "similar_second",
    "goes_with",
    "ask_why_that",
    "ask_cheapest",
    "ask_dearest",
    "ask_best_rated",
    "ask_compare_plain",
    "reply_unrated",
    "reply_none_rated",
    "reply_same",
    "profile_price_low",
    "profile_price_middle",
    "profile_price_high",
    "profile_nothing",
    "reply_recommend_one",
)
"""Groups without placeholders."""

_PAIRS = ("copula", "listed", "any_facet", "price", "rating", "in_stock", "out_of_stock")
"""Predicates of one item and of several."""
_WORDS = ("stars", "listed_as", "between", "both", "all", "neither", "none")
_TABLES = ("facets", "asked", "unnamed", "questions", "unknown", "refs")
_REFS = ("this", "places", "last", "all", "two", "three")
_ALLOWED = frozenset({"value", "name", "n", "which"})


def check_statements(words: Mapping[str, Any], where: str) -> None:
    """Raises PhrasingError if ``statements.yaml`` lacks something, or has a placeholder that nothing fills."""
    missing = [name for name in (*_PAIRS, *_WORDS, *_TABLES, "ordinals", "any_asked") if not words.get(name)]
    if missing:
        raise PhrasingError(f"{where}: {missing[0]!r} is missing")
    pairs = {name: words[name] for name in _PAIRS} | dict(words["facets"])
    for name, pair in pairs.items():
        if not isinstance(pair, Mapping) or not {"one", "many"} <= set(pair):
            raise PhrasingError(f"{where}: {name!r} must say it of one and of many")
    if missing := [name for name in _REFS if not words["refs"].get(name)]:
        raise PhrasingError(f"{where}: {missing[0]!r} is missing among refs")
    if min(len(words["ordinals"]), len(words["refs"]["places"])) < MAX_CAPTIONED:
        raise PhrasingError(f"{where}: ordinals and refs must reach to {MAX_CAPTIONED}")
    for text in _texts(words):
        if unknown := set(re.findall(r"\{([^{}]*)\}", text)) - _ALLOWED:
            raise PhrasingError(f"{where}: placeholder {sorted(unknown)} in {text!r}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
