"""``python -m neo_assistant``: see :mod:`neo_assistant.cli`."""

from __future__ import annotations

import sys

from neo_assistant.cli import main

sys.exit(main())
