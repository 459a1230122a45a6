"""The merchandiser's desk as its tabs see it: who is signed in, and how an event is connected so that this is checked.

Pages of a Gradio app have no authorisation of their own, and events that no page offers can still be called over HTTP.
So every handler of the desk is connected through :meth:`Desk.on`, which looks at the session first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from catalog_db.errors import NeoError
from neo_assistant.services import Services
from neo_assistant.ui.desk.logins import Logins

QUEUE = "desk"
"""The queue of everything on the desk that takes long without asking the model."""

QUICK = {"concurrency_id": f"{QUEUE}-quick", "concurrency_limit": None}
"""What takes no time waits for nobody."""


@dataclass(frozen=True)
class _Opening:
    """What a tab shows when the desk opens."""

    action: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]

    def fill(self, *given: Any) -> list[Any]:
        """A value for each output. What cannot be shown leaves its tab as it is, and a message says so."""
        try:
            found = self.action(*given)
        except gr.Error as error:
            gr.Warning(error.message)
            return [gr.skip()] * len(self.outputs)
        return list(found) if isinstance(found, tuple) else [found] * len(self.outputs)


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
        self._openings: list[_Opening] = []

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
        self._openings.append(_Opening(self._checked(action), list(inputs), list(outputs)))

    def connect_openings(self, *triggers: Callable[..., Any]) -> None:
        """Connect what :meth:`on_open` gathered; the page does it when all tabs are there.

        It is one event, as several that end at once can make Gradio's server forget a page's session while the page
        asks for the next (docs/lab-notes.md).
        """
        openings = list(self._openings)
        given = [component for opening in openings for component in opening.inputs]
        shown = [component for opening in openings for component in opening.outputs]

        def open_quietly(token: str | None, *values: Any) -> Any:
            if not self._logins.knows(token):
                return gr.skip()  # the page was loaded by somebody who has yet to sign in
            found, left = list[Any](), list(values)
            for opening in openings:
                mine, left = left[: len(opening.inputs)], left[len(opening.inputs) :]
                found += opening.fill(token, *mine)
            return found if len(shown) > 1 else found[0] if shown else None

        for trigger in triggers:
            trigger(
                open_quietly,
                [self._token, *given],
                shown,
                api_visibility="private",
                concurrency_id=QUEUE,
                show_progress="hidden",
            )

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
