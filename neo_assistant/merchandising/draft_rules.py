"""Rules that somebody tries out, a line each, without saving them.

    pin sku MUG-7, MUG-8
    boost 3 brand Acme
    bury 2 type kitchen
    exclude colour red, blue

First what to do, for boost and bury how much, then what with: ``sku``, ``brand``, ``type`` or the name of an attribute,
and values separated by commas.
"""

from __future__ import annotations

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import NeoError
from catalog_db.known_values import check_against
from catalog_db.models import RuleAction
from catalog_db.products import by_sku
from catalog_db.rules import Rule
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.effects import items_condition

_FORM = "write, for example: boost 3 brand Acme; or: pin sku MUG-7, MUG-8"


def read_drafts(session: Session, text: str) -> list[Rule]:
    """The rules of a text; empty lines are passed over.

    Raises:
        RequestError: naming the line that is not a rule, or is about what the catalog does not hold.
    """
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rules.append(_rule(session, line.split()))
            except NeoError as error:
                raise RequestError(f"line {number} of the draft rules: {error.message}", error.hint) from error
    return rules


def _rule(session: Session, words: list[str]) -> Rule:
    try:
        action = RuleAction(words[0].casefold())
    except ValueError:
        raise RequestError(f"{words[0]!r} is nothing that a rule does", _FORM) from None
    rest, strength = words[1:], 1.0
    if action in (RuleAction.BOOST, RuleAction.BURY):
        try:
            strength, rest = float(rest[0]), rest[1:]
        except (IndexError, ValueError):
            raise RequestError(f"it does not say how much to {action.value}", _FORM) from None
    values = [value.strip() for value in " ".join(rest[1:]).split(",")]
    if not rest or not all(values):
        raise RequestError("it does not say what with", _FORM)
    return Rule(action, _conditions(session, rest[0].rstrip(":").casefold(), values), strength, note="draft")


def _conditions(session: Session, name: str, values: list[str]) -> Conditions:
    if name == "sku":
        by_sku(session, values)
        return items_condition(values)
    if name == "brand":
        conditions = Conditions(brands=frozenset(values))
    elif name == "type":
        conditions = Conditions(item_types=frozenset(values))
    else:
        conditions = Conditions(attributes=((name, tuple(values)),))
    check_against(session, conditions)
    return conditions
