"""From a database to a folder of examples and back, with a tiny base model's tokenizer."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.events import record_events, save_queries
from catalog_db.products import save_products
from catalog_db.rows import EventRow, ProductRow, QueryRow
from finetune.cli import main
from finetune.examples.files import read_examples
from finetune.examples.load import load_shop
from finetune.examples.mixture import TASKS, Mixture, MixtureConfig
from finetune.examples.phrases import held_out, load_phrases
from finetune.prepared import SPLITS, load_prepared
from finetune.sids.stage import make_sids
from neo_assistant.codebooks import Codebooks
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext, numbers_in
from neo_assistant.messages import ItemPart, Message, Part, TextPart, WantPart
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.terms import Terms
from tests.finetune.conftest import WordEncoder
from tests.finetune.examples.small_shop import make_shop
from tests.neo_assistant.strategies import tiny_tokenizer
from tests.neo_assistant.tiny_model import save_base

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SHOPPERS = 90


def fill(database: Database, items: list[ProductRow]) -> None:
    """Products, one of them off sale, and shoppers who each view five and buy two."""
    dice = random.Random(5)
    rows = [*items, ProductRow("gone", "Gone", "bags", brand="Northfell", active=False)]
    events, queries = [], []
    for number in range(SHOPPERS):
        liked = dice.sample(items, 5)
        for place, item in enumerate(liked):
            at = NOW + dt.timedelta(days=number, minutes=place)
            events.append(EventRow(f"s{number}", item.sku, "viewed", at))
            if place < 2:
                events.append(EventRow(f"s{number}", item.sku, "bought", at + dt.timedelta(seconds=30)))
        queries.append(QueryRow(f"s{number}", liked[0].title.lower(), NOW + dt.timedelta(days=number), liked[0].sku))
    with database.session() as session:
        save_products(session, rows, NOW)
        record_events(session, events)
        save_queries(session, queries)


def parts_of(ids: list[int], tokenizer: ShopTokenizer) -> list[Part]:
    """What the renderer's token ids say, read back by hand."""
    vocabulary, parts, words = tokenizer.vocabulary, [], list[int]()
    place = 0
    while place < len(ids):
        if ids[place] < vocabulary.first_id:
            words.append(ids[place])
            place += 1
            continue
        if words:
            parts.append(TextPart(tokenizer.decode(words)))
            words = []
        if ids[place] == vocabulary.want_open:
            end = ids.index(vocabulary.want_close, place)
            parts.append(WantPart(tokenizer.decode(ids[place + 1 : end])))
            place = end + 1
        else:
            end = place + vocabulary.scheme.span_length
            parts.append(ItemPart(vocabulary.decode(ids[place:end])))
            place = end
    return [*parts, TextPart(tokenizer.decode(words))] if words else parts


def test_replies_survive_the_renderer_and_their_wants_the_grammar() -> None:
    shop = make_shop()
    tokenizer = tiny_tokenizer(shop.scheme)
    renderer = PromptRenderer(tokenizer)
    values = {name: sorted(shop.facet_values[name]) for name in shop.facets}
    grammar = WantGrammar(shop.scheme.types, values, tokenizer)
    examples = Mixture(shop, load_phrases(), MixtureConfig(heldout_per_task=2, validation_per_task=1)).make()
    for example in examples[::7]:
        rendered = renderer.example(example.messages, example.steering, example.reply)
        trained = [token for token, counts in zip(rendered.ids, rendered.loss, strict=True) if counts]
        assert trained[-1] == tokenizer.end_of_reply
        assert rendered.loss == sorted(rendered.loss)
        bare = [ItemPart(part.sid) if isinstance(part, ItemPart) else part for part in example.reply.parts]
        assert parts_of(trained[:-1], tokenizer) == bare
        if example.reply.want is None:
            continue
        words = " ".join(message.text for message in example.messages if message.role == "shopper")
        shown = any(isinstance(part, ItemPart) for message in example.messages for part in message.parts)
        context = WantContext(numbers_in(words), shown, written=grammar.said.written(words))
        read = grammar.read(trained[1 : trained.index(tokenizer.vocabulary.want_close)], context)
        assert read is not None
        assert read[0] == example.reply.want.rsplit(" found", 1)[0]


def test_the_shop_is_read_from_the_database(
    database: Database, items: list[ProductRow], encoder: WordEncoder, tmp_path: Path
) -> None:
    fill(database, items)
    make_sids(database, tmp_path, encoder, [(4, 4)], (True,), None, lambda _: None)
    shop = load_shop(database, Codebooks.load(tmp_path))
    assert [item.sku for item in shop.items] == sorted(item.sku for item in items)
    assert shop.facets[0] == "kind"
    assert "backpack" in shop.kinds
    assert shop.kinds["backpack"].plural == "backpacks"
    assert len(shop.journeys) == len(shop.queries) == SHOPPERS
    assert all(len(journey.skus) == 5 and list(journey.times) == sorted(journey.times) for journey in shop.journeys)
    train = [journey for journey in shop.journeys if not held_out(f"shopper {journey.shopper}")]
    assert len(train) < SHOPPERS
    counted = sum(item.popularity - 1 for item in shop.items)
    assert counted == pytest.approx(len(train) * (5 * 1 + 2 * 4))


def test_the_command_makes_the_same_folder_twice(
    database: Database,
    database_url: str,
    items: list[ProductRow],
    encoder: WordEncoder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(database, items)
    make_sids(database, tmp_path / "sids", encoder, [(4, 4)], (True,), None, lambda _: None)
    save_base(tmp_path / "base")
    common = ["examples", "--base-model", str(tmp_path / "base"), "--out"]
    source = ["--database", database_url, "--codebooks", str(tmp_path / "sids"), "--scale", "0.1"]
    for name in ("one", "two"):
        assert main([*common, str(tmp_path / name), *source]) == 0
    for file in sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        other = tmp_path / "two" / file.relative_to(tmp_path / "one")
        assert file.read_bytes() == other.read_bytes(), file.name
    assert "tokens in training" in capsys.readouterr().out

    data = load_prepared(tmp_path / "one")
    examples = list(read_examples(tmp_path / "one"))
    assert len(data) == len(examples)
    assert data.tasks == TASKS
    meta = json.loads((tmp_path / "one" / "meta.json").read_text())
    codebooks = Codebooks.load(tmp_path / "sids")
    assert meta["codebook_version"] == codebooks.fingerprint
    assert meta["scheme"] == codebooks.scheme.to_dict()
    assert meta["mixture"]["scale"] == 0.1
    assert Terms.from_dict(meta["terms"]).facets, "the language has other words for what is sold here"
    assert int(data.ids.max()) < meta["vocabulary_size"]
    for number, example in enumerate(examples):
        assert data.tasks[data.task_numbers[number]] == example.task
        assert SPLITS[data.split_numbers[number]] == example.split
        assert np.isin(data.weights_of(number), (0, 1)).all()
    assert sum(row["train"] for row in meta["counts"].values()) == sum(e.split == "train" for e in examples)

    assert main([*common, str(tmp_path / "one"), "--show", "3", "--task", "search"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("--- search (") == 3
    assert "\x1b[1;32m" in printed


def test_what_cannot_be_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples", "--out", str(tmp_path)]) == 2
    assert "--database and --codebooks are needed together" in capsys.readouterr().err
    assert main(["examples", "--out", str(tmp_path), "--show", "2"]) == 2
    assert "holds no examples" in capsys.readouterr().err


def test_message_of_a_shopper_may_hold_an_item() -> None:
    shop = make_shop(per_kind=4)
    tokenizer = tiny_tokenizer(shop.scheme)
    ids = PromptRenderer(tokenizer).parts(Message.shopper("what is ", ItemPart(shop.items[0].sid)).parts)
    assert parts_of(ids, tokenizer) == [TextPart("what is "), ItemPart(shop.items[0].sid)]
