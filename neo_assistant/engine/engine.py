"""The step loop: from a prompt and a plan to the events of one reply.

Outlines cannot stream from transformers models, so the loop is ours: one forward pass a token over a KV cache, words
greedy or sampled, and at every opener a beam search whose best item is spliced into the sequence. Tokens that the
grammar forces cost no forward pass of their own; they travel with the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from catalog_db.products import ProductRecord
from neo_assistant.engine.beams import Beam, search_span
from neo_assistant.engine.detokenizer import Detokenizer
from neo_assistant.engine.model import Session
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, WantFound
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Sampling:
    """How words are chosen. Items are always the best of a beam search.

    Args:
        temperature: 0 is greedy.
        seed: of the random numbers, where the temperature is above 0.
        beams: width of the search inside a SID span.
        max_tokens: of the reply, want and SID tokens included.
    """

    temperature: float = 0.0
    seed: int = 0
    beams: int = 8
    max_tokens: int = 192


class Engine:
    """Writes replies with one model. Safe to share between threads: every reply has a cache of its own."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model

    def write(
        self,
        prompt: list[int],
        plan: ReplyPlan,
        product_at: Callable[[int], ProductRecord | None],
        describe: Callable[[str], tuple[str, ...]],
        sampling: Sampling,
        stop: threading.Event,
    ) -> Iterator[Event]:
        """Events of one reply; the last one is ``Done``.

        Args:
            prompt: token ids up to where the reply begins.
            plan: what the reply may be.
            product_at: the product at a position of the plan's index, or None if it is not on sale any more.
            describe: a want span's conditions in words for people.
            sampling: how words are chosen.
            stop: ends the reply after the current step.

        Raises:
            RequestError: if the prompt leaves no room for a reply.
            GrammarError: if grammar and sequence contradict each other.
        """
        writer = _Writer(self._model, prompt, plan, product_at, describe, sampling, stop)
        yield from writer.events()


class _Writer:
    """The state of one reply while it is written."""

    def __init__(
        self,
        model: PreTrainedModel,
        prompt: list[int],
        plan: ReplyPlan,
        product_at: Callable[[int], ProductRecord | None],
        describe: Callable[[str], tuple[str, ...]],
        sampling: Sampling,
        stop: threading.Event,
    ) -> None:
        room = getattr(model.config, "max_position_embeddings", 2048)
        if len(prompt) + sampling.max_tokens > room:
            raise RequestError("the conversation has become too long for the model", "start a new one")
        self.plan, self.product_at, self.describe = plan, product_at, describe
        self.sampling, self.stop = sampling, stop
        self.session = Session(model)
        self.grammar = ReplyGrammar([plan], [len(prompt)])
        self.prompt, self.pending = prompt, list(prompt)
        self.reply: list[int] = []
        self.words = Detokenizer(plan.tokenizer)
        self.random = torch.Generator().manual_seed(sampling.seed)
        self.began = time.perf_counter()
        self.first_ms: float | None = None

    def events(self) -> Iterator[Event]:
        vocabulary = self.plan.tokenizer.vocabulary
        ended = False
        while not ended and len(self.reply) < self.sampling.max_tokens and not self.stop.is_set():
            token = self._next_token()
            self._append(token)
            if token == self.plan.tokenizer.end_of_reply:
                ended = True
            elif token < vocabulary.first_id:
                if self.plan.read(self.reply).want_ids is None and (text := self.words.add(token)):
                    yield self._timed(TextDelta(text))
            elif token < vocabulary.first_code:
                yield from self._flush()
                found = self._item()
                if found is None:
                    yield Notice("item-retired", "Some items were just taken off sale; please ask again.")
                    ended = True
                else:
                    yield self._timed(found)
            elif token == vocabulary.want_close:
                state = self.plan.read(self.reply)
                left = state.view.remaining(self.plan.taken)
                yield self._timed(WantFound(state.want or "", self.describe(state.want or ""), left))
        yield from self._flush()
        stopped = self.stop.is_set() and not ended
        if not ended and not stopped:
            yield Notice("too-long", "The reply was cut short here.")
        yield Done(self._timings(), stopped)

    def _next_token(self) -> int:
        allowed = self.plan.allowed(self.reply)
        if not allowed.words and len(allowed.tokens) == 1:
            return int(allowed.tokens[0])
        logits = self.session.forward([self.pending])
        self.pending = []
        ids = torch.tensor([[*self.prompt, *self.reply]], device=logits.device)
        scores = self.grammar.process_logits(ids, logits)[0]
        if self.sampling.temperature == 0:
            return int(scores.argmax())
        chances = torch.softmax(scores.cpu() / self.sampling.temperature, dim=-1)
        return int(torch.multinomial(chances, 1, generator=self.random))

    def _item(self) -> ItemFound | None:
        """Search the item that the opener just written begins, and splice it in; None if all found are off sale."""
        index = self.plan.view.index
        written = [*self.prompt, *self.reply]
        levels = index.scheme.levels
        beams = search_span(self.session, written, self.pending, levels, self.grammar, self.sampling.beams)
        for beam in beams:
            position, product = self._named(beam)
            if product is not None:
                self.session.select([beam.row])
                self.reply += beam.tokens
                self.pending = [beam.tokens[-1]]
                return ItemFound(index.sid(position), product, beam.score)
        self.reply.pop()
        return None

    def _named(self, beam: Beam) -> tuple[int, ProductRecord | None]:
        position = self.plan.read([*self.reply, *beam.tokens]).items[-1]
        return position, self.product_at(position)

    def _append(self, token: int) -> None:
        self.reply.append(token)
        self.pending.append(token)

    def _flush(self) -> Iterator[Event]:
        if text := self.words.close():
            yield self._timed(TextDelta(text))

    def _timed(self, event: Event) -> Event:
        if self.first_ms is None and not isinstance(event, WantFound):
            self.first_ms = self._elapsed()
        return event

    def _elapsed(self) -> float:
        return (time.perf_counter() - self.began) * 1000

    def _timings(self) -> Timings:
        first = self.first_ms if self.first_ms is not None else self._elapsed()
        return Timings(first, self._elapsed(), self.grammar.seconds * 1000, len(self.prompt), len(self.reply))
