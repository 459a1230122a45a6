"""Actions on replies and turns: conditions taken out, follow-ups, thumbs, retry, edit, undo.

The value is ``MESSAGE:ARGUMENT``. The message must be one of the conversation that is open, which the server knows and
the browser does not say; the argument must be one that this reply offers.
"""

from __future__ import annotations

from dataclasses import replace

from neo_assistant.conversation import Turn
from neo_assistant.errors import RequestError
from neo_assistant.messages import Role
from neo_assistant.request import Request
from neo_assistant.ui.follow_ups import follow_ups
from neo_assistant.ui.handlers.cards import WAIT
from neo_assistant.ui.handlers.chat import ChatHandlers, open_conversation
from neo_assistant.ui.handlers.shop import Outcome, done, refused
from neo_assistant.ui.reply_view import THUMB_REASONS
from neo_assistant.ui.session import ChatSession
from neo_assistant.want_edit import without_phrase

BOX = "#neo-box textarea"


def ask(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Say the words of a request to start from, as if they had been typed."""
    return done("", "chat", "choices") if chat.say(session, value) else refused(WAIT)


def drop(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Answer the same words again without one of the conditions that were read out of them."""
    turn, phrase = _reply(chat, session, value)
    if phrase not in turn.made_by.get("understood", {}).get("phrases", ()):
        raise RequestError("this reply has no such condition", "load the page again")
    if session.can_stop:
        return refused(WAIT)
    want = without_phrase(turn.message.want or "", phrase, chat.shop.offer.currency)
    request = replace(_question(chat, session, turn), want=want)
    chat.shop.conversations.take_back(open_conversation(session), turn.id)
    chat.begin(session, request)
    return done(f"Answering again without “{phrase}”.", "chat")


def follow(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Ask what a chip under a reply offers."""
    turn, number = _reply(chat, session, value)
    chips = dict(enumerate(follow_ups(turn)))
    chip = chips.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 4 else None
    if chip is None:
        raise RequestError("this reply offers nothing like that", "load the page again")
    if session.can_stop:
        return refused(WAIT)
    # Filters are what is set now: they stand in sight beside the conversation.
    request = replace(chip.request(_question(chat, session, turn)), conditions=session.filters)
    chat.begin(session, request)
    return done("", "chat")


def up(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """This helped; once more takes it back."""
    turn, _ = _reply(chat, session, value)
    taken_back = turn.feedback is not None and turn.feedback.helpful
    chat.shop.conversations.rate(open_conversation(session), turn.id, None if taken_back else True)
    return done("Your thumb is taken back." if taken_back else "Thank you: this reply was helpful.", "chat")


def down(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """This did not help, with a reason or without; the same without a reason once more takes it back."""
    turn, key = _reply(chat, session, value)
    if key and key not in THUMB_REASONS:
        raise RequestError("there is no such reason", "load the page again")
    given = turn.feedback is not None and not turn.feedback.helpful
    if given and not key:
        chat.shop.conversations.rate(open_conversation(session), turn.id, None)
        return done("Your thumb is taken back.", "chat")
    chat.shop.conversations.rate(open_conversation(session), turn.id, False, THUMB_REASONS.get(key, ""))
    return done("Thank you." if key else "Thank you. You can say what was wrong.", "chat")


def retry(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Take an answer back and let the same request wait for another one."""
    turn, _ = _turn(chat, session, value)
    if session.can_stop:
        return refused(WAIT)
    chat.begin(session, chat.shop.conversations.take_back(open_conversation(session), turn.id))
    return done("Answering again.", "chat")


def again(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Ask once more what could not be asked."""
    if session.unanswered is None:
        raise RequestError("this does not fit the conversation any more", "load the page again")
    return done("Trying again.", "chat") if chat.begin(session, session.unanswered.request) else refused(WAIT)


def undo(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Take a turn back, and all after it; its words return into the box."""
    turn, _ = _turn(chat, session, value)
    if session.can_stop:
        return refused(WAIT)
    request = chat.shop.conversations.take_back(open_conversation(session), turn.id)
    session.editing = session.explained = session.unanswered = None
    return done("The turn is taken back. Its words are in the box.", "chat", "choices", box=request.text, focus=BOX)


def edit(chat: ChatHandlers, session: ChatSession, value: str) -> Outcome:
    """Put the words of a turn into the box; what is sent then takes its place and that of all after it."""
    turn, _ = _turn(chat, session, value)
    if turn.message.role is not Role.SHOPPER:
        raise RequestError("only your own words can be edited")
    if session.can_stop:
        return refused(WAIT)
    session.editing = turn.id
    said = "Your words are in the box. Send them to replace that turn, or press Escape to leave it as it is."
    return done(said, "choices", box=turn.message.text.strip(), focus=BOX)


def edit_cancel(chat: ChatHandlers, session: ChatSession, _: str) -> Outcome:
    """Leave the turn as it is."""
    if session.editing is None:
        return done("")
    session.editing = None
    return done("The turn stays as it was.", "choices", box="", focus=BOX)


def _reply(chat: ChatHandlers, session: ChatSession, value: str) -> tuple[Turn, str]:
    turn, argument = _turn(chat, session, value)
    if turn.message.role is not Role.ASSISTANT:
        raise RequestError("this is no reply", "load the page again")
    return turn, argument


def _turn(chat: ChatHandlers, session: ChatSession, value: str) -> tuple[Turn, str]:
    """A turn of the conversation that is open, and the argument."""
    number, _, argument = value.partition(":")
    turns = chat.shop.conversations.turns(session.conversation_id) if session.conversation_id is not None else []
    found = next((turn for turn in turns if str(turn.id) == number), None)
    if found is None:
        raise RequestError("this does not fit the conversation any more", "load the page again")
    return found, argument


def _question(chat: ChatHandlers, session: ChatSession, reply: Turn) -> Request:
    """What a reply answers, as it was asked."""
    asked = [
        turn for turn in chat.shop.conversations.turns(open_conversation(session)) if turn.message.role is Role.SHOPPER
    ]
    turn = next((turn for turn in reversed(asked) if turn.position < reply.position), None)
    if turn is None:
        raise RequestError("nothing was asked before this reply", "say what you need")
    return turn.request or chat.shop.request(session, turn.message.text)
