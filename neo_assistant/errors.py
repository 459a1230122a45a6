"""Errors of the assistant; all of them belong to the tree rooted at :class:`catalog_db.errors.NeoError`."""

from __future__ import annotations

from catalog_db.errors import NeoError


class SidError(NeoError):
    """A semantic id, or a scheme of semantic ids, that cannot be."""


class DecodingIndexError(NeoError):
    """A decoding index that cannot be built, or does not fit what it is used with."""


class CheckpointError(NeoError):
    """A checkpoint that is missing, damaged, or does not match the database or the base model."""


class GrammarError(NeoError):
    """The grammar and the generated tokens contradict each other. Generation stops: it never falls open."""


class RequestError(NeoError):
    """A request that names something the shop does not know, or asks for what cannot be."""


class SettingsError(NeoError):
    """A setting that cannot be used."""


class LoginRefusedError(NeoError):
    """Somebody who is not signed in, or may not sign in, asked for what is behind a login."""
