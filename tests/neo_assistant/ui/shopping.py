"""What the tests of the shop page share."""

from __future__ import annotations

import html
import re

from catalog_db.database import Database
from neo_assistant.conversation import ConversationService
from neo_assistant.request import Replier
from neo_assistant.shopper_account import ShopperAccount
from neo_assistant.ui.handlers.chat import ChatHandlers, ChatMessages
from neo_assistant.ui.handlers.shop import Shop
from neo_assistant.ui.handlers.told import Offer
from neo_assistant.ui.identity import Identities
from neo_assistant.ui.session import ChatSession

SECRET = b"a secret of the tests, 32 letters"
OFFER = Offer(frozenset({"kitchen"}), frozenset({"Claywork"}), "USD")
_UNSEEN = re.compile(r'<span class="neo-hidden">[^<]*</span>|<button[^>]*>.*?</button>')


def make_shop(database: Database, replier: Replier) -> Shop:
    """The services behind a page."""
    conversations, account = ConversationService(database, replier), ShopperAccount(database)
    return Shop(database, conversations, account, replier, Identities(SECRET), 3, OFFER)


def ask(chat: ChatHandlers, session: ChatSession, text: str) -> list[ChatMessages]:
    """Say something and take every update of the reply."""
    chat.say(session, text)
    return list(chat.answer(session))


def seen(messages: ChatMessages) -> list[str]:
    """What a reader sees of each message, without what can be pressed."""
    joined = [_UNSEEN.sub("", "|".join(message["content"])) for message in messages]
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", text.replace("|", " "))).split()) for text in joined]
