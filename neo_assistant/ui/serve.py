"""How the page is served: only what it needs, from this machine, and nothing sent anywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from neo_assistant import openapi
from neo_assistant.settings import Settings
from neo_assistant.ui.api import tell_mistake
from neo_assistant.ui.escape import PICTURE_ROUTE
from neo_assistant.ui.theme import head_html, make_theme, style_sheet

_LARGEST_UPLOAD = "1kb"
"""Nothing is uploaded to this page, but Gradio's upload route cannot be switched off."""


class PictureFiles(StaticFiles):
    """The shop's picture folder. An SVG opened on its own could run scripts; here it cannot."""

    async def check_config(self) -> None:
        """A folder that is not there has no pictures; it is no fault of the server, as Starlette takes it to be."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


def picture_route(folder: Path) -> Mount:
    """Serves ``folder`` under ``/pictures``; a folder that is not there has no pictures."""
    return Mount(f"/{PICTURE_ROUTE}", PictureFiles(directory=folder, check_dir=False))


def openapi_route(title: str) -> Route:
    """Serves the description of the endpoints for programs."""
    document = openapi.openapi_document(title)

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(document)

    return Route(openapi.PATH, answer)


def launch_options(settings: Settings) -> dict[str, Any]:
    """Arguments of ``gr.Blocks.launch``."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "share": False,
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "pwa": False,
        "show_error": False,
        "footer_links": [],
        "max_file_size": _LARGEST_UPLOAD,
        "app_kwargs": {
            "routes": [picture_route(settings.pictures), openapi_route(settings.store_name)],
            "exception_handlers": {KeyError: tell_mistake, TypeError: tell_mistake},
        },
        "theme": make_theme(),
        "css": style_sheet(),
        "head": head_html(),
    }
