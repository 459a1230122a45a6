"""The project's one error tree.

Every error a person can cause or mend derives from :class:`NeoError`, which carries a message for whoever reads it and
a hint how to mend it. Command lines print ``error: MESSAGE (HINT)`` and exit with code 2; programming errors are not
translated and keep their traceback.
"""

from __future__ import annotations


class NeoError(Exception):
    """Something a user, an operator or an engineer can mend.

    Args:
        message: what is wrong, in one line, for the person who reads it.
        hint: what to do about it, in one line; empty when nothing useful can be said.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class CatalogError(NeoError):
    """The database, or what is in it, is not as it should be."""


class EmptyCatalogError(CatalogError):
    """There is nothing to sell: no product, or none with a semantic id."""


class UnknownProductError(CatalogError):
    """A SKU or product id that the catalog does not hold."""


class UnknownConversationError(CatalogError):
    """A conversation id that the database does not hold."""


class ImportFileError(CatalogError):
    """A file as a whole is not what it claims to be; the database was left as it was."""


class ConditionError(CatalogError):
    """A condition on products that cannot be understood, or that would not be safe to run."""
