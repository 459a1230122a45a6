"""Errors of the training side; all of them belong to the tree rooted at :class:`catalog_db.errors.NeoError`."""

from __future__ import annotations

from catalog_db.errors import NeoError


class EncoderError(NeoError):
    """An embedding model that is missing or cannot be used."""


class QuantizationError(NeoError):
    """Items that cannot be quantized as asked, or codes that cannot be told apart."""
