"""``python -m catalog_db``: see :mod:`catalog_db.cli`."""

from __future__ import annotations

import sys

from catalog_db.cli import main

sys.exit(main())
