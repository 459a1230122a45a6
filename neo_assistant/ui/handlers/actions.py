"""The one table of what buttons in the page's HTML may ask for; whatever is not in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog_db.conditions import Conditions
from catalog_db.errors import NeoError
from catalog_db.shopper_lists import ShopperList
from neo_assistant.ui.handlers import account, cards, replies
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.shop import Outcome, done, refused
from neo_assistant.ui.handlers.told import FILTERS, NOTHING_TOLD, STEERING, Told
from neo_assistant.ui.session import ChatSession, Steered

_LONGEST_VALUE = 1_000


@dataclass(frozen=True)
class Action:
    """What a button does.

    Args:
        run: a plain function.
        asks: whether it asks the model: then there has to be room in the queue.
        clears: the group of fields that it clears, if any.
    """

    run: Callable[[ChatHandlers, ChatSession, str], Outcome]
    asks: bool = False
    clears: str = ""


def filters_clear(_: ChatHandlers, session: ChatSession, __: str) -> Outcome:
    """No filter holds any more."""
    session.filters = Conditions()
    return done("No filter is set any more.", "choices")


def steering_clear(_: ChatHandlers, session: ChatSession, __: str) -> Outcome:
    """Replies are as the words say."""
    session.steered = Steered()
    return done("Replies follow your words alone.", "choices")


ACTIONS: dict[str, Action] = {
    "cart": Action(cards.add_to_cart),
    "wish": Action(cards.wish),
    "dismiss": Action(cards.dismiss),
    "similar": Action(cards.similar, asks=True),
    "why": Action(cards.why),
    "viewed": Action(cards.viewed),
    "compare": Action(cards.compare),
    "compare-show": Action(cards.compare_show),
    "compare-ask": Action(cards.compare_ask, asks=True),
    "compare-remove": Action(cards.compare_remove),
    "compare-clear": Action(cards.compare_clear),
    "cart-more": Action(cards.one_more),
    "cart-less": Action(cards.one_less),
    "cart-remove": Action(cards.remover(ShopperList.CART, "is out of your cart")),
    "cart-clear": Action(cards.clearer(ShopperList.CART, "Your cart is empty.")),
    "unwish": Action(cards.remover(ShopperList.WISHLIST, "is off your wishlist")),
    "wish-clear": Action(cards.clearer(ShopperList.WISHLIST, "Your wishlist is empty.")),
    "undismiss": Action(cards.remover(ShopperList.DISMISSED, "may be named again")),
    "ask": Action(replies.ask, asks=True),
    "drop": Action(replies.drop, asks=True),
    "follow": Action(replies.follow, asks=True),
    "up": Action(replies.up),
    "down": Action(replies.down),
    "retry": Action(replies.retry, asks=True),
    "again": Action(replies.again, asks=True),
    "undo": Action(replies.undo),
    "edit": Action(replies.edit),
    "edit-cancel": Action(replies.edit_cancel),
    "filters-clear": Action(filters_clear, clears=FILTERS),
    "steering-clear": Action(steering_clear, clears=STEERING),
    "history-clear": Action(account.history_clear),
    "taste": Action(account.ask_taste, asks=True),
    "reopen": Action(account.reopen),
}
"""The ``name`` of a button → what it does. The ``value`` is a SKU, or on replies ``MESSAGE:ARGUMENT``."""


def act(chat: ChatHandlers, session: ChatSession, name: object, value: object, told: Told = NOTHING_TOLD) -> Outcome:
    """Do what a button asks for, if it is one of ours and what it names is there; say why not, if not.

    What asks the model keeps to what the fields tell, and is refused if that makes no sense.
    """
    action = ACTIONS.get(name) if isinstance(name, str) else None
    if action is None or not isinstance(value, str) or len(value) > _LONGEST_VALUE:
        return refused("This button does nothing here. Load the page again.")
    session.steps += 1

    def step() -> Outcome:
        if action.asks:
            told.take(session, chat.shop.offer)
        if action.clears:
            told.pass_over(session, action.clears)
        return action.run(chat, session, value)

    return attempt(step)


def attempt(step: Callable[[], Outcome]) -> Outcome:
    """The outcome of a step, or what it was refused with."""
    try:
        return step()
    except NeoError as error:
        return refused(". ".join(part[0].upper() + part[1:] for part in (error.message, error.hint) if part) + ".")
