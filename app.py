"""The shop's page: ``python app.py``, then open the address it prints. Settings: environment variables, see README."""

from __future__ import annotations

import sys

from catalog_db.errors import NeoError
from neo_assistant.services import open_services
from neo_assistant.settings import load_settings
from neo_assistant.ui.page import build_page
from neo_assistant.ui.serve import launch_options

try:
    settings = load_settings()
    demo = build_page(open_services(settings))
except NeoError as error:
    sys.exit(f"error: {error}")


def main() -> int:
    """Serve the page until it is interrupted; 2 if the port is taken."""
    try:
        demo.launch(**launch_options(settings))
    except OSError as error:
        print(f"error: {settings.host}:{settings.port} cannot be used: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
