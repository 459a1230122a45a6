"""The tasks of the mixture: each module makes examples of one family."""

from __future__ import annotations

from typing import Protocol

from finetune.examples.desk import Draft
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem


class DrawnTask(Protocol):
    """A task that decides by itself what its next example is about."""

    name: str

    @property
    def possible(self) -> bool:
        """Whether the catalog allows the task at all."""
        ...

    def make(self, draft: Draft) -> Example | None:
        """An example; None if this draw came to nothing, e.g. a shopper with too short a history."""
        ...


class ItemTask(Protocol):
    """A task that makes its examples for one given item."""

    name: str

    @property
    def possible(self) -> bool:
        """Whether the catalog allows the task at all."""
        ...

    def make_for(self, draft: Draft, item: ShopItem) -> Example | None:
        """An example about the item; None if it lacks what the task needs."""
        ...
