"""From a turn to the events of a reply: prompt, conditions, grammar, engine.

The assistant adds nothing to what the model says but what only the shop can know: how many items a want leaves, which
condition to drop when it leaves none or too few, and which products stand behind the SIDs.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence

from catalog_db.rules import StoredRule
from neo_assistant.catalog import Catalog
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound
from neo_assistant.merchandising.beam_tree import BeamTree, beam_tree
from neo_assistant.merchandising.book import RuleBook
from neo_assistant.merchandising.ranking import ranked_items
from neo_assistant.messages import Message
from neo_assistant.prompts.renderer import PromptRenderer, Rendered, marked
from neo_assistant.request import Request
from neo_assistant.shortfalls import shortfalls
from neo_assistant.turn import Turn


class Assistant:
    """Answers turns with one model over one catalog. Safe to share between threads.

    Args:
        engine: writes the tokens.
        renderer: with the checkpoint's tokenizer.
        catalog: what is sold.
        sampling: how words are chosen.
        made_by: what to note beside every reply: checkpoint, codebook version, quantization.
        rules: tells which of the merchandiser's rules are in force.
    """

    def __init__(
        self,
        engine: Engine,
        renderer: PromptRenderer,
        catalog: Catalog,
        sampling: Sampling,
        made_by: dict[str, str],
        rules: RuleBook | None = None,
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._catalog = catalog
        self._sampling = sampling
        self._made_by = made_by
        self._rules = rules or RuleBook()

    @property
    def catalog(self) -> Catalog:
        """What is sold."""
        return self._catalog

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
        beams: int | None = None,
    ) -> Iterator[Event]:
        """Events of one reply, ``Done`` last; see :class:`neo_assistant.request.Replier`.

        Args:
            messages, request, stop: as there.
            rules: the merchandiser's rules, in place of those that are saved: for looking at a reply before saving one
                (:func:`neo_assistant.merchandising.effects.drafts`).
            beams: width of the search for items, in place of the usual one.

        Raises:
            ConditionError: if the database cannot evaluate a rule's conditions.
            RequestError: if the request names an unknown type, or the conversation is too long.
            UnknownProductError: if it names an unknown SKU.
        """
        snapshot = self._catalog.snapshot()
        turn = Turn(snapshot, messages, request, self._rules.effects(snapshot, rules))
        prompt = self._renderer.prompt(turn.messages, turn.steering)
        plan = turn.plan(self._renderer)
        yield from turn.left_out()
        sampling = self._sampling if beams is None else dataclasses.replace(self._sampling, beams=beams)
        named: list[ItemFound] = []
        for event in self._engine.write(prompt, plan, turn.product_at, turn.describe, sampling, stop):
            if isinstance(event, ItemFound):
                named.append(event)
            if isinstance(event, Done):
                yield from shortfalls(turn, plan, [item.sid for item in named])
                total = turn.total([item.product for item in named])
                event = dataclasses.replace(event, made_by={**self._made_by, **turn.record()}, total=total)
            yield event

    def prompt(self, messages: Sequence[Message], request: Request) -> str:
        """The prompt as the model gets it, control tokens by their names.

        Raises:
            RequestError, UnknownProductError: as :meth:`reply`.
        """
        turn = Turn(self._catalog.snapshot(), messages, request)
        return self._shown(self._renderer.prompt(turn.messages, turn.steering))

    def _shown(self, prompt: list[int]) -> str:
        return marked(self._renderer.tokenizer, Rendered(prompt, [False] * len(prompt)))

    def explore(
        self,
        messages: Sequence[Message],
        request: Request,
        rules: Sequence[StoredRule] | None = None,
        item_type: str | None = None,
        width: int | None = None,
        count: int = 0,
    ) -> BeamTree:
        """How the first item of a reply is found: the prompt, the conditions read, the types and the beams.

        Args:
            messages, request, rules: as for :meth:`reply`.
            item_type: whose items to search; the most probable type if left out.
            width: beams kept at each level; as many as for replies if left out.
            count: items to be ranked over all types.

        Raises:
            RequestError: as :meth:`reply`; also if the request names no items, or nothing of the type may be named.
            UnknownProductError, ConditionError: as :meth:`reply`.
        """
        snapshot = self._catalog.snapshot()
        numbers = snapshot.index.scheme.type_numbers
        if item_type is not None and item_type not in numbers:
            raise RequestError(f"the shop has no item type {item_type!r}", f"it has {', '.join(numbers)}")
        turn = Turn(snapshot, messages, request, self._rules.effects(snapshot, rules))
        prompt = self._renderer.prompt(turn.messages, turn.steering)
        number = None if item_type is None else numbers[item_type]
        found = self._engine.explore(prompt, turn.plan(self._renderer), width or self._sampling.beams, number, count)
        return dataclasses.replace(
            beam_tree(snapshot, self._renderer.tokenizer.vocabulary, self._shown(prompt), found),
            ranking=ranked_items(snapshot, turn.effects, found),
            phrases=turn.describe(turn.want_read),
            made_by={**self._made_by, **turn.record()},
        )
