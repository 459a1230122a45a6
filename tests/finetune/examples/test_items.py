"""Answers about items and comparisons: every value they state is looked up in the rows, over many draws."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Sequence

import pytest

from catalog_db.products import ProductRecord
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.phrases import load_phrases
from finetune.examples.shop import Shop, ShopItem
from finetune.examples.statements import Statements
from finetune.examples.tasks.compare import Compare
from finetune.examples.tasks.explain import Explain
from finetune.examples.tasks.neighbours import GoesWith, Similar
from finetune.examples.tasks.profile import Profile
from finetune.examples.tasks.recommend import FirstItem, Popular, Recommend
from neo_assistant.claims.reader import ClaimReader
from neo_assistant.messages import ItemPart, Role, WantPart
from neo_assistant.want import Want
from tests.finetune.examples.small_shop import KINDS, make_bare_shop, make_shop

DRAWS = 400
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FOR_USE = re.compile(
    r"(The [a-z ,]+|Both|All \w+|Neither) (?:is|are) listed ([^;.]*)\."
    r"(?: (The \w+ costs \S+\d(?:; the \w+ costs \S+\d)*)\.)?"
)
REASON = re.compile(r"(?:Because you|You) (?:asked for|looked at) (.*?)(?:: it|\. This one) (.*)")
LEFT_OPEN = re.compile(r"(?:^| )Nothing is said of (?!its)(.*)")
NONE_OF_THEM = ("Neither", "None of them")
ORDINALS = ("first", "second", "third", "fourth", "fifth")


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Desk:
    return Desk(shop, load_phrases(), 40)


def drawn(task: object, draws: int = DRAWS) -> list[Example]:
    made = (task.make(Draft(random.Random(f"draw {number}"))) for number in range(draws))  # type: ignore[attr-defined]
    return [example for example in made if example is not None]


def captioned(shop: Shop, example: Example) -> list[ShopItem]:
    """The items whose captions the prompt shows, of which each question is."""
    last = example.messages[-1]
    replies = [message for message in example.messages if message.role is Role.ASSISTANT and message.items]
    turn = last if last.items else replies[-1]
    assert all(part.caption for part in turn.items)
    return [shop.by_sku[part.sku] for part in turn.items]


def values_in(shop: Shop, text: str) -> set[str]:
    """Every facet value and brand that the text states, longest first so that no part of one counts again."""
    found, rest = set(), text.lower().replace("rainy days", "rain")
    known = {value for values in shop.facet_values.values() for value in values} | set(KINDS)
    for value in sorted(known, key=lambda value: (-len(value), value)):
        pattern = rf"\b{re.escape(value.lower())}s?\b"
        if re.search(pattern, rest):
            found.add(value)
            rest = re.sub(pattern, " ", rest)
    return found


def values_of(item: ShopItem) -> set[str]:
    return {value for values in item.attributes.values() for value in values} | {str(item.brand)}


def assert_true(shop: Shop, text: str, item: ShopItem) -> int:
    """Every value, price and rating in the text is of the item; how many there were."""
    values = values_in(shop, text)
    assert values <= values_of(item), (text, item)
    prices, ratings = re.findall(r"\$([\d,.]*\d)", text), re.findall(r"(\d\.\d) stars", text)
    for price in prices:
        assert item.price_minor == round(float(price.replace(",", "")) * 100), (text, item)
    for rating in ratings:
        assert float(rating) == item.rating, (text, item)
    assert "out of stock" not in text or not item.in_stock
    assert "in stock" not in text or item.in_stock
    return len(values) + len(prices) + len(ratings)


def places_named(text: str) -> list[int]:
    return [ORDINALS.index(word) for word in re.findall(rf"\bthe ({'|'.join(ORDINALS)})\b", text.lower())]


def asked_of(example: Example, items: Sequence[ShopItem]) -> ShopItem | None:
    """The item that a question is about; None where its words do not tell, as for a misspelt one."""
    if len(items) == 1:
        return items[0]
    text = example.messages[-1].text.lower()
    names = [(f"{word}", f"number {count}", f"no. {number}") for number, (word, count) in
             enumerate(zip(ORDINALS, ("one", "two", "three", "four", "five"), strict=True), start=1)]  # fmt: skip
    hit = [place for place, forms in enumerate(names) if any(re.search(rf"{form}\b", text) for form in forms)]
    hit += [len(items) - 1] if re.search(r"\blast\b", text) else []
    hit += [0] if re.search(r"\btop one\b", text) else []
    return items[hit[0]] if len(set(hit)) == 1 else None


def test_answers_about_one_item_state_only_what_its_row_says(shop: Shop, desk: Desk) -> None:
    stated = 0
    for example in drawn(Explain(desk), 2 * DRAWS):
        text, items = example.reply.text, captioned(shop, example)
        if places_named(text) or re.match(r"(Both|Neither|None|All) ", text):
            continue
        item = asked_of(example, items)
        if item is None:
            continue
        reason, left_open = REASON.fullmatch(text), LEFT_OPEN.search(text)
        told = reason[2] if reason else LEFT_OPEN.sub("", text)
        stated += assert_true(shop, told, item)
        assert not left_open or not values_in(shop, left_open[1]) & values_of(item), (text, item)
    assert stated > DRAWS


def record(shop: Shop, item: ShopItem) -> ProductRecord:
    """The row of an item, as far as a shop in memory has it."""
    return ProductRecord(
        id=shop.items.index(item), sku=item.sku, title=item.title, brand=item.brand, item_type=item.item_type,
        category_path="", description="", price_minor=item.price_minor, currency=shop.currency,
        stock=None if item.in_stock else 0, rating=item.rating, rating_count=0, image="", link="", active=True,
        created_at=NOW, updated_at=NOW, attributes=item.attributes,
    )  # fmt: skip


@pytest.mark.parametrize("task", [Explain, Compare, Similar, GoesWith, Recommend, Popular, Profile])
def test_the_reader_of_claims_finds_nothing_false(shop: Shop, desk: Desk, task: type) -> None:
    reader = ClaimReader({name: sorted(values) for name, values in shop.facet_values.items()}, shop.currency)
    rows, found = {item.sku: record(shop, item) for item in shop.items}, 0
    for example in drawn(task(desk), 150):
        parts = [
            rows[part.sku] if isinstance(part, ItemPart) else part.text
            for part in example.reply.parts
            if not isinstance(part, WantPart)
        ]
        turns = [message for message in example.messages if message.items]
        shown = [rows[part.sku] for part in turns[-1].items] if turns else []
        claims = reader.read(parts, shown, [rows[item.sku] for item in history_of(shop, example)])
        assert not [claim for claim in claims if not claim.true], (example.messages[-1].text, example.reply.text)
        found += len(claims)
    assert found > 30


def test_a_reason_names_what_was_asked_for(shop: Shop, desk: Desk) -> None:
    reasons = 0
    for example in drawn(Explain(desk)):
        found = REASON.fullmatch(example.reply.text)
        if found and "asked for" in found[0]:
            reply = next(m for m in reversed(example.messages) if m.role is Role.ASSISTANT)
            want = Want.parse(reply.want or "")
            assert found[1] == desk.lexicon.things(want)
            assert {value for _, value in want.facets} <= values_in(shop, found[2]) | {"waterproof"}
            if example.reply.want is not None:
                assert Want.parse(example.reply.want) == want
            reasons += 1
    assert reasons > 30


def test_yes_and_no_agree_with_the_row(shop: Shop, desk: Desk) -> None:
    said = {"Yes": 0, "No": 0}
    for example in drawn(Explain(desk), 2 * DRAWS):
        text, items = example.reply.text, captioned(shop, example)
        item = asked_of(example, items)
        word = text.split(",")[0]
        if item is None or word not in said or "stock" in text:
            continue
        words = re.sub(r"[\[(].*?[\])]", "", example.messages[-1].text)
        if re.search(r"\b(?!velden)\w+ sport\b", words.lower()) and "from" in words.lower():
            continue  # A misspelt brand, of which "sport" is left.
        asked = values_in(shop, words)
        if asked:
            assert (asked <= values_of(item)) == (word == "Yes"), (example.messages[-1], text, item)
            said[word] += 1
    assert min(said.values()) > 15


def test_the_cheapest_and_the_best_rated_are(shop: Shop, desk: Desk) -> None:
    seen = 0
    for example in drawn(Explain(desk), 2 * DRAWS):
        text, items = example.reply.text, captioned(shop, example)
        chosen = [items[place] for place in places_named(text)] or items
        prices = [item.price_minor for item in items if item.price_minor is not None]
        ratings = [item.rating for item in items if item.rating is not None]
        if "the cheapest" in text:
            assert {item.price_minor for item in chosen} == {min(prices)}
        elif "the most expensive" in text:
            assert {item.price_minor for item in chosen} == {max(prices)}
        elif "rated best" in text or "the best rating" in text:
            assert {item.rating for item in chosen} == {max(ratings)}
        else:
            continue
        seen += 1
        for item in chosen:
            assert_true(shop, text, item)
    assert seen > 40


def test_which_of_them_has_it(shop: Shop, desk: Desk) -> None:
    seen = 0
    for example in drawn(Explain(desk), 2 * DRAWS):
        text, items = example.reply.text, captioned(shop, example)
        found = re.match(r"(The \w+(?: one)?(?:(?:,| and) the \w+)*|Both|All \w+|Neither|None of them) (is|are) ", text)
        if not found or "the cheapest" in text or "the most" in text or "rat" in text:
            continue
        (value,) = values_in(shop, text)
        places = range(0) if found[1] in NONE_OF_THEM else places_named(text) or range(len(items))
        assert [item for item in items if value in values_of(item)] == [items[place] for place in places], (text, items)
        seen += 1
    assert seen > 40


def test_comparisons_are_true_of_each_item(shop: Shop, desk: Desk) -> None:
    stated = 0
    for example in drawn(Compare(desk)):
        text, items = example.reply.text, captioned(shop, example)
        if FOR_USE.fullmatch(text):
            continue
        places = sorted(set(places_named(text)))
        compared = [items[place] for place in places] or items
        for sentence in re.split(r"(?<=[a-z])\. |(?<=\d)\. |; |\.$", text):
            if re.match(r"(Both|All three) ", sentence):
                assert len(compared) == len(items)
                for item in compared:
                    stated += assert_true(shop, sentence, item)
            elif len(set(places_named(sentence))) > 1:
                assert set(places_named(sentence)) == set(places)
                for item in compared:
                    stated += assert_true(shop, sentence, item)
            elif places_named(sentence):
                (place,) = set(places_named(sentence))
                if re.search(r"is (cheaper|the cheapest)", sentence):
                    prices = [item.price_minor or 0 for item in compared]
                    assert items[place].price_minor == min(prices)
                    assert prices.count(min(prices)) == 1
                else:
                    stated += assert_true(shop, sentence, items[place])
    assert stated > 3 * DRAWS


def test_what_is_better_for_a_use_is_listed_for_it(shop: Shop, desk: Desk) -> None:
    seen = 0
    for example in drawn(Compare(desk)):
        text, items = example.reply.text, captioned(shop, example)
        found = FOR_USE.fullmatch(text)
        if not found:
            continue
        named = [items[place] for place in places_named(found[1])] or items
        (use,) = values_in(shop, found[2])
        assert [item for item in items if use in item.values("use")] == named
        for told in (found[3] or "").split("; "):
            for place in places_named(told):
                assert_true(shop, told, items[place])
                assert items[place] in named
        seen += 1
    assert seen > 15


def test_text_tasks_are_answered_in_words_alone(desk: Desk) -> None:
    for example in [*drawn(Explain(desk)), *drawn(Compare(desk))]:
        spoken = example.steering.task in ("describe", "compare") or example.steering.format == "text"
        assert any(isinstance(part, WantPart) for part in example.reply.parts) != spoken
        assert not example.reply.items


def test_like_this_but_cheaper_is_cheaper_and_like_it(shop: Shop, desk: Desk) -> None:
    cheaper = 0
    for example in drawn(Similar(desk)):
        want = Want.parse(example.reply.want or "")
        if want.max_price is None:
            continue
        shown = captioned(shop, example)
        lowest = min(item.price_minor or 10**9 for item in shown)
        kinds = {item.kind for item in shown}
        for part in example.reply.items:
            item = shop.by_sku[part.sku]
            assert item.price_minor is not None
            assert item.price_minor < lowest
            assert item.kind in kinds
            cheaper += 1
    assert cheaper > 20


def test_popular_items_come_in_the_order_of_the_log(shop: Shop, desk: Desk) -> None:
    groups = set()
    for example in drawn(Popular(desk)):
        want, types = Want.parse(example.reply.want or ""), example.steering.types
        groups.add((bool(want.item_type), bool(want.facets), bool(types)))
        found = sorted(shop.matching(want, types=types), key=lambda item: -item.popularity)
        named = [shop.by_sku[part.sku] for part in example.reply.items]
        assert named[0] is found[0]
        assert [item.popularity for item in named] == sorted((item.popularity for item in named), reverse=True) or len(
            {item.kind for item in named}
        ) < len(named)
        assert not example.steering.history
    assert groups == {(False, False, False), (True, False, False), (False, True, False), (False, False, True)}


def test_who_has_no_history_gets_what_others_took_first(shop: Shop, desk: Desk) -> None:
    first = {journey.skus[0] for journey in shop.journeys}
    typed = set()
    for example in drawn(FirstItem(desk)):
        named = [shop.by_sku[part.sku] for part in example.reply.items]
        assert named[0].sku in first
        assert len({item.sku for item in named}) == len(named) == example.steering.count
        assert {item.item_type for item in named} <= set(example.steering.types or shop.by_type)
        assert not example.steering.history
        assert Want.parse(example.reply.want or "") == Want()
        typed.add(bool(example.steering.types))
    assert typed == {False, True}


def test_what_is_taken_often_is_named_often(shop: Shop, desk: Desk) -> None:
    task, draft = FirstItem(desk), Draft(random.Random(7))
    examples = [task.make(draft) for _ in range(600)]
    named = Counter(part.sku for example in examples if example is not None for part in example.reply.items[1:])
    ranked = sorted(shop.items, key=lambda item: item.popularity)
    half = len(ranked) // 2
    assert sum(named[item.sku] for item in ranked[half:]) > 1.3 * sum(named[item.sku] for item in ranked[:half])


def history_of(shop: Shop, example: Example) -> list[ShopItem]:
    by_sid = {item.sid: item for item in shop.items}
    return [by_sid[sid] for sid in example.steering.history]


def test_a_recommendation_gives_a_reason_that_the_history_has(shop: Shop, desk: Desk) -> None:
    reasons = 0
    for example in drawn(Recommend(desk)):
        found = re.match(
            r"(?:Since you|You)(?: like (.*?) and)? looked at (.*?),(?: so)? (?:here|you may)(.*):", example.reply.text
        )
        if not found:
            continue
        past = history_of(shop, example)
        assert values_in(shop, found[2]) <= {str(item.kind) for item in past}
        for value in values_in(shop, found[1] or ""):
            assert 3 * sum(value in values_of(item) for item in past) >= 2 * len(past)
        kinds = {shop.by_sku[part.sku].kind for part in example.reply.items}
        assert values_in(shop, found[3]) <= kinds
        reasons += 1
    assert reasons > 60


def test_a_profile_is_true_of_most_of_the_history(shop: Shop, desk: Desk) -> None:
    forms = set()
    for example in drawn(Profile(desk)):
        past, text = history_of(shop, example), example.reply.text
        forms.add(re.sub(r"\W.*", "", text))
        if not past:
            assert not values_in(shop, text)
        for value in values_in(shop, text):
            least = 1 if value in KINDS else max(2, 0.4 * len(past))
            assert sum(value in values_of(item) for item in past) >= least, (text, past)
    assert len(forms) > 4


def test_without_kinds_and_log_items_can_still_be_asked_about() -> None:
    shop = make_bare_shop()
    desk = Desk(shop, load_phrases(), 40)
    for task in (Explain(desk), Compare(desk), Popular(desk)):
        assert task.possible
        assert len(drawn(task, 60)) > 30
    assert not Profile(desk).possible


def test_a_caption_that_is_cut_states_nothing_beyond(shop: Shop, desk: Desk) -> None:
    item = shop.items[0]
    many = tuple(f"feature {number}" for number in range(20))
    crowded = dataclasses.replace(item, attributes={**item.attributes, "feature": many})
    facts = Statements(desk.book, shop, desk.lexicon).facts(crowded)
    assert sum(map(len, facts.values())) == 10
