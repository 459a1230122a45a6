"""The file of exam requests: whole, answerable by the sample store, and unseen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from catalog_db.database import Session, open_database
from catalog_db.facets import facets
from catalog_db.products import ProductRecord, iter_products
from catalog_db.sample.build import build_sample
from finetune.errors import ExamError
from finetune.exam.requests import REQUESTS, ExamRequest, read_requests
from finetune.exam.shop import expected_of
from finetune.exam.wanted import Expected, is_condition, meets
from neo_assistant.settings import PROJECT_FOLDER

FRESH = REQUESTS.with_name("fresh.jsonl")
THIRD = REQUESTS.with_name("third.jsonl")
REFERS_TO_SHOWN = {"price < shown", "price > shown"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    url = f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"
    build_sample(url)
    with open_database(url) as database, database.reading() as session:
        yield session


@pytest.fixture(scope="module")
def rows(session: Session) -> list[ProductRecord]:
    return list(iter_products(session))


@pytest.fixture(scope="module", params=[REQUESTS, FRESH, THIRD], ids=["first", "fresh", "third"])
def requests(request: pytest.FixtureRequest) -> list[ExamRequest]:
    return read_requests(request.param)


def test_a_hundred_and_fifty_of_many_sorts() -> None:
    requests = read_requests()
    assert len(requests) == 150
    groups = Counter(request.group for request in requests)
    assert len(groups) >= 30
    assert max(groups.values()) <= 18
    behaviours = Counter(behaviour for request in requests for behaviour in request.expect.behaviour)
    assert min(behaviours.values()) >= 5
    texts = [text.casefold() for request in requests for text in request.says if text]
    assert len(texts) == len(set(texts))


def test_every_name_is_known_to_the_shop(
    requests: list[ExamRequest], session: Session, rows: list[ProductRecord]
) -> None:
    known = {facet.name: {value.value for value in facet.values} for facet in facets(session)}
    types, skus = {row.item_type for row in rows}, {row.sku for row in rows}
    for request in requests:
        expect = request.expect
        assert set(expect.kinds) | set(expect.each) <= known["kind"], request.id
        assert {*expect.types, *request.types} <= types, request.id
        assert {*request.history, *request.about} <= skus, request.id
        assert set(expect.types) <= set(request.types) or not request.types, request.id
        options = [option for options in expect.want or () for option in options]
        for condition in (*options, *expect.may, *filter(None, [expect.asks])):
            assert is_condition(condition, known, types), (request.id, condition)


def test_what_is_expected_can_be_had(requests: list[ExamRequest], rows: list[ProductRecord]) -> None:
    for request in requests:
        expect = request.expect
        if not expect.want and not expect.kinds:
            continue
        expected = expected_of(expect, rows)
        absolute = tuple(one for one in expected.required if not REFERS_TO_SHOWN & set(one))
        fitting = [row for row in rows if meets(row, replace(expected, required=absolute))]
        if expect.behaviour == ("no items",):
            assert not fitting, request.id
        else:
            assert fitting, request.id


def test_kinds_have_the_types_asked_for(requests: list[ExamRequest], rows: list[ProductRecord]) -> None:
    for request in requests:
        if request.types and request.expect.kinds:
            assert expected_of(replace(request.expect, types=()), rows).types <= set(request.types), request.id


def shopper_texts(examples: Path) -> Iterator[str]:
    """What shoppers say in a file of training examples."""
    with examples.open(encoding="utf-8") as lines:
        for line in lines:
            for message in json.loads(line)["messages"]:
                if message["role"] == "shopper":
                    yield from (part["text"] for part in message["parts"] if part["type"] == "text")


def test_the_exams_share_no_sentence() -> None:
    files = (REQUESTS, FRESH, THIRD)
    said = [{text.casefold() for one in read_requests(file) for text in one.says} for file in files]
    for one, other in combinations(said, 2):
        assert sorted(one & other) == []
    assert [len(read_requests(file)) for file in files] == [150, 80, 100]


def test_nobody_else_uses_these_sentences(requests: list[ExamRequest]) -> None:
    exam = {text.casefold().strip() for request in requests for text in request.says if len(text.split()) > 1}
    acceptance = PROJECT_FOLDER / "tests" / "acceptance" / "requests.jsonl"
    asked = {json.loads(line)["text"].casefold().strip() for line in acceptance.read_text("utf-8").splitlines()}
    assert sorted(exam & asked) == []
    trained = sorted((PROJECT_FOLDER / "var").glob("run*/examples/examples.jsonl"))
    if not trained:
        pytest.skip("the training examples have not been made here")
    said = {text.casefold().strip() for file in trained for text in shopper_texts(file)}
    assert said
    assert sorted(exam & said) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("no JSON", "line 1"),
        ('{"id": "a", "group": "b", "says": ["c"]}', "expect"),
        ('{"id": "a", "group": "b", "says": ["c"], "expect": {"behaviour": "dance"}}', "dance"),
        ('{"id": "a", "group": "b", "says": ["c"], "expect": {"behaviour": "items"}}', "relevant"),
        ('{"id": "a", "group": "b", "says": [" "], "expect": {"behaviour": "words"}}', "empty"),
        ('{"id": "a", "group": "b", "says": ["c"], "hint": 1, "expect": {"behaviour": "words"}}', "hint"),
        ('{"id": "a", "group": "b", "says": ["c"], "expect": {"behaviour": "words", "hope": 1}}', "hope"),
        (
            '{"id": "a", "group": "b", "says": ["c"], "options": {"task": "sing"}, "expect": {"behaviour": "words"}}',
            "sing",
        ),
    ],
)
def test_a_line_that_is_no_request_is_named(line: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ExamError, match=says):
        read_requests(file)


def test_an_id_counts_once(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    line = '{"id": "a", "group": "b", "says": ["c"], "expect": {"behaviour": "words"}}\n'
    file.write_text(line * 2, encoding="utf-8")
    with pytest.raises(ExamError, match="twice"):
        read_requests(file)


def test_no_condition_means_every_item(rows: list[ProductRecord]) -> None:
    assert all(meets(row, Expected(())) for row in rows)
