"""What is connected to what on the shop page.

Every event first finds out who asks (:func:`~neo_assistant.ui.handlers.account.arrive`), because the first one after a
restart of the server may be any of them. What changes something is quick and waits in no queue; only writing replies
does. Every handler is private: it appears in no API description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from neo_assistant.ui.handlers import account, choices, draw
from neo_assistant.ui.handlers.actions import ACTIONS, act, attempt
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.shop import Outcome, Part, done
from neo_assistant.ui.handlers.told import FILTERS, STEERING, Told
from neo_assistant.ui.queues import QUICK, SLOW
from neo_assistant.ui.session import ChatSession
from neo_assistant.ui.shop.blocks import Parts
from neo_assistant.ui.shop.listener import said
from neo_assistant.ui.shop.sharing import connect_sharing
from neo_assistant.ui.welcome import LiveWelcome

CROWDED = "Many shoppers are waiting for a reply. Please try again in a moment."
EVERYTHING: frozenset[Part] = frozenset({"chat", "lists", "compare", "choices", "earlier"})
Updates = dict[Any, Any]

# Changes are counted as they are made: an event that reports one may wait for another to end.
COUNT = "() => {{ const made = (window.neoChanges ??= {{}}); made.{group} = (made.{group} ?? 0) + 1; }}"
TELLING: dict[str, Any] = {
    "js": "(...values) => [...values.slice(0, -1), { ...window.neoChanges }]",
    "preprocess": False,
}
"""How an event is connected whose last inputs are ``Fields.told``; ``Offer`` checks them."""


class Wiring:
    """The events of one page."""

    def __init__(self, parts: Parts, chat: ChatHandlers, welcome: LiveWelcome, max_waiting: int) -> None:
        self._parts = parts
        self._chat = chat
        self._welcome = welcome
        self._max_waiting = max_waiting

    def connect(self) -> None:
        """Connect everything."""
        answers = self._connect_replies()
        self._connect_saying()
        self._connect_buttons(answers)
        self._connect_choices()
        self._connect_account()
        connect_sharing(self._parts, self._chat)
        self._on(
            self._parts.sharing.revoke.click,
            lambda session: account.revoke(self._chat, session).with_parts({"earlier"}),
        )

    # What the page shows ------------------------------------------------------------------------------------------

    def _shown(self, session: ChatSession, outcome: Outcome) -> Updates:
        """The page after an action."""
        parts, chat = self._parts, self._chat
        updates: Updates = {
            parts.kept: self._kept(session),
            parts.listener: said(
                *(outcome.said, session.steps),
                refused=outcome.refused,
                focus=outcome.focus,
                sent=outcome.sent,
                asked=session.asked,
                described=session.described,
            ),
        }
        if "chat" in outcome.parts and not session.is_running:
            updates[parts.chat] = chat.current(session)
        if "chat" in outcome.parts or outcome.box is not None:
            updates[parts.box] = self._box(session, outcome.box)
        if "lists" in outcome.parts:
            updates |= dict(zip(parts.panels.lists, draw.lists(chat, session), strict=True))
        if "compare" in outcome.parts:
            updates[parts.compare] = draw.comparison(chat, session)
        if "choices" in outcome.parts:
            updates |= self._choices(session)
        if "earlier" in outcome.parts:
            updates[parts.panels.earlier] = draw.earlier_html(account.earlier(chat, session))
            updates[parts.sharing.link] = gr.Textbox(value="", visible=False)
            updates[parts.sharing.revoke] = gr.Button(visible=False)
        return updates

    def _choices(self, session: ChatSession) -> Updates:
        fields, currency = self._parts.fields, self._chat.shop.offer.currency
        return {
            self._parts.choices: choices.choices_html(session, currency),
            **dict(zip(fields.filters, choices.filter_values(session.filters, currency), strict=True)),
            **dict(zip(fields.steering, choices.steered_values(session.steered), strict=True)),
        }

    def _box(self, session: ChatSession, words: str | None = None) -> gr.Textbox:
        changes: dict[str, Any] = {} if words is None else {"value": words}
        return gr.Textbox(submit_btn=not session.can_stop, stop_btn=session.can_stop, **changes)

    def _kept(self, session: ChatSession) -> dict[str, Any]:
        return session.kept(self._chat.shop.identities.signed(session.shopper))

    @property
    def _outputs(self) -> list[Any]:
        parts = self._parts
        return [
            *(parts.kept, parts.listener, parts.chat, parts.box, parts.compare, parts.choices),
            *(*parts.fields.filters, *parts.fields.steering, *parts.panels.lists, parts.panels.earlier),
            *(parts.sharing.link, parts.sharing.revoke),
        ]

    def _on(
        self, trigger: Callable[..., Any], step: Callable[..., Outcome], inputs: list[Any] | None = None, **options: Any
    ) -> Any:
        """Connect a quick event to a plain function of the session and the inputs' values."""

        def run(session: ChatSession, kept: object, *values: Any) -> Updates:
            with session.guard:
                account.arrive(self._chat, session, kept)
                session.steps += 1
                return self._shown(session, attempt(lambda: step(session, *values)))

        given = [self._parts.session, self._parts.kept, *(inputs or [])]
        return trigger(run, given, self._outputs, **{**QUICK, "trigger_mode": "multiple", **options})

    def _on_asking(
        self, trigger: Callable[..., Any], step: Callable[..., Outcome], inputs: list[Any] | None = None, **options: Any
    ) -> None:
        """As :meth:`_on`, for what starts a reply: it keeps to what the fields say, and not to what came in of it."""
        own = inputs or []

        def run(session: ChatSession, *values: Any) -> Outcome:
            self._told(values[len(own) :]).take(session, self._chat.shop.offer)
            return step(session, *values[: len(own)])

        self._on(trigger, run, [*own, *self._parts.fields.told], **TELLING, **options)

    def _told(self, values: Sequence[Any]) -> Told:
        count = len(self._parts.fields.filters)
        return Told(values[:count], values[count:-1], values[-1])

    def _require_room(self) -> None:
        # A full queue would end the chain of events in the middle, with the words shown and no reply to come.
        if len(self._parts.page._queue) >= self._max_waiting:
            raise gr.Error(CROWDED, duration=8, print_exception=False)

    # Saying and answering -----------------------------------------------------------------------------------------

    def _connect_saying(self) -> None:
        parts, chat = self._parts, self._chat

        def say(session: ChatSession, text: object) -> Outcome:
            if session.is_running or not isinstance(text, str) or not text.strip():
                return done("", "chat")  # the words stay in the box, and there is nothing to answer
            self._require_room()
            chat.say(session, text)
            return replace(done("", "chat", "choices"), sent=text)

        def say_nothing(session: ChatSession) -> Outcome:
            self._require_room()
            return done("", "chat", "choices") if chat.say_nothing(session) else done("")

        def stop(session: ChatSession) -> Outcome:
            chat.stop(session)
            return done("", "chat")

        self._on_asking(parts.box.submit, say, [parts.box], trigger_mode="once")
        self._on_asking(parts.fields.ask.click, say_nothing)
        self._on(parts.box.stop, stop)

    def _connect_replies(self) -> list[Any]:
        parts, chat = self._parts, self._chat

        def answer(session: ChatSession) -> Iterator[Any]:
            yield from chat.answer(session)

        def settle(session: ChatSession) -> tuple[Any, ...]:
            # Quick events may have been overtaken by the reply, and an update of theirs have come last.
            written = draw.earlier_html(account.earlier(chat, session))
            shown = gr.skip() if session.is_running else chat.current(session)
            return shown, self._box(session), self._kept(session), written

        def describe(session: ChatSession) -> Iterator[Any]:
            for _ in account.describe_taste(chat, session):
                yield draw.lists(chat, session)

        answering = parts.listener.answer(answer, [parts.session], [parts.chat], **SLOW)
        settled = [parts.chat, parts.box, parts.kept, parts.panels.earlier]
        answering.then(settle, [parts.session], settled, **QUICK)
        parts.listener.describe(describe, [parts.session], parts.panels.lists, **SLOW)
        return [answering]

    # Buttons ------------------------------------------------------------------------------------------------------

    def _connect_buttons(self, answers: list[Any]) -> None:
        parts, chat = self._parts, self._chat

        def press(session: ChatSession, kept: object, event: gr.EventData, *told: Any) -> Updates:
            pressed = event._data if isinstance(event._data, Mapping) else {}
            name, value = pressed.get("action"), pressed.get("value")
            if isinstance(name, str) and name in ACTIONS and ACTIONS[name].asks:
                self._require_room()
            return self._act(session, kept, name, value, told)

        def clear_filters(session: ChatSession, kept: object, *told: Any) -> Updates:
            return self._act(session, kept, "filters-clear", "", told)

        given = [parts.session, parts.kept, *parts.fields.told]
        for trigger, pushed in ((parts.listener.card_action, press), (parts.fields.clear_filters.click, clear_filters)):
            trigger(pushed, given, self._outputs, **{**QUICK, **TELLING, "trigger_mode": "multiple"})

        def start_again(session: ChatSession) -> Outcome:
            chat.start_again(session)
            return done("A new conversation.", "chat", "choices", "earlier", box="")

        def clear(session: ChatSession) -> Outcome:
            chat.clear(session)
            return done("The conversation is deleted.", "chat", "choices", "earlier", box="")

        def refresh(session: ChatSession) -> Updates:
            return {parts.chat: chat.current(session), parts.box: self._box(session)}

        for button, step in ((parts.start_again, start_again), (parts.clear, clear)):
            begun = self._on(button.click, step, cancels=answers)
            # An update of the cancelled reply may still have been on its way and have come last.
            begun.then(refresh, [parts.session], [parts.chat, parts.box], **QUICK)

        def show_again(session: ChatSession) -> Outcome:
            # Who is here for the first time has the empty page already, and may be writing or choosing.
            there: set[Part] = {"chat"} if session.conversation_id is None else set()
            # What she has chosen already stands in the fields: on a slow line this comes after it, and would undo it.
            if session.chooses_nothing or session.heard:
                there.add("choices")
            return done("").with_parts(EVERYTHING - there)

        self._on(parts.page.load, show_again)

    def _act(self, session: ChatSession, kept: object, name: object, value: object, told: Sequence[Any]) -> Updates:
        with session.guard:
            account.arrive(self._chat, session, kept)
            return self._shown(session, act(self._chat, session, name, value, self._told(told)))

    # Filters and steering -----------------------------------------------------------------------------------------

    def _connect_choices(self) -> None:
        fields = self._parts.fields
        for group, those in ((FILTERS, fields.filters), (STEERING, fields.steering)):
            # A slider does not call it input when it is put back, or when a number beyond its ends is.
            triggers = [field.input for field in those] + ([fields.count.release] if group == STEERING else [])
            for trigger in triggers:
                trigger(None, js=COUNT.format(group=group), **{**QUICK, "trigger_mode": "multiple"})
                self._on_choice(trigger)

    def _on_choice(self, trigger: Callable[..., Any]) -> None:
        """As :meth:`_on`, but the fields are left alone: somebody is typing in one of them."""
        parts = self._parts

        def take(session: ChatSession, told: Sequence[Any]) -> Outcome:
            self._told(told).take(session, self._chat.shop.offer)
            return done("")

        def run(session: ChatSession, kept: object, *told: Any) -> Updates:
            with session.guard:
                account.arrive(self._chat, session, kept)
                session.steps += 1
                shown = self._shown(session, attempt(lambda: take(session, told)))
                return {**shown, parts.choices: choices.choices_html(session, self._chat.shop.offer.currency)}

        given, outputs = [parts.session, parts.kept, *parts.fields.told], [parts.kept, parts.listener, parts.choices]
        trigger(run, given, outputs, **{**QUICK, **TELLING, "trigger_mode": "always_last"})

    # The page as it is loaded, history, taste ---------------------------------------------------------------------

    def _connect_account(self) -> None:
        parts, chat = self._parts, self._chat
        switches = [parts.panels.keep_history, parts.panels.keep_taste]
        for switch in switches:
            self._on(
                switch.input,
                lambda session, history, taste: account.remember(
                    chat, session, history=bool(history), taste=bool(taste)
                ),
                switches,
            )

        def load(session: ChatSession, kept: object) -> tuple[bool, bool, gr.Chatbot]:
            with session.guard:
                account.arrive(chat, session, kept)
            settings = chat.shop.account.settings(session.shopper)
            return settings.history, settings.taste, gr.Chatbot(placeholder=self._welcome.html())

        parts.page.load(load, [parts.session, parts.kept], [*switches, parts.chat], **QUICK)
