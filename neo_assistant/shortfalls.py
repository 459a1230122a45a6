"""What a reply had too little of: the shop says so when the reply ends, and which condition is to blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.advice import Causes, explain
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.events import Notice
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.sids import Sid
from neo_assistant.totals import over_budget
from neo_assistant.turn import Turn
from neo_assistant.want import SHOWN, Want
from neo_assistant.want_phrases import want_phrases

NOTHING_MATCHES = "nothing-matches"
FEWER = "fewer-than-asked"


def shortfalls(turn: Turn, plan: ReplyPlan, named: Sequence[Sid]) -> Iterator[Notice]:
    """What there was too little of, and which single condition, dropped, would bring back most.

    Args:
        turn: whose reply has ended.
        plan: of the reply.
        named: the items of the reply.
    """
    if turn.left is None:
        return  # The reply was stopped before it had read what is wanted, or wants nothing.
    want = Want.parse(turn.want_read)
    try:
        read = turn.conditions(want)
    except ConditionError as error:
        yield Notice(NOTHING_MATCHES, f"Nothing can be found by that: {error.message}.", "")
        return
    shown = turn.shown if want.not_shown else NOTHING
    causes = Causes(turn.base, read, shown, turn.taken, dict(_compared(turn, want)))
    parts = [turn.left & quota.view for quota in turn.quotas] or [turn.left]
    code = FEWER if any(part.remaining(turn.taken) for part in parts) else NOTHING_MATCHES
    everything = View(turn.snapshot.index)
    for subject, have, within in (
        _short_quotas(turn, turn.left, plan, named) if turn.quotas else _short(turn, turn.left)
    ):
        # What the merchandiser excluded is not promised to whoever drops a condition.
        permitted = turn.effects.permitted(everything if within is None else within)
        advice = explain(turn.snapshot, causes, subject, have, permitted)
        yield Notice(code, advice.text, advice.condition, advice.phrase)
    if turn.budget is not None:
        yield from over_budget(turn.snapshot, plan, turn.want_read, turn.left, turn.counts)


def _short(turn: Turn, left: View) -> Iterator[tuple[str, int, None]]:
    """What is left, if that is nothing, or less than the shopper counted."""
    have = left.remaining(turn.taken)
    if not have:
        yield "Nothing", 0, None
    elif turn.counts and have < turn.steering.count:
        yield f"Only {have} item{'s' if have > 1 else ''}", have, None


def _short_quotas(turn: Turn, left: View, plan: ReplyPlan, named: Sequence[Sid]) -> Iterator[tuple[str, int, View]]:
    """Quotas that the reply could not fill because nothing more of theirs is left, with what it named of them."""
    places = [turn.snapshot.index.position(sid) for sid in named]
    items = [place for place in places if place is not None]
    blocked = np.union1d(turn.taken, np.array(items, dtype=np.int64))
    for quota, missing in zip(turn.quotas, plan.filling(items).missing, strict=True):
        if missing and not (left & quota.view).remaining(blocked):
            have = quota.at_least - missing
            yield f"Of “{quota.name.replace('_', ' ')}”, {f'only {have}' if have else 'nothing'}", have, quota.view


def _compared(turn: Turn, want: Want) -> Iterator[tuple[Conditions, str]]:
    """The conditions that compare with what was shown, and what people call them."""
    for one in want.single():
        if SHOWN in (one.max_price, one.min_price):
            [phrase] = want_phrases(one, turn.snapshot.currency)
            yield turn.conditions(one), phrase
