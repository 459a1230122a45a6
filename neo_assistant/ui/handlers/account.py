"""What belongs to the shopper: who they are, history and taste, earlier conversations, sharing and export."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from catalog_db.conversations import get_messages, list_conversations
from catalog_db.errors import NeoError
from neo_assistant.conversation_turns import message_of
from neo_assistant.errors import RequestError
from neo_assistant.events import TextDelta
from neo_assistant.messages import Role
from neo_assistant.request import Request
from neo_assistant.steering import MAX_HISTORY, Format, Task
from neo_assistant.ui.handlers.cards import WAIT
from neo_assistant.ui.handlers.chat import ChatHandlers, open_conversation
from neo_assistant.ui.handlers.shop import Outcome, done, refused
from neo_assistant.ui.session import ChatSession

MOST_EARLIER = 12
"""Earlier conversations that are listed."""
_TITLE = 60

_log = logging.getLogger(__name__)


def arrive(chat: ChatHandlers, session: ChatSession, kept: object) -> None:
    """Find out who a browser is and what it had open; for a page's first event, whichever that is.

    What was forged, is another's or is gone is left out, and nothing is said of it.
    """
    if session.shopper:
        return
    values = kept if isinstance(kept, Mapping) else {}
    key = chat.shop.identities.key_of(values.get("shopper"))
    session.shopper = key or chat.shop.identities.new_key()
    if key is None:
        return
    session.restore_choices(values)
    chat.shop.offer.trim(session)
    conversation_id = values.get("conversation")
    if isinstance(conversation_id, str) and _is_theirs(chat, session, conversation_id):
        session.conversation_id = conversation_id


def reopen(chat: ChatHandlers, session: ChatSession, conversation_id: str) -> Outcome:
    """Go on with an earlier conversation."""
    if not _is_theirs(chat, session, conversation_id):
        raise RequestError("there is no such conversation", "load the page again")
    if session.can_stop:
        return refused(WAIT)
    chat.start_again(session)
    session.conversation_id = conversation_id
    return done("The conversation is open.", "chat", "choices", "earlier", focus="#neo-box textarea")


def history_clear(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Delete what was recorded, and earlier conversations; the one that is open stays."""
    gone = chat.shop.account.forget(session.shopper, session.conversation_id)
    session.taste = ("", ())
    return done(
        f"Deleted: {gone.events} {'entry' if gone.events == 1 else 'entries'} of your history and "
        f"{gone.conversations} earlier {'conversation' if gone.conversations == 1 else 'conversations'}.",
        *("chat", "lists", "earlier"),
    )


def remember(chat: ChatHandlers, session: ChatSession, *, history: bool, taste: bool) -> Outcome:
    """Switch the history or the taste profile on or off."""
    before = chat.shop.account.settings(session.shopper)
    chat.shop.account.save_settings(session.shopper, replace(before, history=history, taste=taste))
    if not (history and taste):
        session.taste = ("", ())
    if before.history != history:
        said = "Your history is kept and used." if history else "Nothing new is recorded, and your history is not used."
    else:
        said = "Your taste may be described." if taste else "No taste profile is made of your history."
    return done(said, "chat", "lists")


def ask_taste(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Let a taste profile be written; :func:`describe_taste` writes it."""
    settings = chat.shop.account.settings(session.shopper)
    if not (settings.history and settings.taste):
        return refused("Switch history and taste on first.")
    if not chat.shop.liked(session.shopper):
        return refused("There is no history to read a taste from. Look at a few things first.")
    session.describing = True
    session.described += 1
    return done("The assistant is describing your taste.", "lists")


def describe_taste(chat: ChatHandlers, session: ChatSession) -> Generator[None, None, None]:
    """Have the profile written; yields when something of it is new.

    It is asked for in a conversation of its own that is emptied at once, so that it stands in no list of conversations.
    """
    if not session.describing:
        return
    skus = chat.shop.liked(session.shopper)[-MAX_HISTORY:]
    words = ""
    conversation_id = chat.shop.conversations.start(session.shopper)
    try:
        request = Request("", history=skus, task=Task.PROFILE, format=Format.TEXT)
        with contextlib.closing(chat.shop.conversations.say(conversation_id, request)) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    words += event.text
        session.taste = (words.strip() or "There is too little to tell yet.", skus)
    except NeoError as error:
        session.taste = (error.message[:1].upper() + error.message[1:] + ".", ())
    finally:
        session.describing = False
        chat.shop.conversations.clear(conversation_id)
    yield


@dataclass(frozen=True)
class Earlier:
    """A conversation of the shopper's: how it began, and when."""

    id: str
    title: str
    at: dt.datetime
    is_open: bool


def earlier(chat: ChatHandlers, session: ChatSession) -> list[Earlier]:
    """The shopper's latest conversations in which anything was said, the newest first."""
    found = []
    with chat.shop.database.reading() as reading:
        for stored in list_conversations(reading, session.shopper, limit=4 * MOST_EARLIER):
            messages = get_messages(reading, stored.id)
            said = [message_of(row).text for row in messages if row.role == Role.SHOPPER.value]
            title = next((" ".join(text.split()) for text in said if text.strip()), "Without words" if said else "")
            if title:
                found.append(
                    Earlier(stored.id, title[:_TITLE], stored.created_at, stored.id == session.conversation_id)
                )
            if len(found) == MOST_EARLIER:
                break
    return found


def share(chat: ChatHandlers, session: ChatSession) -> str:
    """A token that lets whoever has it read what has been said until now.

    Raises:
        RequestError: nothing has been said yet.
    """
    conversation_id = _with_words(chat, session)
    return chat.shop.conversations.share(conversation_id)


def revoke(chat: ChatHandlers, session: ChatSession) -> Outcome:
    """Make every link to the open conversation worthless."""
    count = chat.shop.conversations.revoke(open_conversation(session))
    if not count:
        return done("No link opened this conversation.")
    return done(f"{'The link opens' if count == 1 else f'{count} links open'} nothing any more.")


def export(chat: ChatHandlers, session: ChatSession, form: Literal["json", "markdown"]) -> str:
    """The open conversation as a document.

    Raises:
        RequestError: nothing has been said yet.
    """
    return chat.shop.conversations.export(_with_words(chat, session), form)


def _with_words(chat: ChatHandlers, session: ChatSession) -> str:
    conversation_id = open_conversation(session)
    if not chat.shop.conversations.turns(conversation_id):
        raise RequestError("nothing has been said yet")
    return conversation_id


def _is_theirs(chat: ChatHandlers, session: ChatSession, conversation_id: str) -> bool:
    return bool(conversation_id) and chat.shop.conversations.resume(conversation_id, session.shopper)
