"""The endpoints for programs, as named endpoints of the app: ``/recommend``, ``/chat`` and ``/chat_stream``.

They wait in the same queue as shoppers, and are sent away like them when too many wait. Everything else is plain
functions in :mod:`neo_assistant.programs`; docs/api.md describes it for those who call.
"""

# Gradio reads the annotations of the endpoints as they stand, so they must not become strings here.

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse

from neo_assistant.errors import RequestError
from neo_assistant.programs import Programs, failure

_TURN = "message, conversation_id, options"
ENDPOINTS = {"recommend": "request", "chat": _TURN, "chat_stream": _TURN}
"""The endpoints, and what they take."""
_CALL = "/gradio_api/call/v2/"


def add_api(page: gr.Blocks, programs: Programs, *, queue: str, max_waiting: int, crowded: str) -> None:
    """Add the endpoints; called inside the Blocks.

    Args:
        page: the app.
        programs: answers.
        queue: in which replies wait.
        max_waiting: so many may; further requests are refused at once, with ``crowded``.
        crowded: what they are told.
    """

    def recommend(request: dict | None = None) -> dict:
        """Answer one request: text, history, conditions and steering in; products and words out. Knows of no other."""
        return programs.recommend(request)

    def chat(message: str = "", conversation_id: str | None = None, options: dict | None = None) -> dict:
        """Answer a turn of a conversation that the server keeps; the answer tells its id."""
        return programs.chat(message, conversation_id, options)

    def chat_stream(
        message: str = "", conversation_id: str | None = None, options: dict | None = None
    ) -> Iterator[dict]:
        """As chat, with the reply as it grows: each value is the whole reply so far."""
        yield from programs.chat_stream(message, conversation_id, options)

    def is_crowded() -> bool:
        return len(page._queue) >= max_waiting

    for answer in (recommend, chat, chat_stream):
        added = gr.api(answer, api_name=answer.__name__, concurrency_id=queue)
        # ``gr.api`` has no parameter for what is asked before a request may wait.
        page.fns[added["id"]].validator = _room(answer, is_crowded, crowded)


def _room(answer: Callable[..., Any], is_crowded: Callable[[], bool], crowded: str) -> Callable[..., Any]:
    """What says whether a request may wait; it takes what the endpoint takes."""

    def check(*values: Any) -> Any:
        told = gr.validate(not is_crowded(), crowded)
        return told if len(values) == 1 else [told, *[gr.validate(True, "")] * (len(values) - 1)]

    check.__name__ = f"room_for_{answer.__name__}"
    return check


async def tell_mistake(request: Request, error: Exception) -> JSONResponse:
    """What a caller is told for whom Gradio has a KeyError or a TypeError: of a name that is not there.

    Raises:
        Exception: the error, if it came about in any other way.
    """
    _, called, name = request.url.path.rstrip("/").rpartition(_CALL)
    if not called or request.method != "POST":
        raise error
    if name not in ENDPOINTS:
        mistake = RequestError("there is no such endpoint", f"there are {', '.join(ENDPOINTS)}")
        return JSONResponse(failure(mistake), status_code=404)
    mistake = RequestError(f"{name} does not have every parameter that was sent", f"it takes {ENDPOINTS[name]}")
    return JSONResponse(failure(mistake), status_code=400)
