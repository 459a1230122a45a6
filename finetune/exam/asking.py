"""Puts the requests of the exam to an assistant, turn by turn, as a shopper at the page would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog_db.database import Database
from catalog_db.products import ProductRecord
from finetune.exam.requests import ExamRequest
from neo_assistant.claims.layout import Part
from neo_assistant.events import Event, ItemFound, Notice, TextDelta
from neo_assistant.messages import Message
from neo_assistant.reply_record import ReplyRecord
from neo_assistant.request import Replier
from neo_assistant.settings import Settings

if TYPE_CHECKING:
    from neo_assistant.catalog import Catalog
    from neo_assistant.checkpoint import Loaded


@dataclass(frozen=True)
class Answer:
    """The reply to the last turn of a request, and what had come before it.

    Args:
        parts: words, and rows of the items named, in the order in which they stand.
        want: the want span as written; None where there is none.
        notices: what the shop itself said.
        shown: rows that the shopper had before their eyes: of the turn itself, or last shown.
        seen: SKUs shown earlier in the conversation or put into the turn.
        conversation: earlier turns, for reading aloud.
    """

    parts: tuple[Part, ...]
    want: str | None
    notices: tuple[str, ...]
    shown: tuple[ProductRecord, ...]
    seen: frozenset[str]
    conversation: tuple[str, ...]

    @property
    def items(self) -> tuple[ProductRecord, ...]:
        return tuple(part for part in self.parts if not isinstance(part, str))

    @property
    def words(self) -> str:
        """What the model says, without its items."""
        return " ".join("".join(part if isinstance(part, str) else " " for part in self.parts).split())

    def aloud(self) -> str:
        """The reply in a line, items by their titles."""
        return _aloud(self.parts)


def ask(request: ExamRequest, replier: Replier, rows: Mapping[str, ProductRecord]) -> Answer:
    """Ask all turns of a request.

    Args:
        request: of the exam.
        replier: the assistant.
        rows: the shop's rows by SKU.
    """
    messages: list[Message] = []
    conversation: list[str] = []
    shown: tuple[ProductRecord, ...] = ()
    seen: set[str] = set()
    for number in range(len(request.says) - 1):
        record = ReplyRecord()
        events = list(replier.reply(messages, request.turn(number), threading.Event()))
        for event in events:
            record.add(event)
        parts = _parts(events)
        named = tuple(part for part in parts if not isinstance(part, str))
        shown, seen = named or shown, seen | {row.sku for row in named}
        conversation += [f"shopper: {request.says[number]}", f"assistant: {_aloud(parts)}"]
        if record.message().parts:
            messages += [Message.shopper(request.says[number]), record.message()]
    events = list(replier.reply(messages, request.turn(len(request.says) - 1), threading.Event()))
    return Answer(
        parts=_parts(events),
        want=_want(events),
        notices=tuple(event.text for event in events if isinstance(event, Notice)),
        shown=tuple(rows[sku] for sku in request.about) or shown,
        seen=frozenset(seen | set(request.about)),
        conversation=tuple(conversation),
    )


@dataclass(frozen=True)
class Assembled:
    """An assistant, what it is made of, and the prompts it has seen.

    Args:
        replier: the assistant as serving assembles it.
        loaded: its checkpoint; ``loaded.model`` may have been quantized in place.
        model: that writes.
        catalog: that it sells from.
        prompts: token ids of every prompt so far, in the order of the replies.
        quantization: of the model.
    """

    replier: Replier
    loaded: Loaded
    model: Any
    catalog: Catalog
    prompts: list[list[int]]
    quantization: str


def assemble(settings: Settings, database: Database, base_model: str | None = None) -> Assembled:
    """Load a checkpoint as serving does, with an engine that notes its prompts.

    Raises:
        CheckpointError: if it cannot be loaded or its semantic ids are not those of the database.
        CatalogError: if the database is empty.
    """
    from neo_assistant.assistant import Assistant
    from neo_assistant.catalog import Catalog
    from neo_assistant.checkpoint import load_checkpoint
    from neo_assistant.engine.engine import Engine, Sampling
    from neo_assistant.engine.model import quantize
    from neo_assistant.prompts.renderer import PromptRenderer

    prompts: list[list[int]] = []

    class NotingEngine(Engine):
        def write(self, prompt: list[int], *args: Any) -> Iterator[Event]:
            prompts.append(list(prompt))
            return super().write(prompt, *args)

    loaded = load_checkpoint(settings.checkpoint, base_model)
    catalog = Catalog(database, loaded.codebooks, loaded.tokenizer, loaded.terms)
    model, quantization = quantize(loaded.model, settings.quantization)
    sampling = Sampling(settings.temperature, settings.seed, settings.beams, settings.max_reply_tokens)
    replier = Assistant(NotingEngine(model), PromptRenderer(loaded.tokenizer), catalog, sampling, {})
    return Assembled(replier, loaded, model, catalog, prompts, quantization)


def ask_all(
    requests: list[ExamRequest], assembled: Assembled, rows: Mapping[str, ProductRecord], say: Callable[[str], None]
) -> tuple[list[Answer], list[list[int]]]:
    """The answers, and the prompts of the last turns."""
    answers, prompts = [], []
    for number, request in enumerate(requests, start=1):
        answers.append(ask(request, assembled.replier, rows))
        prompts.append(assembled.prompts[-1])
        if number % 25 == 0 or number == len(requests):
            say(f"asked {number} of {len(requests)}")
    return answers, prompts


def _parts(events: list[Event]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for event in events:
        if isinstance(event, TextDelta):
            if parts and isinstance(parts[-1], str):
                parts[-1] += event.text
            else:
                parts.append(event.text)
        elif isinstance(event, ItemFound):
            parts.append(event.product)
    return tuple(parts)


def _want(events: list[Event]) -> str | None:
    record = ReplyRecord()
    for event in events:
        record.add(event)
    return record.message().want


def _aloud(parts: tuple[Part, ...]) -> str:
    words = (part if isinstance(part, str) else f" [{part.title}] " for part in parts)
    return " ".join("".join(words).split())
