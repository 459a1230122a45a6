"""The rules as replies see them: read from the database for every reply, worked out only when something has changed."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from catalog_db.rules import StoredRule, active_rules
from neo_assistant.catalog import Snapshot
from neo_assistant.merchandising.effects import Effects, effects_of, in_force

_KEPT = 4
"""Sets of rules that are remembered: those that are in force, and a few that somebody tries out."""


class RuleBook:
    """Effects of rules by snapshot. Safe to share between threads.

    Which rules are in force is asked of the database each time, so a rule that is saved, begins or ends counts from the
    next reply on, whichever process saved it. What they do is worked out anew only for other rules or another snapshot.

    Args:
        clock: what time it is, with a time zone.
    """

    def __init__(self, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[int, tuple[StoredRule, ...]], tuple[Snapshot, Effects]] = OrderedDict()
        self._guard = threading.Lock()

    def effects(self, snapshot: Snapshot, rules: Sequence[StoredRule] | None = None) -> Effects:
        """What is in force now does to a snapshot.

        Args:
            snapshot: the catalog.
            rules: these instead of those in the database, saved or not.

        Raises:
            ConditionError: as :func:`effects_of`.
        """
        now = self._clock()
        if rules is None:
            with snapshot.database.reading() as session:
                rules = active_rules(session, now)
        active = in_force(rules, now)
        key = (id(snapshot), active)
        with self._guard:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][1]
        effects = effects_of(snapshot, active, now)
        with self._guard:
            # The snapshot is kept with it, so that no other one gets its id.
            self._known[key] = (snapshot, effects)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return effects
