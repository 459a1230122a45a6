"""The shop's page: ``python app.py``, then open the address it prints. Settings: environment variables, see README."""

from __future__ import annotations

import sys

from catalog_db.errors import NeoError
from neo_assistant.services import open_services
from neo_assistant.settings import load_settings
from neo_assistant.ui.page import build_page
from neo_assistant.ui.serve import launch_options

BAD_INPUT = 2

try:
    settings = load_settings()
    # The page opens at once; the model is loaded in the background, and the first reply waits for it in sight.
    demo = build_page(open_services(settings, in_background=True))
except NeoError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(BAD_INPUT)


def main() -> int:
    """Serve the page until it is interrupted; 2 if the address cannot be used."""
    try:
        _, url, _ = demo.launch(**launch_options(settings), quiet=True, prevent_thread_lock=True)
    except OSError:
        problem = f"cannot listen on {settings.host}:{settings.port}: taken, or not an address of this machine"
        print(f"error: {problem} (set NEO_HOST and NEO_PORT to an address that is free)", file=sys.stderr)
        return BAD_INPUT
    except ValueError as error:
        # Gradio asks its own page five times for three seconds each, and takes a busy machine for a broken proxy.
        print(
            f"error: the page does not answer itself: {error} (start it again when less else is running)",
            file=sys.stderr,
        )
        return BAD_INPUT
    print(f"{settings.store_name} is open at {url}", flush=True)
    demo.block_thread()
    return 0


if __name__ == "__main__":
    sys.exit(main())
