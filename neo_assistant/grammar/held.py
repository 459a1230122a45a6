"""Limits that hold on: "a backpack under 130", and a turn later "it has to be waterproof", is still under 130.

A small model drops conditions of earlier turns now and then. A limit that a shopper stated in so many words
(:mod:`neo_assistant.grammar.stated`) and that the last want still held must stand in the next want of the same kind,
unless the new message says anything of that sort of limit, or begins something new. A want of another kind, of none, or
of nothing is left to the model, so that no list of words has to tell every change of subject, and a question about what
was shown need not ask for anything. Wherever the words leave a doubt, nothing is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.said_values import KIND
from neo_assistant.grammar.stated import Stated, stated_in
from neo_assistant.messages import Message
from neo_assistant.want import Want, found_words

TYPE = "type"
_MARKS = re.compile(r"[^\w$€£¥'’-]+")
_LONG_AGO = 3
"""After so many wants with one limit, the message that stated it may be too far back for a prompt to show."""
_BEGINS_ANEW = re.compile(
    r"\b(?:instead|forget|ignore|never ?mind|start(?:ing)? (?:over|again|afresh|fresh)|from scratch|new search|reset"
    r"|(?:something|anything|nothing|somewhere|everything|what) else|other than|apart from|except|unlike"
    r"|changed my mind|back to|now|next|another|second one|different|compared?|comparison|vs|versus)\b"
    r"|\b(?:something|anything|ones?|gifts?|presents?) for (?:a|an|the|my|our|his|her|their)\b"
    r"|\b(?:like|similar|alternatives?|comparable|style|same|first|1st|second|2nd|third|3rd|last|top|number|no [0-9]"
    r"|this|others|any(?! (?:other )?(?:colou?rs?|sizes?|brands?|materials?))|what(?! about)|which|whole|selection"
    r"|catalog(?:ue)?|(?:do|did|have|has) you|wants? one|one too)\b"
    r"|\b(?:scrap|scratch|cancel|undo|restart|begin again|start new|new topic|all (?:of )?(?:your|the|kinds))\b"
    r"|\bfor (?:my|our|his|her|their|somebody|someone)\b"
)
"""Maybe another subject, though of the same kind: "now something for my dad", or things like one that was shown."""
_TAKES_BACK = re.compile(
    r"\b(?:matters?|mind|care|whatever|whichever|regardless|limits?|limited|unlimited|restrict\w*|conditions?|filters?"
    r"|remove|drop|without (?:the|that|any|a)|relax\w*|flexible|necessarily|need ?n['’]?t|no (?:object|need|problem)"
    r"|strict\w*|unrestricted|cap|ditch|skip|lose|loosen|lift|rais(?:e|ing)|increas\w+|doubl\w+|exceed\w*|extend\w*"
    r"|stretch\w*|up it|go(?:ing)? up|grand|patien\w+|whenever|wait|everything|all of (?:them|it)|show (?:me )?all"
    r"|wrong|mistake|meant|misread|misunderst\w+|(?:never|not) said"
    r"|said nothing)\b|(?:\bnot|n['’]?t) (?:need|have|say|ask|want)\b"
    r"|^(?:y|yes|yeah|yep|yup|sure|please do|go ahead|do (?:it|that|so)|sounds|of course|why not|exactly|absolutely)\b"
    r"|^(?:ok(?:ay)?|fine|alright)(?: please| show me| then)*$"
)
"""What may be about any limit and does not say which, or say yes to giving one up."""
_OF_PRICES = re.compile(
    r"[$€£¥]|\b(?:price[sdy]?|pric(?:ing|ier|iest|ey)|cost(?:s|ing|ly)?|(?:in)?expensive|cheap\w*|dear(?:er|est)?|pay\w*"
    r"|paid|spen[dt]\w*|budgets?|afford\w*|money|cash|dollars?|euros?|pounds?|bucks?|quid|cents?|usd|eur|gbp|more|less"
    r"|most|least|max\w*|min(?:imum)?|up to|under|over|above|below|beyond|range|value|worth|bargains?"
    r"|high(?:er|est)?|low(?:er|est)?|deals?|sales?|discount\w*|offers?|premium|luxur\w+|fanc(?:y|ier|iest)|posh\w*"
    r"|exclusive|upscale|upmarket|quality|better|best|splurge|invest\w*|sav(?:e|ing)|anything goes|sky)\b"
)
_OF_RATINGS = re.compile(
    r"\b(?:(?:un)?rat(?:ed?|ings?)|new|stars?|review\w*|scor(?:es?|ed|ing)|points?|popular\w*|opinions?|feedback"
    r"|recommend\w*"
    r"|better|best|good|well|worse|worst|bad(?:ly)?|quality|high(?:er|est|ly)?|low(?:er|est)?|more|less|top|liked|loved"
    r"|out of)\b"
)
_OF_STOCK = re.compile(
    r"\b(?:stock\w*|(?:un)?availab\w+|sold|out of|back ?order\w*|pre ?-?order\w*|order\w*|sen[dt]\w*|ship\w*|deliver\w*"
    r"|today|tomorrow|soon\w*|later|hurry|rush|urgent\w*|time|days?|weeks?|months?|right away|immediate\w*|fast\w*"
    r"|quick\w*)\b"
)
_NO_PRICES = re.compile(
    r"(?<![\d.,])[0-9]+(?:[.,][0-9]+)*(?:\s*-?\s*(?:of us|adults?|kids?|children|cups?|slices?|seats?|persons?"
    r"|people|cm|mm|m|l|ml|kg|g|inch(?:es)?|lit(?:re|er)s?|hours?|degrees?|w|watts?|volts?|pieces?|season))\b"
    r"|\bsize [0-9]+(?:[.,][0-9]+)?\b"
)
"""Numbers of people, sizes and the like. Any other may be a price: "make it 150"."""


@dataclass(frozen=True)
class Held:
    """What a span must hold if it is of the same sort as the last want.

    Args:
        facet: ``kind``, or ``type`` where the last want named no kind.
        value: of that facet, in the last want.
        limits: what must then stand: those that hold on, and those that the message states itself.
    """

    facet: str
    value: str
    limits: Stated


def held_on(earlier: Sequence[Message], stated: Sequence[Stated], text: str) -> Held | None:
    """What a message leaves of the limits that were stated before it; None where that is nothing.

    Args:
        earlier: messages that the prompt shows before it, oldest first.
        stated: what the shopper's messages among these state.
        text: the message, less the words that state a total.
    """
    words = " ".join(in_digits(text).lower().split())
    plain = _MARKS.sub(" ", words).strip()
    searches = _searches(earlier)
    if not searches or _BEGINS_ANEW.search(plain) or _TAKES_BACK.search(plain):
        return None
    facet, value = _subject(searches[-1])
    if not value:
        return None
    own, last, before = stated_in(text), _limits(searches[-1]), [_limits(want) for want in searches]
    kept = {}
    prices = [name for name in ("at_most", "at_least") if getattr(last, name) is not None]
    numbers = re.search("[0-9]", _NO_PRICES.sub(" ", words)) is not None
    # Half of a range alone would leave no number for the other half.
    if not numbers and not _OF_PRICES.search(plain) and all(_is_known(name, before, stated) for name in prices):
        kept = {name: getattr(last, name) for name in prices}
    if last.rated is not None and not _OF_RATINGS.search(plain) and _is_known("rated", before, stated):
        kept["rated"] = last.rated
    if last.in_stock and not _OF_STOCK.search(plain) and _is_known("in_stock", before, stated):
        kept["in_stock"] = True
    return Held(facet, value, replace(own, **kept)) if kept else None


def _searches(earlier: Iterable[Message]) -> list[Want]:
    """The wants of searches, oldest first; none if the last one found nothing.

    Where nothing was found, the reply offered to give up a limit. A reply of no conditions and no items was talk.
    """
    found = [(message.want, Want.parse(message.want), message.items) for message in earlier if message.want]
    searches = [(words, want) for words, want, items in found if items or want.words()]
    return [] if not searches or searches[-1][0].endswith(found_words(0)) else [want for _, want in searches]


def _subject(want: Want) -> tuple[str, str | None]:
    kind = dict(want.facets).get(KIND)
    return (KIND, kind) if kind else (TYPE, want.item_type)


def _limits(want: Want) -> Stated:
    """The limits of a want, those that refer to shown items apart."""
    at_most, at_least = (
        format(limit, "f") if isinstance(limit, Decimal) else None for limit in (want.max_price, want.min_price)
    )
    rated = None if want.min_rating is None else f"{want.min_rating:g}"
    return Stated(at_most, at_least, want.in_stock, rated)


def _is_known(name: str, before: Sequence[Stated], stated: Sequence[Stated]) -> bool:
    """Whether a message stated the last search's limit, or it has stood so long that the message is not shown."""
    limit = _value(before[-1], name)
    lately = before[-_LONG_AGO:]
    long_ago = len(lately) == _LONG_AGO and all(_value(one, name) == limit for one in lately)
    return long_ago or any(_value(one, name) == limit for one in stated)


def _value(limits: Stated, name: str) -> Decimal | bool | None:
    value = getattr(limits, name)
    return Decimal(value) if isinstance(value, str) else value
