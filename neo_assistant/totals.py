"""What the shop says of a reply's total: what its items cost together, or that the cheapest already cost too much."""

from __future__ import annotations

from collections.abc import Iterator

from catalog_db.money import format_price
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.view import View
from neo_assistant.events import Notice
from neo_assistant.grammar.budget import UNKNOWN
from neo_assistant.grammar.counted import Counts
from neo_assistant.grammar.plan import ReplyPlan

OVER_BUDGET = "over-budget"
NO_PRICE = "no-price"


def over_budget(snapshot: Snapshot, plan: ReplyPlan, want: str, left: View, counts: Counts) -> Iterator[Notice]:
    """By how much the cheapest items cost too much, if they do, and of what nothing has a price.

    Args:
        snapshot: the catalog.
        plan: of the reply; it has a budget.
        want: the conditions read.
        left: what they leave.
        counts: what the shopper counted.
    """
    budget = plan.budget
    assert budget is not None
    priced = View(snapshot.index, budget.within(UNKNOWN - 1))
    for quota in plan.quotas:
        among = left & quota.view
        if among.remaining(plan.taken) and not (among & priced).remaining(plan.taken):
            yield Notice(NO_PRICE, f"Of “{_plain(quota.name)}”, nothing has a price, so it cannot be part of a total.")
    if plan.quotas or plan.at_least:
        cost, what = plan.cheapest(want).cost, _cheapest(counts)
    else:
        first = budget.cheapest(left, 1, plan.taken)
        if left.remaining(plan.taken) and not len(first):
            yield Notice(NO_PRICE, "Nothing of this has a price, so it cannot be part of a total.")
        cost, what = sum(int(budget.prices[place]) for place in first), _cheapest(())
    if cost > budget.most:
        price, more, most = (
            format_price(amount, snapshot.currency) for amount in (cost, cost - budget.most, budget.most)
        )
        yield Notice(OVER_BUDGET, f"{what} {price}, {more} more than {most}.")


def _cheapest(counts: Counts) -> str:
    """``The cheapest desk, office chair and 2 × desk lamp together cost``"""
    if not counts:
        return "The cheapest item costs"
    things = [_plain(name) if number == 1 else f"{number} × {_plain(name)}" for name, number in counts]
    listed = " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else things[0]
    return f"The cheapest {listed} {'costs' if counts[0][1] == len(counts) == 1 else 'together cost'}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
