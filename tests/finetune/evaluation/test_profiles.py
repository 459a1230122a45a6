"""What a taste profile names, and how much of the history that is."""

from __future__ import annotations

from finetune.evaluation.profiles import ProfileReader, profile_coverage
from finetune.evaluation.reading import Reading
from finetune.evaluation.replies import Reply
from finetune.evaluation.shelf import make_shelf
from finetune.examples.example import Example
from neo_assistant.messages import Message
from neo_assistant.steering import Steering, Task
from tests.finetune.examples.small_shop import FACETS, SCHEME, make_shop

SHELF = make_shelf(make_shop().items, SCHEME, FACETS, "", "USD")


def test_plurals_and_longest_names_are_read() -> None:
    named = ProfileReader(SHELF).mentions("You like Rain boots and towels; mostly blue, from Alder & Co. Blue!")
    assert named == [
        frozenset({("kind", "rain boot")}),
        frozenset({("kind", "towel")}),
        frozenset({("colour", "blue")}),
        frozenset({("brand", "Alder & Co")}),
    ]


def test_coverage_is_counted_over_the_history() -> None:
    mug, towel = (SHELF.shop.by_kind[kind][0] for kind in ("mug", "towel"))
    steering = Steering(Task.PROFILE, history=(mug.sid, towel.sid, mug.sid))
    example = Example("profile", steering, (Message.shopper("my taste?"),), Message.assistant("?"))
    meant = Reading(None, (), True, "You like mugs and towels.")
    written = Reading(None, (), True, "You like mugs and sandals.")
    found = profile_coverage([Reply(0, "profile", meant, written)], {0: example}, SHELF)
    assert found is not None
    assert found["meant"]["kinds"]["mean"] == found["meant"]["true"]["mean"] == 1
    assert found["written"]["kinds"]["mean"] == found["written"]["true"]["mean"] == 0.5
    assert found["written"]["types"]["mean"] == 0.5
    assert profile_coverage([Reply(0, "search", meant, written)], {0: example}, SHELF) is None
