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
from neo_assistant.engine.beams import search_span
from neo_assistant.engine.detokenizer import Detokenizer
from neo_assistant.engine.exploration import Exploration, explore
from neo_assistant.engine.model import Session
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, WantFound
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel


NO_REPEAT = 8
"""This many tokens of words in a row are not written twice in one reply.

A small model that is read greedily can fall into a loop. Of the 20,158 replies that the sample store's model learns
from, none repeats 8 tokens in a row; 59 repeat 4, all of them explanations of an item.
"""


SEARCHES = 8
"""So many searches of a reply may find nothing but items that are off sale by then; the next one ends it."""


@dataclass(frozen=True)
class Sampling:
    """How words are chosen. Items are always the best of a beam search, and conditions are read, not drawn.

    Args:
        temperature: of the words; 0 is greedy.
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
        from transformers import NoRepeatNGramLogitsProcessor

        self._model = model
        self._no_repeat = NoRepeatNGramLogitsProcessor(NO_REPEAT)

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
            product_at: the product at a position of the plan's index, or None if it may not be named any more.
            describe: a want span's conditions in words for people.
            sampling: how words are chosen.
            stop: ends the reply after the current step.

        Raises:
            RequestError: if the prompt leaves no room for a reply.
            GrammarError: if grammar and sequence contradict each other.
        """
        writer = _Writer(self._model, self._no_repeat, prompt, plan, product_at, describe, sampling, stop)
        yield from writer.events()

    def explore(
        self, prompt: list[int], plan: ReplyPlan, width: int, number: int | None = None, count: int = 0
    ) -> Exploration:
        """How the first item of a reply is searched; see :func:`neo_assistant.engine.exploration.explore`."""
        return explore(self._model, prompt, plan, width, number, count)


class _Writer:
    """The state of one reply while it is written."""

    def __init__(
        self,
        model: PreTrainedModel,
        no_repeat: LogitsProcessor,
        prompt: list[int],
        plan: ReplyPlan,
        product_at: Callable[[int], ProductRecord | None],
        describe: Callable[[str], tuple[str, ...]],
        sampling: Sampling,
        stop: threading.Event,
    ) -> None:
        room = getattr(model.config, "max_position_embeddings", 2048)
        # An item that is begun is finished, and so is the reply: its last span may go beyond the most tokens.
        if len(prompt) + sampling.max_tokens + plan.view.index.scheme.levels > room:
            raise RequestError("the conversation has become too long for the model", "start a new one")
        self.no_repeat = no_repeat
        self.plan, self.product_at, self.describe = plan, product_at, describe
        self.sampling, self.stop = sampling, stop
        self.model, self.session = model, Session(model)
        self.vain = 0
        """Searches that found nothing but items that are off sale by now."""
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
                if found is not None:
                    yield self._timed(found)
                elif not self.stop.is_set():
                    yield Notice("item-retired", "Some items were just taken off sale; please ask again.")
                    ended = self.vain == SEARCHES or not self._more_items()
            elif token == vocabulary.want_close:
                yield self._want()
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
        if allowed.words:
            logits = self._without_loops(logits)
        ids = torch.tensor([[*self.prompt, *self.reply]], device=logits.device)
        scores = self.grammar.process_logits(ids, logits)[0]
        if self.sampling.temperature == 0 or not allowed.words:
            return int(scores.argmax())
        chances = torch.softmax(scores.cpu() / self.sampling.temperature, dim=-1)
        return int(torch.multinomial(chances, 1, generator=self.random))

    def _without_loops(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits in which a word that would repeat ``NO_REPEAT`` tokens of this reply's words counts for nothing.

        It comes before the grammar, so that a legal token is left whatever it rules out, and it sees words only: items
        and conditions repeat tokens by nature, and what may not be repeated there is the grammar's to say.
        """
        want_close, first_id = self.plan.tokenizer.vocabulary.want_close, self.plan.tokenizer.vocabulary.first_id
        begin = self.reply.index(want_close) + 1 if want_close in self.reply else 0
        said = torch.tensor([self.reply[begin:]], dtype=torch.long, device=logits.device)
        return torch.cat([self.no_repeat(said, logits[:, :first_id]), logits[:, first_id:]], dim=1)

    def _want(self) -> WantFound:
        """What was read out of the conversation, its span being closed; as written, because later prompts show it."""
        state = self.plan.read(self.reply)
        span = self.reply[1 : self.reply.index(self.plan.tokenizer.vocabulary.want_close)]
        left = state.view.remaining(self.plan.taken)
        return WantFound(self.plan.tokenizer.decode(span), self.describe(state.want or ""), left)

    def _item(self) -> ItemFound | None:
        """Search the item that the opener just written begins, and splice it in.

        Items that have been taken off sale meanwhile make way for the next best. If all that were found have, the
        search is repeated without them; None, and the opener is taken back, if no item of its type is left or it was
        repeated too often.
        """
        index = self.plan.view.index
        while True:
            written = [*self.prompt, *self.reply]
            levels, width = index.scheme.levels, self.sampling.beams
            beams = search_span(self.session, written, self.pending, levels, self.grammar, width)
            lost = []
            for beam in beams:
                position = self.plan.read([*self.reply, *beam.tokens]).items[-1]
                if (product := self.product_at(position)) is not None:
                    self.session.select([beam.row])
                    self.reply += beam.tokens
                    self.pending = [beam.tokens[-1]]
                    return ItemFound(index.sid(position), product, beam.score)
                lost.append(position)
            if not self._try_again(lost):
                return None

    def _try_again(self, lost: list[int]) -> bool:
        """Do without some items, and say whether to repeat the search; if not, its opener is taken back."""
        self.vain += 1
        self.plan = self.plan.without(lost, named=len(self.plan.read(self.reply).items))
        grammar = ReplyGrammar([self.plan], [len(self.prompt)])
        grammar.seconds = self.grammar.seconds
        self.grammar = grammar
        state = self.plan.read(self.reply)
        assert state.span is not None
        left = bool(state.view.open_types(self.plan.blocked(state))[state.span[0]])
        again = left and self.vain < SEARCHES and not self.stop.is_set()
        self._begin_again(self.reply if again else self.reply[:-1])
        return again

    def _begin_again(self, reply: list[int]) -> None:
        """Go on after these tokens, which are read anew: the cache holds beams that lead nowhere.

        It happens seldom, and not every model's cache can be cut back.
        """
        self.reply = list(reply)
        self.pending = [*self.prompt, *self.reply]
        self.session = Session(self.model)

    def _more_items(self) -> bool:
        """Whether there is any item that the reply may still name."""
        state = self.plan.read(self.reply)
        return bool(state.view.open_types(self.plan.blocked(state)).any())

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
