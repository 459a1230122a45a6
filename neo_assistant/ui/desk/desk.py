"""The merchandiser's desk as its tabs see it: who is signed in, and how an event is connected so that this is checked.

Pages of a Gradio app have no authorisation of their own, and events that no page offers can still be called over HTTP.
So every handler of the desk is connected through :meth:`Desk.on`, which looks at the session first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from catalog_db.errors import NeoError
from neo_assistant.services import Services
from neo_assistant.ui.desk.logins import Logins

QUEUE = "desk"
"""The queue of everything on the desk that takes long without asking the model."""

QUICK = {"concurrency_id": f"{QUEUE}-quick", "concurrency_limit": None}
"""What takes no time waits for nobody."""


class Desk:
    """What a tab is built with.

    Args:
        services: database, settings and what writes replies.
        logins: who may be here.
        token: the session's token on the server, ``None`` before signing in.
    """

    def __init__(self, services: Services, logins: Logins, token: gr.State) -> None:
        self.services = services
        self._logins = logins
        self._token = token
        self._openings: list[Callable[[Callable[..., Any]], None]] = []

    def on(
        self,
        trigger: Callable[..., Any],
        action: Callable[..., Any],
        inputs: Sequence[Any] = (),
        outputs: Sequence[Any] = (),
        *,
        queue: str | None = QUEUE,
        **options: Any,
    ) -> Any:
        """Connect an event.

        Args:
            trigger: ``button.click`` and the like.
            action: a plain function or generator of the :class:`~neo_assistant.ui.desk.logins.Merchandiser` who is
                signed in and of the inputs' values. A NeoError that it raises is shown as a message.
            inputs, outputs: components.
            queue: which queue it waits in; None for quick ones, which wait for nobody.
            options: further ones of the trigger.

        Returns:
            The dependency, for ``then`` and ``success``.
        """
        # Never outside Gradio's queue: a refusal would reach the browser as a bare status 500, and the page would wait.
        waiting: dict[str, Any] = QUICK if queue is None else {"concurrency_id": queue}
        return trigger(
            self._checked(action),
            [self._token, *inputs],
            list(outputs),
            api_visibility="private",
            **waiting,
            **options,
        )

    def on_open(self, action: Callable[..., Any], inputs: Sequence[Any] = (), outputs: Sequence[Any] = ()) -> None:
        """Run ``action``, no generator, when somebody has signed in, and when a page is loaded by somebody who is."""

        def open_quietly(token: str | None, *values: Any) -> Any:
            if not self._logins.knows(token):
                return gr.skip()  # the page was loaded by somebody who has yet to sign in
            return self._checked(action)(token, *values)

        def connect(trigger: Callable[..., Any]) -> None:
            given, shown = [self._token, *inputs], list(outputs)
            trigger(open_quietly, given, shown, api_visibility="private", concurrency_id=QUEUE, show_progress="hidden")

        self._openings.append(connect)

    def connect_openings(self, *triggers: Callable[..., Any]) -> None:
        """Connect what :meth:`on_open` gathered; the page does it when all tabs are there."""
        for trigger in triggers:
            for connect in self._openings:
                connect(trigger)

    def _checked(self, action: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(action):

            def stream(token: str | None, *values: Any) -> Iterator[Any]:
                with shown_errors():
                    yield from action(self._logins.who(token), *values)

            return stream

        def call(token: str | None, *values: Any) -> Any:
            with shown_errors():
                return action(self._logins.who(token), *values)

        return call


class shown_errors:  # noqa: N801 - a context manager that reads like one of contextlib
    """Turns a NeoError into the message that Gradio shows; anything else passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NeoError):
            words = ". ".join(part[0].upper() + part[1:] for part in (error.message, error.hint) if part) + "."
            raise gr.Error(words, duration=10, print_exception=False) from error
