"""The OpenAPI document of the endpoints for programs, made from :mod:`neo_assistant.api_types`.

Gradio's own document (``/gradio_api/openapi.json``) knows requests and answers as "an object"; this one says which. An
answer is fetched in two steps, as in every Gradio app: a POST returns the number of an event, and a GET of that event
streams what becomes of it as server-sent events.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from neo_assistant.api_types import Answer, ChatAnswer, ChatRequest, Failure, RecommendRequest

PATH = "/api/openapi.json"
"""Where the app serves the document."""
_CALL = "/gradio_api/call"
_SCHEMAS = "#/components/schemas/"
_JSON, _STREAM = "application/json", "text/event-stream"


def openapi_document(title: str) -> dict[str, Any]:
    """The document as JSON values.

    Args:
        title: of the app.
    """
    models = (RecommendRequest, ChatRequest, Answer, ChatAnswer, Failure)
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=f"{_SCHEMAS}{{model}}")
    wrapped = {"type": "object", "properties": {"request": _ref("RecommendRequest")}, "required": ["request"]}
    turn = _ref("ChatRequest")
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": "Recommendations and conversations as JSON."},
        "paths": {
            **_paths("recommend", "Answer one request", wrapped, "Answer"),
            **_paths("chat", "Answer a turn of a conversation", turn, "ChatAnswer"),
            **_paths("chat_stream", "As chat, with the reply as it grows", turn, "ChatAnswer"),
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _paths(name: str, summary: str, body: dict[str, Any], answer: str) -> dict[str, Any]:
    event = {"type": "object", "properties": {"event_id": {"type": "string"}}, "required": ["event_id"]}
    events = {
        "description": "Server-sent events. `complete` carries a JSON array with one value, the answer or a failure; "
        "`generating` the same as far as it has come; `heartbeat` null.",
        "content": {_STREAM: {"schema": {"type": "string"}}},
        "x-event-data": {"type": "array", "prefixItems": [{"oneOf": [_ref(answer), _ref("Failure")]}]},
    }
    place = {"name": "event_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        f"{_CALL}/v2/{name}": {
            "post": {
                "operationId": name,
                "summary": summary,
                "requestBody": {"required": True, "content": {_JSON: {"schema": body}}},
                "responses": {
                    "200": {"description": "The request waits or runs", "content": {_JSON: {"schema": event}}},
                    "422": {"description": "Too many are waiting; try again in a moment"},
                    "503": {"description": "Far too many are waiting"},
                },
            }
        },
        f"{_CALL}/{name}/{{event_id}}": {
            "get": {
                "operationId": f"{name}_answer",
                "summary": f"{summary}: what becomes of it",
                "parameters": [place],
                "responses": {"200": events},
            }
        },
    }


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"{_SCHEMAS}{model}"}
