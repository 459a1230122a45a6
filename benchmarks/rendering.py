"""What share of a reply's processor time the page takes beside the model: reading, storing and rendering.

    python -m benchmarks.rendering [--turns 5]

Talks to the shop of the settings (``NEO_*``; a copy of its SQLite file, so that nothing is left in it) through the
page's own handlers, as a browser would, and counts the thread's processor time inside the replier and around it. The
handlers' part holds everything that is not the model: the database, the conversation's store, and every card, chip and
line as HTML. docs/shop-page.md has the figures.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog_db.overview import shop_overview
from neo_assistant.conversation import ConversationService
from neo_assistant.errors import SettingsError
from neo_assistant.messages import Message
from neo_assistant.request import Event, Request
from neo_assistant.services import open_services
from neo_assistant.settings import load_settings
from neo_assistant.shopper_account import ShopperAccount
from neo_assistant.ui.handlers.account import arrive
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.shop import Shop
from neo_assistant.ui.handlers.told import Offer
from neo_assistant.ui.identity import Identities, load_secret
from neo_assistant.ui.session import ChatSession

ASKED = (
    "a blue mug under $30",
    "something to sit on at my desk",
    "a large towel",
    "tents",
    "what goes with the first?",
)
_SQLITE = "sqlite:///"


class Timed:
    """A replier that counts the processor seconds spent in it."""

    def __init__(self, replier: Any) -> None:
        self._replier = replier
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replier, name)

    def reply(self, messages: Sequence[Message], request: Request, stop: threading.Event) -> Iterator[Event]:
        """The replier's events."""
        events = self._replier.reply(messages, request, stop)
        while True:
            began = time.thread_time()
            event = next(events, None)
            self.seconds += time.thread_time() - began
            if event is None:
                return
            yield event


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=len(ASKED), metavar="N", help="of the conversation")
    turns = parser.parse_args().turns
    settings = load_settings()
    if not settings.database_url.startswith(_SQLITE):
        raise SettingsError("the benchmark works on a copy of a SQLite file", "set NEO_DATABASE_URL=sqlite:///…")
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copyfile(settings.database_url.removeprefix(_SQLITE), Path(folder) / "shop.db")
        measure(load_settings(database_url=f"{_SQLITE}{copy}"), turns)


def measure(settings: Any, turns: int) -> None:
    """One conversation, a line for every reply."""
    services = open_services(settings)
    with services.database.reading() as session:
        overview = shop_overview(session)
    replier = Timed(services.assistant)
    conversations = ConversationService(services.database, replier)
    identities = Identities(load_secret(settings))
    account = ShopperAccount(services.database)
    offer = Offer(frozenset(overview.item_types), frozenset(), overview.currency)
    shop = Shop(services.database, conversations, account, replier, identities, settings.items_per_reply, offer)
    chat, page = ChatHandlers(shop), ChatSession()
    arrive(chat, page, None)
    for number in range(turns):
        replier.seconds, began = 0.0, time.thread_time()
        chat.say(page, ASKED[number % len(ASKED)])
        updates = sum(1 for _ in chat.answer(page))
        chat.current(page)
        whole = time.thread_time() - began
        page_share = 1 - replier.seconds / whole
        print(f"reply {number + 1}: {whole:.2f} s, {updates} updates, {100 * page_share:.1f} % beside the model")


if __name__ == "__main__":
    main()
